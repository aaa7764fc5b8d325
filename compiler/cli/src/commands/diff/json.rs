//! Changes for programs: one JSON object a line.

use serde_json::{Value, json};
use silex_compiler::diff::Side;

use super::source::Source;
use super::{Compared, Judged};
use crate::report;

/// Writes every change, what changed prompts cost, and what is to be said about the waivers.
pub(super) fn write(compared: &Compared) {
    let changes = compared.changes.iter().map(|it| change(it, compared));
    let costs = compared.costs.iter();
    let costs = costs.map(|cost| json!({ "prompts": cost }));
    let notes = compared.notes.iter();
    let notes = notes.map(|note| json!({ "note": note }));
    let all = changes.chain(costs).chain(notes);
    report::print_lines(&all.map(|it| it.to_string()).collect::<Vec<_>>());
}

fn change(it: &Judged, compared: &Compared) -> Value {
    let change = &it.change;
    json!({
        "class": change.class(),
        "code": change.kind.code,
        "subject": change.subject,
        "message": change.message,
        "old": side(change.old.as_ref(), &compared.old),
        "new": side(change.new.as_ref(), &compared.new),
        "witness": change.witness,
        "affects": change.affects,
        "waived": it.waived,
        "fails": compared.fails(it),
    })
}

fn side(side: Option<&Side>, source: &Source) -> Value {
    side.map_or(Value::Null, |side| {
        json!({
            "file": source.path(&side.path), "line": side.line, "column": side.column,
            "text": side.text,
        })
    })
}
