//! What can stand in a prompt, segment by segment, and in which order.

use std::collections::BTreeMap;

use silex_bundle::behaviour::{Kind as SegmentKind, Piece, Segment};
use silex_bundle::{Behaviour, Expr};

use super::change::{Affects, Change, Sides};
use super::kind::{self, Kind, Opposites};
use super::paired::{Pairing, paired};
use super::relation::{When, relate};
use super::shown::shown;
use super::{examples, rule};

/// A segment in its behaviour.
#[derive(Clone, Copy)]
pub(super) struct Placed<'a> {
    pub(super) behaviour: &'a Behaviour,
    pub(super) segment: &'a Segment,
}

/// How a change of a condition is told, by what stands under it.
pub(super) struct Reach {
    pub(super) kinds: Opposites,
    pub(super) elsewhere: Kind,
}

impl<'a> Placed<'a> {
    pub(super) fn when(self) -> When<'a> {
        When {
            behaviour: self.behaviour,
            at: self.segment.when,
        }
    }

    /// The words of the segment with its holes as they are written.
    pub(super) fn words(self) -> String {
        let pieces = self.segment.text.iter().map(|piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Hole(hole) => {
                // An argument of a ruleset stands there as if the author had written it.
                if let Expr::Literal(value) = &hole.value {
                    let text = value.as_str().map(str::to_owned);
                    return text.unwrap_or_else(|| value.to_string());
                }
                format!("{{{{ {} }}}}", hole.label)
            }
        });
        pieces.collect()
    }
}

/// Compares the segments of a behaviour that stands on both sides.
pub(super) fn compare(
    sides: Sides<'_>,
    name: &str,
    old: &Behaviour,
    new: &Behaviour,
    found: &mut Vec<Change>,
) {
    for ((_, subject), pairing, renamed) in recognised(paired(keyed(name, old), keyed(name, new))) {
        let before = found.len();
        found.extend(renamed.map(|from| rule::renamed(sides, &from, &subject, &pairing)));
        let is_rule = |it: &Placed<'_>| matches!(it.segment.kind, SegmentKind::Rule(_));
        if is_rule(pairing.latest()) {
            rule::compare(sides, &subject, &pairing, found);
        } else {
            text(sides, &subject, &pairing, found);
        }
        if before < found.len() {
            let when = pairing.map(|it| vec![it.segment.when]);
            let affects = Affects {
                behaviours: vec![name.to_owned()],
                variants: shown(sides, name, &when).into_iter().collect(),
                examples: examples::that_may_show(sides, name, &pairing),
            };
            for change in &mut found[before..] {
                change.affects.clone_from(&affects);
            }
        }
    }
    order(sides, name, old, new, found);
}

/// Takes a rule that went and one of the same words and strength that came for one under another
/// name; with its old name.
fn recognised<'a>(
    pairs: Vec<(Key, Pairing<Placed<'a>>)>,
) -> Vec<(Key, Pairing<Placed<'a>>, Option<String>)> {
    let (gone, rest): (Vec<_>, Vec<_>) = pairs
        .into_iter()
        .partition(|(_, it)| matches!(it, Pairing::Removed(_)));
    let mut gone: Vec<_> = gone
        .into_iter()
        .map(|(key, it)| (key, *it.latest()))
        .collect();
    let mut all = Vec::new();
    for (key, pairing) in rest {
        let known = match pairing {
            Pairing::Added(new) => gone.iter().position(|(_, old)| rule::is_renamed(*old, new)),
            Pairing::Removed(_) | Pairing::Both(..) => None,
        };
        all.push(match known.map(|at| gone.remove(at)) {
            Some(((_, from), old)) => (key, Pairing::Both(old, *pairing.latest()), Some(from)),
            None => (key, pairing, None),
        });
    }
    all.extend(
        gone.into_iter()
            .map(|(key, old)| (key, Pairing::Removed(old), None)),
    );
    all
}

/// What a segment is, and its id.
type Key = (&'static str, String);

fn keyed<'a>(name: &str, behaviour: &'a Behaviour) -> Vec<(Key, Placed<'a>)> {
    let key = |segment: &Segment| match &segment.kind {
        SegmentKind::Role => ("role", format!("{name}.role")),
        SegmentKind::Goal => ("goal", format!("{name}.goal")),
        SegmentKind::Fact { name: fact } => ("fact", format!("{name}.{fact}")),
        SegmentKind::Rule(rule) => ("rule", rule.id.clone()),
        SegmentKind::Step { name: step, .. } => ("step", format!("{name}.{step}")),
    };
    let segments = behaviour.segments.iter();
    let placed = segments.map(|segment| (key(segment), Placed { behaviour, segment }));
    placed.collect()
}

