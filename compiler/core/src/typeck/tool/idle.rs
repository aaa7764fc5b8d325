//! Lines of a tool that its handler leaves without effect.
//!
//! A reviewer reads effects and retries as promises, so one that cannot come true is an error.

use super::{Signature, Touch};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Effect, GateKind, HandlerKind, ToolLineKind};
use crate::typeck::Context;

/// Refuses lines that the handler leaves without effect.
pub(super) fn refuse(cx: &Context<'_>, signature: &Signature<'_>) {
    let lines = &signature.from.lines;
    let handler = lines.iter().find_map(|line| match &line.kind {
        ToolLineKind::Via(via) => Some(&via.kind),
        ToolLineKind::Effect(_)
        | ToolLineKind::Timeout(_)
        | ToolLineKind::Retry(_)
        | ToolLineKind::Gate(_)
        | ToolLineKind::AtMost(_)
        | ToolLineKind::Allow(_)
        | ToolLineKind::Junk(_) => None,
    });
    let Some(handler) = handler else { return };
    for line in lines {
        let (word, why) = match &line.kind {
            ToolLineKind::Effect(effect) => match promised(effect, handler) {
                Some(found) => found,
                None => continue,
            },
            ToolLineKind::Timeout(_) if asks_person(handler) => {
                ("timeout", "a person takes the time they need")
            }
            ToolLineKind::Retry(_) if asks_person(handler) => ("retry", "a person is asked once"),
            ToolLineKind::Retry(_) if matches!(handler, HandlerKind::Behaviour(_)) => {
                ("retry", "a behaviour is tried again as its model says")
            }
            ToolLineKind::Gate(gate) if asks_person(handler) && gate.kind == GateKind::Reviewer => {
                ("gate reviewer", "a person is asked anyway")
            }
            ToolLineKind::Via(_)
            | ToolLineKind::Timeout(_)
            | ToolLineKind::Retry(_)
            | ToolLineKind::Gate(_)
            | ToolLineKind::AtMost(_)
            | ToolLineKind::Allow(_)
            | ToolLineKind::Junk(_) => continue,
        };
        let message = format!("`{word}` has no effect here: {why}");
        cx.report(
            Diagnostic::error("idle-line", line.span, message)
                .help("take the line out")
                .fix(line.span, "", "take the line out"),
        );
    }
}

/// Whether a person answers, and not a program.
fn asks_person(handler: &HandlerKind) -> bool {
    match handler {
        HandlerKind::AskReviewer(_) | HandlerKind::HandOver(_) => true,
        HandlerKind::Search(_)
        | HandlerKind::Get(_)
        | HandlerKind::Save { .. }
        | HandlerKind::Behaviour(_)
        | HandlerKind::Http { .. }
        | HandlerKind::Mcp { .. }
        | HandlerKind::Native(_) => false,
    }
}

/// An effect that the handler cannot have, and why. What runs elsewhere may have any.
fn promised(effect: &Effect, handler: &HandlerKind) -> Option<(&'static str, &'static str)> {
    let touch = match handler {
        HandlerKind::Behaviour(_)
        | HandlerKind::Http { .. }
        | HandlerKind::Mcp { .. }
        | HandlerKind::Native(_) => return None,
        HandlerKind::Search(_) | HandlerKind::Get(_) => Some(Touch::Reads),
        HandlerKind::Save { .. } => Some(Touch::Writes),
        HandlerKind::AskReviewer(_) | HandlerKind::HandOver(_) => None,
    };
    let does = match touch {
        Some(Touch::Reads) => "a `search` or `get` reads, and does nothing else",
        Some(Touch::Writes) => "a `save` stores, and does nothing else",
        None => "a person is asked, and nothing else happens",
    };
    match effect {
        // What a `save` stores may be made of what it reads.
        Effect::Reads(_) if touch.is_none() => Some(("reads", does)),
        Effect::Writes(_) if touch != Some(Touch::Writes) => Some(("writes", does)),
        Effect::Sends(_) => Some(("sends", does)),
        Effect::Spends(_) => Some(("spends", does)),
        Effect::Reads(_) | Effect::Writes(_) => None,
    }
}
