//! Lints: optional checks, each with a code, a level, a page and its tests in the page.
//!
//! A lint reads a view of the package and gives findings; it never walks a tree itself. The lists
//! in [`index`] are made by one walk, so that fifty lints cost little more than one.

mod amount;
mod capability;
mod coverage;
mod fix;
mod index;
mod levels;
mod opening;
mod reach;
mod rules;
mod table;
mod uses;
mod words;

use silex_bundle::{Behaviour, Bundle, Segment};

use crate::analysis::facts::Facts;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::Hir;
use crate::package::{Level, Manifest};
use crate::resolve::{Declared, Module, Names};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast;

use self::index::{Index, Item};
use self::reach::Reach;
use self::uses::Uses;

pub use fix::{Done, Fixed};
pub use levels::level;
pub use table::LINTS;

pub(crate) use fix::fix;
pub(crate) use levels::turn_on;

/// An optional check.
#[derive(Debug)]
pub struct Lint {
    /// What it is called in `silex.yaml`, in `allow` and by `silex explain`.
    pub code: &'static str,
    /// Its level where the manifest names none.
    pub level: Level,
    /// Its page.
    pub explain: &'static str,
    check: Check,
}

impl Lint {
    /// The sentence of its page that says what it finds.
    #[must_use]
    pub fn summary(&self) -> &'static str {
        summary(self.explain)
    }
}

/// The sentence under the title of a page.
#[must_use]
pub fn summary(page: &str) -> &str {
    let mut lines = page.lines().skip(1);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// How a lint looks.
#[derive(Debug)]
enum Check {
    /// At what is written; also where something could not be understood.
    Written(fn(&Index<'_>) -> Vec<Diagnostic>),
    /// At what was understood, of a package without errors.
    Understood(fn(&View<'_>) -> Vec<Diagnostic>),
    /// Not by itself: an earlier phase finds it on its way.
    Elsewhere,
}

/// What is known of a package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    /// Its trees.
    pub(crate) modules: &'a [Module],
    /// The texts of its files.
    pub(crate) sources: &'a Sources,
    /// Its manifest.
    pub(crate) manifest: &'a Manifest,
    /// What its names mean.
    pub(crate) names: &'a Names<'a>,
    /// What was understood.
    pub(crate) hir: &'a Hir,
    /// What it comes to.
    pub(crate) facts: &'a Facts<'a>,
}

/// What a lint looks at.
#[derive(Debug)]
struct View<'a> {
    index: &'a Index<'a>,
    uses: &'a Uses,
    reach: &'a [Reach],
    names: &'a Names<'a>,
    hir: &'a Hir,
    bundle: &'a Bundle,
    facts: &'a Facts<'a>,
}

impl<'a> View<'a> {
    /// The package's own behaviours.
    fn behaviours(&self) -> impl Iterator<Item = &'a Behaviour> {
        self.named_behaviours().map(|(_, behaviour)| behaviour)
    }

    /// The package's own behaviours, with their qualified names.
    fn named_behaviours(&self) -> impl Iterator<Item = (&'a str, &'a Behaviour)> {
        self.index.items.iter().filter_map(|item| {
            let name = self.declared(item)?.qualified.as_str();
            Some((name, self.bundle.behaviours.get(name)?))
        })
    }

    /// Where a rule of a behaviour is named; of a dependency's ruleset, all of it.
    fn rule_name(&self, segment: &Segment) -> Span {
        let span = place(segment.span);
        let rule = self.index.rule_at(span);
        rule.map_or(span, |rule| rule.tree.name.span)
    }

    /// Where a behaviour of the package is named.
    fn behaviour_name(&self, name: &str, behaviour: &Behaviour) -> Span {
        let known = self.hir.names.get(name);
        known.copied().unwrap_or_else(|| place(behaviour.span))
    }

    /// What a declaration of the package is called and is.
    fn declared(&self, item: &Item<'a>) -> Option<&'a Declared<'a>> {
        let name = item.tree.kind.name()?;
        let at = self.names.position(item.module, &name.text)?;
        self.names.declared_at(at)
    }
}

/// What a file allows.
pub(crate) fn allows<'a>(file: &'a ast::File, text: &'a str) -> Vec<&'a ast::Allow> {
    let index = Index::of_file(file, text);
    index.allows.iter().map(|(allow, _)| *allow).collect()
}

/// The lint of a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Lint> {
    LINTS.iter().copied().find(|lint| lint.code == code)
}

/// All findings of a package with those of the lints, at their levels.
pub(crate) fn run(known: &Known<'_>, found: Diagnostics) -> Vec<Diagnostic> {
    let index = Index::new(known.modules, known.sources);
    let complete = found.is_clean();
    let mut found = found;
    for lint in LINTS.iter().filter(|lint| is_on(known.manifest, lint)) {
        if let Check::Written(check) = lint.check {
            found.extend(check(&index));
        }
    }
    // What could not be understood may be what uses a thing, or covers a case.
    if complete {
        let bundle = known.facts.bundle();
        let uses = Uses::new(&index, known.names);
        let reach = reach::look(&index, known.names, known.hir, bundle);
        let view = View {
            index: &index,
            uses: &uses,
            reach: &reach,
            names: known.names,
            hir: known.hir,
            bundle,
            facts: known.facts,
        };
        for lint in LINTS.iter().filter(|lint| is_on(known.manifest, lint)) {
            if let Check::Understood(check) = lint.check {
                found.extend(check(&view));
            }
        }
    }
    let mut told = Diagnostics::default();
    told.extend(levels::apply(
        found.finish(),
        &index,
        known.manifest,
        complete,
    ));
    told.finish()
}

/// A place of the bundle as a place of the sources, which have the same numbers.
fn place(span: silex_bundle::Span) -> Span {
    Span {
        file: FileId(span.source),
        start: span.start,
        end: span.end,
    }
}

fn is_on(manifest: &Manifest, lint: &Lint) -> bool {
    levels::level(manifest, lint) != Level::Allow
}
