//! Every name in a module, and what it means: what hover, definition, references, renaming and
//! colours all read.

mod examples;
mod expressions;
mod lines;
mod statements;

use super::{Analysis, Place, members};
use crate::resolve::{Kind, Module, ModuleId, Names};
use crate::source::Span;
use crate::syntax::ast;

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symbol {
    /// A declaration, by its qualified name.
    Declaration(Kind, String),
    /// A field of a record, an entity, or a case of an enum.
    Field {
        /// The declaration, qualified.
        of: String,
        /// The case that carries it.
        case: Option<String>,
        /// Its name.
        name: String,
    },
    /// A case of an enum.
    Case {
        /// The enum, qualified.
        of: String,
        /// Its name.
        name: String,
    },
    /// A fact, rule, step or stage.
    Part {
        /// The behaviour or ruleset in whose body it stands, qualified.
        of: String,
        /// Its name.
        name: String,
    },
    /// A parameter, or a name that a statement binds.
    Local {
        /// Its name.
        name: String,
        /// Where it is bound.
        at: Span,
    },
    /// A name that its place provides: `mail`, `reply`, `now`.
    Given(String),
    /// A function or filter.
    Function(String),
    /// A module, by its qualified name.
    Module(String),
    /// A topic that rules speak of.
    Topic(String),
    /// The code of a lint.
    Lint(String),
    /// A layout.
    Layout(String),
}

/// A name where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occurrence {
    /// Where.
    pub span: Span,
    /// What it means.
    pub symbol: Symbol,
    /// Whether it is introduced here.
    pub declares: bool,
    /// The record, entity or enum of its value, qualified.
    pub of: Option<String>,
}

/// The names of a module, by place.
#[must_use]
pub fn of_module(names: &Names<'_>, id: ModuleId, module: &Module) -> Vec<Occurrence> {
    let mut walk = Walk::new(names, id, None);
    for item in &module.file.items {
        walk.item(&module.name, item);
    }
    let mut found = walk.found;
    found.sort_by_key(|it| (it.span, !it.declares));
    found
}

/// The name at a place.
#[must_use]
pub fn at(analysis: &Analysis, names: &Names<'_>, place: Place) -> Option<Occurrence> {
    let (id, module) = analysis.module(place.file)?;
    let all = of_module(names, id, module);
    all.into_iter().find(|it| place.is_in(it.span))
}

/// The names that are in scope at a place, the outermost first.
pub(super) fn scope(analysis: &Analysis, names: &Names<'_>, place: Place) -> Vec<Bound> {
    let Some((id, module)) = analysis.module(place.file) else {
        return Vec::new();
    };
    let mut walk = Walk::new(names, id, Some(place));
    let around = module.file.items.iter().filter(|it| place.is_in(it.span));
    around.for_each(|item| walk.item(&module.name, item));
    walk.scope
}

/// A name that is in scope.
#[derive(Debug, Clone)]
pub(super) struct Bound {
    /// The name.
    pub(super) name: String,
    /// Where it is bound; its place provides it if there is none.
    pub(super) at: Option<Span>,
    /// The record, entity or enum of its value.
    pub(super) of: Option<String>,
}

/// A walk over the tree of a module.
struct Walk<'n, 'a> {
    names: &'n Names<'a>,
    module: ModuleId,
    /// The declaration that is walked, qualified.
    owner: String,
    bound: Vec<Bound>,
    found: Vec<Occurrence>,
    /// Where it is asked what is in scope.
    place: Option<Place>,
    scope: Vec<Bound>,
}

impl<'n, 'a> Walk<'n, 'a> {
    fn new(names: &'n Names<'a>, module: ModuleId, place: Option<Place>) -> Self {
        Self {
            names,
            module,
            owner: String::new(),
            bound: Vec::new(),
            found: Vec::new(),
            place,
            scope: Vec::new(),
        }
    }

    /// Notes what is in scope, if it is asked for in a part of the text.
    fn note_scope(&mut self, inside: Span) {
        if self.place.is_some_and(|place| place.is_in(inside)) {
            self.scope.clone_from(&self.bound);
        }
    }

