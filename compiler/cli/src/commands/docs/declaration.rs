//! Types: records, enums and entities, those of the package before those of the language.

use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_bundle::schema::Shape;
use silex_compiler::typeck::ty;

use super::words;

/// All declared types.
pub(super) fn views(bundle: &Bundle) -> Vec<Value> {
    let (standard, own): (Vec<_>, Vec<_>) = bundle
        .declarations
        .iter()
        .partition(|(name, _)| name.starts_with("silex."));
    let view = |(name, it): (&String, &silex_bundle::Declaration)| {
        let (kind, fields, cases) = match &it.shape {
            Shape::Record { fields } => ("record", words::fields(fields), Vec::new()),
            Shape::Entity { fields, .. } => ("entity", words::fields(fields), Vec::new()),
            Shape::Enum { cases } => {
                let case = |case: &silex_bundle::schema::Case| json!({ "name": case.name, "doc": case.doc, "fields": words::fields(&case.fields) });
                ("enum", Vec::new(), cases.iter().map(case).collect())
            }
        };
        let (key, owner) = match &it.shape {
            Shape::Entity { key, owner, .. } => (Some(key), owner.as_deref().map(ty::bare)),
            Shape::Record { .. } | Shape::Enum { .. } => (None, None),
        };
        json!({
            "id": name, "name": ty::bare(name), "kind": kind, "doc": it.doc, "key": key, "owner": owner,
            "fields": fields, "cases": cases, "standard": name.starts_with("silex."),
        })
    };
    own.into_iter().chain(standard).map(view).collect()
}
