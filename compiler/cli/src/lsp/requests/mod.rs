//! What an editor can ask: one file for each request, which gives the compiler's answer the shape of
//! the protocol.

mod actions;
mod calls;
mod capabilities;
mod completion;
mod definition;
mod folding;
mod formatting;
mod hints;
mod hover;
mod lenses;
mod links;
mod place;
mod prompt;
mod references;
mod rename;
mod signature;
mod symbols;
mod tokens;

use lsp_server::{ErrorCode, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::packages::Packages;

pub(super) use capabilities::{annotates, capabilities, watch, watches};

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Refused {
    /// As the protocol has it.
    pub(super) code: ErrorCode,
    /// For a person.
    pub(super) message: String,
}

impl Refused {
    /// Something that cannot be done, and why.
    fn because(message: impl Into<String>) -> Self {
        Self {
            code: ErrorCode::RequestFailed,
            message: message.into(),
        }
    }
}

/// The answer to a request. All edits before it are known.
pub(super) fn answer(packages: &Packages, request: &Request) -> Result<Value, Refused> {
    let asked = Asked {
        packages,
        params: &request.params,
    };
    match request.method.as_str() {
        "textDocument/hover" => asked.of(hover::at),
        "textDocument/completion" => asked.of(completion::at),
        "textDocument/signatureHelp" => asked.of(signature::at),
        "textDocument/definition" => asked.of(definition::at),
        "textDocument/typeDefinition" => asked.of(definition::type_at),
        "textDocument/references" => asked.of(references::at),
        "textDocument/documentHighlight" => asked.of(references::highlighted),
        "textDocument/prepareRename" => asked.of(rename::prepare),
        "textDocument/rename" => asked.of(rename::to),
        "textDocument/documentSymbol" => asked.of(symbols::of_file),
        "workspace/symbol" => asked.of(symbols::named),
        "textDocument/semanticTokens/full" => asked.of(tokens::of_file),
        "textDocument/foldingRange" => asked.of(folding::of_file),
        "textDocument/selectionRange" => asked.of(folding::selections),
        "textDocument/formatting" => asked.of(formatting::of_file),
        "textDocument/inlayHint" => asked.of(hints::in_range),
        "textDocument/codeLens" => asked.of(lenses::of_file),
        "textDocument/documentLink" => asked.of(links::of_file),
        "textDocument/prepareCallHierarchy" => asked.of(calls::prepare),
        "callHierarchy/incomingCalls" => asked.of(calls::incoming),
        "callHierarchy/outgoingCalls" => asked.of(calls::outgoing),
        "textDocument/codeAction" => asked.of(actions::at),
        "silex/renderPrompt" => asked.of(prompt::render),
        "silex/variants" => asked.of(prompt::variants),
        "silex/why" => asked.of(prompt::why),
        other => Err(Refused {
            code: ErrorCode::MethodNotFound,
            message: format!("`{other}` is no request of this server"),
        }),
    }
}

/// What the author is told besides the answer to a request.
pub(super) fn note(packages: &Packages, request: &Request) -> Option<&'static str> {
    let is_renaming = request.method == "textDocument/rename";
    let params = is_renaming.then(|| serde_json::from_value(request.params.clone()).ok())??;
    rename::note(packages, &params)
}

struct Asked<'a> {
    packages: &'a Packages,
    params: &'a Value,
}

impl Asked<'_> {
    fn of<P: DeserializeOwned, R: Serialize>(
        &self,
        answer: impl Fn(&Packages, &P) -> Result<R, Refused>,
    ) -> Result<Value, Refused> {
        let params = P::deserialize(self.params).map_err(|error| Refused {
            code: ErrorCode::InvalidParams,
            message: error.to_string(),
        })?;
        let value = serde_json::to_value(answer(self.packages, &params)?);
        value.map_err(|error| Refused {
            code: ErrorCode::InternalError,
            message: error.to_string(),
        })
    }
}
