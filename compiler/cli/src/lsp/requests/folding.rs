//! `textDocument/foldingRange`, `textDocument/selectionRange`

use lsp_types::{
    FoldingRange, FoldingRangeKind, FoldingRangeParams, SelectionRange, SelectionRangeParams,
};
use silex_compiler::ide::folding::{self, Fold};

use super::Refused;
use super::place::InFile;
use crate::lsp::packages::Packages;

pub(super) fn of_file(
    packages: &Packages,
    params: &FoldingRangeParams,
) -> Result<Vec<FoldingRange>, Refused> {
    let Some(file) = InFile::of(packages, &params.text_document.uri) else {
        return Ok(Vec::new());
    };
    let folds = folding::of_file(file.analysis(), file.file).into_iter();
    let folds = folds.map(|(span, fold)| {
        let range = file.range(span);
        // The line with the bracket that closes stays, so that the end is seen.
        let keeps_end = fold == Fold::Region && range.end.line > range.start.line + 1;
        FoldingRange {
            start_line: range.start.line,
            start_character: None,
            end_line: range.end.line - u32::from(keeps_end),
            end_character: None,
            kind: match fold {
                Fold::Region => None,
                Fold::Comment => Some(FoldingRangeKind::Comment),
                Fold::Imports => Some(FoldingRangeKind::Imports),
            },
            collapsed_text: None,
        }
    });
    Ok(folds.collect())
}

pub(super) fn selections(
    packages: &Packages,
    params: &SelectionRangeParams,
) -> Result<Option<Vec<SelectionRange>>, Refused> {
    let Some(file) = InFile::of(packages, &params.text_document.uri) else {
        return Ok(None);
    };
    let positions = params.positions.iter();
    let grown = positions.map(|position| {
        let empty = SelectionRange {
            range: lsp_types::Range {
                start: *position,
                end: *position,
            },
            parent: None,
        };
        let all = folding::selections(file.analysis(), file.place(*position));
        let nested = all.iter().rev().fold(None, |around, span| {
            Some(SelectionRange {
                range: file.range(*span),
                parent: around.map(Box::new),
            })
        });
        nested.unwrap_or(empty)
    });
    Ok(Some(grown.collect()))
}
