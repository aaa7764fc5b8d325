//! The tools that a behaviour offers: which, when, and on whose data.

use silex_bundle::behaviour::Offer;
use silex_bundle::{Behaviour, Tool};

use super::change::{Change, Sides};
use super::kind;
use super::paired::{Pairing, paired};
use super::relation::{When, relate};
use super::shown::shown;

/// Compares what a behaviour offers; one that is new offered nothing before.
pub(super) fn compare(
    sides: Sides<'_>,
    name: &str,
    behaviour: &Pairing<&Behaviour>,
    found: &mut Vec<Change>,
) {
    for (tool, pairing) in paired(offers(behaviour.was()), offers(behaviour.is())) {
        let before = found.len();
        presence(sides, name, tool, &pairing, found);
        if let Pairing::Both(old, new) = pairing {
            both(sides, name, tool, (old, new), found);
        }
        if before < found.len() {
            let when = pairing.map(|(_, offer)| vec![offer.when]);
            let shown = shown(sides, name, &when);
            for change in &mut found[before..] {
                change.affects.variants.extend(shown.clone());
            }
        }
    }
}

type Offered<'a> = (&'a Behaviour, &'a Offer);

fn offers<'a>(behaviour: Option<&&'a Behaviour>) -> Vec<(&'a str, Offered<'a>)> {
    let Some(behaviour) = behaviour.copied() else {
        return Vec::new();
    };
    let offers = behaviour.tools.iter();
    offers
        .map(|offer| (offer.tool.as_str(), (behaviour, offer)))
        .collect()
}

fn when<'a>((behaviour, offer): Offered<'a>) -> When<'a> {
    When {
        behaviour,
        at: offer.when,
    }
}

fn presence(
    sides: Sides<'_>,
    name: &str,
    tool: &str,
    pairing: &Pairing<Offered<'_>>,
    found: &mut Vec<Change>,
) {
    let (bundle, does) = match pairing {
        Pairing::Removed(_) => (sides.old, "no longer offers"),
        Pairing::Added(_) | Pairing::Both(..) => (sides.new, "now offers"),
    };
    let deeds = bundle.tools.get(tool).map(deeds).unwrap_or_default();
    let kinds = if deeds.is_empty() {
        kind::OFFER
    } else {
        kind::ACTING_OFFER
    };
    let Some(kind) = kinds.of(pairing) else {
        return;
    };
    let which = match deeds.is_empty() {
        true => String::new(),
        false => format!(", which {}", deeds.join(" and ")),
    };
    let when = match when(*pairing.latest()) {
        When { at: None, .. } => String::new(),
        conditional => format!(", {}", conditional.text()),
    };
    let message = format!("`{name}` {does} it{which}{when}");
    let change = Change::new(kind, tool, message);
    found.push(change.between(
        pairing.was().and_then(|(it, _)| sides.was(it.span, "")),
        pairing.is().and_then(|(it, _)| sides.is(it.span, "")),
    ));
}

fn both(
    sides: Sides<'_>,
    name: &str,
    tool: &str,
    (old, new): (Offered<'_>, Offered<'_>),
    found: &mut Vec<Change>,
) {
    let (was, is) = (when(old).text(), when(new).text());
    let places = (
        sides.was(old.0.span, was.as_str()),
        sides.is(new.0.span, is.as_str()),
    );
    let related = relate(sides, when(old), when(new));
    if let Some(kind) = kind::OFFER_REACH.by(related.relation, kind::OFFERED_ELSEWHERE) {
        let message = format!("`{name}` offers it {}", related.relation.cases());
        let change = Change::new(kind, tool, message).seen_with(related.witness);
        found.push(change.between(places.0, places.1));
    }
    if old.1.owner != new.1.owner {
        let word = |owner: &Option<String>| {
            owner.as_ref().map_or("nobody's data".to_owned(), |it| {
                format!("the data of `{it}`")
            })
        };
        let message = format!(
            "in `{name}` it works on {} instead of {}",
            word(&new.1.owner),
            word(&old.1.owner)
        );
        let change = Change::new(kind::OWNER_CHANGED, tool, message);
        found.push(change.between(sides.was(old.0.span, ""), sides.is(new.0.span, "")));
    }
}

/// What a tool does in the world, one phrase each; nothing for one that only reads.
fn deeds(tool: &Tool) -> Vec<String> {
    super::tool::effects(&tool.effects)
        .into_iter()
        .filter(|effect| effect.acts)
        .map(|effect| effect.words)
        .collect()
}
