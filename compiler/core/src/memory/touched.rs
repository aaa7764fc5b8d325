//! What an edit can have touched: the declarations that differ, and those that name one of them,
//! and so on.
//!
//! A declaration is another if a word or a place in it is. What it means rests on what it names, so
//! names are followed by their text, wherever they may lead: that is more than is needed, and never
//! less. Where it keeps its sense ([`sense`]), what names it keeps its types, and of that only the prompts
//! are made again.
//!
//! Three things rest on more than they name, and are always looked at: a declaration with an
//! error, which may be about a name that is near; an agent, whose addresses are compared with those
//! of all others; and declarations that share a name.

use std::collections::{BTreeMap, BTreeSet};

use super::{Before, Reading, sense};
use crate::lint::{Mentions, Summary};
use crate::resolve::Module;
use crate::source::Span;
use crate::syntax::ast::{self, ItemKind};

/// What an edit can have touched.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// The declarations that are typed again.
    pub(super) fresh: BTreeSet<Span>,
    /// Those whose types hold, and whose prompts are made again.
    pub(super) reworded: BTreeSet<Span>,
    /// Qualified names of declarations that are gone, or another.
    pub(super) gone: Vec<String>,
    /// Whether a tool has come or gone, or a constant is another, of which prose can speak without
    /// naming it.
    pub(super) spoken: bool,
}

/// A change that is followed by names.
#[derive(Debug, Default)]
struct Spread {
    /// Names that may stand for something else.
    names: BTreeSet<String>,
    /// The declarations that it has come to.
    items: BTreeSet<Span>,
}

/// Changes of sense, and of mere words.
#[derive(Debug, Default)]
struct Changes {
    sense: Spread,
    words: Spread,
}

impl Touched {
    /// What is touched by a change of modules, which are given as they were. Types were wrong before
    /// in some places.
    pub(super) fn by(old: &BTreeMap<usize, Before>, new: &Reading, wrong: &[Span]) -> Self {
        let mut touched = Self::default();
        let mut changes = Changes::default();
        for (at, before) in old {
            if let Some(now) = new.modules.get(*at) {
                touched.compare(before, now, new.text(now), &mut changes);
            }
        }
        let Changes { sense, words } = &mut changes;
        let summaries = new.summaries();
        sense.spread(&new.modules, &summaries);
        touched.fresh.extend(&sense.items);
        // What is typed again has said its names already.
        words.items.extend(&touched.fresh);
        words.spread(&new.modules, &summaries);
        let reworded = words.items.difference(&touched.fresh);
        touched.reworded = reworded.copied().collect();
        touched.settle(&new.modules, wrong);
        touched
    }

    /// Takes in what of a module differs, and begins the changes.
    fn compare(&mut self, before: &Before, now: &Module, text: &str, changes: &mut Changes) {
        let (old, new) = (&before.file, &now.file);
        let keep = |kind| senses(old, &before.text, kind) == senses(new, text, kind);
        self.spoken |= !keep(|it| matches!(it, ItemKind::Const(_))) || tools(old) != tools(new);
        let sees_alike = keep(|it| matches!(it, ItemKind::Use(_)));
        let (said, says) = (named(old, &before.text), named(new, text));
        let keeps_sense = |item: &ast::Item| {
            let name = item.kind.name().map(|it| it.text.as_str());
            sees_alike && name.is_none_or(|name| said.get(name) == says.get(name))
        };
        for item in differing(new, old, sees_alike) {
            self.fresh.insert(item.span);
            changes.of(keeps_sense(item)).take(item);
        }
        for item in differing(old, new, sees_alike) {
            changes.of(keeps_sense(item)).speak(item);
            let name = item.kind.name().map(|it| it.text.as_str());
            self.gone
                .extend(name.map(|name| format!("{}.{name}", now.name)));
        }
    }

    /// Takes in what is always looked at.
    fn settle(&mut self, modules: &[Module], wrong: &[Span]) {
        for span in wrong {
            let module = modules.get(span.file.0 as usize);
            let item = module.and_then(|it| it.file.item_at(*span));
            self.fresh.extend(item.map(|it| it.span));
        }
        let items = modules.iter().flat_map(|it| &it.file.items);
        let agents = items.filter(|it| matches!(it.kind, ItemKind::Agent(_)));
        self.fresh.extend(agents.map(|it| it.span));
    }
}

impl Changes {
    /// Those of declarations that keep their sense, or of the others.
    fn of(&mut self, keeps_sense: bool) -> &mut Spread {
        if keeps_sense {
            &mut self.words
        } else {
            &mut self.sense
        }
    }
}

impl Spread {
    /// Takes in a declaration.
    fn take(&mut self, item: &ast::Item) {
        self.items.insert(item.span);
        self.speak(item);
    }

    /// Takes in the names of a declaration. An example can be shown in the prompt of its behaviour.
    fn speak(&mut self, item: &ast::Item) {
        let names = item.kind.name().into_iter();
        let behaviour = if let ItemKind::Example(example) = &item.kind {
            Some(&example.behaviour)
        } else {
            None
        };
        self.names
            .extend(names.chain(behaviour).map(|it| it.text.clone()));
    }

    /// Takes in the declarations that name one of the names, and those that name these.
    fn spread(&mut self, modules: &[Module], summaries: &[&Summary]) {
        loop {
            let before = self.items.len();
            for (module, summary) in modules.iter().zip(summaries) {
                let here = summary.names.iter().filter(|it| self.names.contains(*it));
                let here: BTreeSet<&String> = here.collect();
                let names_one = |it: &&Mentions| it.names.iter().any(|name| here.contains(name));
                for mentions in summary.mentions.iter().filter(names_one) {
                    if !self.items.contains(&mentions.item) {
                        let item = module.file.item_at(mentions.item);
                        item.into_iter().for_each(|item| self.take(item));
                    }
                }
            }
            if self.items.len() == before {
                break;
            }
        }
    }
}

/// The declarations of a file that are not in another, or all if names mean other things there.
fn differing<'f>(
    file: &'f ast::File,
    other: &'f ast::File,
    sees_alike: bool,
) -> impl Iterator<Item = &'f ast::Item> {
    file.items.iter().filter(move |item| {
        let found = other
            .items
            .binary_search_by_key(&item.span.start, |it| it.span.start);
        !(sees_alike && found.is_ok_and(|at| other.items[at] == **item))
    })
}

/// What each name is declared as, the first time and again.
fn named<'f>(file: &'f ast::File, text: &'f str) -> BTreeMap<&'f str, Vec<&'f str>> {
    let mut named: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for item in &file.items {
        if let Some(name) = item.kind.name() {
            let sense = named.entry(&name.text).or_default();
            sense.extend(sense::of(item, text));
        }
    }
    named
}

/// What the declarations of a kind say.
fn senses<'f>(
    file: &'f ast::File,
    text: &'f str,
    is_wanted: fn(&ItemKind) -> bool,
) -> Vec<Vec<&'f str>> {
    let items = file.items.iter().filter(|it| is_wanted(&it.kind));
    items.map(|it| sense::of(it, text)).collect()
}

/// The names of the tools of a module, of which prose can speak.
fn tools(file: &ast::File) -> Vec<&str> {
    let tools = file.items.iter();
    let tools = tools.filter(|it| matches!(it.kind, ItemKind::Tool(_)));
    let names = tools.filter_map(|it| it.kind.name());
    names.map(|name| name.text.as_str()).collect()
}
