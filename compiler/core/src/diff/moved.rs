//! What was moved to another module: the same name there, and the only one of that name.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use silex_bundle::{Bundle, Span};

use super::change::{Change, Sides};
use super::kind;

/// Something under two names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Move {
    noun: &'static str,
    old: String,
    new: String,
}

/// What was moved between two bundles.
pub(super) fn find(old: &Bundle, new: &Bundle) -> Vec<Move> {
    let (old, new) = (names(old), names(new));
    let mut moves = Vec::new();
    for (noun, old_names) in &old {
        let Some(new_names) = new.get(noun) else {
            continue;
        };
        let gone = by_bare_name(old_names.difference(new_names));
        let come = by_bare_name(new_names.difference(old_names));
        for (bare, from) in gone {
            if let ([from], Some([to])) = (from.as_slice(), come.get(bare).map(Vec::as_slice)) {
                moves.push(Move {
                    noun,
                    old: (*from).to_owned(),
                    new: (*to).to_owned(),
                });
            }
        }
    }
    moves
}

/// The names of a bundle by what they name.
fn names(bundle: &Bundle) -> BTreeMap<&'static str, BTreeSet<&str>> {
    fn keys<T>(map: &BTreeMap<String, T>) -> BTreeSet<&str> {
        map.keys().map(String::as_str).collect()
    }
    let segments = bundle.behaviours.values().flat_map(|it| &it.segments);
    let rulesets = segments.flat_map(|it| it.via.iter().map(String::as_str));
    BTreeMap::from([
        ("agent", keys(&bundle.agents)),
        ("behaviour", keys(&bundle.behaviours)),
        ("example", keys(&bundle.examples)),
        ("model", keys(&bundle.models)),
        ("ruleset", rulesets.collect()),
        ("tool", keys(&bundle.tools)),
        ("type", keys(&bundle.declarations)),
    ])
}

fn by_bare_name<'a, 'n: 'a>(
    names: impl Iterator<Item = &'a &'n str>,
) -> BTreeMap<&'n str, Vec<&'n str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names {
        all.entry(bare(name)).or_default().push(name);
    }
    all
}

fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The bundle with the new names in place of the old.
///
/// Names stand all over a bundle, so it is done on its JSON: every name and id that is an old one.
pub(super) fn renamed(bundle: &Bundle, moves: &[Move]) -> Bundle {
    let names: BTreeMap<&str, &str> = moves
        .iter()
        .map(|it| (it.old.as_str(), it.new.as_str()))
        .collect();
    let mut bundle = bundle.clone();
    let sources = std::mem::take(&mut bundle.sources);
    let layouts = std::mem::take(&mut bundle.layouts);
    let renamed = serde_json::to_value(&bundle).map(|value| in_value(value, &names));
    // INVARIANT: a bundle with other names in it is a bundle.
    let mut renamed = renamed.and_then(serde_json::from_value).unwrap_or(bundle);
    (renamed.sources, renamed.layouts) = (sources, layouts);
    renamed
}

/// Keys under which no name stands but words, values and paths, which may look like one.
const NOT_NAMES: [&str; 10] = [
    "words", "text", "label", "literal", "doc", "because", "path", "of", "given", "each",
];

fn in_value(value: Value, names: &BTreeMap<&str, &str>) -> Value {
    match value {
        Value::String(text) => Value::String(in_name(text, names)),
        Value::Array(items) => items.into_iter().map(|it| in_value(it, names)).collect(),
        Value::Object(entries) => {
            let entries = entries.into_iter().map(|(key, value)| {
                let is_name = !NOT_NAMES.contains(&key.as_str()) || value.is_object();
                let value = if is_name {
                    in_value(value, names)
                } else {
                    value
                };
                (in_name(key, names), value)
            });
            Value::Object(entries.collect())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// A name, or an id that begins with one: that of a rule with its behaviour or ruleset.
fn in_name(text: String, names: &BTreeMap<&str, &str>) -> String {
    if let Some(new) = names.get(text.as_str()) {
        return (*new).to_owned();
    }
    let around = text.rsplit_once('.');
    match around.and_then(|(around, own)| Some(format!("{}.{own}", names.get(around)?))) {
        Some(id) => id,
        None => text,
    }
}

/// Says what was moved.
pub(super) fn tell(sides: Sides<'_>, moves: &[Move], found: &mut Vec<Change>) {
    for it in moves {
        let message = format!("the {} `{}` is now `{}`", it.noun, it.old, it.new);
        let was = place(sides.old, it).and_then(|span| sides.was(span, ""));
        let is = place(sides.new, it).and_then(|span| sides.is(span, ""));
        found.push(Change::new(kind::RENAMED, &it.new, message).between(was, is));
    }
}

/// Where it is declared, under its new name.
fn place(bundle: &Bundle, it: &Move) -> Option<Span> {
    let name = &it.new;
    match it.noun {
        "agent" => bundle.agents.get(name).map(|it| it.span),
        "behaviour" => bundle.behaviours.get(name).map(|it| it.span),
        "example" => bundle.examples.get(name).map(|it| it.span),
        "tool" => bundle.tools.get(name).map(|it| it.span),
        "type" => bundle.declarations.get(name).map(|it| it.span),
        _ => None,
    }
}
