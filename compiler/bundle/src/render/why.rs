//! Why a line is in a prompt, and why another is not.

use serde::Serialize;

use super::skeleton::kind_name;
use super::{Part, Prompt};
use crate::Span;
use crate::behaviour::{Behaviour, Kind, Segment};

/// Where a part of a system prompt came from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its segment; none for what the layout or the compiler says.
    pub segment: Option<Named<'a>>,
}

/// A segment in the words of its author.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Named<'a> {
    /// Index into [`Behaviour::segments`].
    pub index: usize,
    /// `role`, `goal`, `fact`, `rule` or `step`.
    pub kind: &'static str,
    /// A rule's identity, a fact's or step's name; empty for role and goal.
    pub id: &'a str,
    /// A rule's strength; empty for all else.
    pub strength: &'static str,
    /// Rulesets through which it came.
    pub via: &'a [String],
    /// Where it is written.
    pub span: Span,
}

/// A segment that is not in the prompt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Absent<'a> {
    /// The segment.
    pub segment: Named<'a>,
    /// The condition that is false: the outermost false one around it. None when a list that
    /// it is repeated for is empty.
    pub condition: Option<usize>,
    /// Where that condition stands.
    pub span: Option<Span>,
}

impl Prompt {
    /// Each part of the system prompt with its origin.
    #[must_use]
    pub fn origins<'a>(&'a self, behaviour: &'a Behaviour) -> Vec<Origin<'a>> {
        let origin = |part: &'a Part| {
            let segment = part
                .segment
                .and_then(|at| Some(named(at, behaviour.segments.get(at)?)));
            Origin {
                text: &part.text,
                segment,
            }
        };
        self.system.iter().map(origin).collect()
    }

    /// The segments that are not in the prompt, with what kept each out.
    #[must_use]
    pub fn absent<'a>(&self, behaviour: &'a Behaviour) -> Vec<Absent<'a>> {
        let present = |at: usize| self.system.iter().any(|part| part.segment == Some(at));
        let absent = behaviour
            .segments
            .iter()
            .enumerate()
            .filter(|(at, segment)| {
                let empty = segment.text.is_empty();
                !self.active.get(*at).copied().unwrap_or(false) || (!empty && !present(*at))
            });
        absent
            .map(|(at, segment)| {
                let condition = self.false_condition(behaviour, segment.when);
                let span = condition.and_then(|at| Some(behaviour.conditions.get(at)?.span));
                Absent {
                    segment: named(at, segment),
                    condition,
                    span,
                }
            })
            .collect()
    }

    /// The condition that was asked and is false, at or around this one.
    fn false_condition(&self, behaviour: &Behaviour, mut when: Option<usize>) -> Option<usize> {
        while let Some(at) = when {
            match self.conditions.get(at)? {
                Some(false) => return Some(at),
                Some(true) => return None,
                // A parent stands before its child, so this ends.
                None => {
                    when = behaviour
                        .conditions
                        .get(at)?
                        .parent
                        .filter(|parent| *parent < at)
                }
            }
        }
        None
    }
}

fn named(index: usize, segment: &Segment) -> Named<'_> {
    let (id, strength) = match &segment.kind {
        Kind::Role | Kind::Goal => ("", ""),
        Kind::Fact { name } | Kind::Step { name, .. } => (name.as_str(), ""),
        Kind::Rule(rule) => (rule.id.as_str(), rule.strength.word()),
    };
    Named {
        index,
        kind: kind_name(&segment.kind),
        id,
        strength,
        via: &segment.via,
        span: segment.span,
    }
}
