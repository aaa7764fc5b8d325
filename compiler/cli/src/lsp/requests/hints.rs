//! `textDocument/inlayHint`

use lsp_types::{InlayHint, InlayHintParams, Label, Tooltip};
use silex_compiler::ide::hints;

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

pub(super) fn in_range(
    packages: &Packages,
    params: &InlayHintParams,
) -> Result<Vec<InlayHint>, Refused> {
    let Some(file) = InFile::of(packages, &params.text_document.uri) else {
        return Ok(Vec::new());
    };
    let asked = file.span(params.range);
    let all = hints::of_file(file.analysis(), file.file).into_iter();
    let inside = all.filter(|it| (asked.start..=asked.end).contains(&it.offset));
    let hints = inside.map(|it| InlayHint {
        position: file.lines.position(it.offset),
        label: Label::String(it.text),
        kind: None,
        text_edits: None,
        tooltip: Some(Tooltip::String(it.tooltip)),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    });
    Ok(hints.collect())
}
