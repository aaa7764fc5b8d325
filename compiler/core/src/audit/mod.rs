//! The security reviewer's page: who can reach whom with what, from a bundle.
//!
//! It judges nothing: what may not be is an error of the compiler. It shows what the author
//! decided, each with its place, so that a person can decide whether it may stay.

mod reach;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use silex_bundle::behaviour::{Piece, Quote};
use silex_bundle::relay::Destination;
use silex_bundle::tool::{Audience, GateKind, Handler};
use silex_bundle::{Bundle, Span, Tool, Type, handler};

use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::{self, ast};
use crate::{condition, lint};

pub use reach::{AgentReach, Offered, Reached};

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// Name of the package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The bundle's digest: what was looked at.
    pub digest: String,
    /// What each agent comes to.
    pub agents: Vec<AgentReach>,
    /// Words from outside that an author trusts.
    pub trusting: Vec<Trusting>,
    /// Every gate.
    pub gates: Vec<Gate>,
    /// What reaches outside.
    pub effects: Vec<Effect>,
    /// Inputs that can carry words from outside.
    pub untrusted: Vec<Untrusted>,
    /// Lints that an author allows.
    pub allowed: Vec<Allowed>,
    /// What the runtime's configuration has to name, by kind.
    pub needs: BTreeMap<&'static str, BTreeSet<String>>,
}

/// `trusting … because`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trusting {
    /// The hole.
    pub hole: String,
    /// The behaviour in whose prompt it is.
    pub behaviour: String,
    /// Why.
    pub because: String,
    /// Where.
    pub at: String,
}

/// A gate of a tool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gate {
    /// The tool.
    pub tool: String,
    /// `reviewer` or `refuse`.
    pub kind: &'static str,
    /// When it closes; always if there is none.
    pub when: Option<String>,
    /// Where the tool is.
    pub at: String,
}

/// An effect of a tool on the world outside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// The tool.
    pub tool: String,
    /// What it does.
    pub does: String,
    /// What carries it out.
    pub handler: String,
    /// Whether there is a gate.
    pub gated: bool,
    /// What stands between, or why nothing has to.
    pub because: String,
    /// Where the tool is.
    pub at: String,
}

/// An input that can carry words from outside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Untrusted {
    /// The behaviour.
    pub behaviour: String,
    /// Its inputs.
    pub inputs: Vec<String>,
    /// Holes that quote such words, in all variants.
    pub quoted: usize,
}

/// An `allow … because`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Allowed {
    /// The lint.
    pub code: String,
    /// Why.
    pub because: String,
    /// Where.
    pub at: String,
}

/// The page of a bundle.
#[must_use]
pub fn audit(bundle: &Bundle) -> Audit {
    Audit {
        package: bundle.package.clone(),
        version: bundle.version.clone(),
        digest: bundle.digest(),
        agents: reach::agents(bundle),
        trusting: trusting(bundle),
        gates: gates(bundle),
        effects: bundle
            .tools
            .iter()
            .flat_map(|(name, tool)| effects(bundle, name, tool))
            .collect(),
        untrusted: untrusted(bundle),
        allowed: allowed(bundle),
        needs: needs(bundle),
    }
}

/// A place as `path:line`.
fn at(bundle: &Bundle, span: Span) -> String {
    bundle
        .line_at(span)
        .map_or_else(String::new, |(path, line, _)| format!("{path}:{line}"))
}

fn trusting(bundle: &Bundle) -> Vec<Trusting> {
    let mut found = Vec::new();
    for (name, behaviour) in &bundle.behaviours {
        for segment in &behaviour.segments {
            for piece in &segment.text {
                if let Piece::Hole(hole) = piece
                    && let Some(because) = &hole.trusting
                {
                    found.push(Trusting {
                        hole: condition::text(&hole.value),
                        behaviour: name.clone(),
                        because: because.clone(),
                        at: at(bundle, segment.span),
                    });
                }
            }
        }
    }
    found
}

fn gates(bundle: &Bundle) -> Vec<Gate> {
    let all = bundle
        .tools
        .iter()
        .flat_map(|(name, tool)| tool.gates.iter().map(move |gate| (name, tool, gate)));
    all.map(|(name, tool, gate)| Gate {
        tool: name.clone(),
        kind: gate_word(gate.kind),
        when: gate.when.as_ref().map(condition::text),
        at: at(bundle, tool.span),
    })
    .collect()
}

fn gate_word(kind: GateKind) -> &'static str {
    match kind {
        GateKind::Reviewer => "reviewer",
        GateKind::Refuse => "refuse",
    }
}

