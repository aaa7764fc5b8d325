//! Records, enums and entities, and parameters, which are fields as well.

use silex_bundle::Type;
use silex_bundle::schema::{Case, Declaration, Field, Shape};

use super::{Context, doc, place, ty, value};
use crate::diagnostic::Diagnostic;
use crate::resolve::{Declared, Kind, ModuleId};
use crate::source::Span;
use crate::syntax::ast;

/// Types all records, enums and entities: first their fields, then the defaults, then cycles.
pub(super) fn check_all(cx: &mut Context<'_>) {
    for declared in cx.fresh(&Kind::TYPES) {
        if let Some(shape) = shape(cx, declared) {
            let doc = doc(declared.item.docs.as_ref());
            let declaration = Declaration {
                doc,
                shape,
                span: place(declared.item.span),
            };
            cx.hir
                .declarations
                .insert(declared.qualified.clone(), declaration);
            cx.hir
                .names
                .insert(declared.qualified.clone(), declared.name.span);
        }
    }
    for declared in cx.fresh(&Kind::TYPES) {
        defaults(cx, &declared.qualified);
        owner(cx, declared);
    }
    cx.defaults.borrow_mut().done = true;
    for declared in cx.fresh(&Kind::TYPES) {
        refuse_endless(cx, declared);
    }
}

fn shape(cx: &Context<'_>, declared: &Declared<'_>) -> Option<Shape> {
    match &declared.item.kind {
        ast::ItemKind::Enum(written) => Some(Shape::Enum {
            cases: cases(cx, declared.module, written),
        }),
        ast::ItemKind::Record(written) => {
            let fields = fields(cx, declared.module, &written.fields().collect::<Vec<_>>());
            Some(Shape::Record { fields })
        }
        ast::ItemKind::Entity(written) => {
            let fields = fields(cx, declared.module, &written.fields().collect::<Vec<_>>());
            key(cx, written, &fields);
            let owner = written
                .owner
                .as_ref()
                .and_then(|owner| cx.find(declared.module, owner, &[Kind::Entity]));
            let owner = owner.map(|owner| owner.qualified.clone());
            Some(Shape::Entity {
                fields,
                key: written.key.text.clone(),
                owner,
            })
        }
        ast::ItemKind::Use(_)
        | ast::ItemKind::Allow(_)
        | ast::ItemKind::Const(_)
        | ast::ItemKind::Tool(_)
        | ast::ItemKind::Model(_)
        | ast::ItemKind::Ruleset(_)
        | ast::ItemKind::Behaviour(_)
        | ast::ItemKind::Agent(_)
        | ast::ItemKind::Example(_)
        | ast::ItemKind::Junk(_) => None,
    }
}

fn cases(cx: &Context<'_>, module: ModuleId, written: &ast::Enum) -> Vec<Case> {
    refuse_twice(cx, "case", written.cases.iter().map(|case| &case.name));
    if written.cases.is_empty() {
        let message = format!("enum `{}` has no case", written.name.text);
        cx.report(
            Diagnostic::error("empty-enum", written.name.span, message)
                .help("name its cases between the braces, or take it out"),
        );
    }
    let mut cases: Vec<Case> = Vec::with_capacity(written.cases.len());
    for case in &written.cases {
        if cases.iter().any(|earlier| earlier.name == case.name.text) {
            continue;
        }
        let fields = fields(cx, module, &case.fields.iter().collect::<Vec<_>>());
        if let Some(kind) = case.fields.iter().find(|field| field.name.text == "kind") {
            cx.report(
                Diagnostic::error(
                    "reserved-name",
                    kind.name.span,
                    "a field of a case cannot be called `kind`",
                )
                .help("`kind` tells the cases apart in JSON"),
            );
        }
        cases.push(Case {
            name: case.name.text.clone(),
            fields,
            doc: doc(case.docs.as_ref()),
        });
    }
    cases
}

fn fields(cx: &Context<'_>, module: ModuleId, written: &[&ast::Field]) -> Vec<Field> {
    refuse_twice(cx, "field", written.iter().map(|field| &field.name));
    let mut fields: Vec<Field> = Vec::new();
    for field in written {
        if fields.iter().all(|earlier| earlier.name != field.name.text) {
            fields.push(Field {
                name: field.name.text.clone(),
                of: ty::lower_or_unknown(cx, module, &field.ty),
                default: None,
                doc: doc(field.docs.as_ref()),
            });
        }
    }
    fields
}

/// Reports names that stand twice in one list.
pub(super) fn refuse_twice<'n>(
    cx: &Context<'_>,
    what: &str,
    names: impl Iterator<Item = &'n ast::Name>,
) {
    let mut seen: std::collections::BTreeMap<&str, Span> = std::collections::BTreeMap::new();
    for name in names {
        if let Some(first) = seen.get(name.text.as_str()) {
            cx.report(
                Diagnostic::error(
                    "duplicate-name",
                    name.span,
                    format!("{what} `{}` stands twice", name.text),
                )
                .label(*first, "first here"),
            );
        } else {
            seen.insert(&name.text, name.span);
        }
    }
}

fn key(cx: &Context<'_>, written: &ast::Entity, fields: &[Field]) {
    let Some(field) = fields.iter().find(|field| field.name == written.key.text) else {
        value::unknown_field(cx, &written.key, (&written.name.text, None), fields);
        return;
    };
    let can_be_key = match &field.of {
        Type::Text { .. }
        | Type::Email
        | Type::Url
        | Type::Int { .. }
        | Type::Date
        | Type::Datetime => true,
        Type::Bool
        | Type::Float { .. }
        | Type::Time
        | Type::Duration
        | Type::Timezone
        | Type::List { .. }
        | Type::Optional(_) => false,
        Type::Named(name) => name.is_empty(),
    };
    if !can_be_key {
        let message = format!(
            "`{}` is `{}` and cannot be a key",
            field.name,
            ty::name(&field.of)
        );
        cx.report(
            Diagnostic::error("bad-key", written.key.span, message)
                .help("a key is a text, an email, a url, a whole number or a date, and never none"),
        );
    }
}

