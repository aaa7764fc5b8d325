//! What an edit can have touched: the declarations that differ, and those that name one of them,
//! and so on.
//!
//! A declaration is another if a word or a place in it is. What it means rests on what it names, so
//! names are followed by their text, wherever they may lead: that is more than is needed, and never
//! less. Three things rest on more than they name, and are always looked at: a declaration with an
//! error, which may be about a name that is near; an agent, whose addresses are compared with those
//! of all others; and declarations that share a name.

use std::collections::{BTreeMap, BTreeSet};

use crate::lint::{Mentions, Summary};
use crate::resolve::Module;
use crate::source::Span;
use crate::syntax::ast;

/// What an edit can have touched.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// The declarations that are looked at again.
    pub(super) fresh: BTreeSet<Span>,
    /// Modules of which something is looked at again.
    pub(super) modules: BTreeSet<usize>,
    /// Qualified names of declarations that are gone, or another.
    pub(super) gone: Vec<String>,
    /// Whether a constant or a tool has changed, of which prose can speak without naming it.
    pub(super) spoken: bool,
    names: BTreeSet<String>,
}

impl Touched {
    /// What differs between modules as they were and as they are.
    pub(super) fn between(old: &BTreeMap<usize, Module>, new: &[Module]) -> Self {
        let mut touched = Self::default();
        for (at, before) in old {
            touched.modules.insert(*at);
            if let Some(now) = new.get(*at) {
                touched.compare(before, now);
            }
        }
        touched
    }

    fn compare(&mut self, before: &Module, now: &Module) {
        let sees_alike = uses(before) == uses(now);
        self.spoken |= constants(before) != constants(now) || tools(before) != tools(now);
        let old = before.file.items.iter();
        let mut old: BTreeMap<u32, &ast::Item> = old.map(|it| (it.span.start, it)).collect();
        for item in &now.file.items {
            let same = old.get(&item.span.start).is_some_and(|it| *it == item);
            if same {
                old.remove(&item.span.start);
            }
            if !same || !sees_alike {
                self.take(item);
            }
        }
        for item in old.into_values() {
            self.speak(item);
            let name = item.kind.name().map(|it| it.text.as_str());
            self.gone
                .extend(name.map(|name| format!("{}.{name}", before.name)));
        }
    }

    /// Takes in a declaration that differs.
    fn take(&mut self, item: &ast::Item) {
        self.fresh.insert(item.span);
        self.speak(item);
    }

    /// Takes in the names of a declaration. An example can be shown in the prompt of its behaviour.
    fn speak(&mut self, item: &ast::Item) {
        let names = item.kind.name().into_iter();
        let behaviour = if let ast::ItemKind::Example(example) = &item.kind {
            Some(&example.behaviour)
        } else {
            None
        };
        self.names
            .extend(names.chain(behaviour).map(|it| it.text.clone()));
    }

    /// Takes in what rests on what was touched, and what rests on that.
    pub(super) fn spread(&mut self, modules: &[Module], summaries: &[Summary]) {
        let mut told: BTreeSet<Span> = self.fresh.clone();
        loop {
            let before = told.len();
            for (module, summary) in modules.iter().zip(summaries) {
                if self.names.is_disjoint(&summary.names) {
                    continue;
                }
                for mentions in &summary.mentions {
                    if !told.contains(&mentions.item) && self.is_named_in(mentions) {
                        told.insert(mentions.item);
                        let item = module.file.item_at(mentions.item);
                        item.into_iter().for_each(|item| self.take(item));
                    }
                }
            }
            if told.len() == before {
                break;
            }
        }
    }

    fn is_named_in(&self, mentions: &Mentions) -> bool {
        mentions.names.iter().any(|name| self.names.contains(name))
    }

    /// Takes in what is always looked at, and settles which modules are touched.
    pub(super) fn settle(&mut self, modules: &[Module], wrong: &[Span]) {
        for span in wrong {
            let module = modules.get(span.file.0 as usize);
            let item = module.and_then(|it| it.file.item_at(*span));
            self.fresh.extend(item.map(|it| it.span));
        }
        let items = modules.iter().flat_map(|it| &it.file.items);
        let agents = items.filter(|it| matches!(it.kind, ast::ItemKind::Agent(_)));
        self.fresh.extend(agents.map(|it| it.span));
        let touched = self.fresh.iter().map(|it| it.file.0 as usize);
        self.modules.extend(touched);
    }
}

/// What a module takes from others.
fn uses(module: &Module) -> Vec<&ast::Item> {
    let items = module.file.items.iter();
    let is_use = |it: &&ast::Item| matches!(it.kind, ast::ItemKind::Use(_));
    items.filter(is_use).collect()
}

/// The constants of a module, of which prose can speak by their names and numbers.
fn constants(module: &Module) -> Vec<&ast::Item> {
    let items = module.file.items.iter();
    let is_constant = |it: &&ast::Item| matches!(it.kind, ast::ItemKind::Const(_));
    items.filter(is_constant).collect()
}

/// The names of the tools of a module, of which prose can speak.
fn tools(module: &Module) -> Vec<&str> {
    let items = module.file.items.iter();
    let is_tool = |it: &&ast::Item| matches!(it.kind, ast::ItemKind::Tool(_));
    let names = items.filter(is_tool).filter_map(|it| it.kind.name());
    names.map(|name| name.text.as_str()).collect()
}