    fn take(&mut self, span: Span, symbol: Symbol, of: Option<String>) {
        self.found.push(Occurrence {
            span,
            symbol,
            declares: false,
            of,
        });
    }

    fn declare(&mut self, span: Span, symbol: Symbol, of: Option<String>) {
        self.found.push(Occurrence {
            span,
            symbol,
            declares: true,
            of,
        });
    }

    /// A name of a declaration.
    fn refer(&mut self, name: &ast::Name) {
        if let Some(found) = self.names.lookup(self.module, &name.text) {
            let of = match found.kind {
                Kind::Enum | Kind::Record | Kind::Entity => Some(found.qualified.clone()),
                Kind::Behaviour | Kind::Tool => members::returns(found)
                    .and_then(|of| members::named(self.names, found.module, of)),
                Kind::Constant | Kind::Model | Kind::Ruleset | Kind::Agent | Kind::Example => None,
            };
            let symbol = Symbol::Declaration(found.kind, found.qualified.clone());
            self.take(name.span, symbol, of);
        }
    }

    fn of(&mut self, of: &ast::Type) -> Option<String> {
        match &of.kind {
            ast::TypeKind::Named(name) => {
                self.refer(name);
                members::type_of_name(self.names, self.module, name)
            }
            ast::TypeKind::List { item, .. } => self.of(item),
            ast::TypeKind::Text { .. }
            | ast::TypeKind::Int(_)
            | ast::TypeKind::Float(_)
            | ast::TypeKind::Plain(_)
            | ast::TypeKind::Junk => None,
        }
    }

    /// Binds a name that is introduced at its place.
    fn bind(&mut self, name: &ast::Name, of: Option<String>) {
        let symbol = Symbol::Local {
            name: name.text.clone(),
            at: name.span,
        };
        self.declare(name.span, symbol, of.clone());
        self.bound.push(Bound {
            name: name.text.clone(),
            at: Some(name.span),
            of,
        });
    }

    /// Binds a name that its place provides.
    fn give(&mut self, name: &str, of: Option<String>) {
        self.bound.push(Bound {
            name: name.to_owned(),
            at: None,
            of,
        });
    }

    fn item(&mut self, module: &str, item: &ast::Item) {
        self.bound.clear();
        self.give("now", None);
        self.give("today", None);
        if let (Some(name), Some(kind)) = (item.kind.name(), Kind::of(&item.kind)) {
            self.owner = format!("{module}.{}", name.text);
            let symbol = Symbol::Declaration(kind, self.owner.clone());
            self.declare(name.span, symbol, None);
        }
        self.note_scope(item.span);
        match &item.kind {
            ast::ItemKind::Use(the_use) => self.the_use(the_use),
            ast::ItemKind::Allow(allow) => self.allow(allow),
            ast::ItemKind::Const(it) => {
                let of = it.ty.as_ref().and_then(|of| self.of(of));
                self.value(&it.value, of.as_deref());
            }
            ast::ItemKind::Enum(it) => {
                for case in &it.cases {
                    let symbol = Symbol::Case {
                        of: self.owner.clone(),
                        name: case.name.text.clone(),
                    };
                    self.declare(case.name.span, symbol, Some(self.owner.clone()));
                    self.fields(case.fields.iter(), Some(&case.name.text));
                }
            }
            ast::ItemKind::Record(it) => self.lines(&it.lines),
            ast::ItemKind::Entity(it) => {
                self.field(&self.owner.clone(), &it.key);
                it.owner.iter().for_each(|owner| self.refer(owner));
                self.lines(&it.lines);
            }
            ast::ItemKind::Tool(it) => {
                self.tool(it);
                self.note_scope(item.span);
            }
            ast::ItemKind::Model(it) => {
                for line in &it.lines {
                    if let ast::ModelLineKind::Fallback(name) = &line.kind {
                        self.refer(name);
                    }
                }
            }
            ast::ItemKind::Ruleset(it) => {
                self.params(&it.params);
                self.give("reply", Some("silex.Reply".to_owned()));
                self.note_scope(item.span);
                self.body(&it.body);
            }
            ast::ItemKind::Behaviour(it) => {
                self.params(&it.params);
                let of = self.of(&it.returns);
                let reply = of.as_deref() == Some("silex.Reply");
                self.give(if reply { "reply" } else { "result" }, of);
                self.note_scope(item.span);
                self.body(&it.body);
            }
            ast::ItemKind::Agent(it) => {
                self.agent(it);
                self.note_scope(item.span);
            }
            ast::ItemKind::Example(it) => {
                self.example(it);
                self.note_scope(item.span);
            }
            ast::ItemKind::Junk(junk) => junk.body.iter().for_each(|body| self.body(body)),
        }
    }

