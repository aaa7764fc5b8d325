//! Values that stand by themselves: defaults, constants, parts of examples.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use silex_bundle::Type;
use silex_bundle::schema::{Field, Shape};

use super::literal::{self, Strict};
use super::{Context, constant, ty};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::{Kind, ModuleId};
use crate::source::Span;
use crate::syntax::ast::{self, ValueKind};

/// The defaults that are being worked out, so that one that needs itself is seen.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    open: BTreeSet<(String, String)>,
    /// Whether every default stands in the fields already.
    pub(super) done: bool,
}

/// The value that is written, of the type that its place has.
pub fn check(
    cx: &Context<'_>,
    module: ModuleId,
    written: &ast::Value,
    wanted: &Type,
) -> Option<Value> {
    if ty::is_unknown(wanted) {
        return None;
    }
    let inner = wanted.without_none();
    match &written.kind {
        ValueKind::Literal(kind) => literal::check(cx, written.span, kind, wanted, Strict::Value),
        ValueKind::List(items) => list(cx, module, items, written.span, inner),
        ValueKind::Record(entries) => record_value(cx, module, entries, written.span, inner),
        ValueKind::Case { of, name, fields } => {
            if let (None, None, Some(value)) = (of, fields, named_constant(cx, module, name, inner))
            {
                return value;
            }
            case_value(
                cx,
                module,
                &Written {
                    of: of.as_ref(),
                    name,
                    fields: fields.as_deref(),
                },
                inner,
            )
        }
        ValueKind::Junk => None,
    }
}

/// The value of a constant, if the name is one and not a case of the wanted type. The inner value
/// is none if the constant does not fit.
fn named_constant(
    cx: &Context<'_>,
    module: ModuleId,
    name: &ast::Name,
    wanted: &Type,
) -> Option<Option<Value>> {
    let is_case =
        ty::cases(cx, wanted).is_some_and(|cases| cases.iter().any(|case| case.name == name.text));
    if is_case {
        return None;
    }
    let declared = cx
        .names
        .lookup(module, &name.text)
        .filter(|declared| declared.kind == Kind::Constant)?;
    let Some(constant) = constant::value_of(cx, declared) else {
        return Some(None);
    };
    if ty::fits(&constant.of, wanted) {
        return Some(Some(constant.value));
    }
    ty::mismatch(cx, name.span, &constant.of, wanted);
    Some(None)
}

fn list(
    cx: &Context<'_>,
    module: ModuleId,
    items: &[ast::Value],
    span: Span,
    wanted: &Type,
) -> Option<Value> {
    let Type::List { of, min, max } = wanted else {
        let message = format!("a list where `{}` is wanted", ty::name(wanted));
        cx.report(Diagnostic::error("type-mismatch", span, message));
        return None;
    };
    // Every item is looked at, so that each mistake is told.
    let values: Vec<Option<Value>> = items
        .iter()
        .map(|item| check(cx, module, item, of))
        .collect();
    let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
    if min.is_some_and(|min| count < min) || max.is_some_and(|max| count > max) {
        let message = format!(
            "a list of {count} items lies outside `{}`",
            ty::name(wanted)
        );
        cx.report(
            Diagnostic::error("out-of-range", span, message)
                .help("write another list, or declare it longer or shorter"),
        );
        return None;
    }
    values
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .map(Value::Array)
}

fn record_value(
    cx: &Context<'_>,
    module: ModuleId,
    entries: &[ast::Entry],
    span: Span,
    wanted: &Type,
) -> Option<Value> {
    let fields = ty::declaration(cx, wanted).and_then(|declaration| match &declaration.shape {
        Shape::Record { fields } | Shape::Entity { fields, .. } => Some(fields),
        Shape::Enum { .. } => None,
    });
    let (Some(fields), Type::Named(owner)) = (fields, wanted) else {
        let message = format!("a record where `{}` is wanted", ty::name(wanted));
        let report = Diagnostic::error("type-mismatch", span, message);
        cx.report(if matches!(wanted, Type::List { .. }) {
            report.help("items of a list stand in `[ … ]`")
        } else {
            report
        });
        return None;
    };
    entries_of(
        cx,
        module,
        &Shaped {
            owner,
            case: None,
            fields,
        },
        entries,
        span,
    )
    .map(Value::Object)
}

