//! What changed prompts cost: tokens of the author's words, and how much of the beginning a provider
//! can keep from one prompt to the next.
//!
//! Tokens are estimated, four bytes each. Values are not counted: they are the same on both sides.

use serde::Serialize;
use silex_bundle::behaviour::Piece;
use silex_bundle::{Behaviour, Segment};

use super::change::Sides;
use super::paired::{Pairing, paired};

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

/// How long prompts are, in estimated tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    /// All words that can stand in them.
    pub words: usize,
    /// Those before the first part that differs from prompt to prompt: what can be cached.
    pub cached: usize,
}

/// The behaviours that stand on both sides and whose prompts are longer, shorter, or kept less.
pub(super) fn compare(sides: Sides<'_>) -> Vec<Cost> {
    let pairs = paired(&sides.old.behaviours, &sides.new.behaviours);
    let costs = pairs.into_iter().filter_map(|(name, pairing)| {
        let Pairing::Both(old, new) = pairing else {
            return None;
        };
        let (old, new) = (size(old), size(new));
        (old != new).then(|| Cost {
            behaviour: name.clone(),
            old,
            new,
        })
    });
    costs.collect()
}

fn size(behaviour: &Behaviour) -> Size {
    let segments = &behaviour.segments;
    let varies = segments.iter().position(varies).unwrap_or(segments.len());
    let tokens = |segments: &[Segment]| segments.iter().map(bytes).sum::<usize>().div_ceil(4);
    Size {
        words: tokens(segments),
        cached: tokens(&segments[..varies]),
    }
}

/// Whether a segment differs from prompt to prompt.
fn varies(segment: &Segment) -> bool {
    let is_hole = |piece: &Piece| matches!(piece, Piece::Hole(_));
    segment.when.is_some() || !segment.each.is_empty() || segment.text.iter().any(is_hole)
}

fn bytes(segment: &Segment) -> usize {
    let words = segment.text.iter().map(|piece| match piece {
        Piece::Words(words) => words.len(),
        Piece::Hole(_) => 0,
    });
    words.sum()
}
