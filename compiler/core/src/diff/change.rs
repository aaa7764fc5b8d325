//! One change: what happened to what, where, and what it touches.

use serde::Serialize;
use silex_bundle::{Bundle, Span};

use super::kind::{Class, Kind};
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
        let of = sides.new.examples.iter();
        let of = of.filter(|(_, it)| behaviours.contains(&it.behaviour));
        Self {
            behaviours: behaviours.to_vec(),
            variants: Vec::new(),
            examples: of.map(|(name, _)| name.clone()).collect(),
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
}

impl Sides<'_> {
    /// A place in the old bundle and what stood there.
    pub(super) fn was(&self, span: Span, text: impl Into<String>) -> Option<Side> {
        Some(side(self.old, span, text.into()))
    }

    /// A place in the new bundle and what stands there.
    pub(super) fn is(&self, span: Span, text: impl Into<String>) -> Option<Side> {
        Some(side(self.new, span, text.into()))
    }
}

fn side(bundle: &Bundle, span: Span, text: String) -> Side {
    let (path, line, column) = bundle.line_at(span).unwrap_or(("", 1, 1));
    Side {
        path: path.to_owned(),
        line,
        column,
        text,
    }
}