/// The fields that entries must fill.
struct Shaped<'c> {
    owner: &'c str,
    case: Option<&'c str>,
    fields: &'c [Field],
}

fn entries_of(
    cx: &Context<'_>,
    module: ModuleId,
    shaped: &Shaped<'_>,
    entries: &[ast::Entry],
    span: Span,
) -> Option<Map<String, Value>> {
    let mut sound = true;
    let mut unknown = false;
    for (at, entry) in entries.iter().enumerate() {
        let text = &entry.name.text;
        if !shaped.fields.iter().any(|field| &field.name == text) {
            let owner = shaped.case.unwrap_or_else(|| ty::bare(shaped.owner));
            let place = cx.place_of(shaped.owner);
            unknown_field(cx, &entry.name, (owner, place), shaped.fields);
            unknown = true;
        }
        if let Some(earlier) = entries
            .iter()
            .take(at)
            .find(|earlier| &earlier.name.text == text)
        {
            cx.report(
                Diagnostic::error(
                    "duplicate-name",
                    entry.name.span,
                    format!("`{text}` is given twice"),
                )
                .label(earlier.name.span, "first here"),
            );
            sound = false;
        }
    }
    let mut values = Map::new();
    let mut missing = Vec::new();
    for field in shaped.fields {
        let entry = entries.iter().find(|entry| entry.name.text == field.name);
        let value = match entry {
            Some(entry) => check(cx, module, &entry.value, &field.of),
            None => match default_of(cx, shaped.owner, shaped.case, field) {
                Some(default) => default,
                None if matches!(field.of, Type::Optional(_)) => Some(Value::Null),
                None => {
                    missing.push(field.name.as_str());
                    None
                }
            },
        };
        match value {
            // What is none is left out: absent and null are one.
            Some(Value::Null) => {}
            Some(value) => {
                values.insert(field.name.clone(), value);
            }
            None => sound = false,
        }
    }
    // A name that is not known is likely meant to be one of those that are missing.
    if !missing.is_empty() && !unknown {
        let list = missing.join("`, `");
        let message = format!(
            "`{list}` of `{}` is not given and has no default",
            shaped.case.unwrap_or_else(|| ty::bare(shaped.owner))
        );
        let given: Vec<String> = missing.iter().map(|name| format!("{name}: …")).collect();
        let help = format!(
            "add `{}`, or give it a default where it is declared",
            given.join(", ")
        );
        cx.report(
            Diagnostic::error("missing-field", span, message)
                .help(help)
                .rests_on(cx.place_of(shaped.owner)),
        );
    }
    (sound && !unknown).then_some(values)
}

/// The default of a field: none if there is none, `Some(None)` if it is wrong.
#[expect(clippy::option_option, reason = "no default and a wrong one differ")]
fn default_of(
    cx: &Context<'_>,
    owner: &str,
    case: Option<&str>,
    field: &Field,
) -> Option<Option<Value>> {
    if cx.defaults.borrow().done {
        return field.default.clone().map(Some);
    }
    let declared = cx.names.get(owner)?;
    let written = written_field(&declared.item.kind, case, &field.name)?;
    let default = written.default.as_ref()?;
    let key = (owner.to_owned(), field.name.clone());
    if !cx.defaults.borrow_mut().open.insert(key.clone()) {
        cx.report(
            Diagnostic::error(
                "recursive-default",
                default.span,
                "this default needs itself",
            )
            .help("give the field a value that does not leave itself out, or make it optional"),
        );
        return Some(None);
    }
    let value = check(cx, declared.module, default, &field.of);
    cx.defaults.borrow_mut().open.remove(&key);
    Some(value)
}

/// The default of a field as its declaration is checked.
pub(super) fn own_default(
    cx: &Context<'_>,
    owner: &str,
    case: Option<&str>,
    field: &Field,
) -> Option<Value> {
    default_of(cx, owner, case, field).flatten()
}

