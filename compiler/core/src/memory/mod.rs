//! What a check knows of a package, and lends to the next check of it.
//!
//! There is one way through the phases, with or without a memory: a phase looks at what is fresh,
//! and all is fresh to an empty memory. So an editor, which keeps its memory from keystroke to
//! keystroke, is told what `silex check` would say, for the work that the edit makes necessary. A
//! package of other modules, or with another manifest or layout, is begun anew.
//!
//! A package is read first, then understood, and then the lints look at it. An editor that asks what
//! the first can answer does not wait for the rest.

mod reading;
mod sense;
mod touched;
mod understood;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::package::Package;
use crate::syntax::ast;
use crate::{Compiled, Lints};

pub use self::reading::Reading;
pub use self::understood::Understood;

/// What is known of a package.
#[derive(Debug, Default)]
pub struct Memory {
    reading: Reading,
    understood: Understood,
}

/// What of a package is another than it was.
#[derive(Debug)]
pub enum Changed {
    /// All: nothing was known, or it is another package.
    All,
    /// The texts of these modules, by their numbers. Here they are as they were.
    Modules(BTreeMap<usize, Before>),
}

/// A module as it was before its text changed.
#[derive(Debug)]
pub struct Before {
    file: ast::File,
    text: Arc<str>,
}

impl Default for Changed {
    fn default() -> Self {
        Self::Modules(BTreeMap::new())
    }
}

impl Changed {
    /// Takes in what has changed since.
    pub fn then(&mut self, later: Self) {
        match (&mut *self, later) {
            (Self::All, _) => {}
            (_, Self::All) => *self = Self::All,
            (Self::Modules(first), Self::Modules(later)) => {
                for (at, module) in later {
                    first.entry(at).or_insert(module);
                }
            }
        }
    }
}

impl Memory {
    /// Compiles a package. What is found is by file and position.
    pub fn compile(&mut self, package: &Package, lints: Lints<'_>) -> Vec<Diagnostic> {
        let changed = self.reading.take_in(package, lints);
        let (names, wrong) = self.understood.renew(&self.reading, &changed);
        self.understood.lint(&self.reading, &names, wrong, lints)
    }

    /// Compiles a package without errors for what it means, when there is no next; none if it has one.
    #[must_use]
    pub fn meaning(mut self, package: &Package) -> Option<Compiled> {
        let changed = self.reading.take_in(package, Lints::None);
        let is_clean = self.understood.means(&mut self.reading, changed);
        is_clean.then(|| self.into_compiled(Vec::new()))
    }

    /// What was made of the package, with what was found in it; the memory is kept for the next.
    #[must_use]
    pub fn compiled(&self, found: Vec<Diagnostic>) -> Compiled {
        Compiled {
            bundle: self.understood.bundle.clone().filter(|_| is_clean(&found)),
            found,
            manifest: self.reading.manifest.clone(),
            sources: self.reading.sources.clone(),
        }
    }

    /// The same, when there is no next.
    #[must_use]
    pub fn into_compiled(self, found: Vec<Diagnostic>) -> Compiled {
        Compiled {
            bundle: self.understood.bundle.filter(|_| is_clean(&found)),
            found,
            manifest: self.reading.manifest,
            sources: self.reading.sources,
        }
    }
}

fn is_clean(found: &[Diagnostic]) -> bool {
    found.iter().all(|it| it.severity != Severity::Error)
}
