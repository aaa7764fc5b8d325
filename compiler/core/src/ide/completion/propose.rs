//! What the package has of what is asked for.

use silex_bundle::functions;

use super::place::{Asked, What};
use super::{Proposal, Proposed};
use crate::diagnostic::Fix;
use crate::ide::names::{self, Bound};
use crate::ide::words::{self, Word};
use crate::ide::{Analysis, Place, definition, members};
use crate::lint::LINTS;
use crate::resolve::{Declared, Kind, ModuleId, Names, STANDARD};
use crate::source::Span;
use crate::syntax::ast;
use crate::typeck::ty::bare;

/// All that is asked for.
pub(super) fn all(analysis: &Analysis, place: Place, asked: &Asked) -> Vec<Proposal> {
    let Some((module, _)) = analysis.module(place.file) else {
        return Vec::new();
    };
    let names = analysis.names();
    let propose = Propose {
        analysis,
        names: &names,
        module,
        place,
        word: asked.word,
    };
    match &asked.what {
        What::Declaration => propose.words(&words::DECLARATIONS),
        What::Line(owner) => propose.lines(owner),
        What::Type => propose.types(),
        What::Member(path) => propose.members(path),
        What::Value(path) => propose.values(path),
        What::Filter => propose.functions(true),
        What::Tool => propose.declared(&[Kind::Tool]),
        What::Behaviour => propose.declared(&[Kind::Behaviour]),
        What::Ruleset => propose.declared(&[Kind::Ruleset]),
        What::Model => propose.declared(&[Kind::Model]),
        What::Entity => propose.declared(&[Kind::Entity]),
        What::Module => propose.modules(),
        What::NameOf(name) => propose.names_of(name),
        What::Lint => propose.lints(),
        What::Layout => propose.layouts(),
        What::Rule => propose.rules(),
        What::Arm(path) => propose.arms(path),
        What::Entry(path) => propose.entries(path),
    }
}

struct Propose<'n, 'a> {
    analysis: &'a Analysis,
    names: &'n Names<'a>,
    module: ModuleId,
    place: Place,
    word: Span,
}

