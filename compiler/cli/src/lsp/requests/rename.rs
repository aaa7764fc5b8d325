//! `textDocument/prepareRename`, `textDocument/rename`

use std::collections::HashMap;

use lsp_types::{PrepareRenameParams, PrepareRenamePlaceholder, RenameParams, WorkspaceEdit};
use serde_json::{Value, json};
use silex_compiler::ide::rename;

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

pub(super) fn prepare(
    packages: &Packages,
    params: &PrepareRenameParams,
) -> Result<Option<PrepareRenamePlaceholder>, Refused> {
    let Some((file, place)) = InFile::at(packages, &params.text_document_position_params) else {
        return Ok(None);
    };
    let found = rename::prepare(file.analysis(), place).map_err(Refused::because)?;
    Ok(Some(PrepareRenamePlaceholder {
        range: file.range(found.span),
        placeholder: found.name,
    }))
}

/// The edits; what the author should know before is a note on each of them, which editors that can
/// show notes ask to confirm.
pub(super) fn to(packages: &Packages, params: &RenameParams) -> Result<Value, Refused> {
    let Some((file, place)) = InFile::at(packages, &params.text_document_position_params) else {
        return Ok(Value::Null);
    };
    let renaming = rename::prepare(file.analysis(), place).map_err(Refused::because)?;
    let change = rename::to(file.analysis(), place, &params.new_name).map_err(Refused::because)?;
    let edit = file.edit(&change);
    let Some(warning) = renaming.warning.filter(|_| packages.annotates) else {
        return serde_json::to_value(edit).map_err(|it| Refused::because(it.to_string()));
    };
    Ok(annotated(edit, warning))
}

/// What the author should know of a renaming, if the editor shows no notes on edits.
pub(super) fn note(packages: &Packages, params: &RenameParams) -> Option<&'static str> {
    let at = &params.text_document_position_params;
    let (file, place) = InFile::at(packages, at).filter(|_| !packages.annotates)?;
    rename::prepare(file.analysis(), place).ok()?.warning
}

fn annotated(edit: WorkspaceEdit, warning: &str) -> Value {
    let changes: HashMap<_, _> = edit.changes.unwrap_or_default();
    let documents = changes.into_iter().map(|(uri, edits)| {
        let edits = edits.into_iter().map(
            |it| json!({ "range": it.range, "newText": it.new_text, "annotationId": "identity" }),
        );
        json!({
            "textDocument": { "uri": uri, "version": null },
            "edits": edits.collect::<Vec<_>>(),
        })
    });
    json!({
        "documentChanges": documents.collect::<Vec<_>>(),
        "changeAnnotations": {
            "identity": { "label": "rename a rule", "description": warning, "needsConfirmation": true },
        },
    })
}
