//! Names: which declaration a word in a module means.
//!
//! A module sees its own declarations, what it imports, and the standard library. Names inside a
//! declaration (inputs, fields, rules) are not settled here. Declarations share one space of
//! names: a tool and a ruleset of one module cannot be called alike.

pub(crate) mod cycles;
mod imports;
mod modules;

use std::collections::BTreeMap;
use std::fmt;

pub use modules::{Module, module_name};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::edit_distance;
use crate::source::Span;
use crate::syntax::ast;

/// Number of a module; the standard library is 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModuleId(pub usize);

/// The module of the standard library.
pub const STANDARD: ModuleId = ModuleId(0);

/// What a declaration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `const`
    Constant,
    /// `enum`
    Enum,
    /// `record`
    Record,
    /// `entity`
    Entity,
    /// `tool`
    Tool,
    /// `model`
    Model,
    /// `ruleset`
    Ruleset,
    /// `behaviour`
    Behaviour,
    /// `agent`
    Agent,
    /// `example`
    Example,
}

impl Kind {
    /// What can stand where a type is expected.
    pub const TYPES: [Self; 3] = [Self::Enum, Self::Record, Self::Entity];

    pub(crate) fn of(item: &ast::ItemKind) -> Option<Self> {
        match item {
            ast::ItemKind::Const(_) => Some(Self::Constant),
            ast::ItemKind::Enum(_) => Some(Self::Enum),
            ast::ItemKind::Record(_) => Some(Self::Record),
            ast::ItemKind::Entity(_) => Some(Self::Entity),
            ast::ItemKind::Tool(_) => Some(Self::Tool),
            ast::ItemKind::Model(_) => Some(Self::Model),
            ast::ItemKind::Ruleset(_) => Some(Self::Ruleset),
            ast::ItemKind::Behaviour(_) => Some(Self::Behaviour),
            ast::ItemKind::Agent(_) => Some(Self::Agent),
            ast::ItemKind::Example(_) => Some(Self::Example),
            ast::ItemKind::Use(_) | ast::ItemKind::Allow(_) | ast::ItemKind::Junk(_) => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constant => "constant",
            Self::Enum => "enum",
            Self::Record => "record",
            Self::Entity => "entity",
            Self::Tool => "tool",
            Self::Model => "model",
            Self::Ruleset => "ruleset",
            Self::Behaviour => "behaviour",
            Self::Agent => "agent",
            Self::Example => "example",
        })
    }
}

/// A declaration and its qualified name.
#[derive(Debug, Clone)]
pub struct Declared<'a> {
    /// `module.name`. One that repeats an earlier name has a number behind it, so that it can be
    /// checked as well: there is no bundle then.
    pub qualified: String,
    /// What it is.
    pub kind: Kind,
    /// Where it is declared.
    pub module: ModuleId,
    /// Its tree.
    pub item: &'a ast::Item,
    /// The name as declared.
    pub name: &'a ast::Name,
}

/// What every name of the package and its dependencies means.
#[derive(Debug)]
pub struct Names<'a> {
    modules: &'a [Module],
    ids: BTreeMap<&'a str, ModuleId>,
    declared: Vec<Declared<'a>>,
    own: Vec<BTreeMap<&'a str, usize>>,
    imported: Vec<BTreeMap<&'a str, Import>>,
    /// Names that a `use` asks for in vain, with its place.
    missed: Vec<BTreeMap<&'a str, Span>>,
}

#[derive(Debug)]
struct Import {
    declared: usize,
    span: Span,
}

impl Declared<'_> {
    /// What stands before its body: all that others see of it.
    #[must_use]
    pub fn head(&self) -> Span {
        let end = match &self.item.kind {
            ast::ItemKind::Behaviour(it) => it.body.span.start,
            ast::ItemKind::Ruleset(it) => it.body.span.start,
            ast::ItemKind::Tool(it) => it.returns.span.end,
            ast::ItemKind::Use(_)
            | ast::ItemKind::Allow(_)
            | ast::ItemKind::Const(_)
            | ast::ItemKind::Enum(_)
            | ast::ItemKind::Record(_)
            | ast::ItemKind::Entity(_)
            | ast::ItemKind::Model(_)
            | ast::ItemKind::Agent(_)
            | ast::ItemKind::Example(_)
            | ast::ItemKind::Junk(_) => self.item.span.end,
        };
        Span {
            end,
            ..self.item.span
        }
    }
}

