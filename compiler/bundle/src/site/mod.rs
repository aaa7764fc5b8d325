//! A bundle told to those who answer for it: what the pages of a site say, and the templates that they
//! are made with. `silex docs` writes them to files, and the pages of `silexd` show them.
//!
//! The templates fill the block `main` of a `frame.html` that whoever shows them has. They lead to each
//! other by the names that [`agent_page`] and [`behaviour_page`] give, and to `tools.html` and
//! `types.html` beside them.

mod agent;
mod behaviour;
mod declaration;
mod drawing;
mod tool;
mod words;

use serde_json::{Value, json};

use crate::Bundle;

pub use agent::schedule;
pub use words::{agent_page, behaviour_page, said};

/// The templates: name and text.
pub static TEMPLATES: [(&str, &str); 6] = [
    ("parts.html", include_str!("parts.html")),
    ("index.html", include_str!("index.html")),
    ("agent.html", include_str!("agent.html")),
    ("behaviour.html", include_str!("behaviour.html")),
    ("tools.html", include_str!("tools.html")),
    ("types.html", include_str!("types.html")),
];

/// What `index.html` shows.
#[must_use]
pub fn index(bundle: &Bundle) -> Value {
    let agents = bundle
        .agents
        .iter()
        .map(|(name, it)| agent::view(bundle, name, it));
    let behaviours = bundle
        .behaviours
        .iter()
        .map(|(name, it)| behaviour::summary(bundle, name, it));
    let models = bundle.models.iter().map(
        |(name, it)| json!({ "name": name, "provider": it.provider, "model": it.name, "fallback": it.fallback }),
    );
    json!({
        "agents": agents.collect::<Vec<_>>(),
        "behaviours": behaviours.collect::<Vec<_>>(),
        "models": models.collect::<Vec<_>>(),
        "tools": bundle.tools.len(),
        "types": bundle.declarations.len(),
    })
}

/// What `agent.html` shows of an agent, if there is one of the name.
#[must_use]
pub fn agent(bundle: &Bundle, name: &str) -> Option<Value> {
    let agent = bundle.agents.get(name)?;
    Some(agent::view(bundle, name, agent))
}

/// What `behaviour.html` shows of a behaviour, if there is one of the name. Its `variants` are left to
/// those who can tell them.
#[must_use]
pub fn behaviour(bundle: &Bundle, name: &str) -> Option<Value> {
    let behaviour = bundle.behaviours.get(name)?;
    Some(behaviour::view(bundle, name, behaviour))
}

/// What `tools.html` shows.
#[must_use]
pub fn tools(bundle: &Bundle) -> Value {
    let tools = bundle.tools.iter();
    tools
        .map(|(name, it)| tool::view(bundle, name, it))
        .collect()
}

/// What `types.html` shows.
#[must_use]
pub fn types(bundle: &Bundle) -> Value {
    declaration::views(bundle).into()
}
