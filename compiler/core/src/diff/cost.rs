//! What changed prompts cost: the tokens that they take, and how much of the beginning a provider can
//! keep from one prompt to the next.

use std::collections::BTreeSet;

use serde::Serialize;
use silex_bundle::tokenizer::Tokenizer;

use super::change::{Change, Sides};
use crate::analysis::facts::Facts;

/// The prompts of a behaviour before and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Its name.
    pub behaviour: String,
    /// How they were.
    pub old: Size,
    /// How they are.
    pub new: Size,
}

/// How long prompts are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// Tokens of the shortest.
    pub least: u64,
    /// Tokens of the longest.
    pub most: u64,
    /// What counted them: the name of a tokenizer, or `estimated`.
    pub counted: &'static str,
    /// Estimated tokens before the first part that differs from prompt to prompt: what can be cached.
    pub cached: u64,
    /// Estimated tokens behind it that could be cached too if they stood before it.
    pub lost: u64,
}

/// The behaviours that stand on both sides and whose prompts are longer, shorter, or kept less. Only
/// those are looked at that a change touches.
pub(super) fn compare(sides: Sides<'_>, changes: &[Change]) -> Vec<Cost> {
    let touched = changes.iter().flat_map(|it| &it.affects.behaviours);
    let touched: BTreeSet<&String> = touched.collect();
    let costs = touched.into_iter().filter_map(|name| {
        let (old, new) = (size(sides.facts.0, name)?, size(sides.facts.1, name)?);
        (old != new).then(|| Cost {
            behaviour: name.clone(),
            old,
            new,
        })
    });
    costs.collect()
}

fn size(facts: &Facts<'_>, name: &str) -> Option<Size> {
    let behaviour = facts.bundle().behaviours.get(name)?;
    let (bounds, _) = facts.tokens(name)?;
    let prefix = facts.prefix(name)?;
    Some(Size {
        least: bounds.least,
        most: bounds.most,
        counted: Tokenizer::of_behaviour(facts.bundle(), behaviour).name(),
        cached: prefix.stable,
        lost: prefix.lost,
    })
}
