//! A package on disk, compiled: what every command but `new` and `fmt` begins with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use silex_bundle::Bundle;
use silex_compiler::diagnostic::Diagnostic;
use silex_compiler::memory::Memory;
use silex_compiler::package::Package;
use silex_compiler::source::{FileId, Sources, Span};
use silex_compiler::{Lints, Manifest};
use silex_runtime::bundle::Loaded;

use crate::report::{self, Finding, Format};
use crate::{Ended, Failure, files};

/// What the compiler made of a package, and where its texts lie.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The bundle, if there is no error.
    pub(crate) bundle: Option<Bundle>,
    /// What was found, by file and position.
    pub(crate) found: Vec<Diagnostic>,
    /// Its `.silex` files.
    pub(crate) files: usize,
    /// Its manifest.
    pub(crate) manifest: Manifest,
    places: Places,
}

/// The texts that findings point into, and the folder that their paths start from.
#[derive(Debug)]
pub(crate) struct Places {
    sources: Sources,
    folder: PathBuf,
}

impl Compiled {
    /// Reads the package in a folder and compiles it.
    pub(crate) fn read(folder: &Path) -> Result<Self, Failure> {
        Ok(Self::of(&files::package(folder)?, folder))
    }

    /// Compiles a package that was read from somewhere.
    pub(crate) fn of(package: &Package, folder: &Path) -> Self {
        let made = silex_compiler::compile(package, Lints::Wanted(&[]));
        Self::made(made, package, folder)
    }

    /// Compiles two packages for what they mean: no lint looks at one without errors. What is the
    /// same in both is looked at once, and what was read of the first is let go before the second.
    pub(crate) fn both(old: (Package, &Path), new: (&Package, &Path)) -> (Self, Self) {
        let mut memory = Memory::default();
        let found = memory.compile(&old.0, Lints::None);
        let before = Self::made(memory.compiled(found), &old.0, old.1);
        drop(old);
        let meaning = memory.meaning(new.0);
        let now = meaning.unwrap_or_else(|| silex_compiler::compile(new.0, Lints::None));
        (before, Self::made(now, new.0, new.1))
    }

    /// Compiles a package for what it means.
    pub(crate) fn unlinted(package: &Package, folder: &Path) -> Self {
        let made = silex_compiler::compile(package, Lints::None);
        Self::made(made, package, folder)
    }

    fn made(made: silex_compiler::Compiled, package: &Package, folder: &Path) -> Self {
        Self {
            bundle: made.bundle,
            found: made.found,
            files: package.files.len(),
            manifest: made.manifest,
            places: Places {
                sources: made.sources,
                folder: folder.to_owned(),
            },
        }
    }

    /// Writes what was found, and says how a command ends that did nothing else.
    pub(crate) fn report(&self, format: Format) -> Ended {
        report::findings(&self.found, &self.places, format)
    }

    /// What was found, as other programs take it.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let all = self.found.iter();
        all.map(|it| Finding::of(it, &self.places)).collect()
    }

    /// The texts that findings point into.
    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// The bundle as the runtime takes it. What was found is written; none if it has errors.
    ///
    /// Of a format that is one document, what stops nothing is left to be written with the rest.
    pub(crate) fn load(&mut self, format: Format) -> Option<Arc<Loaded>> {
        if self.bundle.is_none() || !format.is_one_document() {
            self.report(format);
        }
        let bundle = self.bundle.take()?;
        let digest = bundle.digest();
        Some(Arc::new(Loaded::new(bundle, digest)))
    }
}

impl Places {
    /// The texts of the package in a folder.
    pub(crate) fn of(package: &Package, folder: &Path) -> Self {
        Self {
            sources: silex_compiler::sources(package),
            folder: folder.to_owned(),
        }
    }

    /// A text that belongs to no package.
    pub(crate) fn alone(path: &Path, text: String) -> Self {
        let mut sources = Sources::default();
        sources.add(&path.display().to_string(), text);
        Self {
            sources,
            folder: PathBuf::new(),
        }
    }

    /// The path of a file from here, as an author can open it.
    pub(crate) fn path(&self, file: FileId) -> String {
        let path = self
            .sources
            .get(file)
            .map_or("", |source| source.path.as_str());
        let package = path.starts_with("silex:")
            || self.folder.as_os_str().is_empty()
            || self.folder == Path::new(".");
        if package {
            path.to_owned()
        } else {
            self.folder.join(path).display().to_string()
        }
    }

    /// The text of a file.
    pub(crate) fn text(&self, file: FileId) -> &str {
        self.sources.text(file)
    }

    /// Line and column of the first byte of a place.
    pub(crate) fn line_column(&self, span: Span) -> (usize, usize) {
        let (_, line, column) = self.sources.place(span);
        (line, column)
    }

    /// `PATH:LINE` of a place in the bundle, whose sources stand in the order of the file ids.
    pub(crate) fn line(&self, span: silex_bundle::Span) -> String {
        let span = in_sources(span);
        format!("{}:{}", self.path(span.file), self.line_column(span).0)
    }

    /// The same from the folder of the package, where many stand below each other.
    pub(crate) fn short_line(&self, span: silex_bundle::Span) -> String {
        let (path, line, _) = self.sources.place(in_sources(span));
        format!("{path}:{line}")
    }
}

/// A place in the bundle as a place in the sources.
pub(crate) fn in_sources(span: silex_bundle::Span) -> Span {
    Span {
        file: FileId(span.source),
        start: span.start,
        end: span.end,
    }
}
