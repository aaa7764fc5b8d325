//! Rules: whether each still stands, how strictly, when, and what holds drafts to it.

use std::cmp::Ordering;

use silex_bundle::behaviour::{About, Kind as SegmentKind, Strength};
use silex_bundle::{Rule, Span};

use super::change::{Change, Sides};
use super::check;
use super::kind::{self, Kind, Opposites};
use super::paired::{Pairing, paired};
use super::prompt::{Placed, Reach, conditions, reworded};
use super::relation::Relation;

/// Compares a rule.
pub(super) fn compare(
    sides: Sides<'_>,
    id: &str,
    pairing: &Pairing<Placed<'_>>,
    found: &mut Vec<Change>,
) {
    presence(sides, id, pairing, found);
    let Pairing::Both(old, new) = *pairing else {
        return;
    };
    let (Some(was), Some(is)) = (rule(old), rule(new)) else {
        return;
    };
    let mut compared = Compared {
        sides,
        id,
        was,
        is,
        spans: (old.segment.span, new.segment.span),
        found,
    };
    compared.strength();
    compared.rate();
    compared.overrides();
    compared.judge();
    compared.reason();
    compared.samples();
    compared.about();
    check::compare(sides, id, (old, new), (was, is), found);
    // Of two strengths the stricter, so that the other way round is its opposite.
    let strictest = was.strength.min(is.strength);
    conditions(sides, id, (old, new), &reach(strictest), found);
    let told = (
        kind::RULE_REWORDED,
        "the words of the rule are others".to_owned(),
    );
    reworded(sides, id, (old, new), told, found);
}

/// Whether a rule is another in nothing but its name.
pub(super) fn is_renamed(old: Placed<'_>, new: Placed<'_>) -> bool {
    let strength = |it: Placed<'_>| rule(it).map(|rule| rule.strength);
    let is_rule = strength(new).is_some();
    is_rule && strength(old) == strength(new) && old.words() == new.words()
}

/// Says that a rule has another name.
pub(super) fn renamed(
    sides: Sides<'_>,
    old: &str,
    new: &str,
    pairing: &Pairing<Placed<'_>>,
) -> Change {
    let message = format!("the rule `{old}` is now `{new}`");
    Change::new(kind::RENAMED, new, message).between(
        pairing.was().and_then(|it| sides.was(it.segment.span, "")),
        pairing.is().and_then(|it| sides.is(it.segment.span, "")),
    )
}

fn rule(placed: Placed<'_>) -> Option<&Rule> {
    match &placed.segment.kind {
        SegmentKind::Rule(rule) => Some(rule),
        SegmentKind::Role
        | SegmentKind::Goal
        | SegmentKind::Fact { .. }
        | SegmentKind::Step { .. } => None,
    }
}

fn presence(sides: Sides<'_>, id: &str, pairing: &Pairing<Placed<'_>>, found: &mut Vec<Change>) {
    let Some(strength) = rule(*pairing.latest()).map(|rule| rule.strength) else {
        return;
    };
    let Some(kind) = standing(strength).of(pairing) else {
        return;
    };
    let is_gone = matches!(pairing, Pairing::Removed(_));
    let message = match strength {
        Strength::Must | Strength::Should if is_gone => "no longer demanded",
        Strength::Avoid if is_gone => "no longer discouraged",
        Strength::Never if is_gone => "no longer forbidden",
        Strength::May if is_gone => "no longer allowed in so many words",
        Strength::Must | Strength::Should => "newly demanded",
        Strength::Avoid => "newly discouraged",
        Strength::Never => "newly forbidden",
        Strength::May => "newly allowed",
    };
    let words = |it: &Placed<'_>| format!("{} \"{}\"", strength.word(), it.words());
    found.push(
        Change::new(kind, id, message).between(
            pairing
                .was()
                .and_then(|it| sides.was(it.segment.span, words(it))),
            pairing
                .is()
                .and_then(|it| sides.is(it.segment.span, words(it))),
        ),
    );
}

/// What it means that a rule stands.
fn standing(strength: Strength) -> Opposites {
    match strength {
        Strength::Must | Strength::Should | Strength::Avoid => kind::RULE,
        Strength::Never => kind::BAN,
        Strength::May => kind::PERMISSION,
    }
}

/// What it means that a rule holds in more cases or in fewer.
fn reach(strength: Strength) -> Reach {
    let (kinds, elsewhere) = match strength {
        Strength::Must | Strength::Should | Strength::Avoid => {
            (kind::RULE_REACH, kind::HOLDS_ELSEWHERE)
        }
        Strength::Never => (kind::BAN_REACH, kind::BAN_ELSEWHERE),
        Strength::May => (kind::PERMISSION_REACH, kind::PERMISSION_ELSEWHERE),
    };
    Reach { kinds, elsewhere }
}

/// A rule that stands on both sides.
struct Compared<'a> {
    sides: Sides<'a>,
    id: &'a str,
    was: &'a Rule,
    is: &'a Rule,
    spans: (Span, Span),
    found: &'a mut Vec<Change>,
}

