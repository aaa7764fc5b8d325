//! `textDocument/hover`

use lsp_types::{Contents, Hover, HoverParams, MarkupContent, MarkupKind};
use silex_compiler::ide::hover;

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

pub(super) fn at(packages: &Packages, params: &HoverParams) -> Result<Option<Hover>, Refused> {
    let Some((file, place)) = InFile::at(packages, &params.text_document_position_params) else {
        return Ok(None);
    };
    let found = hover::at(file.analysis(), place);
    Ok(found.map(|it| Hover {
        contents: Contents::MarkupContent(MarkupContent {
            kind: MarkupKind::Markdown,
            value: it.text,
        }),
        range: Some(file.range(it.span)),
    }))
}
