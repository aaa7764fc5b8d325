//! Samples: a `good` passes its rule's check, a `bad` fails it.
//!
//! A sample is the body of a reply. What depends on the inputs cannot be decided here and is
//! passed over. A check that asks which tools were called is decided both ways, and a sample is
//! refused only if it is wrong either way.

use serde_json::{Value, json};
use silex_bundle::behaviour::{Kind, Sample};
use silex_bundle::expr::Scope;
use silex_bundle::{Behaviour, Expr, Rule, Type};

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// Refuses samples of a behaviour that their rule's check judges otherwise. The tools are those of
/// the package.
#[must_use]
pub fn refuse(tools: &[String], behaviour: &Behaviour) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if behaviour.returns != Type::Named("silex.Reply".to_owned()) {
        return found;
    }
    for segment in &behaviour.segments {
        if let Kind::Rule(rule) = &segment.kind {
            let samples = rule.samples.iter();
            let refused = samples.filter_map(|sample| refuse_sample(tools, rule, sample));
            // What the check says is not known where something in it could not be read.
            let clauses = rule.samples.iter().map(|it| it.span.start).min();
            let ground = Span {
                end: clauses.unwrap_or(segment.span.end),
                ..Span::from(segment.span)
            };
            found.extend(refused.map(|it| it.rests_on([ground])));
        }
    }
    found
}

fn refuse_sample(tools: &[String], rule: &Rule, sample: &Sample) -> Option<Diagnostic> {
    let verdicts: Vec<Verdict> = rule
        .checks
        .iter()
        .map(|check| {
            let without = judge(check, &sample.text, &[]);
            if !asks_calls(check) || without == judge(check, &sample.text, tools) {
                without
            } else {
                Verdict::Open
            }
        })
        .collect();
    let fails = verdicts.contains(&Verdict::Fails);
    let open = verdicts.contains(&Verdict::Open) || verdicts.is_empty();
    let span = Span {
        file: FileId(sample.span.source),
        start: sample.span.start,
        end: sample.span.end,
    };
    if sample.good && fails {
        let problem = Diagnostic::error(
            "sample",
            span,
            format!("this `good` fails the check of `{}`", rule.name),
        )
        .help("mend the sample or the check");
        return Some(problem);
    }
    (!sample.good && !fails && !open).then(|| {
        Diagnostic::error(
            "sample",
            span,
            format!("this `bad` passes the check of `{}`", rule.name),
        )
        .help("the check would let it through: make it stricter")
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Passes,
    Fails,
    Open,
}

fn judge(check: &Expr, body: &str, called: &[String]) -> Verdict {
    if !is_decidable(check) {
        return Verdict::Open;
    }
    let reply: Value = json!({ "body": body });
    match check.holds(&Scope::new().with("reply", &reply).with_called(called)) {
        Ok(true) => Verdict::Passes,
        Ok(false) => Verdict::Fails,
        Err(_) => Verdict::Open,
    }
}

/// Whether an expression asks for nothing but the reply's body.
fn is_decidable(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(_) | Expr::Case(_) => true,
        Expr::Path(path) => path.root == "reply" && path.fields == ["body"],
        Expr::Not(inner) => is_decidable(inner),
        Expr::And(all) | Expr::Or(all) | Expr::List(all) => all.iter().all(is_decidable),
        Expr::Compare { left, right, .. } => is_decidable(left) && is_decidable(right),
        Expr::OneOf { value, of } => is_decidable(value) && of.iter().all(is_decidable),
        Expr::Within { value, .. } | Expr::Is { value, .. } => is_decidable(value),
        Expr::Call { args, .. } => args.iter().all(is_decidable),
        Expr::Record(fields) => fields.iter().all(|(_, value)| is_decidable(value)),
    }
}

/// Whether an expression asks which tools were called.
fn asks_calls(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(_) | Expr::Case(_) | Expr::Path(_) => false,
        Expr::Not(inner) => asks_calls(inner),
        Expr::And(all) | Expr::Or(all) | Expr::List(all) => all.iter().any(asks_calls),
        Expr::Compare { left, right, .. } => asks_calls(left) || asks_calls(right),
        Expr::OneOf { value, of } => asks_calls(value) || of.iter().any(asks_calls),
        Expr::Within { value, .. } | Expr::Is { value, .. } => asks_calls(value),
        Expr::Call { function, args } => function == "called" || args.iter().any(asks_calls),
        Expr::Record(fields) => fields.iter().any(|(_, value)| asks_calls(value)),
    }
}