/// Compares what is no rule.
fn text(sides: Sides<'_>, subject: &str, pairing: &Pairing<Placed<'_>>, found: &mut Vec<Change>) {
    let noun = match pairing.latest().segment.kind {
        SegmentKind::Role => "role",
        SegmentKind::Goal => "goal",
        SegmentKind::Fact { .. } => "fact",
        SegmentKind::Step { .. } => "step",
        SegmentKind::Rule(_) => "rule",
    };
    if let Some(kind) = kind::TEXT.of(pairing) {
        let message = match pairing {
            Pairing::Removed(_) => format!("the {noun} is gone"),
            Pairing::Added(_) | Pairing::Both(..) => format!("there is a new {noun}"),
        };
        found.push(
            Change::new(kind, subject, message).between(
                pairing
                    .was()
                    .and_then(|it| sides.was(it.segment.span, it.words())),
                pairing
                    .is()
                    .and_then(|it| sides.is(it.segment.span, it.words())),
            ),
        );
    }
    if let Pairing::Both(old, new) = *pairing {
        let reach = Reach {
            kinds: kind::TEXT_REACH,
            elsewhere: kind::TEXT_ELSEWHERE,
        };
        conditions(sides, subject, (old, new), &reach, found);
        let told = (
            kind::TEXT_REWORDED,
            format!("the words of the {noun} are others"),
        );
        reworded(sides, subject, (old, new), told, found);
    }
}

/// Compares the conditions and lists under which a segment stands.
pub(super) fn conditions(
    sides: Sides<'_>,
    subject: &str,
    (old, new): (Placed<'_>, Placed<'_>),
    reach: &Reach,
    found: &mut Vec<Change>,
) {
    let related = relate(sides, old.when(), new.when());
    let Some(kind) = reach.kinds.by(related.relation, reach.elsewhere) else {
        return;
    };
    let (was, is) = (old.when().text(), new.when().text());
    let message = format!("it holds {}", related.relation.cases());
    let change = Change::new(kind, subject, message).seen_with(related.witness);
    found.push(change.between(
        sides.was(old.segment.span, was),
        sides.is(new.segment.span, is),
    ));
}

/// Compares the words of a segment, and the lists that it is repeated for.
pub(super) fn reworded(
    sides: Sides<'_>,
    subject: &str,
    (old, new): (Placed<'_>, Placed<'_>),
    (kind, message): (Kind, String),
    found: &mut Vec<Change>,
) {
    let (was, is) = (old.words(), new.words());
    if was != is || old.segment.each != new.segment.each {
        found.push(Change::new(kind, subject, message).between(
            sides.was(old.segment.span, was),
            sides.is(new.segment.span, is),
        ));
    }
}

/// Compares the order of what stands on both sides. It is told once, by the first that differs.
fn order(sides: Sides<'_>, name: &str, old: &Behaviour, new: &Behaviour, found: &mut Vec<Change>) {
    let (old_keys, new_keys) = (keyed(name, old), keyed(name, new));
    let counts = |keys: &[(Key, Placed<'_>)]| {
        let mut counts: BTreeMap<Key, usize> = BTreeMap::new();
        for (key, _) in keys {
            *counts.entry(key.clone()).or_default() += 1;
        }
        counts
    };
    let (old_counts, new_counts) = (counts(&old_keys), counts(&new_keys));
    let stays = |(key, _): &&(Key, Placed<'_>)| old_counts.get(key) == new_counts.get(key);
    let old_order = old_keys.iter().filter(stays);
    let new_order = new_keys.iter().filter(stays);
    let first = old_order.zip(new_order).find(|(old, new)| old.0 != new.0);
    if let Some((old, new)) = first {
        let message = format!(
            "the prompt has another order: `{}` stands where `{}` stood",
            new.0.1, old.0.1
        );
        found.push(Change::new(kind::ORDER_CHANGED, name, message).between(
            sides.was(old.1.segment.span, old.0.1.as_str()),
            sides.is(new.1.segment.span, new.0.1.as_str()),
        ));
    }
}