    fn the_use(&mut self, the_use: &ast::Use) {
        let written = the_use.module.to_string();
        let prefix = self.names.module(self.module).map_or("", |it| &it.prefix);
        let qualified = match written.as_str() {
            "silex" => written,
            _ => format!("{prefix}{written}"),
        };
        for name in &the_use.names {
            let found = self.names.get(&format!("{qualified}.{}", name.text));
            if let Some(found) = found {
                let symbol = Symbol::Declaration(found.kind, found.qualified.clone());
                self.take(name.span, symbol, None);
            }
        }
        self.take(the_use.module.span, Symbol::Module(qualified), None);
    }

    fn allow(&mut self, allow: &ast::Allow) {
        let symbol = Symbol::Lint(allow.code.text.clone());
        self.take(allow.code.span, symbol, None);
    }

    fn lines(&mut self, lines: &[ast::FieldLine]) {
        for line in lines {
            match line {
                ast::FieldLine::Field(field) => self.fields(std::iter::once(&**field), None),
                ast::FieldLine::Allow(allow, _) => self.allow(allow),
                ast::FieldLine::Junk(_) => {}
            }
        }
    }

    fn fields<'f>(&mut self, fields: impl Iterator<Item = &'f ast::Field>, case: Option<&str>) {
        for field in fields {
            let of = self.of(&field.ty);
            let symbol = Symbol::Field {
                of: self.owner.clone(),
                case: case.map(str::to_owned),
                name: field.name.text.clone(),
            };
            self.declare(field.name.span, symbol, of.clone());
            if let Some(default) = &field.default {
                self.value(default, of.as_deref());
            }
        }
    }

    fn params(&mut self, params: &[ast::Param]) {
        for param in params {
            let of = self.of(&param.ty);
            if let Some(default) = &param.default {
                self.value(default, of.as_deref());
            }
            self.bind(&param.name, of);
        }
    }

    /// A field of a declaration, and the type of its value.
    fn field(&mut self, of: &str, name: &ast::Name) -> Option<String> {
        let declared = self.names.get(of)?;
        let fields = members::fields(declared.item);
        let member = fields.iter().find(|it| it.field.name.text == name.text)?;
        let inner = members::named(self.names, declared.module, &member.field.ty);
        let symbol = Symbol::Field {
            of: of.to_owned(),
            case: member.case.map(|case| case.name.text.clone()),
            name: name.text.clone(),
        };
        self.take(name.span, symbol, inner.clone());
        inner
    }

    /// A case of an enum, if it has one of the name.
    fn case(&mut self, of: &str, name: &ast::Name) -> bool {
        let declared = self.names.get(of);
        let cases = declared.map_or(&[][..], |it| members::cases(it.item));
        let known = cases.iter().any(|case| case.name.text == name.text);
        if known {
            let symbol = Symbol::Case {
                of: of.to_owned(),
                name: name.text.clone(),
            };
            self.take(name.span, symbol, Some(of.to_owned()));
        }
        known
    }

    /// A fact, rule, step or stage of a declaration or of what it follows.
    fn part(&mut self, of: &str, name: &ast::Name) {
        let declared = self.names.get(of);
        let owner = declared.and_then(|it| members::owner_of_part(self.names, it, &name.text));
        if let Some(owner) = owner {
            let symbol = Symbol::Part {
                of: owner.qualified.clone(),
                name: name.text.clone(),
            };
            self.take(name.span, symbol, None);
        }
    }
}
