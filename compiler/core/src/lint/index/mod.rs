//! What stands in the tree of a module, as lists: one walk, which every lint reads.

mod walk;

use std::collections::BTreeSet;
use std::ops::Range;
use std::rc::Rc;

use crate::resolve::{Module, ModuleId};
use crate::source::{FileId, Sources, Span};
use crate::syntax::ast;

use super::summary::Summary;
use super::words::{self, Word};

/// The lists.
#[derive(Debug, Default)]
pub(crate) struct Index<'a> {
    /// Declarations.
    pub(crate) items: Vec<Item<'a>>,
    /// Rules of behaviours and rulesets.
    pub(crate) rules: Vec<Rule<'a>>,
    /// Prose: roles, goals, facts, rules, steps.
    pub(crate) prose: Vec<Prose<'a>>,
    /// Strings that are literals, but for those of examples.
    pub(crate) literals: Vec<&'a ast::StringLit>,
    /// What a rule or step speaks of, by the declaration that it stands in.
    pub(crate) abouts: Vec<(usize, &'a ast::About)>,
    /// `observe` lines, by the declaration that they stand in.
    pub(crate) observes: Vec<(usize, &'a ast::Observe)>,
    /// Calls of functions: `matches(…)`, and filters with what stands before the bar.
    pub(crate) calls: Vec<Call<'a>>,
    /// Conditions of `when`, in order.
    pub(crate) conditions: Vec<Span>,
    /// The parts of each `and`, each `or` and each list behind `in`.
    pub(crate) joined: Vec<Vec<Span>>,
    /// `each`, by the declaration that it stands in.
    pub(crate) eaches: Vec<(usize, &'a ast::Each)>,
    /// Branches of `when`, `else` and `match`, and what `each` and `steps` hold.
    pub(crate) branches: Vec<Branch>,
    /// `allow CODE because "…"`, and where it holds.
    pub(crate) allows: Vec<(&'a ast::Allow, Span)>,
    /// The files, with their texts.
    pub(crate) files: Vec<(FileId, &'a str)>,
    /// The fields that something looks at: names behind the first of a path.
    pub(crate) read: BTreeSet<&'a str>,
    /// The names of the package's tools; those of dependencies have lints of their own.
    pub(crate) tool_names: Rc<BTreeSet<&'a str>>,
    references: Vec<&'a ast::Name>,
    words: Vec<Word<'a>>,
}

/// A declaration and the module that it stands in.
#[derive(Debug, Clone)]
pub(crate) struct Item<'a> {
    /// The module.
    pub(crate) module: ModuleId,
    /// The declaration.
    pub(crate) tree: &'a ast::Item,
    references: Range<usize>,
}

/// A rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule<'a> {
    /// The rule.
    pub(crate) tree: &'a ast::Rule,
    /// The word that says how strong it is.
    pub(crate) keyword: Span,
    /// Number of the behaviour or ruleset that it stands in.
    pub(crate) item: usize,
    /// Number of its prose.
    pub(crate) prose: usize,
}

/// Prose and what it is.
#[derive(Debug, Clone)]
pub(crate) struct Prose<'a> {
    /// The prose.
    pub(crate) tree: &'a ast::Prose,
    /// Number of the behaviour or ruleset that it stands in.
    pub(crate) item: usize,
    words: Range<usize>,
}

/// A call of a function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    /// The call, without what stands before the bar of a filter.
    pub(crate) tree: &'a ast::Call,
    /// What stands before the bar.
    pub(crate) piped: Option<&'a ast::Expr>,
    /// All of it.
    pub(crate) span: Span,
    /// Number of the declaration that it stands in.
    pub(crate) item: usize,
}

/// A branch or list that holds statements or steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Branch {
    /// What it is called.
    pub(crate) what: &'static str,
    /// Whether nothing stands in it.
    pub(crate) is_empty: bool,
    /// Where that would stand.
    pub(crate) inside: Span,
    /// What would be taken out with it: the whole `when`, the `else` with its body. An arm of a
    /// `match` says nothing on purpose.
    pub(crate) whole: Option<Span>,
}

