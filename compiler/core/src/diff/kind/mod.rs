//! The kinds of change: a code, a class, and what it means to whoever reviews it.
//!
//! Kinds come in [`Opposites`]: what one change does, the other undoes, so that a comparison
//! the other way round says the opposite and nothing else. A kind that stands alone is its own
//! opposite.

mod demands;
mod effects;
mod interfaces;
mod permissions;
mod words;

use serde::Serialize;

pub(super) use {demands::*, effects::*, interfaces::*, permissions::*, words::*};

use super::paired::Pairing;
use super::relation::Relation;

/// How much a change matters, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// An effect, a safeguard or an interface that others rely on is not what it was.
    Breaking,
    /// More is allowed.
    Widened,
    /// Less is demanded.
    Weakened,
    /// The interface is another and takes what the old one took.
    Interface,
    /// Less is allowed.
    Narrowed,
    /// More is demanded.
    Strengthened,
    /// Words are others; what a model makes of them nobody can compute.
    Reworded,
    /// The same under another name.
    Renamed,
}

impl Class {
    /// All classes, those that matter most first.
    pub const ALL: [Self; 8] = [
        Self::Breaking,
        Self::Widened,
        Self::Weakened,
        Self::Interface,
        Self::Narrowed,
        Self::Strengthened,
        Self::Reworded,
        Self::Renamed,
    ];

    /// As a heading.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::Widened => "permission widened",
            Self::Weakened => "weakened",
            Self::Interface => "interface",
            Self::Narrowed => "permission narrowed",
            Self::Strengthened => "strengthened",
            Self::Reworded => "reworded",
            Self::Renamed => "renamed",
        }
    }
}

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// What waivers and reports know it by.
    pub code: &'static str,
    /// How much it matters.
    pub class: Class,
    /// What has happened, as a sentence.
    pub means: &'static str,
}

/// Two kinds that undo each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opposites {
    /// Something went, or is less.
    pub less: Kind,
    /// Something came, or is more.
    pub more: Kind,
}

impl Opposites {
    /// The kind for what stands on one side only; none for what stands on both.
    pub(super) fn of<T>(&self, pairing: &Pairing<T>) -> Option<Kind> {
        match pairing {
            Pairing::Removed(_) => Some(self.less),
            Pairing::Added(_) => Some(self.more),
            Pairing::Both(..) => None,
        }
    }

    /// The kind for what grew, shrank, or became another; none for what is the same.
    pub(super) fn by(&self, relation: Relation, other: Kind) -> Option<Kind> {
        match relation {
            Relation::Same => None,
            Relation::Narrower => Some(self.less),
            Relation::Wider => Some(self.more),
            Relation::Other => Some(other),
        }
    }
}

/// The kind with a code.
#[must_use]
pub fn of_code(code: &str) -> Option<Kind> {
    all().find(|kind| kind.code == code)
}

/// Every kind, in the order in which changes of one class are told.
pub fn all() -> impl Iterator<Item = Kind> {
    let pairs = pairs().flat_map(|pair| [pair.less, pair.more]);
    let alone = [
        effects::ALONE,
        permissions::ALONE,
        demands::ALONE,
        interfaces::ALONE,
        words::ALONE,
    ];
    pairs.chain(alone.into_iter().flatten().copied())
}

fn pairs() -> impl Iterator<Item = &'static Opposites> {
    let pairs = [
        effects::PAIRS,
        permissions::PAIRS,
        demands::PAIRS,
        interfaces::PAIRS,
        words::PAIRS,
    ];
    pairs.into_iter().flatten().copied()
}

/// The kind that undoes a kind.
#[must_use]
pub fn reverse(kind: Kind) -> Kind {
    match pairs().find(|pair| pair.less == kind || pair.more == kind) {
        Some(pair) if pair.less == kind => pair.more,
        Some(pair) => pair.less,
        None => kind,
    }
}

/// Where a kind stands among all.
pub(super) fn rank(kind: Kind) -> usize {
    all().position(|it| it == kind).unwrap_or(usize::MAX)
}

const fn kind(code: &'static str, class: Class, means: &'static str) -> Kind {
    Kind { code, class, means }
}
