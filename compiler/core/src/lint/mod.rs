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
mod negation;
mod opening;
mod reach;
mod rules;
mod summary;
mod table;
mod uses;
mod words;

use std::collections::BTreeSet;
use std::rc::Rc;

use silex_bundle::{Behaviour, Bundle, Segment};

use crate::analysis::facts::Facts;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::Hir;
use crate::ledger::Ledger;
use crate::package::{LayoutFile, Level, Manifest};
use crate::resolve::{Declared, Module, ModuleId, Names, STANDARD};
use crate::source::{Sources, Span};
use crate::syntax::ast;

use self::index::{Index, Item};
use self::reach::Reach;
use self::uses::Uses;

pub use fix::{Done, Fixed};
pub use levels::level;
pub use table::LINTS;

pub(crate) use fix::fix;
pub(crate) use levels::turn_on;
pub(crate) use summary::{Mentions, Summary};

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
    /// At what is written in a module; also where something could not be understood.
    Written(fn(&Index<'_>) -> Vec<Diagnostic>),
    /// At what was understood of a module, in a package without errors.
    Understood(fn(&View<'_>) -> Vec<Diagnostic>),
    /// The same, where the words of what is followed count. Of the module there is an outline.
    Prompts(fn(&View<'_>) -> Vec<Diagnostic>),
    /// At what was understood of all modules together, of which the index then is an outline.
    Across(fn(&View<'_>) -> Vec<Diagnostic>),
    /// In several of these ways.
    All(&'static [Check]),
    /// Not by itself: an earlier phase finds it on its way.
    Elsewhere,
}

impl Check {
    /// The ways in which it looks.
    fn ways(&'static self) -> &'static [Check] {
        if let Self::All(ways) = self {
            ways
        } else {
            std::slice::from_ref(self)
        }
    }
}

/// What is known of a package.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'a> {
    /// Its trees.
    pub(crate) modules: &'a [Module],
    /// What was kept of each of them.
    pub(crate) summaries: &'a [&'a Summary],
    /// The texts of its files.
    pub(crate) sources: &'a Sources,
    /// Its layouts and those of the packages that it uses.
    pub(crate) layouts: &'a [LayoutFile],
    /// Its manifest.
    pub(crate) manifest: &'a Manifest,
    /// What its names mean.
    pub(crate) names: &'a Names<'a>,
    /// What was understood.
    pub(crate) hir: &'a Hir,
    /// What it comes to.
    pub(crate) facts: &'a Facts<'a>,
}

impl<'a> Known<'a> {
    /// The package's own modules; what it uses has lints of its own.
    fn own(&self) -> impl Iterator<Item = (ModuleId, &'a Module, &'a Summary)> {
        let modules = self.modules.iter().zip(self.summaries).enumerate();
        modules
            .map(|(at, (module, summary))| (ModuleId(at), module, *summary))
            .filter(|(id, module, _)| *id != STANDARD && module.prefix.is_empty())
    }

    /// What a lint looks at.
    fn view<'v>(&self, index: &'v Index<'v>, uses: &'v Uses, reach: &'v [Reach]) -> View<'v>
    where
        'a: 'v,
    {
        View {
            index,
            uses,
            reach,
            modules: self.modules,
            sources: self.sources,
            layouts: self.layouts,
            names: self.names,
            hir: self.hir,
            bundle: self.facts.bundle(),
            facts: self.facts,
        }
    }

    fn text(&self, module: &Module) -> &'a str {
        self.sources.text(module.file.id)
    }
}

/// What a lint looks at.
#[derive(Debug)]
struct View<'a> {
    index: &'a Index<'a>,
    uses: &'a Uses,
    reach: &'a [Reach],
    modules: &'a [Module],
    sources: &'a Sources,
    layouts: &'a [LayoutFile],
    names: &'a Names<'a>,
    hir: &'a Hir,
    bundle: &'a Bundle,
    facts: &'a Facts<'a>,
}

impl<'a> View<'a> {
    /// The behaviours that are looked at.
    fn behaviours(&self) -> impl Iterator<Item = &'a Behaviour> {
        self.named_behaviours().map(|(_, behaviour)| behaviour)
    }

    /// The behaviours that are looked at, with their qualified names.
    fn named_behaviours(&self) -> impl Iterator<Item = (&'a str, &'a Behaviour)> {
        self.index.items.iter().filter_map(|item| {
            let name = self.declared(item)?.qualified.as_str();
            Some((name, self.bundle.behaviours.get(name)?.as_ref()))
        })
    }

    /// Where a rule of a behaviour is named; of a dependency's ruleset, all of it.
    fn rule_name(&self, segment: &Segment) -> Span {
        let span = place(segment.span);
        let module = self.modules.get(span.file.0 as usize);
        let own = module.filter(|it| it.prefix.is_empty());
        let rule = own.and_then(|it| it.file.rule_at(span));
        rule.map_or(span, |rule| rule.name.span)
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
    let index = Index::of(STANDARD, file, text);
    index.allows.iter().map(|(allow, _)| *allow).collect()
}

/// The lint of a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Lint> {
    LINTS.iter().copied().find(|lint| lint.code == code)
}

/// What the lints found in each module when it was looked at last.
#[derive(Debug, Default)]
pub(crate) struct Books {
    written: Ledger<usize>,
    understood: Ledger<usize>,
    prompts: Ledger<usize>,
}

impl Books {
    /// Forgets what was found in a module.
    pub(crate) fn forget(&mut self, module: usize) {
        self.written.forget(&module);
        self.rethink(module);
    }

    /// Forgets what was found in what was understood of a module.
    pub(crate) fn rethink(&mut self, module: usize) {
        self.understood.forget(&module);
        self.reword(module);
    }

    /// Forgets what was found in the words of a module's prompts.
    pub(crate) fn reword(&mut self, module: usize) {
        self.prompts.forget(&module);
    }

    /// Forgets the modules in which something of a kind was found.
    pub(crate) fn doubt(&mut self, is_so: impl Fn(&Diagnostic) -> bool) {
        self.written.doubt(&is_so);
        self.understood.doubt(&is_so);
        self.prompts.doubt(&is_so);
    }
}

/// All findings of a package with those of the lints, at their levels. A module that is in the books
/// is not looked at again.
pub(crate) fn run(known: &Known<'_>, books: &mut Books, found: Diagnostics) -> Vec<Diagnostic> {
    let complete = found.is_clean();
    let mut found = found;
    let is_tool = |it: &&Item<'_>| matches!(it.tree.kind, ast::ItemKind::Tool(_));
    let outline = Index::outline(known.own(), known.sources);
    let tools = outline.items.iter().filter(is_tool);
    let tools = tools.filter_map(|it| it.tree.kind.name());
    let tools: BTreeSet<&str> = tools.map(|name| name.text.as_str()).collect();
    let tools = Rc::new(tools);
    let mentions = known.own().flat_map(|(_, _, summary)| &summary.mentions);
    let uses = Uses::new(&outline, mentions, known.names);
    for (id, module, summary) in known.own() {
        if !books.written.knows(&id.0) || complete && !books.understood.knows(&id.0) {
            let mut index = Index::of(id, &module.file, known.text(module));
            index.tool_names = Rc::clone(&tools);
            books.written.look(&id.0, || written_of(known, &index));
            if complete {
                let understood = || understood_of(known, &index, &uses);
                books.understood.look(&id.0, understood);
            }
        }
        if complete {
            books.prompts.look(&id.0, || {
                let module = std::iter::once((id, module, summary));
                let index = Index::outline(module, known.sources);
                prompts_of(known, &index, &uses)
            });
        }
    }
    found.extend(books.written.told());
    // What could not be understood may be what uses a thing, or covers a case.
    if complete {
        found.extend(books.understood.told());
        found.extend(books.prompts.told());
        let view = known.view(&outline, &uses, &[]);
        found.extend(looked(known, |check| {
            if let Check::Across(check) = check {
                Some(check(&view))
            } else {
                None
            }
        }));
    }
    let allows = known.own().flat_map(|(_, _, summary)| &summary.allows);
    let mut told = Diagnostics::default();
    told.extend(levels::apply(
        found.finish(),
        allows,
        known.manifest,
        complete,
    ));
    told.finish()
}

/// What the lints find in what a module says.
fn written_of(known: &Known<'_>, index: &Index<'_>) -> Vec<Diagnostic> {
    looked(known, |check| {
        if let Check::Written(check) = check {
            Some(check(index))
        } else {
            None
        }
    })
}

/// What the lints find in what was understood of a module.
fn understood_of(known: &Known<'_>, index: &Index<'_>, uses: &Uses) -> Vec<Diagnostic> {
    let reach = reach::look(index, known.names, known.hir, known.facts.bundle());
    let view = known.view(index, uses, &reach);
    looked(known, |check| {
        if let Check::Understood(check) = check {
            Some(check(&view))
        } else {
            None
        }
    })
}

/// What the lints find in the words of the prompts of a module.
fn prompts_of(known: &Known<'_>, index: &Index<'_>, uses: &Uses) -> Vec<Diagnostic> {
    let view = known.view(index, uses, &[]);
    looked(known, |check| {
        if let Check::Prompts(check) = check {
            Some(check(&view))
        } else {
            None
        }
    })
}

/// What the lints find that are on.
fn looked(known: &Known<'_>, look: impl Fn(&Check) -> Option<Vec<Diagnostic>>) -> Vec<Diagnostic> {
    let on = LINTS.iter().filter(|lint| is_on(known.manifest, lint));
    let ways = on.flat_map(|lint| lint.check.ways());
    ways.filter_map(look).flatten().collect()
}

/// A place of the bundle as a place of the sources, which have the same numbers.
fn place(span: silex_bundle::Span) -> Span {
    span.into()
}

fn is_on(manifest: &Manifest, lint: &Lint) -> bool {
    levels::level(manifest, lint) != Level::Allow
}
