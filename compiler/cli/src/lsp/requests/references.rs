//! `textDocument/references`, `textDocument/documentHighlight`

use lsp_types::{
    DocumentHighlight, DocumentHighlightKind, DocumentHighlightParams, Location, ReferenceParams,
};
use silex_compiler::ide::references;

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

pub(super) fn at(packages: &Packages, params: &ReferenceParams) -> Result<Vec<Location>, Refused> {
    let Some((file, place)) = InFile::at(packages, &params.text_document_position_params) else {
        return Ok(Vec::new());
    };
    let all = references::at(file.analysis(), place).into_iter();
    let wanted = all.filter(|it| params.context.include_declaration || !it.declares);
    Ok(wanted.filter_map(|it| file.location(it.span)).collect())
}

pub(super) fn highlighted(
    packages: &Packages,
    params: &DocumentHighlightParams,
) -> Result<Vec<DocumentHighlight>, Refused> {
    let Some((file, place)) = InFile::at(packages, &params.text_document_position_params) else {
        return Ok(Vec::new());
    };
    let all = references::in_file(file.analysis(), place).into_iter();
    let shown = all.map(|it| DocumentHighlight {
        range: file.range(it.span),
        kind: Some(if it.declares {
            DocumentHighlightKind::Write
        } else {
            DocumentHighlightKind::Read
        }),
    });
    Ok(shown.collect())
}
