//! What an editor asks of a package while it is written: one file for each feature.
//!
//! Questions are about a place, answers are plain data: paths are those of [`crate::Sources`], places
//! are byte offsets. Which protocol an editor speaks is the cli's. A package with errors is answered
//! for as far as it can be understood.

pub mod actions;
pub mod calls;
pub mod completion;
pub mod definition;
pub mod folding;
pub mod hints;
pub mod hover;
pub mod lenses;
pub mod links;
pub mod names;
pub mod prompt;
pub mod references;
pub mod rename;
pub mod signature;
pub mod symbols;
pub mod tokens;

mod members;
mod words;

use std::cell::{OnceCell, RefCell};

use silex_bundle::Bundle;

use crate::Lints;
use crate::analysis::facts::Facts;
use crate::diagnostic::{Diagnostic, Diagnostics, Fix, Severity};
use crate::memory::{Changed, Reading, Understood};
use crate::package::Package;
use crate::resolve::{self, Module, ModuleId, Names};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast;

/// A package under an author's hands, and what is known of it.
///
/// It is read at once when it changes, understood when something is asked of its meaning
/// ([`Analysis::bundle`], [`Analysis::facts`]), and seen by the lints for [`Analysis::found`].
#[derive(Debug)]
pub struct Analysis {
    package: Package,
    reading: Reading,
    now: OnceCell<Now>,
    before: RefCell<Before>,
}

/// What is understood, and what was found.
#[derive(Debug)]
struct Now {
    understood: Understood,
    wrong: Diagnostics,
    found: OnceCell<Vec<Diagnostic>>,
}

/// What was understood last, and what has changed since.
#[derive(Debug, Default)]
struct Before {
    understood: Understood,
    changed: Changed,
}

const LINTS: Lints<'static> = Lints::Wanted(&[]);

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The byte before which it is.
    pub offset: u32,
}

/// A change to the text of a package, in one or more places.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// What is replaced by what; no two overlap.
    pub edits: Vec<Fix>,
}

impl Analysis {
    /// Reads a package.
    #[must_use]
    pub fn new(package: Package) -> Self {
        let mut reading = Reading::default();
        let changed = reading.take_in(&package, LINTS);
        Self {
            package,
            reading,
            now: OnceCell::new(),
            before: RefCell::new(Before {
                changed,
                ..Before::default()
            }),
        }
    }

    /// Reads what has become of the package.
    pub fn set(&mut self, package: Package) {
        let changed = self.reading.take_in(&package, LINTS);
        self.package = package;
        self.forget(changed);
    }

    /// Puts texts in the place of those of modules, whose paths are from the package's folder, and reads
    /// them. Whether there are such modules; of others nothing is taken.
    pub fn edit(&mut self, texts: &[(String, String)]) -> bool {
        let mut all = true;
        for (path, text) in texts {
            let mut files = self.package.files.iter_mut();
            let Some(file) = files.find(|file| file.path == *path) else {
                all = false;
                continue;
            };
            file.bytes = text.as_bytes().to_vec();
            match self.reading.edit(path, text) {
                Some(changed) => self.forget(changed),
                None => all = false,
            }
        }
        all
    }

    /// Forgets what was understood before a change.
    fn forget(&mut self, changed: Changed) {
        let before = self.before.get_mut();
        if let Some(now) = self.now.take() {
            *before = Before {
                understood: now.understood,
                changed,
            };
        } else {
            before.changed.then(changed);
        }
    }

    fn now(&self) -> &Now {
        self.now.get_or_init(|| self.understand().0)
    }

    fn understand(&self) -> (Now, Names<'_>) {
        let mut before = self.before.take();
        let (names, wrong) = before.understood.renew(&self.reading, &before.changed);
        let now = Now {
            understood: before.understood,
            wrong,
            found: OnceCell::new(),
        };
        (now, names)
    }

    /// The package as it is now.
    #[must_use]
    pub fn package(&self) -> &Package {
        &self.package
    }

    /// All that is wrong with it and may be, by file and position.
    #[must_use]
    pub fn found(&self) -> &[Diagnostic] {
        let mut known = None;
        let now = self.now.get_or_init(|| {
            let (now, names) = self.understand();
            known = Some(names);
            now
        });
        now.found.get_or_init(|| {
            let names = known.unwrap_or_else(|| self.names());
            let wrong = now.wrong.clone();
            now.understood.lint(&self.reading, &names, wrong, LINTS)
        })
    }

    /// Its files.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.reading.sources
    }

    /// Whether no error was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let mut found = self.found().iter();
        found.all(|it| it.severity != Severity::Error)
    }

    /// The bundle as far as the package can be understood.
    #[must_use]
    pub fn bundle(&self) -> Option<&Bundle> {
        self.now().understood.bundle.as_ref()
    }

    /// What is known of the behaviours of the bundle.
    #[must_use]
    pub fn facts(&self) -> Option<Facts<'_>> {
        let cap = self.reading.manifest.variants;
        Some(Facts::new(self.bundle()?, cap))
    }

    /// What names mean.
    #[must_use]
    pub fn names(&self) -> Names<'_> {
        resolve::names(&self.reading.modules, &mut Diagnostics::default())
    }

    /// The module in a file.
    #[must_use]
    pub fn module(&self, file: FileId) -> Option<(ModuleId, &Module)> {
        // Modules have the first numbers.
        let at = file.0 as usize;
        Some((ModuleId(at), self.reading.modules.get(at)?))
    }

    /// The text of a file.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.sources().text(file)
    }

    /// What is written at a place.
    #[must_use]
    pub fn written(&self, span: Span) -> &str {
        self.text(span.file).get(span.range()).unwrap_or_default()
    }

    /// The declaration around a place.
    #[must_use]
    pub fn item(&self, place: Place) -> Option<(ModuleId, &ast::Item)> {
        let (id, module) = self.module(place.file)?;
        Some((id, module.file.item_at(place.span())?))
    }
}

impl Place {
    /// An empty span there.
    #[must_use]
    pub fn span(self) -> Span {
        Span {
            file: self.file,
            start: self.offset,
            end: self.offset,
        }
    }

    /// Whether it lies in a span, or at its end.
    #[must_use]
    pub fn is_in(self, span: Span) -> bool {
        span.file == self.file && (span.start..=span.end).contains(&self.offset)
    }
}
