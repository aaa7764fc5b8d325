//! Values in prose: whether each is still set off from instructions, and whom the author trusts.
//!
//! A value is what it is wherever it stands, so the whole prompt counts and not one segment: to move
//! a quoted name from one rule to another is no change of trust.

use std::collections::BTreeMap;

use silex_bundle::Segment;
use silex_bundle::behaviour::{Behaviour, Hole, Piece, Quote};

use super::change::{Change, Sides};
use super::kind;
use super::paired::{Pairing, paired};
use super::shown::shown;
use crate::condition;

/// How a value stands in a prompt, taken where it is set off least.
#[derive(Clone, Copy)]
struct Stands<'a> {
    hole: &'a Hole,
    segment: &'a Segment,
}

/// Compares the values of a prompt; one that is new trusted nobody before.
pub(super) fn compare(
    sides: Sides<'_>,
    name: &str,
    behaviour: &Pairing<&Behaviour>,
    found: &mut Vec<Change>,
) {
    let old = behaviour.was().copied().map(values);
    let new = behaviour.is().copied().map(values);
    for (value, pairing) in paired(old.unwrap_or_default(), new.unwrap_or_default()) {
        let before = found.len();
        trust(sides, name, &value, &pairing, found);
        if let Pairing::Both(old, new) = pairing {
            quotes(sides, name, &value, (old, new), found);
        }
        if before < found.len() {
            let shown = shown(sides, name, &pairing.map(|it| vec![it.segment.when]));
            for change in &mut found[before..] {
                change.affects.variants.extend(shown.clone());
            }
        }
    }
}

fn values(behaviour: &Behaviour) -> BTreeMap<String, Stands<'_>> {
    let mut values: BTreeMap<String, Stands<'_>> = BTreeMap::new();
    for segment in &behaviour.segments {
        let holes = segment.text.iter().filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(hole),
            Piece::Words(_) => None,
        });
        for hole in holes {
            let stands = Stands { hole, segment };
            let slot = values.entry(condition::text(&hole.value)).or_insert(stands);
            if guarded(hole) < guarded(slot.hole) {
                *slot = stands;
            }
        }
    }
    values
}

/// How well a value is set off.
fn guarded(hole: &Hole) -> (bool, u8) {
    let quote = match hole.quote {
        Quote::Bare => 0,
        Quote::Inline { .. } => 1,
        Quote::Fence { .. } => 2,
    };
    (hole.trusting.is_none(), quote)
}

fn trust(
    sides: Sides<'_>,
    name: &str,
    value: &str,
    pairing: &Pairing<Stands<'_>>,
    found: &mut Vec<Change>,
) {
    let reason = |it: Option<&Stands<'_>>| {
        it.and_then(|it| it.hole.trusting.as_deref())
            .map(str::to_owned)
    };
    let (old, new) = (reason(pairing.was()), reason(pairing.is()));
    let (kind, message) = match (&old, &new) {
        (None, Some(why)) => (
            kind::TRUSTING.more,
            format!(
                "`{name}` now trusts `{value}` to stand among its instructions, because \"{why}\""
            ),
        ),
        (Some(_), None) => (
            kind::TRUSTING.less,
            format!("`{name}` no longer trusts `{value}`"),
        ),
        (Some(old), Some(new)) if old != new => (
            kind::TRUSTING_REWORDED,
            format!("the reason why `{name}` trusts `{value}` is another"),
        ),
        (Some(_), Some(_)) | (None, None) => return,
    };
    found.push(
        Change::new(kind, name, message).between(
            pairing
                .was()
                .and_then(|it| sides.was(it.segment.span, old.unwrap_or_default())),
            pairing
                .is()
                .and_then(|it| sides.is(it.segment.span, new.unwrap_or_default())),
        ),
    );
}

fn quotes(
    sides: Sides<'_>,
    name: &str,
    value: &str,
    (old, new): (Stands<'_>, Stands<'_>),
    found: &mut Vec<Change>,
) {
    // Who trusts a value leaves its quotes away: that is one change, and was told.
    let is_told = old.hole.trusting.is_some() != new.hole.trusting.is_some();
    if is_told || old.hole.quote == new.hole.quote {
        return;
    }
    let (was, is) = (words(&old.hole.quote), words(&new.hole.quote));
    let kind = match (&old.hole.quote, &new.hole.quote) {
        (Quote::Fence { .. } | Quote::Inline { .. }, Quote::Bare) => kind::QUOTE.less,
        (Quote::Bare, Quote::Fence { .. } | Quote::Inline { .. }) => kind::QUOTE.more,
        (Quote::Bare, Quote::Bare)
        | (
            Quote::Fence { .. } | Quote::Inline { .. },
            Quote::Fence { .. } | Quote::Inline { .. },
        ) => kind::QUOTE_CHANGED,
    };
    let message = format!("in `{name}`, `{value}` stood {was} and stands {is}");
    found.push(Change::new(kind, name, message).between(
        sides.was(old.segment.span, old.hole.label.as_str()),
        sides.is(new.segment.span, new.hole.label.as_str()),
    ));
}

fn words(quote: &Quote) -> String {
    match quote {
        Quote::Bare => "without quotes".to_owned(),
        Quote::Fence { max } => format!("behind a fence, at most {max} characters"),
        Quote::Inline { max } => format!("in quotes, at most {max} characters"),
    }
}
