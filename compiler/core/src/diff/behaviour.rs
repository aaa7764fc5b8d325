//! Behaviours: their interface, their bounds, their model, and then what can stand in the prompt.

use std::collections::BTreeMap;

use silex_bundle::behaviour::Limits;
use silex_bundle::{Behaviour, Bundle};

use super::change::{Affects, Change, Sides};
use super::kind::{self, Kind};
use super::paired::{Pairing, paired};
use super::{field, fit, hole, observe, offer, prompt, stage};
use crate::typeck::ty;

/// Compares all behaviours.
pub(super) fn compare(sides: Sides<'_>, found: &mut Vec<Change>) {
    for (name, pairing) in paired(all(sides.old), all(sides.new)) {
        if let Some(kind) = kind::BEHAVIOUR.of(&pairing) {
            let message = match pairing {
                Pairing::Removed(_) => format!("the behaviour `{name}` is gone"),
                Pairing::Added(_) | Pairing::Both(..) => {
                    format!("there is a new behaviour `{name}`")
                }
            };
            let change = Change::new(kind, name, message).placed(sides, &pairing, |it| it.span);
            found.push(change);
        }
        if let Pairing::Both(old, new) = pairing
            && is_same(sides, old, new)
        {
            continue;
        }
        // What a behaviour that is new can do, and whom it trusts, is new as well.
        let before = found.len();
        offer::compare(sides, name, &pairing, found);
        hole::compare(sides, name, &pairing, found);
        if let Pairing::Both(old, new) = pairing {
            both(sides, name, old, new, found);
        }
        if before < found.len() {
            let affects = Affects::behaviours(sides, std::slice::from_ref(name));
            for change in &mut found[before..] {
                change.affects.merge(affects.clone());
            }
        }
        if let Pairing::Both(old, new) = pairing {
            prompt::compare(sides, name, old, new, found);
        }
        if before < found.len() {
            // They are counted while its prompts are laid out; what it costs is asked at the end.
            let _ = (sides.facts.0.tokens(name), sides.facts.1.tokens(name));
        }
    }
}

fn all(bundle: &Bundle) -> impl Iterator<Item = (&String, &Behaviour)> {
    let all = bundle.behaviours.iter();
    all.map(|(name, it)| (name, it.as_ref()))
}

/// Whether nothing of a behaviour is another but its places in the texts.
fn is_same(sides: Sides<'_>, old: &Behaviour, new: &Behaviour) -> bool {
    let (was, is) = (&sides.old.layouts, &sides.new.layouts);
    (std::ptr::eq(old, new) || old.means_what(new)) && was.get(&old.layout) == is.get(&new.layout)
}

fn both(sides: Sides<'_>, name: &str, old: &Behaviour, new: &Behaviour, found: &mut Vec<Change>) {
    let places = (sides.was(old.span, ""), sides.is(new.span, ""));
    let inputs = field::Compared {
        sides,
        subject: name,
        noun: "input",
        places: (old.span, new.span),
    };
    inputs.given(&old.inputs, &new.inputs, found);
    stage::compare(sides, name, (old, new), found);
    let observed = (old.observe.as_slice(), new.observe.as_slice());
    observe::compare(sides, name, observed, (old.span, new.span), found);
    let relation = fit::relate(&old.returns, &new.returns);
    if let Some(kind) = kind::RESULT_REACH.by(relation, kind::RESULT_CHANGED) {
        let (old_type, new_type) = (ty::name(&old.returns), ty::name(&new.returns));
        let message = format!("it returned `{old_type}` and returns `{new_type}`");
        found.push(
            Change::new(kind, name, message)
                .between(sides.was(old.span, old_type), sides.is(new.span, new_type)),
        );
    }
    if old.model != new.model {
        let word = |model: &Option<String>| {
            model
                .as_ref()
                .map_or("the deployment's model".to_owned(), |it| format!("`{it}`"))
        };
        let message = format!(
            "{} answers instead of {}",
            word(&new.model),
            word(&old.model)
        );
        let places = places.clone();
        found.push(
            Change::new(model_kind(sides, old, new), name, message).between(places.0, places.1),
        );
    }
    if old.layout != new.layout {
        let message = format!(
            "the prompt is laid out by `{}` instead of `{}`",
            new.layout, old.layout
        );
        let places = places.clone();
        found.push(Change::new(kind::LAYOUT_CHANGED, name, message).between(places.0, places.1));
    } else if sides.old.layouts.get(&old.layout) != sides.new.layouts.get(&new.layout) {
        let message = format!("the layout `{}` was edited", new.layout);
        let places = places.clone();
        found.push(Change::new(kind::LAYOUT_CHANGED, name, message).between(places.0, places.1));
    }
    if old.doc != new.doc {
        let change = Change::new(
            kind::DESCRIPTION_REWORDED,
            name,
            "its description is another",
        );
        found.push(change.between(
            sides.was(old.span, old.doc.as_str()),
            sides.is(new.span, new.doc.as_str()),
        ));
    }
    limits(&old.limits, &new.limits, |kind, message| {
        found.push(Change::new(kind, name, message).between(places.0.clone(), places.1.clone()));
    });
}

/// A model of another provider is shown what only the first was shown before.
fn model_kind(sides: Sides<'_>, old: &Behaviour, new: &Behaviour) -> Kind {
    let provider = |models: &BTreeMap<String, silex_bundle::Model>, name: &Option<String>| {
        let model = name.as_ref().and_then(|name| models.get(name));
        model.map(|it| it.provider.clone())
    };
    if provider(&sides.old.models, &old.model) == provider(&sides.new.models, &new.model) {
        kind::MODEL_CHANGED
    } else {
        kind::PROVIDER_CHANGED
    }
}

fn limits(old: &Limits, new: &Limits, mut tell: impl FnMut(Kind, String)) {
    let may = [
        ("model calls in a turn", old.turns, new.turns),
        ("tool calls in a turn", old.calls, new.calls),
    ];
    for (what, old, new) in may {
        let kind = match new.cmp(&old) {
            std::cmp::Ordering::Less => kind::BOUND.less,
            std::cmp::Ordering::Greater => kind::BOUND.more,
            std::cmp::Ordering::Equal => continue,
        };
        tell(kind, format!("at most {new} {what} instead of {old}"));
    }
    let other = [
        ("tokens of statements", old.tokens, new.tokens),
        ("tokens of the conversation", old.history, new.history),
        ("drafts for one reply", old.attempts, new.attempts),
    ];
    for (what, old, new) in other.into_iter().filter(|(_, old, new)| old != new) {
        tell(
            kind::LIMIT_CHANGED,
            format!("at most {new} {what} instead of {old}"),
        );
    }
}
