//! Types: records, enums and entities, those of the package before those of the language.

use crate::Bundle;
use crate::schema::Shape;
use crate::spelling;
use serde_json::{Value, json};

use super::words;

/// All declared types.
pub(super) fn views(bundle: &Bundle) -> Vec<Value> {
    let (standard, own): (Vec<_>, Vec<_>) = bundle
        .declarations
        .iter()
        .partition(|(name, _)| name.starts_with("silex."));
    let view = |(name, it): (&String, &crate::Declaration)| {
        let (kind, fields, cases) = match &it.shape {
            Shape::Record { fields } => ("record", words::fields(fields), Vec::new()),
            Shape::Entity { fields, .. } => ("entity", words::fields(fields), Vec::new()),
            Shape::Enum { cases } => {
                let case = |case: &crate::schema::Case| json!({ "name": case.name, "doc": case.doc, "fields": words::fields(&case.fields) });
                ("enum", Vec::new(), cases.iter().map(case).collect())
            }
        };
        let (key, owner) = match &it.shape {
            Shape::Entity { key, owner, .. } => (Some(key), owner.as_deref().map(spelling::bare)),
            Shape::Record { .. } | Shape::Enum { .. } => (None, None),
        };
        json!({
            "id": name, "name": spelling::bare(name), "kind": kind, "doc": it.doc, "key": key, "owner": owner,
            "fields": fields, "cases": cases, "standard": name.starts_with("silex."),
        })
    };
    own.into_iter().chain(standard).map(view).collect()
}
