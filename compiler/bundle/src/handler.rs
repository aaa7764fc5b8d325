//! What carries a tool out, in the words of the language.

use crate::behaviour::Call;
use crate::condition;
use crate::tool::Handler;

/// What carries a tool out, and what it is told.
#[must_use]
pub fn text(of: &Handler) -> String {
    match of {
        Handler::Search { entity } => format!("search {entity}"),
        Handler::Get { entity } => format!("get {entity}"),
        Handler::Save { path, value } => format!("save {path} = {}", condition::text(value)),
        Handler::Behaviour(called) => format!("behaviour {}", call(called)),
        Handler::Http { method, endpoint } => format!("http {method} {endpoint:?}"),
        Handler::Native { name } => format!("native {name:?}"),
        Handler::Mcp { server, tool } => format!("mcp {server:?} {tool:?}"),
        Handler::AskReviewer { question } => format!("ask reviewer {question:?}"),
        Handler::HandOver { note } => format!("hand_over {note:?}"),
    }
}

/// A call of a behaviour, with what each input is given.
#[must_use]
pub fn call(called: &Call) -> String {
    let args = called.args.iter();
    let args: Vec<_> = args
        .map(|(name, value)| format!("{name}: {}", condition::text(value)))
        .collect();
    format!("{}({})", called.behaviour, args.join(", "))
}