fn written_field<'a>(
    item: &'a ast::ItemKind,
    case: Option<&str>,
    name: &str,
) -> Option<&'a ast::Field> {
    match item {
        ast::ItemKind::Record(record) => record.fields().find(|field| field.name.text == name),
        ast::ItemKind::Entity(entity) => entity.fields().find(|field| field.name.text == name),
        ast::ItemKind::Enum(the_enum) => {
            let case = the_enum
                .cases
                .iter()
                .find(|it| Some(it.name.text.as_str()) == case)?;
            case.fields.iter().find(|field| field.name.text == name)
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

/// A case as written: `Plan.free`, `block { reason: "…" }`.
struct Written<'w> {
    of: Option<&'w ast::Name>,
    name: &'w ast::Name,
    fields: Option<&'w [ast::Entry]>,
}

fn case_value(
    cx: &Context<'_>,
    module: ModuleId,
    written: &Written<'_>,
    wanted: &Type,
) -> Option<Value> {
    check_enum_name(cx, module, written.of, wanted)?;
    let at = case_index(cx, written.name, wanted)?;
    let cases = ty::cases(cx, wanted)?;
    let case = cases.get(at)?;
    let Type::Named(owner) = wanted else {
        return None;
    };
    if case.fields.is_empty()
        && let Some([first, ..]) = written.fields
    {
        let message = format!("case `{}` carries no fields", case.name);
        let help = format!("write `{}` alone", case.name);
        cx.report(Diagnostic::error("unknown-field", first.name.span, message).help(help));
        return None;
    }
    if cases.iter().all(|case| case.fields.is_empty()) {
        return Some(Value::from(case.name.as_str()));
    }
    let shaped = Shaped {
        owner,
        case: Some(&case.name),
        fields: &case.fields,
    };
    let fields = entries_of(
        cx,
        module,
        &shaped,
        written.fields.unwrap_or_default(),
        written.name.span,
    )?;
    let kind = ("kind".to_owned(), Value::from(case.name.as_str()));
    Some(Value::Object([kind].into_iter().chain(fields).collect()))
}

/// Whether the enum that an author states before a case is the wanted one.
pub(super) fn check_enum_name(
    cx: &Context<'_>,
    module: ModuleId,
    of: Option<&ast::Name>,
    wanted: &Type,
) -> Option<()> {
    let Some(of) = of else { return Some(()) };
    let declared = cx.find(module, of, &[Kind::Enum])?;
    if Type::Named(declared.qualified.clone()) == *wanted {
        return Some(());
    }
    ty::mismatch(
        cx,
        of.span,
        &Type::Named(declared.qualified.clone()),
        wanted,
    );
    None
}

/// The number of a case in its enum.
pub(super) fn case_index(cx: &Context<'_>, name: &ast::Name, wanted: &Type) -> Option<usize> {
    let Some(cases) = ty::cases(cx, wanted) else {
        if !ty::is_unknown(wanted) {
            let message = format!("unknown name `{}`", name.text);
            cx.report(
                Diagnostic::error("unknown-name", name.span, message)
                    .at(format!("`{}` is wanted here", ty::name(wanted)))
                    .did_you_mean(meant(&name.text, wanted)),
            );
        }
        return None;
    };
    let found = cases.iter().position(|case| case.name == name.text);
    if found.is_none() {
        let all: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        let message = format!("`{}` has no case `{}`", ty::name(wanted), name.text);
        let report = Diagnostic::error("unknown-case", name.span, message)
            .at(format!("its cases are `{}`", all.join("`, `")));
        let report = match enum_with(cx, &name.text) {
            Some(other) => report.help(format!("`{}` is a case of `{other}`", name.text)),
            None => report,
        };
        cx.report(near_or_rests_on(
            report,
            nearest(&name.text, all),
            ty::place(cx, wanted),
        ));
    }
    found
}

/// The only enum that has a case of this name.
fn enum_with<'c>(cx: &'c Context<'_>, case: &str) -> Option<&'c str> {
    let mut enums = cx
        .hir
        .declarations
        .iter()
        .filter(|(_, it)| match &it.shape {
            Shape::Enum { cases } => cases.iter().any(|it| it.name == case),
            Shape::Record { .. } | Shape::Entity { .. } => false,
        });
    let (name, _) = enums.next()?;
    enums.next().is_none().then(|| ty::bare(name))
}

/// The value that a word of other languages stands for.
fn meant(word: &str, wanted: &Type) -> Option<&'static str> {
    match (word, wanted) {
        ("yes" | "on", Type::Bool) => Some("true"),
        ("no" | "off", Type::Bool) => Some("false"),
        _ => crate::syntax::ours(word).filter(|ours| *ours == "none"),
    }
}

