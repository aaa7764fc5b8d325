//! Exfiltration paths: private data, words from outside, and a way out to other people.
//!
//! A behaviour that sees all three can be talked into handing one person's data to another. The
//! check is sound and simple: it looks at all tools that a behaviour can come to, through other
//! behaviours too, whatever the conditions. Any gate on the way counts as one.

use silex_bundle::Type;
use silex_bundle::schema::Shape;
use silex_bundle::tool::{Audience, Handler};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::{Behaviour, Hir, Offered};
use crate::typeck::tool::holds;

/// Refuses behaviours with an exfiltration path.
pub fn refuse(hir: &Hir, diagnostics: &mut Diagnostics) {
    for (name, behaviour) in &hir.behaviours {
        if !is_untrusted(hir, behaviour) {
            continue;
        }
        let Some(private) = private_data(hir, behaviour) else {
            continue;
        };
        for offered in hir.tools_of(&behaviour.body) {
            if let Some(sender) = way_out(hir, &offered.tool, &mut Vec::new()) {
                let bare = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
                let message = format!(
                    "`{}` sees {private} and words from outside, and can send to anyone through `{}` with no gate between",
                    bare(name),
                    bare(sender),
                );
                diagnostics.push(
                    Diagnostic::error("exfiltration-path", offered.span, message).help(format!(
                        "add `gate reviewer` to `{}`, or offer it where no private data is",
                        bare(sender)
                    )),
                );
            }
        }
    }
}

/// Whether text reaches the behaviour that somebody outside may have written: in its inputs, or in
/// what a tool returns, whoever carries it out. What our own people answer is not from outside.
fn is_untrusted(hir: &Hir, behaviour: &Behaviour) -> bool {
    let outside = |of: &Type| holds(hir, of, &is_outside_text);
    behaviour.inputs.iter().any(|input| outside(&input.of))
        || hir.tools_of(&behaviour.body).iter().any(|offered| {
            hir.tools
                .get(&offered.tool)
                .is_some_and(|tool| !asks_person(&tool.handler) && outside(&tool.returns))
        })
}

fn asks_person(handler: &Handler) -> bool {
    match handler {
        Handler::AskReviewer { .. } | Handler::HandOver { .. } => true,
        Handler::Search { .. }
        | Handler::Get { .. }
        | Handler::Save { .. }
        | Handler::Behaviour(_)
        | Handler::Http { .. }
        | Handler::Mcp { .. }
        | Handler::Native { .. } => false,
    }
}

fn is_outside_text(of: &Type) -> bool {
    match of {
        Type::Text { trusted, .. } => !trusted,
        Type::Email | Type::Url => true,
        Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::List { .. }
        | Type::Optional(_)
        | Type::Named(_) => false,
    }
}

/// What the behaviour sees that belongs to somebody.
fn private_data(hir: &Hir, behaviour: &Behaviour) -> Option<String> {
    let is_entity = |of: &Type| match of {
        Type::Named(name) => hir
            .declarations
            .get(name)
            .is_some_and(|declaration| matches!(declaration.shape, Shape::Entity { .. })),
        Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::List { .. }
        | Type::Optional(_) => false,
    };
    let input = behaviour
        .inputs
        .iter()
        .find(|input| holds(hir, &input.of, &is_entity));
    if let Some(input) = input {
        return Some(format!("the data in `{}`", input.name));
    }
    let reads = |offered: &&Offered| {
        hir.tools
            .get(&offered.tool)
            .is_some_and(|tool| tool.owner.is_some() || !tool.effects.reads.is_empty())
    };
    let offered = hir.tools_of(&behaviour.body);
    offered
        .iter()
        .find(|offered| reads(offered))
        .map(|offered| {
            format!(
                "what `{}` reads",
                offered.tool.rsplit('.').next().unwrap_or(&offered.tool)
            )
        })
}

/// The tool that sends to anyone, itself or through the behaviour that it runs, ungated all the way.
/// What is carried out elsewhere (`http`, `mcp`, `native`) reaches whom its author declares.
fn way_out<'a>(hir: &'a Hir, tool: &'a str, seen: &mut Vec<&'a str>) -> Option<&'a str> {
    let declared = hir.tools.get(tool)?;
    if !declared.gates.is_empty() || seen.contains(&tool) {
        return None;
    }
    seen.push(tool);
    if declared.effects.sends == Some(Audience::Anyone) {
        return Some(tool);
    }
    match &declared.handler {
        Handler::Behaviour(call) => {
            let behaviour = hir.behaviours.get(&call.behaviour)?;
            let tools = hir.tools_of(&behaviour.body);
            tools
                .into_iter()
                .find_map(|offered| way_out(hir, &offered.tool, seen))
        }
        Handler::Search { .. }
        | Handler::Get { .. }
        | Handler::Save { .. }
        | Handler::Http { .. }
        | Handler::Mcp { .. }
        | Handler::Native { .. }
        | Handler::AskReviewer { .. }
        | Handler::HandOver { .. } => None,
    }
}