impl Compared<'_> {
    fn strength(&mut self) {
        let (old, new) = (self.was.strength, self.is.strength);
        if let Some(kind) = shift(old, new) {
            let (was, is) = (old.word(), new.word());
            self.tell(
                kind,
                format!("`{was}` became `{is}`"),
                was.to_owned(),
                is.to_owned(),
            );
        }
    }

    /// Compares how often the rule must be kept; without a rate nothing holds it to one.
    fn rate(&mut self) {
        let (old, new) = (self.was.at_least, self.is.at_least);
        let kind = match new.cmp(&old) {
            Ordering::Less => kind::RATE.less,
            Ordering::Greater => kind::RATE.more,
            Ordering::Equal => return,
        };
        let word = |rate: Option<u8>| {
            rate.map_or("at no rate in particular".to_owned(), |rate| {
                format!("at least {rate}%")
            })
        };
        let message = format!("it is kept {}, before {}", word(new), word(old));
        self.tell(kind, message, String::new(), String::new());
    }

    fn overrides(&mut self) {
        let keyed = |rule: &Rule| -> Vec<(String, String)> {
            let all = rule.overrides.iter();
            all.map(|it| (it.rule.clone(), it.because.clone()))
                .collect()
        };
        for (rule, pairing) in paired(keyed(self.was), keyed(self.is)) {
            let (kind, message) = match (kind::OVERRIDE.of(&pairing), &pairing) {
                (None, Pairing::Both(was, is)) if was != is => (
                    kind::OVERRIDE_REASON,
                    format!("the reason why it overrides `{rule}` is another"),
                ),
                (None, _) => continue,
                (Some(kind), Pairing::Removed(_)) => {
                    (kind, format!("it no longer overrides `{rule}`"))
                }
                (Some(kind), _) => (kind, format!("it overrides `{rule}`")),
            };
            let text = |side: Option<&String>| side.cloned().unwrap_or_default();
            let (was, is) = (text(pairing.was()), text(pairing.is()));
            self.tell(kind, message, was, is);
        }
    }

    fn judge(&mut self) {
        let (kind, message) = match (self.was.judge, self.is.judge) {
            (true, false) => (kind::CHECK.less, "no second model judges drafts by it"),
            (false, true) => (kind::CHECK.more, "a second model judges drafts by it"),
            (true, true) | (false, false) => return,
        };
        self.tell(kind, message.to_owned(), String::new(), String::new());
    }

    fn reason(&mut self) {
        if self.was.because == self.is.because {
            return;
        }
        let (was, is) = (self.was.because.as_ref(), self.is.because.as_ref());
        let message = match (
            was.is_some_and(|it| it.shown),
            is.is_some_and(|it| it.shown),
        ) {
            (false, true) => "the model is now told the reason",
            (true, false) => "the model is no longer told the reason",
            (true, true) => "the reason that the model is told is another",
            (false, false) => "the reason, which only people read, is another",
        };
        let text = |it: Option<&silex_bundle::behaviour::Because>| {
            it.map(|it| it.text.clone()).unwrap_or_default()
        };
        self.tell(
            kind::REASON_REWORDED,
            message.to_owned(),
            text(was),
            text(is),
        );
    }

    fn samples(&mut self) {
        let samples = |rule: &Rule| -> Vec<String> {
            let samples = rule.samples.iter().map(|it| {
                let word = if it.good { "good" } else { "bad" };
                let why = it.because.as_ref().map(|it| format!(", because {it}"));
                format!("{word} \"{}\"{}", it.text, why.unwrap_or_default())
            });
            samples.collect()
        };
        let (old, new) = (samples(self.was), samples(self.is));
        let pairs = paired(
            old.into_iter().map(|it| (it, ())),
            new.into_iter().map(|it| (it, ())),
        );
        let side = |is_old: bool| {
            let of = pairs.iter().filter(|(_, pairing)| match pairing {
                Pairing::Removed(()) => is_old,
                Pairing::Added(()) => !is_old,
                Pairing::Both(..) => false,
            });
            of.map(|(text, _)| text.as_str())
                .collect::<Vec<_>>()
                .join("; ")
        };
        let (was, is) = (side(true), side(false));
        if was != is {
            self.tell(
                kind::SAMPLES_CHANGED,
                "its samples are others".to_owned(),
                was,
                is,
            );
        }
    }

    fn about(&mut self) {
        let text = |about: &Option<About>| match about {
            None => "nothing in particular".to_owned(),
            Some(About::Tool(tool)) => format!("the tool `{tool}`"),
            Some(About::Topic(topic)) => format!("the topic `{topic}`"),
        };
        let (was, is) = (text(&self.was.about), text(&self.is.about));
        if was != is {
            self.tell(
                kind::ABOUT_CHANGED,
                format!("it is about {is} instead of {was}"),
                was,
                is,
            );
        }
    }

    fn tell(&mut self, kind: Kind, message: String, was: String, is: String) {
        let change = Change::new(kind, self.id, message);
        self.found.push(change.between(
            self.sides.was(self.spans.0, was),
            self.sides.is(self.spans.1, is),
        ));
    }
}

/// What a change of strength comes to.
fn shift(old: Strength, new: Strength) -> Option<Kind> {
    use Strength::{Avoid, May, Must, Never, Should};
    let relation = match (old, new) {
        (Must | Should, Never | Avoid) | (Never | Avoid, Must | Should) => {
            return Some(kind::REVERSED);
        }
        (Never | Avoid, May) => return Some(kind::PERMITTED.more),
        (May, Never | Avoid) => return Some(kind::PERMITTED.less),
        (Must, Should) | (Must | Should, May) | (Never, Avoid) => Relation::Narrower,
        (Should, Must) | (May, Must | Should) | (Avoid, Never) => Relation::Wider,
        (Must, Must) | (Should, Should) | (Never, Never) | (Avoid, Avoid) | (May, May) => {
            Relation::Same
        }
    };
    kind::STRENGTH.by(relation, kind::REVERSED)
}
