//! What a file declares, nested, and what a package declares by name.

use super::{Analysis, members};
use crate::resolve::{Kind, STANDARD};
use crate::source::{FileId, Span};
use crate::syntax::ast;

/// What an outline names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlined {
    /// A declaration.
    Declaration(Kind),
    /// A field or a parameter.
    Field,
    /// A case.
    Case,
    /// A fact, rule, step or stage.
    Part,
}

/// A name of an outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// The name.
    pub name: String,
    /// What it is, in a word: `must`, `behaviour`, a type.
    pub detail: String,
    /// What it is.
    pub kind: Outlined,
    /// The name.
    pub at: Span,
    /// All of it.
    pub whole: Span,
    /// What it holds.
    pub inside: Vec<Outline>,
}

/// What a file declares.
#[must_use]
pub fn of_file(analysis: &Analysis, file: FileId) -> Vec<Outline> {
    let Some((_, module)) = analysis.module(file) else {
        return Vec::new();
    };
    let items = module.file.items.iter();
    items.filter_map(|item| outline(analysis, item)).collect()
}

/// Names of a package that hold the letters of a query in order, and the declarations around them.
#[must_use]
pub fn named(analysis: &Analysis, query: &str) -> Vec<(Outline, Option<String>)> {
    let mut found = Vec::new();
    for (at, module) in analysis.reading.modules.iter().enumerate() {
        if at == STANDARD.0 {
            continue;
        }
        for item in of_file(analysis, module.file.id) {
            for part in &item.inside {
                if part.kind == Outlined::Part && is_spelled(&part.name, query) {
                    found.push((part.clone(), Some(item.name.clone())));
                }
            }
            if is_spelled(&item.name, query) {
                found.push((item, None));
            }
        }
    }
    found
}

/// Whether the letters of a query stand in a name, in order.
fn is_spelled(name: &str, query: &str) -> bool {
    let mut letters = name.chars().map(|it| it.to_ascii_lowercase());
    let mut query = query.chars().map(|it| it.to_ascii_lowercase());
    query.all(|wanted| letters.any(|it| it == wanted))
}

fn outline(analysis: &Analysis, item: &ast::Item) -> Option<Outline> {
    let (name, kind) = (item.kind.name()?, Kind::of(&item.kind)?);
    let mut inside = Vec::new();
    inside.extend(members::lines(item).map(|it| field(analysis, it)));
    inside.extend(members::cases(item).iter().map(|case| Outline {
        name: case.name.text.clone(),
        detail: String::new(),
        kind: Outlined::Case,
        at: case.name.span,
        whole: case.span,
        inside: case.fields.iter().map(|it| field(analysis, it)).collect(),
    }));
    inside.extend(members::params(item).iter().map(|param| Outline {
        name: param.name.text.clone(),
        detail: analysis.written(param.ty.span).to_owned(),
        kind: Outlined::Field,
        at: param.name.span,
        whole: param.span,
        inside: Vec::new(),
    }));
    if let Some(body) = item.kind.body() {
        inside.extend(
            members::parts(body)
                .into_iter()
                .map(|(name, statement)| Outline {
                    name: name.text.clone(),
                    detail: analysis.written(statement.keyword).to_owned(),
                    kind: Outlined::Part,
                    at: name.span,
                    whole: if statement.span.holds(name.span) {
                        statement.span
                    } else {
                        name.span
                    },
                    inside: Vec::new(),
                }),
        );
    }
    Some(Outline {
        name: name.text.clone(),
        detail: kind.to_string(),
        kind: Outlined::Declaration(kind),
        at: name.span,
        whole: item.span,
        inside,
    })
}

fn field(analysis: &Analysis, field: &ast::Field) -> Outline {
    Outline {
        name: field.name.text.clone(),
        detail: analysis.written(field.ty.span).to_owned(),
        kind: Outlined::Field,
        at: field.name.span,
        whole: field.span,
        inside: Vec::new(),
    }
}
