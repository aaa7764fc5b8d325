//! One change: what happened to what, where, and what it touches.

use std::collections::BTreeMap;

use serde::Serialize;
use silex_bundle::{Bundle, Example, Span};

use super::kind::{Class, Kind};
use super::lines::Lines;
use super::paired::Pairing;
use super::shown::Shown;
use crate::analysis::facts::Facts;

/// A difference between two bundles.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What kind of change it is.
    pub kind: Kind,
    /// The id of what changed: of a rule, behaviour, tool, agent, type, model or example.
    pub subject: String,
    /// What happened, in words for whoever reviews it.
    pub message: String,
    /// How it was; none for what is new.
    pub old: Option<Side>,
    /// How it is; none for what is gone.
    pub new: Option<Side>,
    /// Inputs for which it makes a difference, if only some do.
    pub witness: Option<String>,
    /// What has to be looked at again.
    pub affects: Affects,
}

/// What stood or stands on one side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Path of the file inside the package; empty for what is not declared in a file.
    pub path: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The words, condition or value that differ; may be empty.
    pub text: String,
}

/// What a change touches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Affects {
    /// Behaviours whose prompt, tools or answers may differ.
    pub behaviours: Vec<String>,
    /// In which of their variants it shows, of what stands in a prompt or is offered.
    pub variants: Vec<Shown>,
    /// Examples to run again.
    pub examples: Vec<String>,
}

impl Affects {
    /// A behaviour that a change touches, with all its examples.
    pub(super) fn behaviours(sides: Sides<'_>, behaviours: &[String]) -> Self {
        let examples = behaviours.iter().flat_map(|it| sides.examples_of(it));
        let mut examples: Vec<String> = examples.map(|(name, _)| (*name).to_owned()).collect();
        examples.sort();
        Self {
            behaviours: behaviours.to_vec(),
            variants: Vec::new(),
            examples,
        }
    }

    /// Takes in what the same change touches elsewhere.
    pub(super) fn merge(&mut self, other: Self) {
        fn join<T: Ord>(mine: &mut Vec<T>, theirs: Vec<T>) {
            mine.extend(theirs);
            mine.sort();
            mine.dedup();
        }
        join(&mut self.behaviours, other.behaviours);
        join(&mut self.variants, other.variants);
        join(&mut self.examples, other.examples);
    }
}

impl Change {
    /// A change of a kind.
    pub(super) fn new(kind: Kind, subject: &str, message: impl Into<String>) -> Self {
        Self {
            kind,
            subject: subject.to_owned(),
            message: message.into(),
            old: None,
            new: None,
            witness: None,
            affects: Affects::default(),
        }
    }

    /// With how it was and how it is.
    pub(super) fn between(mut self, old: Option<Side>, new: Option<Side>) -> Self {
        (self.old, self.new) = (old, new);
        self
    }

    /// With the places where something stood and stands.
    pub(super) fn placed<T>(
        self,
        sides: Sides<'_>,
        pairing: &Pairing<T>,
        span: impl Fn(&T) -> Span,
    ) -> Self {
        let old = pairing.was().and_then(|it| sides.was(span(it), ""));
        let new = pairing.is().and_then(|it| sides.is(span(it), ""));
        self.between(old, new)
    }

    /// With inputs for which it makes a difference.
    pub(super) fn seen_with(mut self, witness: Option<String>) -> Self {
        self.witness = witness;
        self
    }

    /// How much it matters.
    #[must_use]
    pub fn class(&self) -> Class {
        self.kind.class
    }

    /// Where to look: in the new text, or in the old for what is gone.
    #[must_use]
    pub fn place(&self) -> Option<&Side> {
        self.new.as_ref().or(self.old.as_ref())
    }
}

/// The two bundles that are compared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) old: &'a Bundle,
    pub(super) new: &'a Bundle,
    /// What is known of the behaviours of each.
    pub(super) facts: (&'a Facts<'a>, &'a Facts<'a>),
    /// The lines of each.
    pub(super) lines: (&'a Lines<'a>, &'a Lines<'a>),
    /// The new examples by behaviour.
    pub(super) examples: &'a Examples<'a>,
}

/// Examples by name, by the behaviour that they are for.
pub(super) type Examples<'a> = BTreeMap<&'a str, Vec<(&'a str, &'a Example)>>;

/// The examples of a bundle by behaviour.
pub(super) fn by_behaviour(bundle: &Bundle) -> Examples<'_> {
    let mut examples = Examples::new();
    for (name, example) in &bundle.examples {
        let of = examples.entry(example.behaviour.as_str()).or_default();
        of.push((name.as_str(), example));
    }
    examples
}

impl<'a> Sides<'a> {
    /// The new examples of a behaviour.
    pub(super) fn examples_of(&self, behaviour: &str) -> &'a [(&'a str, &'a Example)] {
        self.examples.get(behaviour).map_or(&[], Vec::as_slice)
    }

    /// A place in the old bundle and what stood there.
    pub(super) fn was(&self, span: Span, text: impl Into<String>) -> Option<Side> {
        Some(self.lines.0.side(span, text.into()))
    }

    /// A place in the new bundle and what stands there.
    pub(super) fn is(&self, span: Span, text: impl Into<String>) -> Option<Side> {
        Some(self.lines.1.side(span, text.into()))
    }
}
