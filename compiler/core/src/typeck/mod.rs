//! Types, narrowing, taint and exhaustiveness: from resolved trees to the typed package.
//!
//! Declarations come first, then constants, then the signatures of what has a body, then bodies.
//! Each step reads what the steps before it have put into the [`Hir`]. A part that cannot be
//! typed is reported once: its place then has [`ty::unknown`], about which nothing is said again.

pub mod agent;
mod ask_first;
pub mod behaviour;
pub mod call;
pub mod constant;
pub mod declaration;
pub mod example;
pub mod expr;
pub mod model;
pub mod ruleset;
pub mod scope;
pub mod tool;
pub mod ty;
pub mod value;

mod body;
mod bounds;
mod branch;
mod compare;
mod coverage;
mod follow;
mod fresh;
mod function;
mod literal;
mod misplaced;
mod observe;
mod offer;
mod overrides;
mod path;
mod prose;
mod rule;
mod save;
mod settings;
mod size;
mod stage;
mod taint;
mod zone;

use std::cell::RefCell;
use std::collections::BTreeSet;

use silex_bundle::behaviour::Limits;

pub use self::fresh::Fresh;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::hir::Hir;
use crate::resolve::{Declared, Kind, ModuleId, Names};
use crate::source::{Sources, Span};
use crate::syntax::ast;

/// What every check reads, and where it says what it found.
#[derive(Debug)]
pub struct Context<'a> {
    /// What each name means.
    pub names: &'a Names<'a>,
    /// Names of the layouts that a behaviour may use.
    pub layouts: &'a [&'a str],
    /// The limits of a behaviour that states none.
    pub limits: Limits,
    /// The typed package as far as it is made.
    pub hir: Hir,
    sources: Option<&'a Sources>,
    fresh: &'a Fresh,
    found: RefCell<Vec<Diagnostic>>,
    constants: RefCell<constant::Known>,
    defaults: RefCell<value::Defaults>,
    patterns: RefCell<BTreeSet<String>>,
    tainted: taint::Known,
    spoken: ruleset::Spoken,
}

