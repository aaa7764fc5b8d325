//! Handlers, calls and bounds in words.

use silex_bundle::behaviour::Call;
use silex_bundle::tool::{AtMost, Handler, Retry};

use crate::condition;
use crate::diff::relation::Relation;

/// In words, who carries out a tool; also what it is told.
pub(super) fn handler(of: &Handler) -> String {
    match of {
        Handler::Search { entity } => format!("search {entity}"),
        Handler::Get { entity } => format!("get {entity}"),
        Handler::Save { path, value } => format!("save {path} = {}", condition::text(value)),
        Handler::Behaviour(called) => call(called),
        Handler::Http { method, endpoint } => format!("http {method} {endpoint:?}"),
        Handler::Native { name } => format!("native {name:?}"),
        Handler::Mcp { server, tool } => format!("mcp {server:?} {tool:?}"),
        Handler::AskReviewer { question } => format!("ask reviewer {question:?}"),
        Handler::HandOver { note } => format!("hand_over {note:?}"),
    }
}

/// A call in words.
pub(in crate::diff) fn call(called: &Call) -> String {
    let args = called.args.iter();
    let args: Vec<_> = args
        .map(|(name, value)| format!("{name}: {}", condition::text(value)))
        .collect();
    format!("{}({})", called.behaviour, args.join(", "))
}

/// Whether a bound allows more than it did; none allows all.
pub(in crate::diff) fn at_most(old: Option<AtMost>, new: Option<AtMost>) -> Relation {
    match (old, new) {
        (Some(old), Some(new)) => Relation::of(
            new.count > old.count || new.per_ms < old.per_ms,
            new.count < old.count || new.per_ms > old.per_ms,
        ),
        (old, new) => Relation::of(
            old.is_some() && new.is_none(),
            old.is_none() && new.is_some(),
        ),
    }
}

/// A bound in words.
pub(in crate::diff) fn most(bound: Option<AtMost>) -> String {
    bound.map_or("as often as it likes".to_owned(), |it| {
        format!("at most {} times in {} s", it.count, it.per_ms / 1000)
    })
}

/// How something is tried again, in words.
pub(in crate::diff) fn retries(retry: &Retry) -> String {
    format!(
        ", {} times from {} to {} ms",
        retry.attempts, retry.from_ms, retry.to_ms
    )
}