/// The report of an unknown name: with the one that is near, or else only if what should declare it
/// stands.
pub(super) fn near_or_rests_on(
    report: Diagnostic,
    near: Option<&str>,
    owner: Option<Span>,
) -> Diagnostic {
    match near {
        Some(near) => report.did_you_mean(Some(near)),
        None => report.rests_on(owner),
    }
}

/// Reports a field that a record or case does not have, which is called so and stands there.
pub(super) fn unknown_field(
    cx: &Context<'_>,
    name: &ast::Name,
    (owner, place): (&str, Option<Span>),
    fields: &[Field],
) {
    let message = format!("`{owner}` has no field `{}`", name.text);
    let all: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let report = Diagnostic::error("unknown-field", name.span, message);
    let report = if all.is_empty() {
        report
    } else {
        report.at(format!("its fields are `{}`", all.join("`, `")))
    };
    cx.report(near_or_rests_on(report, nearest(&name.text, all), place));
}

/// The type of a value that no place gives one.
pub(super) fn infer(cx: &Context<'_>, module: ModuleId, written: &ast::Value) -> Option<Type> {
    let untyped = |help: &str| {
        cx.report(
            Diagnostic::error(
                "untyped-value",
                written.span,
                "the type of this value cannot be told",
            )
            .help(help),
        );
        None
    };
    match &written.kind {
        ValueKind::Literal(kind) => {
            literal::type_of(kind).or_else(|| untyped("state it: `const name: type = …`"))
        }
        ValueKind::List(items) => {
            let mut of: Option<Type> = None;
            for item in items {
                let next = infer(cx, module, item)?;
                of = Some(of.map_or_else(|| next.clone(), |so_far| wider(so_far, &next)));
            }
            let Some(of) = of else {
                return untyped("state it: `const name: [type] = []`");
            };
            let count = u32::try_from(items.len()).ok();
            Some(Type::List {
                of: Box::new(of),
                min: count,
                max: count,
            })
        }
        ValueKind::Case { of: Some(of), .. } => cx
            .find(module, of, &[Kind::Enum])
            .map(|declared| Type::Named(declared.qualified.clone())),
        ValueKind::Case {
            of: None,
            name,
            fields: None,
        } => {
            let declared = cx
                .names
                .lookup(module, &name.text)
                .filter(|it| it.kind == Kind::Constant);
            match declared {
                Some(declared) => constant::value_of(cx, declared).map(|constant| constant.of),
                None => untyped("state the enum: `Enum.case`"),
            }
        }
        ValueKind::Record(_) | ValueKind::Case { .. } => {
            untyped("state it: `const name: Record = { … }`")
        }
        ValueKind::Junk => None,
    }
}

/// The type of two items of a list, if they are of one kind: the first, with bounds for both.
fn wider(of: Type, other: &Type) -> Type {
    match (of, other) {
        (
            Type::Text {
                trusted, min, max, ..
            },
            Type::Text {
                min: least,
                max: most,
                ..
            },
        ) => Type::Text {
            trusted,
            min: min.min(*least),
            max: max.max(*most),
            pattern: None,
        },
        (
            Type::Int { min, max },
            Type::Int {
                min: least,
                max: most,
            },
        ) => Type::Int {
            min: min.min(*least),
            max: max.max(*most),
        },
        (Type::Float { .. } | Type::Int { .. }, Type::Float { .. } | Type::Int { .. }) => {
            Type::Float {
                min: None,
                max: None,
            }
        }
        (of, _) => of,
    }
}