/// An owner chain must end.
fn owner(cx: &Context<'_>, declared: &Declared<'_>) {
    let ast::ItemKind::Entity(written) = &declared.item.kind else {
        return;
    };
    let Some(name) = &written.owner else { return };
    let owner_of = |entity: &str| match cx.hir.declarations.get(entity).map(|it| &it.shape) {
        Some(Shape::Entity { owner, .. }) => owner.as_deref(),
        Some(Shape::Record { .. } | Shape::Enum { .. }) | None => None,
    };
    let mut at = owner_of(&declared.qualified);
    for _ in 0..cx.hir.declarations.len() {
        match at {
            Some(owner) if owner == declared.qualified => {
                let message = format!("`{}` would own itself", written.name.text);
                cx.report(Diagnostic::error("bad-owner", name.span, message));
                return;
            }
            Some(owner) => at = owner_of(owner),
            None => return,
        }
    }
}

fn defaults(cx: &mut Context<'_>, qualified: &str) {
    let Some(declaration) = cx.hir.declarations.get(qualified) else {
        return;
    };
    let of = |case: Option<&str>, fields: &[Field]| -> Vec<Option<serde_json::Value>> {
        fields
            .iter()
            .map(|field| value::own_default(cx, qualified, case, field))
            .collect()
    };
    let values: Vec<Vec<Option<serde_json::Value>>> = match &declaration.shape {
        Shape::Record { fields } | Shape::Entity { fields, .. } => vec![of(None, fields)],
        Shape::Enum { cases } => cases
            .iter()
            .map(|case| of(Some(&case.name), &case.fields))
            .collect(),
    };
    let Some(declaration) = cx.hir.declarations.get_mut(qualified) else {
        return;
    };
    let places: Vec<&mut Vec<Field>> = match &mut declaration.shape {
        Shape::Record { fields } | Shape::Entity { fields, .. } => vec![fields],
        Shape::Enum { cases } => cases.iter_mut().map(|case| &mut case.fields).collect(),
    };
    for (fields, values) in places.into_iter().zip(values) {
        for (field, value) in fields.iter_mut().zip(values) {
            field.default = value;
        }
    }
}

/// A record that always holds itself has no value.
fn refuse_endless(cx: &Context<'_>, declared: &Declared<'_>) {
    let mut way = vec![declared.qualified.as_str()];
    let is_endless = holds(cx, &declared.qualified, &declared.qualified, &mut way);
    // One of those that hold each other tells of it.
    if is_endless && way.iter().min() == way.first() {
        let way: Vec<&str> = way.iter().map(|name| ty::bare(name)).collect();
        let message = format!(
            "`{}` always holds itself: `{}`",
            declared.name.text,
            way.join("` → `")
        );
        cx.report(
            Diagnostic::error("endless-record", declared.name.span, message)
                .help("make one of the fields optional with `?`, or a list"),
        );
    }
}

/// Whether a value of one type always holds a value of the other; the way to it is written down.
fn holds<'c>(cx: &'c Context<'_>, from: &str, to: &str, way: &mut Vec<&'c str>) -> bool {
    let Some(declaration) = cx.hir.declarations.get(from) else {
        return false;
    };
    let fields = match &declaration.shape {
        Shape::Record { fields } | Shape::Entity { fields, .. } => fields,
        // Another case can always be taken, unless there is but one.
        Shape::Enum { cases } => match cases.as_slice() {
            [only] => &only.fields,
            _ => return false,
        },
    };
    for field in fields {
        let Type::Named(name) = &field.of else {
            continue;
        };
        if name == to {
            way.push(name);
            return true;
        }
        if !way.contains(&name.as_str()) {
            way.push(name);
            if holds(cx, name, to, way) {
                return true;
            }
            way.pop();
        }
    }
    false
}

/// The parameters of a behaviour, ruleset or tool. Those of `taken` names are refused.
pub fn params(
    cx: &Context<'_>,
    module: ModuleId,
    written: &[ast::Param],
    taken: &[&str],
) -> Vec<Field> {
    refuse_twice(cx, "parameter", written.iter().map(|param| &param.name));
    let mut params: Vec<Field> = Vec::with_capacity(written.len());
    for param in written {
        refuse_taken(cx, &param.name, taken);
        if params.iter().any(|earlier| earlier.name == param.name.text) {
            continue;
        }
        let of = ty::lower_or_unknown(cx, module, &param.ty);
        let default = param
            .default
            .as_ref()
            .and_then(|default| value::check(cx, module, default, &of));
        // A default that was wrong is a default: callers are not told of it again.
        let default = default.or_else(|| param.default.as_ref().map(|_| serde_json::Value::Null));
        params.push(Field {
            name: param.name.text.clone(),
            of,
            default,
            doc: doc(param.docs.as_ref()),
        });
    }
    params
}

/// Reports a name that stands for something else in its place.
pub(super) fn refuse_taken(cx: &Context<'_>, name: &ast::Name, taken: &[&str]) {
    if taken.contains(&name.text.as_str()) {
        let message = format!("`{}` has a meaning of its own here", name.text);
        cx.report(
            Diagnostic::error("reserved-name", name.span, message).help("give it another name"),
        );
    }
}
