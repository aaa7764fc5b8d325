//! The value of an expression.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Map, Value};
use thiserror::Error;

use super::{Compare, Expr, Order, Presence, Scope, order};
use crate::functions;

/// The data did not have the type that the compiler relied on, or the bundle was changed by hand.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EvalError {
    /// A value is of another type.
    #[error("`{place}` needs {expected}, but it is given {found}")]
    Mismatch {
        /// The operator or function.
        place: String,
        /// What it takes.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// No standard function has the name.
    #[error("unknown function `{0}`")]
    UnknownFunction(String),
    /// A call has too few or too many arguments.
    #[error("`{function}` is given {found} arguments")]
    Arguments {
        /// The function.
        function: String,
        /// How many came.
        found: usize,
    },
    /// A regular expression does not compile.
    #[error("`{pattern}` is not a regular expression: {reason}")]
    Pattern {
        /// Its text.
        pattern: String,
        /// What is wrong.
        reason: String,
    },
    /// The place of evaluation does not provide what a function asks for.
    #[error("`{0}` cannot be answered here")]
    NoFacts(&'static str),
}

impl EvalError {
    /// A value of another type came to an operator or function.
    pub(crate) fn mismatch(place: &str, expected: &'static str, found: &Value) -> Self {
        Self::Mismatch {
            place: place.to_owned(),
            expected,
            found: kind_of(found).to_owned(),
        }
    }
}

/// What a value is, for messages; never its content, which may be private.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a record",
    }
}

impl Expr {
    /// The value in a scope. A path that leads nowhere is null.
    ///
    /// # Errors
    /// When a value is not of the type that an operator or function takes.
    pub fn eval<'v>(&'v self, scope: &'v Scope<'_>) -> Result<Cow<'v, Value>, EvalError> {
        match self {
            Self::Literal(value) => Ok(Cow::Borrowed(value)),
            Self::Case(name) => Ok(Cow::Owned(Value::String(name.clone()))),
            Self::Path(path) => Ok(scope
                .lookup(path)
                .map_or(Cow::Owned(Value::Null), Cow::Borrowed)),
            Self::Not(_)
            | Self::And(_)
            | Self::Or(_)
            | Self::Compare { .. }
            | Self::OneOf { .. }
            | Self::Within { .. }
            | Self::Is { .. } => Ok(Cow::Owned(Value::Bool(self.holds(scope)?))),
            Self::Call { function, args } => {
                let function = functions::find(function)
                    .ok_or_else(|| EvalError::UnknownFunction(function.clone()))?;
                let args = args.iter().map(|arg| arg.eval(scope));
                function
                    .call(&args.collect::<Result<Vec<_>, _>>()?, scope)
                    .map(Cow::Owned)
            }
            Self::List(items) => {
                let items = items.iter().map(|item| Ok(item.eval(scope)?.into_owned()));
                Ok(Cow::Owned(Value::Array(
                    items.collect::<Result<_, EvalError>>()?,
                )))
            }
            Self::Record(fields) => {
                let fields = fields
                    .iter()
                    .map(|(name, value)| Ok((name.clone(), value.eval(scope)?.into_owned())));
                Ok(Cow::Owned(Value::Object(
                    fields.collect::<Result<Map<_, _>, EvalError>>()?,
                )))
            }
        }
    }

    /// Whether the expression, a boolean, is true in a scope.
    ///
    /// # Errors
    /// When it is not a boolean, or a value in it is not of the type that its place takes.
    pub fn holds(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        match self {
            Self::Not(inner) => Ok(!inner.holds(scope)?),
            Self::And(all) => all
                .iter()
                .try_fold(true, |so_far, one| Ok(so_far && one.holds(scope)?)),
            Self::Or(all) => all
                .iter()
                .try_fold(false, |so_far, one| Ok(so_far || one.holds(scope)?)),
            Self::Compare {
                op,
                order,
                left,
                right,
            } => compare(*op, *order, &*left.eval(scope)?, &*right.eval(scope)?),
            Self::OneOf { value, of } => {
                let value = value.eval(scope)?;
                for one in of {
                    if equal(&value, &*one.eval(scope)?) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::Within { value, min, max } => {
                let value = value.eval(scope)?;
                let number = value
                    .as_f64()
                    .ok_or_else(|| EvalError::mismatch("in", "a number", &value))?;
                Ok(min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max))
            }
            Self::Is { value, what } => presence(*what, &*value.eval(scope)?),
            Self::Literal(_)
            | Self::Case(_)
            | Self::Path(_)
            | Self::Call { .. }
            | Self::List(_)
            | Self::Record(_) => {
                let value = self.eval(scope)?;
                value
                    .as_bool()
                    .ok_or_else(|| EvalError::mismatch("condition", "a boolean", &value))
            }
        }
    }
}