impl<'a> Propose<'_, 'a> {
    fn one(&self, label: &str, kind: Proposed, detail: &str) -> Proposal {
        Proposal {
            label: label.to_owned(),
            kind,
            detail: detail.to_owned(),
            docs: String::new(),
            insert: label.to_owned(),
            replaces: self.word,
            import: None,
        }
    }

    fn words(&self, words: &[Word]) -> Vec<Proposal> {
        let words = words.iter();
        words
            .map(|(word, meaning)| self.one(word, Proposed::Keyword, meaning))
            .collect()
    }

    fn lines(&self, owner: &str) -> Vec<Proposal> {
        match owner {
            "tool" => self.words(&words::TOOL_LINES),
            "model" => self.words(&words::MODEL_LINES),
            "agent" => self.words(&words::AGENT_LINES),
            "example" => self.words(&words::EXAMPLE_LINES),
            "record" | "entity" | "enum" => Vec::new(),
            _ => {
                let mut all = self.words(&words::STATEMENTS);
                all.extend(self.words(&words::CLAUSES));
                all.extend(self.words(&[
                    ("else", "what holds otherwise"),
                    ("model", "which model is asked"),
                ]));
                all
            }
        }
    }

    fn types(&self) -> Vec<Proposal> {
        let mut all = self.declared(&Kind::TYPES);
        let plain = words::TYPES.iter();
        all.extend(plain.map(|(word, meaning)| self.one(word, Proposed::Type, meaning)));
        all
    }

    /// Declarations of some kinds: those in scope, then those that a `use` would bring in.
    fn declared(&self, kinds: &[Kind]) -> Vec<Proposal> {
        let all = self.names.declared().filter(|it| kinds.contains(&it.kind));
        let mut found: Vec<Proposal> = Vec::new();
        for declared in all {
            let name = declared.name.text.as_str();
            let known = self.names.lookup(self.module, name);
            let is_known = known.is_some_and(|it| it.qualified == declared.qualified);
            let import = if is_known {
                None
            } else if known.is_some() || declared.name.is_private() {
                continue;
            } else {
                let Some(import) = self.import(declared) else {
                    continue;
                };
                Some(import)
            };
            found.push(Proposal {
                docs: docs(declared.item.docs.as_ref()),
                import,
                ..self.one(
                    name,
                    proposed(declared.kind),
                    self.module_name(declared.module),
                )
            });
        }
        found.sort_by_key(|it| it.import.is_some());
        found
    }

    fn module_name(&self, id: ModuleId) -> &'a str {
        let module = self.analysis.reading.modules.get(id.0);
        module.map_or("", |module| module.name.as_str())
    }

    /// The `use` that brings a declaration in, if its module may be named.
    fn import(&self, declared: &Declared<'_>) -> Option<Fix> {
        let name = declared.name.text.as_str();
        let kinds = [declared.kind];
        let (span, replacement, from) = self.names.import_of(self.module, name, &kinds)?;
        let prefix = self.names.module(self.module)?.prefix.as_str();
        // Another module may declare the name as well.
        let module = self.module_name(declared.module).strip_prefix(prefix)?;
        (module == from).then(|| Fix {
            span,
            replacement,
            title: format!("use {from}.{{{name}}}"),
        })
    }

    /// What is in scope at the place.
    fn scope(&self) -> Vec<Bound> {
        names::scope(self.analysis, self.names, self.place)
    }

    /// The record, entity or enum at the end of a path.
    fn type_of(&self, path: &[String]) -> Option<&Declared<'a>> {
        let (first, rest) = path.split_first()?;
        let scope = self.scope();
        let bound = scope.iter().rev().find(|it| it.name == *first);
        let mut of = match bound {
            Some(bound) => self.names.get(bound.of.as_deref()?)?,
            None => self.names.lookup(self.module, first)?,
        };
        for name in rest {
            let fields = members::fields(of.item);
            let member = fields.iter().find(|it| it.field.name.text == *name)?;
            let inner = members::named(self.names, of.module, &member.field.ty)?;
            of = self.names.get(&inner)?;
        }
        Some(of)
    }

    fn members(&self, path: &[String]) -> Vec<Proposal> {
        let Some(of) = self.type_of(path) else {
            return Vec::new();
        };
        // Behind the name of an enum stand its cases.
        if path.len() == 1 && path[0].starts_with(|c: char| c.is_ascii_uppercase()) {
            return self.cases(of);
        }
        self.fields(of)
    }

    fn fields(&self, of: &Declared<'_>) -> Vec<Proposal> {
        let fields = members::fields(of.item).into_iter();
        let fields = fields.map(|it| Proposal {
            docs: docs(it.field.docs.as_ref()),
            ..self.one(
                &it.field.name.text,
                Proposed::Field,
                self.analysis.written(it.field.ty.span),
            )
        });
        fields.collect()
    }

    fn cases(&self, of: &Declared<'_>) -> Vec<Proposal> {
        let cases = members::cases(of.item).iter();
        let cases = cases.map(|case| Proposal {
            docs: docs(case.docs.as_ref()),
            ..self.one(&case.name.text, Proposed::Case, bare(&of.qualified))
        });
        cases.collect()
    }

    /// Values: cases of what is compared first, then what is in scope.
    fn values(&self, compared: &[String]) -> Vec<Proposal> {
        let mut all = Vec::new();
        if let Some(of) = self.type_of(compared) {
            all.extend(self.cases(of));
        }
        let mut scope = self.scope();
        scope.reverse();
        for bound in scope {
            let detail = bound.of.as_deref().map_or("", bare);
            all.push(self.one(&bound.name, Proposed::Variable, detail));
        }
        all.extend(self.declared(&[Kind::Constant]));
        all.extend(self.functions(false));
        all
    }

    fn functions(&self, filters: bool) -> Vec<Proposal> {
        let all = functions::all().iter().filter(|it| {
            let ends_hole = it.place == functions::Place::HoleEnd;
            filters || !ends_hole
        });
        let all = all.map(|function| {
            // A filter has its first argument before the bar.
            let more = function.params.len() > usize::from(filters);
            let insert = if more {
                format!("{}($0)", function.name)
            } else {
                function.name.to_owned()
            };
            Proposal {
                docs: function.doc.to_owned(),
                insert,
                ..self.one(function.name, Proposed::Function, &words::call_of(function))
            }
        });
        all.collect()
    }

    fn modules(&self) -> Vec<Proposal> {
        let own = self.analysis.module(self.place.file);
        let (Some((id, own)), all) = (own, self.analysis.reading.modules.iter().enumerate()) else {
            return Vec::new();
        };
        let others = all.filter(|(at, _)| *at != id.0 && *at != STANDARD.0);
        let visible = others.filter_map(|(_, module)| {
            let name = module.name.strip_prefix(&own.prefix)?;
            let docs = docs(module.file.docs.as_ref());
            Some(Proposal {
                insert: format!("{name}.{{$0}}"),
                docs,
                ..self.one(name, Proposed::Module, "module")
            })
        });
        visible.collect()
    }

    fn names_of(&self, written: &str) -> Vec<Proposal> {
        let prefix = self
            .analysis
            .module(self.place.file)
            .map_or("", |(_, it)| &it.prefix);
        let Some((id, _)) = definition::module(self.analysis, &format!("{prefix}{written}")) else {
            return Vec::new();
        };
        let all = self.names.declared();
        let public = all.filter(|it| it.module == id && !it.name.is_private());
        let public = public.filter(|it| !matches!(it.kind, Kind::Example | Kind::Agent));
        let public = public.map(|it| Proposal {
            docs: docs(it.item.docs.as_ref()),
            ..self.one(&it.name.text, proposed(it.kind), &it.kind.to_string())
        });
        public.collect()
    }

    fn lints(&self) -> Vec<Proposal> {
        let all = LINTS.iter().map(|lint| Proposal {
            insert: format!("{} because \"$0\"", lint.code),
            ..self.one(lint.code, Proposed::Lint, lint.summary())
        });
        all.collect()
    }

    fn layouts(&self) -> Vec<Proposal> {
        let all = self.analysis.reading.layouts.iter();
        all.map(|(name, _)| self.one(name, Proposed::Declaration, "layout"))
            .collect()
    }

    /// The rules of the behaviour that the example around the place is for.
    fn rules(&self) -> Vec<Proposal> {
        let item = self.analysis.item(self.place).map(|(_, item)| &item.kind);
        let Some(ast::ItemKind::Example(example)) = item else {
            return Vec::new();
        };
        let declared = self.names.lookup(self.module, &example.behaviour.text);
        let behaviour =
            declared.and_then(|it| self.analysis.bundle()?.behaviours.get(&it.qualified));
        let segments = behaviour.into_iter().flat_map(|it| &it.segments);
        let rules = segments.filter_map(|segment| match &segment.kind {
            silex_bundle::behaviour::Kind::Rule(rule) => Some(rule),
            silex_bundle::behaviour::Kind::Role
            | silex_bundle::behaviour::Kind::Goal
            | silex_bundle::behaviour::Kind::Fact { .. }
            | silex_bundle::behaviour::Kind::Step { .. } => None,
        });
        rules
            .map(|rule| self.one(&rule.name, Proposed::Part, rule.strength.word()))
            .collect()
    }

    fn arms(&self, path: &[String]) -> Vec<Proposal> {
        let Some(of) = self.type_of(path) else {
            return Vec::new();
        };
        let mut arms = self.cases(of);
        for arm in &mut arms {
            arm.insert = format!("{} {{ $0 }}", arm.label);
        }
        arms.push(self.one("_", Proposed::Keyword, "every other case"));
        arms
    }

    /// The fields that can stand in braces: of the tool that is called, or of what is given.
    fn entries(&self, path: &[String]) -> Vec<Proposal> {
        let tool = path
            .first()
            .and_then(|name| self.names.lookup(self.module, name));
        let params = tool.map_or(&[][..], |it| members::params(it.item));
        let params = params.iter().map(|param| {
            self.one(
                &param.name.text,
                Proposed::Field,
                self.analysis.written(param.ty.span),
            )
        });
        let mut all: Vec<Proposal> = params.collect();
        if all.is_empty() {
            all.extend(
                self.type_of(path)
                    .map(|of| self.fields(of))
                    .unwrap_or_default(),
            );
        }
        for entry in &mut all {
            entry.insert = format!("{}: $0", entry.label);
        }
        all
    }
}

fn docs(docs: Option<&ast::Docs>) -> String {
    docs.map(|docs| docs.text.clone()).unwrap_or_default()
}

fn proposed(kind: Kind) -> Proposed {
    match kind {
        Kind::Constant => Proposed::Constant,
        Kind::Enum | Kind::Record | Kind::Entity => Proposed::Type,
        Kind::Tool => Proposed::Tool,
        Kind::Behaviour => Proposed::Behaviour,
        Kind::Model | Kind::Ruleset | Kind::Agent | Kind::Example => Proposed::Declaration,
    }
}