impl<'a> Context<'a> {
    /// A context before anything is typed.
    #[must_use]
    pub fn new(names: &'a Names<'a>, layouts: &'a [&'a str], limits: Limits) -> Self {
        Self {
            names,
            layouts,
            limits,
            hir: Hir::default(),
            sources: None,
            fresh: &Fresh::All,
            found: RefCell::default(),
            constants: RefCell::default(),
            defaults: RefCell::default(),
            patterns: RefCell::default(),
            tainted: taint::Known::default(),
            spoken: ruleset::Spoken::default(),
        }
    }

    /// The declarations of some kinds that are looked at.
    fn fresh<'k>(&self, kinds: &'k [Kind]) -> impl Iterator<Item = &'a Declared<'a>> + use<'a, 'k> {
        let (names, fresh) = (self.names, self.fresh);
        let all = names.declared();
        all.filter(move |it| kinds.contains(&it.kind) && fresh.holds(it.item.span))
    }

    /// Tells the author something.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.found.borrow_mut().push(diagnostic);
    }

    /// How much the author was told so far.
    fn told(&self) -> usize {
        self.found.borrow().len()
    }

    /// Whether the author was told since then of anything but these.
    fn told_other(&self, since: usize, codes: &[&str]) -> bool {
        let found = self.found.borrow();
        found.iter().skip(since).any(|it| !codes.contains(&it.code))
    }

    /// Changes what the author was told since then.
    fn amend(&self, since: usize, change: impl FnMut(&mut Diagnostic)) {
        let mut found = self.found.borrow_mut();
        found.iter_mut().skip(since).for_each(change);
    }

    /// Says of what the author was told since then, of these codes and without a change that mends
    /// it, that next to an error in a place it would be an echo.
    fn rest_on(&self, since: usize, codes: &[&str], ground: Span) {
        self.amend(since, |found| {
            if codes.contains(&found.code) && found.fix.is_none() {
                found.add_ground(ground);
            }
        });
    }

    /// Keeps one of what the author was told since then in the same words.
    fn tell_once(&self, since: usize, code: &str) {
        let mut found = self.found.borrow_mut();
        if found.len() < since + 2 {
            return;
        }
        let mut told = BTreeSet::new();
        let mut at = 0;
        found.retain(|it| {
            at += 1;
            at <= since || it.code != code || told.insert(it.message.clone())
        });
    }

    /// Reports a name that means nothing in a module: with the module that declares one so called, or
    /// the name that is near, or else what there is.
    fn report_unknown(
        &self,
        module: ModuleId,
        name: &ast::Name,
        kinds: &[Kind],
        report: Diagnostic,
        near: Option<&str>,
    ) {
        // A name that is spelt against the rules is told as that.
        let report = report
            .rests_on(self.names.grounds(module, &name.text, near))
            .rests_on([name.span]);
        self.report(match self.names.import_of(module, &name.text, kinds) {
            Some((at, text, from)) => {
                let import = format!("use {from}.{{{}}}", name.text);
                let help = format!("module `{from}` declares it: `{import}`");
                report.help(help).fix(at, text, format!("add `{import}`"))
            }
            None => report.did_you_mean(near),
        });
    }

    /// What the author wrote at a place.
    fn text(&self, span: Span) -> Option<&'a str> {
        self.sources?.get(span.file)?.text.get(span.range())
    }

    /// The declaration that a name means, which must be of one of the kinds; else it is reported.
    pub fn find(
        &self,
        module: ModuleId,
        name: &ast::Name,
        kinds: &[Kind],
    ) -> Option<&Declared<'a>> {
        let what = kinds.first().map_or_else(String::new, |kind| match kind {
            Kind::Enum | Kind::Record if kinds.len() > 1 => "type".to_owned(),
            Kind::Constant
            | Kind::Enum
            | Kind::Record
            | Kind::Entity
            | Kind::Tool
            | Kind::Model
            | Kind::Ruleset
            | Kind::Behaviour
            | Kind::Agent
            | Kind::Example => kind.to_string(),
        });
        match self.names.lookup(module, &name.text) {
            Some(declared) if kinds.contains(&declared.kind) => Some(declared),
            Some(declared) => {
                let message = format!(
                    "`{}` is {}, not {}",
                    name.text,
                    with_article(&declared.kind.to_string()),
                    with_article(&what)
                );
                let problem = Diagnostic::error("wrong-kind", name.span, message)
                    .label(declared.name.span, "declared here")
                    .rests_on([declared.name.span]);
                self.report(match self.names.nearest(module, &name.text, kinds) {
                    Some(nearest) => problem.did_you_mean(Some(nearest)),
                    None => problem.help(format!("only {} can stand here", with_article(&what))),
                });
                None
            }
            None => {
                let nearest = crate::syntax::ours(&name.text)
                    .filter(|_| {
                        name.text
                            .starts_with(|first: char| first.is_ascii_uppercase())
                    })
                    .or_else(|| self.names.nearest(module, &name.text, kinds));
                let message = format!("unknown {what} `{}`", name.text);
                let report = Diagnostic::error("unknown-name", name.span, message)
                    .at("not declared in this module and not imported");
                self.report_unknown(module, name, kinds, report, nearest);
                None
            }
        }
    }

    /// Where a declaration stands.
    fn place_of(&self, qualified: &str) -> Option<Span> {
        self.names.get(qualified).map(|declared| declared.item.span)
    }

    /// Hands over what was found.
    pub fn finish(self, diagnostics: &mut Diagnostics) -> Hir {
        diagnostics.extend(self.found.into_inner());
        self.hir
    }
}

/// What the types of a package come to.
#[derive(Debug, Default)]
pub struct Typed {
    /// The typed package.
    pub hir: Hir,
    spoken: ruleset::Spoken,
}

impl Typed {
    /// Forgets the declaration of a qualified name.
    pub fn forget(&mut self, name: &str) {
        self.hir.forget(name);
        self.spoken.remove(name);
    }
}

/// Types the fresh declarations of a package. The others are known from before.
pub fn check<'a>(
    names: &'a Names<'a>,
    sources: &'a Sources,
    layouts: &'a [&'a str],
    limits: Limits,
    (fresh, known): (&'a Fresh, Typed),
    diagnostics: &mut Diagnostics,
) -> Typed {
    let mut cx = Context::new(names, layouts, limits);
    cx.sources = Some(sources);
    cx.fresh = fresh;
    cx.constants = RefCell::new(constant::known(&known.hir));
    cx.hir = known.hir;
    cx.spoken = known.spoken;
    declaration::check_all(&mut cx);
    constant::check_all(&mut cx);
    behaviour::signatures(&mut cx);
    model::check_all(&mut cx);
    tool::check_all(&mut cx);
    ruleset::check_all(&mut cx);
    behaviour::check_all(&mut cx);
    agent::check_all(&mut cx);
    example::check_all(&mut cx);
    let spoken = std::mem::take(&mut cx.spoken);
    let hir = cx.finish(diagnostics);
    Typed { hir, spoken }
}

/// So many of something.
fn counted(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// A word with `a` or `an` before it.
fn with_article(word: &str) -> String {
    let article = if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {word}")
}

/// The words of `///` lines.
pub(crate) fn doc(docs: Option<&ast::Docs>) -> String {
    docs.map(|docs| docs.text.clone()).unwrap_or_default()
}

/// A place as the bundle says it.
pub(crate) fn place(span: Span) -> silex_bundle::Span {
    silex_bundle::Span {
        source: span.file.0,
        start: span.start,
        end: span.end,
    }
}