/// The effects of a tool that leave the house: it sends, it spends, or it asks another system.
fn effects(bundle: &Bundle, name: &str, tool: &Tool) -> Vec<Effect> {
    let gate = (!tool.gates.is_empty()).then(|| {
        let gates = tool.gates.iter().map(|gate| match &gate.when {
            Some(when) => format!(
                "gate {} when {}",
                gate_word(gate.kind),
                condition::text(when)
            ),
            None => format!("gate {}", gate_word(gate.kind)),
        });
        gates.collect::<Vec<_>>().join(", ")
    });
    let mut all: Vec<(String, &str)> = Vec::new();
    if let Some(audience) = tool.effects.sends {
        all.push(match audience {
            Audience::Thread => (
                "sends to the thread".to_owned(),
                "only those who are in the conversation already",
            ),
            Audience::Contact => (
                "sends to the contact".to_owned(),
                "only the contact, whose data it is",
            ),
            Audience::Anyone => (
                "sends to anyone".to_owned(),
                "no behaviour that comes to it sees both private data and words from outside",
            ),
        });
    }
    if let Some(amount) = &tool.effects.spends {
        all.push((
            format!("spends `{amount}`"),
            "a gate is asked for where a model chooses the amount",
        ));
    }
    let other = match &tool.handler {
        Handler::Http { .. } | Handler::Mcp { .. } => Some("asks another system"),
        Handler::Native { .. } => Some("runs code of the runtime"),
        Handler::Search { .. }
        | Handler::Get { .. }
        | Handler::Save { .. }
        | Handler::Behaviour(_)
        | Handler::AskReviewer { .. }
        | Handler::HandOver { .. } => None,
    };
    if let Some(does) = other.filter(|_| all.is_empty()) {
        all.push((
            does.to_owned(),
            "it declares no sending and no spending; see that it does neither",
        ));
    }
    let effect = |(does, open): (String, &str)| Effect {
        tool: name.to_owned(),
        does,
        handler: handler::text(&tool.handler),
        gated: gate.is_some(),
        because: gate.clone().unwrap_or_else(|| open.to_owned()),
        at: at(bundle, tool.span),
    };
    all.into_iter().map(effect).collect()
}

fn untrusted(bundle: &Bundle) -> Vec<Untrusted> {
    let mut found = Vec::new();
    for (name, behaviour) in &bundle.behaviours {
        let inputs: Vec<String> = behaviour
            .inputs
            .iter()
            .filter(|input| input.of.holds(&bundle.declarations, &Type::is_untrusted))
            .map(|input| input.name.clone())
            .collect();
        let pieces = behaviour.segments.iter().flat_map(|it| &it.text);
        let quoted = pieces.filter(
            |piece| matches!(piece, Piece::Hole(hole) if !matches!(hole.quote, Quote::Bare)),
        );
        if !inputs.is_empty() {
            found.push(Untrusted {
                behaviour: name.clone(),
                inputs,
                quoted: quoted.count(),
            });
        }
    }
    found
}

/// The bundle holds the specs as they were, and so what is allowed in them.
fn allowed(bundle: &Bundle) -> Vec<Allowed> {
    let mut found = Vec::new();
    for (number, source) in (0..).zip(&bundle.sources) {
        if !source.text.contains("allow ") {
            continue;
        }
        let file = syntax::parse(FileId(number), &source.text, &mut Diagnostics::default());
        let place = |allow: &ast::Allow| Allowed {
            code: allow.code.text.clone(),
            because: allow.because.text.clone(),
            at: at(bundle, crate::codegen::span(allow.code.span)),
        };
        found.extend(lint::allows(&file, &source.text).into_iter().map(place));
    }
    found
}

/// What the runtime's configuration has to name.
fn needs(bundle: &Bundle) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut needs: BTreeMap<&'static str, BTreeSet<String>> = BTreeMap::new();
    let mut need = |kind, name: &str| {
        needs.entry(kind).or_default().insert(name.to_owned());
    };
    for model in bundle.models.values() {
        need("provider and its key", &model.provider);
    }
    for tool in bundle.tools.values() {
        match &tool.handler {
            Handler::Http { endpoint, .. } => need("endpoint and its secret", endpoint),
            Handler::Mcp { server, .. } => need("mcp server", server),
            Handler::Native { name } => need("native function", name),
            Handler::Search { .. }
            | Handler::Get { .. }
            | Handler::Save { .. }
            | Handler::Behaviour(_)
            | Handler::AskReviewer { .. }
            | Handler::HandOver { .. } => {}
        }
    }
    for agent in bundle.agents.values() {
        for relay in agent.relays.values() {
            if let Destination::Webhook(name) = &relay.to {
                need("webhook and its secret", name);
            }
        }
    }
    needs
}