impl<'a> Index<'a> {
    /// The lists of a module.
    pub(crate) fn of(module: ModuleId, file: &'a ast::File, text: &'a str) -> Self {
        let mut index = Self::default();
        index.files.push((file.id, text));
        walk::file(&mut index, module, file, text);
        index
    }

    /// The declarations of all modules of a package, and what was noted of them; no other list.
    pub(crate) fn outline(
        modules: impl Iterator<Item = (ModuleId, &'a Module, &'a Summary)>,
        sources: &'a Sources,
    ) -> Self {
        let mut index = Self::default();
        for (id, module, summary) in modules {
            let text = sources.text(module.file.id);
            index.files.push((module.file.id, text));
            index.read.extend(summary.read.iter().map(String::as_str));
            let items = module.file.items.iter();
            let declared = items.filter(|it| !matches!(it.kind, ast::ItemKind::Allow(_)));
            index.items.extend(declared.map(|tree| Item {
                module: id,
                tree,
                references: 0..0,
            }));
        }
        index
    }

    /// Whether something in the module names a declaration so.
    pub(crate) fn refers_to(&self, name: &str) -> bool {
        self.references.iter().any(|it| it.text == name)
    }

    /// What is written at a place.
    pub(crate) fn text(&self, span: Span) -> &'a str {
        // Files stand in the order of their ids.
        let at = self.files.binary_search_by_key(&span.file, |(id, _)| *id);
        at.ok()
            .and_then(|at| self.files[at].1.get(span.range()))
            .unwrap_or_default()
    }

    /// The words of prose, in order.
    pub(crate) fn words(&self, prose: &Prose<'a>) -> &[Word<'a>] {
        self.words.get(prose.words.clone()).unwrap_or(&[])
    }

    /// The words of a rule.
    pub(crate) fn words_of(&self, rule: &Rule<'a>) -> &[Word<'a>] {
        self.prose
            .get(rule.prose)
            .map_or(&[], |prose| self.words(prose))
    }

    /// The declaration of a number.
    pub(crate) fn item(&self, at: usize) -> Option<&Item<'a>> {
        self.items.get(at)
    }

    /// The names in a declaration that may mean other declarations, or its own inputs.
    pub(crate) fn references(&self, item: &Item<'a>) -> &[&'a ast::Name] {
        self.references.get(item.references.clone()).unwrap_or(&[])
    }

    /// Whether the condition of a `when` stands at a place.
    pub(crate) fn is_condition(&self, span: Span) -> bool {
        self.conditions.binary_search(&span).is_ok()
    }

    /// The rules with one of the strengths.
    pub(crate) fn rules_of<'i>(
        &'i self,
        strengths: &'i [ast::Strength],
    ) -> impl Iterator<Item = &'i Rule<'a>> {
        self.rules
            .iter()
            .filter(|rule| strengths.contains(&rule.tree.strength))
    }

    /// The declarations that are tools.
    pub(crate) fn tools(&self) -> impl Iterator<Item = (&'a ast::Item, &'a ast::Tool)> {
        self.items.iter().filter_map(|item| {
            let ast::ItemKind::Tool(tool) = &item.tree.kind else {
                return None;
            };
            Some((item.tree, tool))
        })
    }

    /// The names of the constants.
    pub(crate) fn constants(&self) -> impl Iterator<Item = &'a str> {
        let items = self.items.iter().map(|item| &item.tree.kind);
        let constants = items.filter(|kind| matches!(kind, ast::ItemKind::Const(_)));
        constants.filter_map(|kind| Some(kind.name()?.text.as_str()))
    }

    /// Takes in prose and its words.
    fn take_prose(&mut self, tree: &'a ast::Prose, text: &'a str) -> usize {
        let start = self.words.len();
        words::split(tree, text, &mut self.words);
        self.prose.push(Prose {
            tree,
            item: self.items.len().saturating_sub(1),
            words: start..self.words.len(),
        });
        self.prose.len() - 1
    }
}