fn compare(op: Compare, by: Order, left: &Value, right: &Value) -> Result<bool, EvalError> {
    // An absent value equals only another absent one; it has no order.
    let equality = matches!(op, Compare::Eq | Compare::Ne);
    if equality && (left.is_null() || right.is_null()) {
        return Ok((left.is_null() && right.is_null()) == (op == Compare::Eq));
    }
    let Some(ordering) = order::compare(by, left, right) else {
        return Err(mismatched(op, by, left, right));
    };
    Ok(match op {
        Compare::Eq => ordering == Ordering::Equal,
        Compare::Ne => ordering != Ordering::Equal,
        Compare::Lt => ordering == Ordering::Less,
        Compare::Le => ordering != Ordering::Greater,
        Compare::Gt => ordering == Ordering::Greater,
        Compare::Ge => ordering != Ordering::Less,
    })
}

/// Blames the side that does not even compare with itself.
fn mismatched(op: Compare, by: Order, left: &Value, right: &Value) -> EvalError {
    let place = match op {
        Compare::Eq => "==",
        Compare::Ne => "!=",
        Compare::Lt => "<",
        Compare::Le => "<=",
        Compare::Gt => ">",
        Compare::Ge => ">=",
    };
    let expected = match by {
        Order::Number => "a number",
        Order::Text => "text",
        Order::Bool => "a boolean",
        Order::Case => "a case",
        Order::Date => "a date",
        Order::Time => "a time",
        Order::Datetime => "a date and time",
        Order::Duration => "a duration",
    };
    let wrong = if order::compare(by, left, left).is_none() {
        left
    } else {
        right
    };
    EvalError::mismatch(place, expected, wrong)
}

/// Equality for `in […]`: numbers by value, cases by name, all else as data.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => {
            order::compare(Order::Number, left, right) == Some(Ordering::Equal)
        }
        (Value::Object(_), Value::String(name)) => order::case_name(left) == Some(name),
        _ => left == right,
    }
}

