//! The files that are open in the editor: their texts count before those on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lsp_types::TextDocumentContentChangeEvent;

use super::positions::{Encoding, Lines};

/// A file that is open.
#[derive(Debug)]
pub(super) struct Document {
    /// As the editor numbers its edits.
    pub(super) version: i32,
    /// As it stands in the editor.
    pub(super) text: String,
}

/// The files that are open, by their paths.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    pub(super) fn open(&mut self, path: PathBuf, version: i32, text: String) {
        self.open.insert(path, Document { version, text });
    }

    pub(super) fn close(&mut self, path: &Path) {
        self.open.remove(path);
    }

    /// The open files in a folder and those below it.
    pub(super) fn inside<'d>(&'d self, folder: &'d Path) -> impl Iterator<Item = &'d Path> {
        let paths = self.open.keys().map(PathBuf::as_path);
        paths.filter(move |path| path.starts_with(folder))
    }

    /// Makes the changes of an edit, one after the other. Whether the file is open.
    pub(super) fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> bool {
        let Some(document) = self.open.get_mut(path) else {
            return false;
        };
        document.version = version;
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let lines = Lines::of(&document.text, encoding);
                    let start = lines.offset(part.range.start);
                    let end = lines.offset(part.range.end).max(start);
                    document.text.replace_range(start..end, &part.text);
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    document.text = whole.text;
                }
            }
        }
        true
    }
}
