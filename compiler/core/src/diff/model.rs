//! Models: whose they are, which they are, and how they are asked.

use silex_bundle::{Behaviour, Bundle, Model, duration};

use super::bound::retries;
use super::change::{Affects, Change, Sides};
use super::kind;
use super::paired::{Pairing, paired};

/// Compares all models. They have no place of their own in a bundle, so a change is told where a
/// behaviour uses the model.
pub(super) fn compare(sides: Sides<'_>, found: &mut Vec<Change>) {
    for (name, pairing) in paired(&sides.old.models, &sides.new.models) {
        let before = found.len();
        if let Some(kind) = kind::MODEL.of(&pairing) {
            let word = match pairing {
                Pairing::Removed(_) => "is gone",
                Pairing::Added(_) | Pairing::Both(..) => "is new",
            };
            found.push(Change::new(
                kind,
                name,
                format!("the model `{name}` {word}"),
            ));
        }
        if let Pairing::Both(old, new) = pairing {
            both(sides, name, old, new, found);
        }
        if before < found.len() {
            let (was, is) = (users(sides.old, name), users(sides.new, name));
            let place = |users: &[(&String, &Behaviour)]| users.first().map(|(_, it)| it.span);
            let was = place(&was).and_then(|span| sides.was(span, ""));
            let names: Vec<String> = is.iter().map(|(user, _)| (*user).clone()).collect();
            let is = place(&is).and_then(|span| sides.is(span, ""));
            let affects = Affects::behaviours(sides, &names);
            for change in &mut found[before..] {
                change.affects.clone_from(&affects);
                (change.old, change.new) = (was.clone(), is.clone());
            }
        }
    }
}

/// The behaviours that a model answers for.
fn users<'b>(bundle: &'b Bundle, model: &str) -> Vec<(&'b String, &'b Behaviour)> {
    let all = bundle.behaviours.iter();
    let all = all.map(|(name, it)| (name, it.as_ref()));
    all.filter(|(_, it)| it.model.as_deref() == Some(model))
        .collect()
}

fn both(sides: Sides<'_>, name: &str, old: &Model, new: &Model, found: &mut Vec<Change>) {
    if old.provider != new.provider {
        let message = format!(
            "mail is shown to `{}` instead of `{}`",
            new.provider, old.provider
        );
        found.push(Change::new(kind::PROVIDER_CHANGED, name, message));
    }
    if old.name != new.name {
        let message = format!("it is `{}` instead of `{}`", new.name, old.name);
        found.push(Change::new(kind::MODEL_CHANGED, name, message));
    }
    if old.fallback != new.fallback {
        let provider = |it: &Option<String>, models: &std::collections::BTreeMap<String, Model>| {
            let model = it.as_ref().and_then(|it| models.get(it));
            model.map(|it| it.provider.clone())
        };
        let word = |it: &Option<String>| {
            it.as_ref()
                .map_or("none".to_owned(), |it| format!("`{it}`"))
        };
        let (was, is) = (
            provider(&old.fallback, &sides.old.models),
            provider(&new.fallback, &sides.new.models),
        );
        let kind = if was == is {
            kind::MODEL_CHANGED
        } else {
            kind::PROVIDER_CHANGED
        };
        let message = format!(
            "the model to fall back on is {} instead of {}",
            word(&new.fallback),
            word(&old.fallback)
        );
        found.push(Change::new(kind, name, message));
    }
    let (was, is) = (settings(old), settings(new));
    if was != is {
        let message = format!("it was asked with {was}, and is asked with {is}");
        found.push(Change::new(kind::MODEL_SETTINGS, name, message));
    }
}

fn settings(model: &Model) -> String {
    let temperature = model.temperature.map(|it| format!("temperature {it}, "));
    format!(
        "{}at most {} tokens, for {}{}",
        temperature.unwrap_or_default(),
        model.max_tokens,
        duration::write(model.timeout_ms),
        model.retry.as_ref().map(retries).unwrap_or_default(),
    )
}
