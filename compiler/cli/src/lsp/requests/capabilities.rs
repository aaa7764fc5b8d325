//! What the server says that it can, and what it asks of the editor.

use lsp_server::Request;
use lsp_types::InitializeParams;
use serde_json::{Value, json};

use super::tokens;
use crate::lsp::positions::Encoding;

/// What the server can.
pub(in crate::lsp) fn capabilities(encoding: Encoding) -> Value {
    json!({
        "positionEncoding": encoding.kind(),
        "textDocumentSync": { "openClose": true, "change": 2 },
        "hoverProvider": true,
        "completionProvider": { "triggerCharacters": [".", "|", "{", "(", " "] },
        "signatureHelpProvider": { "triggerCharacters": ["(", ","] },
        "definitionProvider": true,
        "typeDefinitionProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "documentSymbolProvider": true,
        "workspaceSymbolProvider": true,
        "renameProvider": { "prepareProvider": true },
        "codeActionProvider": { "codeActionKinds": ["quickfix", "refactor.extract", "source.fixAll"] },
        "codeLensProvider": {},
        "documentLinkProvider": {},
        "documentFormattingProvider": true,
        "foldingRangeProvider": true,
        "selectionRangeProvider": true,
        "inlayHintProvider": true,
        "callHierarchyProvider": true,
        "semanticTokensProvider": { "legend": tokens::legend(), "full": true },
    })
}

/// Whether the editor can watch files for the server.
pub(in crate::lsp) fn watches(params: &InitializeParams) -> bool {
    let workspace = params.capabilities.workspace.as_ref();
    let watching = workspace.and_then(|it| it.did_change_watched_files.as_ref());
    watching.is_some_and(|it| it.dynamic_registration == Some(true))
}

/// Whether the editor shows notes on edits, and asks before it makes them.
pub(in crate::lsp) fn annotates(params: &InitializeParams) -> bool {
    let workspace = params.capabilities.workspace.as_ref();
    let edits = workspace.and_then(|it| it.workspace_edit.as_ref());
    edits.is_some_and(|it| {
        it.change_annotation_support.is_some() && it.document_changes == Some(true)
    })
}

/// Asks the editor to tell what other programs do to the files of a package.
pub(in crate::lsp) fn watch() -> Request {
    let watchers: Vec<Value> = ["**/*.silex", "**/silex.yaml", "**/*.jinja"]
        .iter()
        .map(|glob| json!({ "globPattern": glob }))
        .collect();
    let registration = json!({
        "id": "files",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": { "watchers": watchers },
    });
    Request::new(
        1.into(),
        "client/registerCapability".to_owned(),
        json!({ "registrations": [registration] }),
    )
}
