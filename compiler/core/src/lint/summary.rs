//! What of a module the checks of the others read, kept while its text stays as it is.

use std::collections::BTreeSet;

use super::index::Index;
use crate::resolve::ModuleId;
use crate::source::Span;
use crate::syntax::ast;

/// What a module says that matters elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// By declaration, in order: its name, and the names in it that may mean other declarations.
    pub(crate) mentions: Vec<Mentions>,
    /// All of these names.
    pub(crate) names: BTreeSet<String>,
    /// The fields that something looks at.
    pub(crate) read: BTreeSet<String>,
    /// `allow CODE because "…"`.
    pub(crate) allows: Vec<Allowed>,
}

/// A declaration and the names in it.
#[derive(Debug)]
pub(crate) struct Mentions {
    /// The declaration.
    pub(crate) item: Span,
    /// The names, in the order of the alphabet.
    pub(crate) names: Box<[String]>,
}

/// An `allow` and where it holds.
#[derive(Debug)]
pub(crate) struct Allowed {
    /// The lint's code.
    pub(crate) code: String,
    /// The code as written.
    pub(crate) place: Span,
    /// In which part of the text.
    pub(crate) holds: Span,
}

impl Summary {
    /// What is kept of a module.
    pub(crate) fn of(module: ModuleId, file: &ast::File, text: &str) -> Self {
        let index = Index::of(module, file, text);
        let mentions = index.items.iter().map(|item| {
            let names = index.references(item).iter().map(|it| it.text.as_str());
            let own = item.tree.kind.name().map(|it| it.text.as_str());
            let names: BTreeSet<&str> = names.chain(own).collect();
            Mentions {
                item: item.tree.span,
                names: names.into_iter().map(str::to_owned).collect(),
            }
        });
        let mentions: Vec<Mentions> = mentions.collect();
        let allows = index.allows.iter().map(|(allow, holds)| Allowed {
            code: allow.code.text.clone(),
            place: allow.code.span,
            holds: *holds,
        });
        Self {
            names: mentions.iter().flat_map(|it| it.names.to_vec()).collect(),
            mentions,
            read: index.read.iter().map(|it| (*it).to_owned()).collect(),
            allows: allows.collect(),
        }
    }
}
