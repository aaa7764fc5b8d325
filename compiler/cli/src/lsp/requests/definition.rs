//! `textDocument/definition`, `textDocument/typeDefinition`

use lsp_types::{DefinitionParams, LocationLink, TypeDefinitionParams};
use silex_compiler::ide::definition::{self, Target};
use silex_compiler::source::Span;

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

pub(super) fn at(
    packages: &Packages,
    params: &DefinitionParams,
) -> Result<Vec<LocationLink>, Refused> {
    let at = InFile::at(packages, &params.text_document_position_params);
    let link = at.and_then(|(file, place)| link(&file, definition::at(file.analysis(), place)?));
    Ok(link.into_iter().collect())
}

pub(super) fn type_at(
    packages: &Packages,
    params: &TypeDefinitionParams,
) -> Result<Vec<LocationLink>, Refused> {
    let at = InFile::at(packages, &params.text_document_position_params);
    let link =
        at.and_then(|(file, place)| link(&file, definition::type_at(file.analysis(), place)?));
    Ok(link.into_iter().collect())
}

/// What is in the standard library is in no file, and has hover.
fn link(file: &InFile<'_>, (from, target): (Span, Target)) -> Option<LocationLink> {
    let whole = file.location(target.whole)?;
    Some(LocationLink {
        origin_selection_range: Some(file.range(from)),
        target_selection_range: file.location(target.name)?.range,
        target_uri: whole.uri,
        target_range: whole.range,
    })
}
