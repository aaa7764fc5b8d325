//! A file that is asked about, between the places of the protocol and those of the compiler.

use std::collections::HashMap;

use lsp_types::{
    Location, Position, Range, TextDocumentPositionParams, TextEdit, Uri, WorkspaceEdit,
};
use silex_compiler::ide::{Analysis, Change, Place};
use silex_compiler::source::{FileId, Span};

use crate::lsp::packages::{Open, Packages};
use crate::lsp::positions::Lines;
use crate::lsp::{findings, uris};

/// A file that is asked about.
pub(super) struct InFile<'p> {
    pub(super) packages: &'p Packages,
    pub(super) open: &'p Open,
    pub(super) file: FileId,
    pub(super) lines: Lines<'p>,
}

impl<'p> InFile<'p> {
    /// The file of a name; none if it belongs to no package that is open.
    pub(super) fn of(packages: &'p Packages, uri: &Uri) -> Option<Self> {
        let (open, file) = packages.of(uri)?;
        Some(Self {
            packages,
            open,
            file,
            lines: packages.lines(open, file),
        })
    }

    /// The file and the place in it.
    pub(super) fn at(
        packages: &'p Packages,
        params: &TextDocumentPositionParams,
    ) -> Option<(Self, Place)> {
        let file = Self::of(packages, &params.text_document.uri)?;
        let place = file.place(params.position);
        Some((file, place))
    }

    pub(super) fn analysis(&self) -> &'p Analysis {
        &self.open.analysis
    }

    pub(super) fn place(&self, position: Position) -> Place {
        Place {
            file: self.file,
            offset: u32::try_from(self.lines.offset(position)).unwrap_or(u32::MAX),
        }
    }

    pub(super) fn span(&self, range: Range) -> Span {
        Span {
            end: self.place(range.end).offset,
            ..self.place(range.start).span()
        }
    }

    /// The range of a part of this file.
    pub(super) fn range(&self, span: Span) -> Range {
        self.lines.range(span)
    }

    /// Where a part of any file of the package is.
    pub(super) fn location(&self, span: Span) -> Option<Location> {
        findings::location(self.packages, self.open, span)
    }

    /// The name of a file of the package.
    pub(super) fn uri(&self, file: FileId) -> Option<Uri> {
        Some(uris::uri(&self.open.path(file)?))
    }

    /// A change as the editor makes it.
    pub(super) fn edit(&self, change: &Change) -> WorkspaceEdit {
        let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
        for edit in &change.edits {
            if let Some(Location { uri, range }) = self.location(edit.span) {
                changes.entry(uri).or_default().push(TextEdit {
                    range,
                    new_text: edit.replacement.clone(),
                });
            }
        }
        WorkspaceEdit {
            changes: Some(changes),
            ..WorkspaceEdit::default()
        }
    }
}
