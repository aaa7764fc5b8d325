//! The bundle: what the compiler writes and the runtime carries out.
//!
//! This crate is the only thing that both sides share. It holds the format (one canonical JSON
//! file) and its meaning: how a prompt is rendered, a condition decided, a value checked. It does
//! no IO and knows no clock; what varies from render to render is an argument.

pub mod agent;
pub mod behaviour;
pub mod campaign;
pub mod coerce;
pub mod condition;
pub mod duration;
pub mod example;
pub mod expr;
mod file;
pub mod functions;
pub mod handler;
mod lines;
pub mod manifest;
mod meaning;
pub mod model;
pub mod pattern;
mod references;
pub mod relay;
pub mod render;
pub mod schema;
pub mod site;
pub mod spelling;
pub mod tokenizer;
pub mod tool;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use agent::Agent;
pub use behaviour::{Behaviour, Rule, Segment};
pub use example::Example;
pub use expr::{Expr, Path};
pub use file::ReadError;
pub use model::Model;
pub use schema::{Declaration, Type};
pub use tool::Tool;

/// The number of the format that this crate reads and writes.
pub const FORMAT: u32 = 2;

/// A compiled package. Names are qualified: `aleik.assist`, `silex.Mail`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// Version of the compiler that wrote it.
    pub compiler: String,
    /// Name of the package.
    pub package: String,
    /// Version of the package.
    pub version: String,
    /// Records, enums and entities, standard ones included.
    pub declarations: BTreeMap<String, Declaration>,
    /// Language models.
    pub models: BTreeMap<String, Model>,
    /// Behaviours, with the rules of their rulesets put in place. The bundle of a text that was edited
    /// shares those that stayed with the one before.
    pub behaviours: BTreeMap<String, Arc<Behaviour>>,
    /// Tools.
    pub tools: BTreeMap<String, Tool>,
    /// Agents.
    pub agents: BTreeMap<String, Agent>,
    /// Examples.
    pub examples: BTreeMap<String, Example>,
    /// Layout templates that the behaviours name, by name.
    pub layouts: BTreeMap<String, String>,
    /// The source text, for showing where a line came from.
    pub sources: Vec<Source>,
}

impl Bundle {
    /// A behaviour, to be changed in this bundle alone.
    pub fn behaviour_mut(&mut self, name: &str) -> Option<&mut Behaviour> {
        self.behaviours.get_mut(name).map(Arc::make_mut)
    }

    /// All behaviours, to be changed in this bundle alone.
    pub fn behaviours_mut(&mut self) -> impl Iterator<Item = &mut Behaviour> {
        self.behaviours.values_mut().map(Arc::make_mut)
    }
}

/// A source file of the package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Path inside the package, with `/`.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
}

/// A place in a source: index into [`Bundle::sources`], byte offsets into its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// Index into [`Bundle::sources`].
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// Byte behind the last.
    pub end: u32,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    /// Any JSON value of a few levels, with the texts that code trips over.
    pub(crate) fn any_json() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            Just("2027-03-01".to_owned()),
            Just("2027-03-01T09:00Z".to_owned()),
            Just("-9999-01-01T00:00Z".to_owned()),
            Just("4h".to_owned()),
            Just("09:00".to_owned()),
            Just("https://example.org/a".to_owned()),
            ".{0,12}",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-d]|kind", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