fn presence(what: Presence, value: &Value) -> Result<bool, EvalError> {
    match what {
        Presence::None => Ok(value.is_null()),
        Presence::Some => Ok(!value.is_null()),
        Presence::Empty => match value {
            Value::Array(items) => Ok(items.is_empty()),
            Value::String(text) => Ok(text.is_empty()),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                Err(EvalError::mismatch("is empty", "a list or text", value))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expr(json: Value) -> Expr {
        serde_json::from_value(json).unwrap()
    }

    fn scope_values() -> Value {
        json!({
            "subscriber": { "plan": "pro", "topics": [], "preferences": null, "spent": 12.5 },
            "verdict": { "kind": "block", "reason": "spam" },
            "thread": { "turns": 3 },
        })
    }

    /// Decides a condition over the values above.
    #[track_caller]
    fn check(condition: Value, expected: Result<bool, &str>) {
        let values = scope_values();
        let scope = Scope::of(values.as_object().unwrap());
        let holds = expr(condition)
            .holds(&scope)
            .map_err(|error| error.to_string());
        assert_eq!(holds, expected.map_err(str::to_owned));
    }

    fn path(text: &str) -> Value {
        json!({ "path": text })
    }

    #[test]
    fn a_case_is_compared_by_its_name() {
        let block = json!({ "compare": { "op": "==", "order": "case",
            "left": path("verdict"), "right": { "case": "block" } } });
        check(block, Ok(true));
        check(
            json!({ "one_of": { "value": path("verdict"), "of": [{ "case": "allow" }] } }),
            Ok(false),
        );
        check(
            json!({ "one_of": { "value": path("verdict"), "of": [{ "case": "block" }] } }),
            Ok(true),
        );
    }

    #[test]
    fn a_path_that_leads_nowhere_is_none() {
        check(
            json!({ "is": { "value": path("subscriber.preferences.tone"), "what": "none" } }),
            Ok(true),
        );
        check(
            json!({ "is": { "value": path("nobody.at.all"), "what": "some" } }),
            Ok(false),
        );
    }

    #[test]
    fn none_equals_nothing_but_none() {
        let compare = |op: &str| {
            json!({ "compare": { "op": op, "order": "text",
            "left": path("subscriber.preferences"), "right": { "literal": "warm" } } })
        };
        check(compare("=="), Ok(false));
        check(compare("!="), Ok(true));
        check(compare("<"), Err("`<` needs text, but it is given nothing"));
    }

    #[test]
    fn the_right_of_an_and_is_not_asked_behind_a_false_left() {
        let broken = json!({ "compare": { "op": "<", "order": "number",
            "left": path("verdict"), "right": { "literal": 1 } } });
        check(json!({ "and": [{ "literal": false }, broken] }), Ok(false));
        check(json!({ "or": [{ "literal": true }, broken] }), Ok(true));
        check(broken, Err("`<` needs a number, but it is given a record"));
    }

    #[test]
    fn ranges_include_their_ends() {
        let within = |min: Value, max: Value| {
            json!({ "within": {
            "value": path("thread.turns"), "min": min, "max": max } })
        };
        check(within(json!(3.0), json!(3.0)), Ok(true));
        check(within(json!(4.0), json!(null)), Ok(false));
        check(within(json!(null), json!(2.0)), Ok(false));
    }

    #[test]
    fn count_is_a_call_like_any_other() {
        let many = json!({ "compare": { "op": ">", "order": "number",
            "left": { "call": { "function": "count", "args": [path("subscriber.topics")] } },
            "right": { "literal": 0 } } });
        check(json!({ "not": many }), Ok(true));
        check(
            json!({ "is": { "value": path("subscriber.topics"), "what": "empty" } }),
            Ok(true),
        );
    }

    #[test]
    fn a_bundle_changed_by_hand_is_an_error_and_no_panic() {
        check(
            json!({ "call": { "function": "shell", "args": [] } }),
            Err("unknown function `shell`"),
        );
        check(
            json!({ "call": { "function": "count", "args": [] } }),
            Err("`count` is given 0 arguments"),
        );
        check(
            json!({ "literal": 5 }),
            Err("`condition` needs a boolean, but it is given a number"),
        );
        check(
            json!({ "call": { "function": "matches", "args": [{ "literal": "a" }, { "literal": "(" }] } }),
            Err("`(` is not a regular expression: unclosed group"),
        );
    }

    #[test]
    fn a_record_keeps_the_order_of_its_fields() {
        let record =
            expr(json!({ "record": [["b", { "literal": 1 }], ["a", path("thread.turns")]] }));
        let values = scope_values();
        let scope = Scope::of(values.as_object().unwrap());
        assert_eq!(record.eval(&scope).unwrap().to_string(), r#"{"b":1,"a":3}"#);
    }

    proptest::proptest! {
        #[test]
        fn no_data_makes_an_operator_panic(left in crate::tests::any_json(), right in crate::tests::any_json()) {
            let scope = Scope::new().with("left", &left).with("right", &right);
            for order in ["number", "text", "bool", "case", "date", "time", "datetime", "duration"] {
                for op in ["==", "<"] {
                    let _ = expr(json!({ "compare": { "op": op, "order": order,
                        "left": path("left"), "right": path("right") } })).holds(&scope);
                }
            }
            for function in crate::functions::all() {
                for args in [json!([path("left")]), json!([path("left"), path("right")])] {
                    let _ = expr(json!({ "call": { "function": function.name, "args": args } })).eval(&scope);
                }
            }
        }
    }
}
