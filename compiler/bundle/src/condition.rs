//! A condition in the words of the language.
//!
//! It is written from what the compiler made of it: an `else` and an arm of a `match` have no
//! words of their own that say when they hold.

use serde_json::Value;

use crate::Expr;
use crate::behaviour::Behaviour;
use crate::expr::{Compare, Presence};

/// A condition of a behaviour without those around it.
#[must_use]
pub fn own(behaviour: &Behaviour, at: usize) -> String {
    behaviour
        .conditions
        .get(at)
        .map(|condition| text(&condition.expr))
        .unwrap_or_default()
}

/// A condition of a behaviour with those around it, outermost first.
#[must_use]
pub fn whole(behaviour: &Behaviour, at: usize) -> Vec<String> {
    let mut chain = Vec::new();
    let mut next = Some(at);
    while let Some(at) = next {
        chain.push(own(behaviour, at));
        // A parent stands before its child, so this ends.
        next = behaviour
            .conditions
            .get(at)
            .and_then(|it| it.parent)
            .filter(|parent| *parent < at);
    }
    chain.reverse();
    chain
}

/// An expression as an author would write it.
#[must_use]
pub fn text(expr: &Expr) -> String {
    match expr {
        Expr::Literal(value) => value.to_string(),
        Expr::Case(name) => name.clone(),
        Expr::Path(path) => path.to_string(),
        Expr::Not(inner) => negated(inner),
        Expr::And(all) => joined(all, " and "),
        Expr::Or(all) => joined(all, " or "),
        Expr::Compare {
            op, left, right, ..
        } => format!("{} {} {}", text(left), sign(*op), text(right)),
        Expr::OneOf { value, of } => format!("{} in [{}]", text(value), listed(of)),
        Expr::Within { value, min, max } => {
            let end =
                |bound: &Option<f64>| bound.map(|bound| bound.to_string()).unwrap_or_default();
            format!("{} in {}..{}", text(value), end(min), end(max))
        }
        Expr::Is { value, what } => {
            let what = match what {
                Presence::None => "none",
                Presence::Some => "some",
                Presence::Empty => "empty",
            };
            format!("{} is {what}", text(value))
        }
        Expr::Call { function, args } => match args.as_slice() {
            [value, Expr::Literal(Value::String(pattern))] if function == "matches" => {
                format!("matches({}, {})", text(value), regex(pattern))
            }
            all => format!("{function}({})", listed(all)),
        },
        Expr::List(items) => format!("[{}]", listed(items)),
        Expr::Record(fields) => {
            let fields: Vec<_> = fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", text(value)))
                .collect();
            format!("{{ {} }}", fields.join(", "))
        }
    }
}

/// A pattern of the bundle between its slashes.
fn regex(pattern: &str) -> String {
    let (pattern, flag) = match pattern.strip_prefix("(?i)") {
        Some(rest) => (rest, "i"),
        None => (pattern, ""),
    };
    let mut written = String::new();
    let mut escapes = false;
    for sign in pattern.chars() {
        if sign == '/' && !escapes {
            written.push('\\');
        }
        escapes = sign == '\\' && !escapes;
        written.push(sign);
    }
    format!("/{written}/{flag}")
}

/// The opposite, without a `not` where the language has a word for it.
fn negated(expr: &Expr) -> String {
    match expr {
        Expr::Is {
            value,
            what: Presence::None,
        } => format!("{} is some", text(value)),
        Expr::Is {
            value,
            what: Presence::Some,
        } => format!("{} is none", text(value)),
        Expr::Compare {
            op: Compare::Eq,
            left,
            right,
            ..
        } => format!("{} != {}", text(left), text(right)),
        Expr::Not(inner) => text(inner),
        Expr::Path(_) | Expr::Call { .. } => format!("not {}", text(expr)),
        Expr::Literal(_)
        | Expr::Case(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::OneOf { .. }
        | Expr::Within { .. }
        | Expr::Is { .. }
        | Expr::List(_)
        | Expr::Record(_) => format!("not ({})", text(expr)),
    }
}

fn joined(all: &[Expr], word: &str) -> String {
    let part = |expr: &Expr| match expr {
        Expr::And(_) | Expr::Or(_) => format!("({})", text(expr)),
        Expr::Literal(_)
        | Expr::Case(_)
        | Expr::Path(_)
        | Expr::Not(_)
        | Expr::Compare { .. }
        | Expr::OneOf { .. }
        | Expr::Within { .. }
        | Expr::Is { .. }
        | Expr::Call { .. }
        | Expr::List(_)
        | Expr::Record(_) => text(expr),
    };
    all.iter().map(part).collect::<Vec<_>>().join(word)
}

fn listed(all: &[Expr]) -> String {
    all.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// A comparison as it is written.
#[must_use]
pub fn sign(op: Compare) -> &'static str {
    match op {
        Compare::Eq => "==",
        Compare::Ne => "!=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Gt => ">",
        Compare::Ge => ">=",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::text;

    #[track_caller]
    fn check(expr: Value, expected: &str) {
        assert_eq!(text(&serde_json::from_value(expr).unwrap()), expected);
    }

    #[test]
    fn conditions_read_as_they_are_written() {
        let turns = json!({ "compare": { "op": ">", "order": "number", "left": { "path": "thread.turns" }, "right": { "literal": 5 } } });
        let pro = json!({ "compare": { "op": "==", "order": "case", "left": { "path": "subscriber.plan" }, "right": { "case": "pro" } } });
        check(turns.clone(), "thread.turns > 5");
        check(
            json!({ "and": [turns, { "or": [pro, { "path": "mail.verified" }] }] }),
            "thread.turns > 5 and (subscriber.plan == pro or mail.verified)",
        );
        check(
            json!({ "one_of": { "value": { "path": "plan" }, "of": [{ "case": "free" }, { "case": "plus" }] } }),
            "plan in [free, plus]",
        );
        check(
            json!({ "within": { "value": { "path": "n" }, "min": 2.0 } }),
            "n in 2..",
        );
    }

    #[test]
    fn a_regular_expression_stands_between_slashes() {
        let matches = |pattern: &str| {
            let args = json!([{ "path": "reply.body" }, { "literal": pattern }]);
            json!({ "call": { "function": "matches", "args": args } })
        };
        check(
            matches(r"(?i)\bby (monday|noon)\b"),
            r"matches(reply.body, /\bby (monday|noon)\b/i)",
        );
        check(
            matches(r"</?b>|a\/b"),
            r"matches(reply.body, /<\/?b>|a\/b/)",
        );
    }

    #[test]
    fn the_opposite_has_a_word_where_the_language_has_one() {
        let none = json!({ "is": { "value": { "path": "a.b" }, "what": "none" } });
        check(json!({ "not": none }), "a.b is some");
        check(json!({ "not": { "path": "a" } }), "not a");
        check(
            json!({ "not": { "and": [{ "path": "a" }, none] } }),
            "not (a and a.b is none)",
        );
    }
}