impl<'a> Names<'a> {
    /// What a name means in a module.
    #[must_use]
    pub fn lookup(&self, module: ModuleId, name: &str) -> Option<&Declared<'a>> {
        self.declared.get(self.position(module, name)?)
    }

    /// The number, among [`Names::declared`], of what a name means in a module.
    #[must_use]
    pub fn position(&self, module: ModuleId, name: &str) -> Option<usize> {
        let own = self.own.get(module.0)?.get(name).copied();
        let imported = || Some(self.imported.get(module.0)?.get(name)?.declared);
        own.or_else(imported)
            .or_else(|| self.own.first()?.get(name).copied())
    }

    /// The declaration of a number.
    #[must_use]
    pub fn declared_at(&self, at: usize) -> Option<&Declared<'a>> {
        self.declared.get(at)
    }

    /// The declaration of a qualified name.
    #[must_use]
    pub fn get(&self, qualified: &str) -> Option<&Declared<'a>> {
        let (module, name) = qualified.rsplit_once('.')?;
        let own = self.own.get(self.ids.get(module)?.0)?;
        // The number behind a name that repeats an earlier one is its own.
        let repeated = || name.split_once('#')?.1.parse().ok();
        let at = own.get(name).copied().or_else(repeated)?;
        self.declared_at(at).filter(|it| it.qualified == qualified)
    }

    /// The name in scope that is most likely meant, of the given kinds.
    #[must_use]
    pub fn nearest(&self, module: ModuleId, name: &str, kinds: &[Kind]) -> Option<&'a str> {
        let imported = self.imported.get(module.0).into_iter().flatten();
        let imported = imported.map(|(name, import)| (*name, import.declared));
        let own = [module, STANDARD]
            .into_iter()
            .filter_map(|id| self.own.get(id.0))
            .flatten();
        let scope = own
            .map(|(name, declared)| (*name, *declared))
            .chain(imported);
        let wanted = scope.filter(|(_, at)| {
            self.declared
                .get(*at)
                .is_some_and(|declared| kinds.contains(&declared.kind))
        });
        edit_distance::nearest(name, wanted.map(|(name, _)| name))
    }

    /// Why a name may mean nothing in a module: the `use` that asks for it in vain or, if no other
    /// name is near it, a declaration of the module that could not be read.
    pub fn grounds(
        &self,
        module: ModuleId,
        name: &str,
        near: Option<&str>,
    ) -> impl Iterator<Item = Span> {
        let missed = self.missed.get(module.0).and_then(|it| it.get(name));
        let unread = near.is_none().then(|| self.unread(module));
        missed
            .copied()
            .into_iter()
            .chain(unread.into_iter().flatten())
    }

    /// The declarations of a module that could not be read.
    fn unread(&self, module: ModuleId) -> impl Iterator<Item = Span> {
        let items = self
            .modules
            .get(module.0)
            .map(|it| it.file.items.as_slice());
        let junk = |item: &&ast::Item| matches!(item.kind, ast::ItemKind::Junk(_));
        items
            .unwrap_or_default()
            .iter()
            .filter(junk)
            .map(|item| item.span)
    }

    /// All declarations, those of the standard library first, then by module in the author's order.
    pub fn declared(&self) -> impl Iterator<Item = &Declared<'a>> {
        self.declared.iter()
    }

    /// A module.
    #[must_use]
    pub fn module(&self, id: ModuleId) -> Option<&'a Module> {
        self.modules.get(id.0)
    }
}

/// Settles the names of all modules, and refuses cycles.
pub fn resolve<'a>(modules: &'a [Module], diagnostics: &mut Diagnostics) -> Names<'a> {
    let names = names(modules, diagnostics);
    cycles::refuse(&names, diagnostics);
    names
}

/// Settles the names of all modules.
pub fn names<'a>(modules: &'a [Module], diagnostics: &mut Diagnostics) -> Names<'a> {
    let ids = modules.iter().enumerate();
    let mut names = Names {
        modules,
        ids: ids
            .map(|(id, module)| (module.name.as_str(), ModuleId(id)))
            .collect(),
        declared: Vec::new(),
        own: vec![BTreeMap::new(); modules.len()],
        imported: modules.iter().map(|_| BTreeMap::new()).collect(),
        missed: vec![BTreeMap::new(); modules.len()],
    };
    for (id, module) in modules.iter().enumerate() {
        for item in &module.file.items {
            if let (Some(kind), Some(name)) = (Kind::of(&item.kind), item.kind.name()) {
                names.declare(ModuleId(id), &Declaring { kind, item, name }, diagnostics);
            }
        }
    }
    imports::import(&mut names, diagnostics);
    names
}

struct Declaring<'a> {
    kind: Kind,
    item: &'a ast::Item,
    name: &'a ast::Name,
}

impl<'a> Names<'a> {
    fn declare(&mut self, module: ModuleId, new: &Declaring<'a>, diagnostics: &mut Diagnostics) {
        let Declaring { kind, item, name } = *new;
        let prefix = self
            .modules
            .get(module.0)
            .map_or("", |module| module.name.as_str());
        let mut qualified = format!("{prefix}.{}", name.text);
        let at = self.declared.len();
        let earlier = self
            .own
            .get(module.0)
            .and_then(|own| own.get(name.text.as_str()));
        if let Some(earlier) = earlier.and_then(|earlier| self.declared.get(*earlier)) {
            let message = format!("`{}` is declared twice in this module", name.text);
            diagnostics.push(
                Diagnostic::error("duplicate-name", name.span, message)
                    .label(
                        earlier.name.span,
                        format!("this {} has the name already", earlier.kind),
                    )
                    .spoils(earlier.name.span),
            );
            qualified = format!("{qualified}#{at}");
        } else if let Some(own) = self.own.get_mut(module.0) {
            own.insert(&name.text, at);
        }
        if module != STANDARD {
            self.refuse_standard_name(name, diagnostics);
        }
        self.declared.push(Declared {
            qualified,
            kind,
            module,
            item,
            name,
        });
    }

    fn refuse_standard_name(&self, name: &ast::Name, diagnostics: &mut Diagnostics) {
        let own = self.own.first();
        let declared = own.and_then(|own| self.declared.get(*own.get(name.text.as_str())?));
        let what = if let Some(declared) = declared {
            declared.kind.to_string()
        } else if silex_bundle::functions::find(&name.text).is_some() {
            "function".to_owned()
        } else {
            return;
        };
        let message = format!(
            "`{}` is a standard {what} and cannot be declared again",
            name.text
        );
        diagnostics.push(
            Diagnostic::error("standard-name", name.span, message).help("give it another name"),
        );
    }
}

#[cfg(test)]
mod tests;
