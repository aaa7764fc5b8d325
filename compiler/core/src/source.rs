//! Files by id, spans, line and column.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A file of the package under check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// The files of a run by their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    files: Vec<Source>,
}

/// A file: what it is called and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path from the folder of the package, with `/`.
    pub path: String,
    /// Its text, shared with the bundle.
    pub text: Arc<str>,
}

impl Sources {
    /// The id of the file that is taken in next.
    #[must_use]
    pub fn next_id(&self) -> FileId {
        FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX))
    }

    /// Takes in a file.
    pub fn add(&mut self, path: &str, text: impl Into<Arc<str>>) -> FileId {
        let id = self.next_id();
        self.files.push(Source {
            path: path.to_owned(),
            text: text.into(),
        });
        id
    }

    /// Puts a text in the place of that of a file.
    pub fn replace(&mut self, id: FileId, text: impl Into<Arc<str>>) {
        if let Some(source) = self.files.get_mut(id.0 as usize) {
            source.text = text.into();
        }
    }

    /// Takes a file from other sources, in which it is the same.
    pub fn share(&mut self, id: FileId, others: &Self) {
        self.replace(id, others.shared(id));
    }

    /// The text of a file; none if the id is of another run.
    #[must_use]
    pub fn text(&self, id: FileId) -> &str {
        self.get(id).map_or("", |source| &*source.text)
    }

    /// The text of a file, to keep when another stands in its place.
    #[must_use]
    pub fn shared(&self, id: FileId) -> Arc<str> {
        self.get(id)
            .map_or_else(Arc::default, |source| Arc::clone(&source.text))
    }

    /// A file; none if the id is of another run.
    #[must_use]
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// All files with their ids.
    pub fn all(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0..).map(FileId).zip(&self.files)
    }

    /// The first so many files, in the order of their ids.
    #[must_use]
    pub fn first(&self, count: usize) -> &[Source] {
        self.files.get(..count).unwrap_or(&self.files)
    }

    /// The path of a file, and line and column of the first byte of a span, counted from 1;
    /// columns are characters.
    #[must_use]
    pub fn place(&self, span: Span) -> (&str, usize, usize) {
        let Some(source) = self.get(span.file) else {
            return ("", 1, 1);
        };
        let before = source.text.get(..span.start as usize);
        let before = before.unwrap_or(&source.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default();
        (&source.path, line, column.chars().count() + 1)
    }
}

/// A range of bytes in a file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// Byte behind the last.
    pub end: u32,
}

/// A place in the sources of a bundle, which have the numbers of the files.
impl From<silex_bundle::Span> for Span {
    fn from(span: silex_bundle::Span) -> Self {
        Self {
            file: FileId(span.source),
            start: span.start,
            end: span.end,
        }
    }
}

impl Span {
    /// From here to the end of another span in the same file.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        Self {
            end: end.end.max(self.end),
            ..self
        }
    }

    /// Whether another span lies in this one.
    #[must_use]
    pub fn holds(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// As a range of bytes.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// `{:-?}` leaves the place out: so printed, trees are alike that differ in their places alone.
impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let with_place = !f.sign_minus();
        let mut shown = f.debug_struct("Span");
        if with_place {
            shown.field("file", &self.file);
            shown.field("start", &self.start);
            shown.field("end", &self.end);
        }
        shown.finish()
    }
}

/// Something and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Spanned<T> {
    /// The thing.
    pub node: T,
    /// Where.
    pub span: Span,
}
