//! `textDocument/formatting`

use lsp_types::{DocumentFormattingParams, TextEdit};
use silex_compiler::source::{Source, Span};
use silex_compiler::{SourceFile, format};

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

/// The lines that `silex fmt` would write otherwise. A file with errors stays as it is.
pub(super) fn of_file(
    packages: &Packages,
    params: &DocumentFormattingParams,
) -> Result<Vec<TextEdit>, Refused> {
    let Some(file) = InFile::of(packages, &params.text_document.uri) else {
        return Ok(Vec::new());
    };
    let Some(Source { path, text: before }) = file.analysis().sources().get(file.file) else {
        return Ok(Vec::new());
    };
    let as_read = |it: &SourceFile| it.path == *path && it.bytes == before.as_bytes();
    if !file.analysis().package().files.iter().any(as_read) {
        return Ok(Vec::new()); // it holds what no file may, and was read without
    }
    let Ok(after) = format::format(before) else {
        return Ok(Vec::new());
    };
    let mut edits = Vec::new();
    let diff = similar::TextDiff::from_lines(&**before, after.as_str());
    let mut start = 0;
    for group in diff.iter_all_changes() {
        let written = group.value();
        match group.tag() {
            similar::ChangeTag::Equal => start += written.len(),
            similar::ChangeTag::Delete => {
                edits.push((start..start + written.len(), String::new()));
                start += written.len();
            }
            similar::ChangeTag::Insert => edits.push((start..start, written.to_owned())),
        }
    }
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let edits = edits.into_iter().map(|(range, new_text)| TextEdit {
        range: file.range(Span {
            file: file.file,
            start: offset(range.start),
            end: offset(range.end),
        }),
        new_text,
    });
    Ok(edits.collect())
}
