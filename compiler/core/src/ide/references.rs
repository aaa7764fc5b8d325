//! Everywhere that a name is meant.

use super::names::{self, Symbol};
use super::{Analysis, Place};
use crate::resolve::{ModuleId, Names};
use crate::source::Span;

/// A place where a name is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Where.
    pub span: Span,
    /// Whether it is introduced there.
    pub declares: bool,
}

/// Everywhere that what the name at a place means is meant.
#[must_use]
pub fn at(analysis: &Analysis, place: Place) -> Vec<Reference> {
    let names = analysis.names();
    let Some(occurrence) = names::at(analysis, &names, place) else {
        return Vec::new();
    };
    of_symbol(analysis, &names, &occurrence.symbol)
}

/// Everywhere in one file.
#[must_use]
pub fn in_file(analysis: &Analysis, place: Place) -> Vec<Reference> {
    let mut all = at(analysis, place);
    all.retain(|it| it.span.file == place.file);
    all
}

/// Everywhere that a symbol is meant.
pub(super) fn of_symbol(analysis: &Analysis, names: &Names<'_>, symbol: &Symbol) -> Vec<Reference> {
    let mut found = Vec::new();
    for (at, module) in analysis.reading.modules.iter().enumerate() {
        let all = names::of_module(names, ModuleId(at), module);
        let meant = all.into_iter().filter(|it| it.symbol == *symbol);
        found.extend(meant.map(|it| Reference {
            span: it.span,
            declares: it.declares,
        }));
    }
    found
}
