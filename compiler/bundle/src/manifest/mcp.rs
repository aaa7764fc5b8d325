//! A tool as a server of the Model Context Protocol lists it.
//!
//! Its hints follow from the declared effects, and from what a behaviour that carries it out may
//! call in its turn. A hint that is not sure takes the side that asks for more care.

use serde_json::{Value, json};

use super::described;
use crate::behaviour::Behaviour;
use crate::schema::{Dialect, fields_schema};
use crate::tool::Handler;
use crate::{Bundle, Tool};

/// Behaviours that call behaviours, as deep as the runtime runs them.
const DEPTH: usize = 8;

/// The field in which a result stands that is no object: the protocol wants one.
const RESULT: &str = "result";

/// A tool in the form of `tools/list`.
#[must_use]
pub fn mcp(tool: &Tool, bundle: &Bundle) -> Value {
    let declarations = &bundle.declarations;
    let schema = fields_schema(&tool.params, declarations, Dialect::Full);
    let title = title(&tool.name);
    let named = json!({ "name": tool.name, "title": title });
    let mut manifest = described(named, &tool.doc, "inputSchema", schema);
    manifest["outputSchema"] = object(tool.returns.json_schema(declarations, Dialect::Full));
    let effects = Reach::of(tool, bundle, DEPTH);
    let mut annotations = json!({ "title": title, "readOnlyHint": !effects.changes });
    if effects.changes {
        annotations["destructiveHint"] = json!(effects.destroys);
        annotations["idempotentHint"] = json!(effects.repeats);
    }
    annotations["openWorldHint"] = json!(effects.leaves);
    manifest["annotations"] = annotations;
    manifest
}

/// What a call may do.
#[derive(Debug, Clone, Copy)]
struct Reach {
    /// Changes something.
    changes: bool,
    /// Takes the place of something, or cannot be taken back.
    destroys: bool,
    /// Does no more when it is called again alike.
    repeats: bool,
    /// Meets people or systems beyond the store.
    leaves: bool,
}

impl Reach {
    fn of(tool: &Tool, bundle: &Bundle, depth: usize) -> Self {
        let effects = &tool.effects;
        let lasting = effects.sends.is_some() || effects.spends.is_some();
        let changes = lasting || !effects.writes.is_empty();
        let own = Self {
            changes,
            destroys: changes,
            repeats: !changes,
            leaves: effects.sends.is_some(),
        };
        match &tool.handler {
            Handler::Search { .. } | Handler::Get { .. } => own,
            // A field is set, again to the same; an entity of its own is added or set by its key.
            Handler::Save { path, .. } => Self {
                changes: true,
                destroys: lasting || !path.fields.is_empty(),
                repeats: !lasting,
                ..own
            },
            Handler::Http { .. } | Handler::Mcp { .. } | Handler::Native { .. } => Self {
                leaves: true,
                ..own
            },
            // A person hears of every call.
            Handler::AskReviewer { .. } | Handler::HandOver { .. } => Self {
                changes: true,
                destroys: lasting,
                repeats: false,
                leaves: true,
            },
            Handler::Behaviour(call) => match bundle.behaviours.get(&call.behaviour) {
                Some(behaviour) if depth > 0 => own.with(behaviour, bundle, depth - 1),
                Some(_) | None => own,
            },
        }
    }

    fn with(self, behaviour: &Behaviour, bundle: &Bundle, depth: usize) -> Self {
        let offered = behaviour
            .tools
            .iter()
            .filter_map(|offer| bundle.tools.get(&offer.tool));
        offered.fold(self, |all, tool| {
            let one = Self::of(tool, bundle, depth);
            Self {
                changes: all.changes || one.changes,
                destroys: all.destroys || one.destroys,
                // The model inside may choose otherwise the second time.
                repeats: !all.changes && !one.changes,
                leaves: all.leaves || one.leaves,
            }
        })
    }
}

/// `select_document` → `Select document`.
fn title(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut signs = words.chars();
    signs
        .next()
        .map(|first| first.to_uppercase().chain(signs).collect())
        .unwrap_or_default()
}

fn object(schema: Value) -> Value {
    if schema.get("type").and_then(Value::as_str) == Some("object") {
        return schema;
    }
    let mut inner = schema;
    let definitions = inner
        .as_object_mut()
        .and_then(|inner| inner.shift_remove("$defs"));
    let mut outer = json!({
        "type": "object", "properties": { RESULT: inner }, "required": [RESULT], "additionalProperties": false,
    });
    if let Some(definitions) = definitions {
        outer["$defs"] = definitions;
    }
    outer
}
