//! What the arguments of a scripted call must match.

use serde_json::Value;
use silex_bundle::example::Matcher;
use silex_bundle::schema::{Field, Shape};
use silex_bundle::{Tool, Type};

use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::ModuleId;
use crate::source::Span;
use crate::syntax::ast::{self, MatcherKind};
use crate::typeck::{Context, ty, value};

/// The pattern of a call, against the tool's parameters. A parameter that is not named is free.
pub(super) fn arguments(
    cx: &Context<'_>,
    module: ModuleId,
    tool: &Tool,
    call: &ast::ExampleCall,
) -> Option<Matcher> {
    let params: Vec<&Field> = tool.params.iter().collect();
    let fields = entries(
        cx,
        module,
        &params,
        &call.args,
        (&format!("tool `{}` has no parameter", tool.name), None),
    )?;
    Some(Matcher::Fields(fields))
}

fn entries(
    cx: &Context<'_>,
    module: ModuleId,
    known: &[&Field],
    written: &[ast::MatcherEntry],
    (unknown, owner): (&str, Option<Span>),
) -> Option<Vec<(String, Matcher)>> {
    let mut all = Some(Vec::new());
    let mut seen: Vec<&str> = Vec::new();
    for entry in written {
        let name = entry.name.text.as_str();
        if seen.contains(&name) {
            let message = format!("`{name}` stands twice");
            cx.report(Diagnostic::error(
                "duplicate-name",
                entry.name.span,
                message,
            ));
        }
        seen.push(name);
        let matched = match known.iter().find(|field| field.name == name) {
            Some(field) => matcher(cx, module, &field.of, &entry.matcher),
            None => {
                let nearest = nearest(name, known.iter().map(|field| field.name.as_str()));
                let message = format!("{unknown} `{name}`");
                let all: Vec<&str> = known.iter().map(|field| field.name.as_str()).collect();
                let label = match all.as_slice() {
                    [] => "it has none".to_owned(),
                    all => format!("it has `{}`", all.join("`, `")),
                };
                let report = Diagnostic::error("unknown-field", entry.name.span, message).at(label);
                cx.report(value::near_or_rests_on(report, nearest, owner));
                None
            }
        };
        match (&mut all, matched) {
            (Some(all), Some(matched)) => all.push((name.to_owned(), matched)),
            (Some(_), None) | (None, _) => all = None,
        }
    }
    all
}

fn matcher(cx: &Context<'_>, module: ModuleId, of: &Type, from: &ast::Matcher) -> Option<Matcher> {
    let exactly = |kind| {
        let written = ast::Value {
            kind,
            span: from.span,
        };
        value::check(cx, module, &written, of).map(Matcher::Is)
    };
    match &from.kind {
        MatcherKind::Any => Some(Matcher::Any),
        MatcherKind::Contains(text) => contains(cx, of, text, from),
        MatcherKind::List(items) => exactly(ast::ValueKind::List(items.clone())),
        MatcherKind::Literal(literal) => exactly(ast::ValueKind::Literal(literal.clone())),
        MatcherKind::Record(written) => {
            let inner = of.without_none();
            if ty::is_unknown(inner) {
                return None;
            }
            match ty::declaration(cx, inner).map(|declaration| &declaration.shape) {
                Some(Shape::Record { fields } | Shape::Entity { fields, .. }) => {
                    let known: Vec<&Field> = fields.iter().collect();
                    let unknown = format!("`{}` has no field", ty::name(inner));
                    let unknown = (unknown.as_str(), ty::place(cx, inner));
                    entries(cx, module, &known, written, unknown).map(Matcher::Fields)
                }
                Some(Shape::Enum { .. }) | None => {
                    let message = format!("fields in braces cannot match `{}`", ty::name(of));
                    cx.report(Diagnostic::error("type-mismatch", from.span, message));
                    None
                }
            }
        }
        MatcherKind::Case {
            of: _,
            name,
            fields: Some(written),
        } => {
            let cases = ty::cases(cx, of.without_none());
            let Some(case) =
                cases.and_then(|cases| cases.iter().find(|case| case.name == name.text))
            else {
                return exactly(case_without_fields(from));
            };
            let known: Vec<&Field> = case.fields.iter().collect();
            let mut all = vec![(
                "kind".to_owned(),
                Matcher::Is(Value::from(name.text.as_str())),
            )];
            all.extend(entries(
                cx,
                module,
                &known,
                written,
                (
                    &format!("case `{}` has no field", name.text),
                    ty::place(cx, of),
                ),
            )?);
            Some(Matcher::Fields(all))
        }
        MatcherKind::Case {
            of: _,
            name,
            fields: None,
        } => {
            let carries = ty::cases(cx, of.without_none()).is_some_and(|cases| {
                cases
                    .iter()
                    .any(|case| case.name == name.text && !case.fields.is_empty())
            });
            if carries {
                // The name alone: whatever it carries.
                let kind = (
                    "kind".to_owned(),
                    Matcher::Is(Value::from(name.text.as_str())),
                );
                return Some(Matcher::Fields(vec![kind]));
            }
            exactly(case_without_fields(from))
        }
    }
}

/// The case as a value, so that what is wrong with it is told as for any other.
fn case_without_fields(from: &ast::Matcher) -> ast::ValueKind {
    match &from.kind {
        MatcherKind::Case { of, name, .. } => ast::ValueKind::Case {
            of: of.clone(),
            name: name.clone(),
            fields: None,
        },
        MatcherKind::Any
        | MatcherKind::Contains(_)
        | MatcherKind::Record(_)
        | MatcherKind::List(_)
        | MatcherKind::Literal(_) => ast::ValueKind::Junk,
    }
}

fn contains(
    cx: &Context<'_>,
    of: &Type,
    text: &ast::StringLit,
    from: &ast::Matcher,
) -> Option<Matcher> {
    match of.without_none() {
        Type::Text { .. } | Type::Email | Type::Url => Some(Matcher::Contains(text.text.clone())),
        other if ty::is_unknown(other) => None,
        Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::List { .. }
        | Type::Optional(_)
        | Type::Named(_) => {
            let message = format!("`contains` matches text, and this is `{}`", ty::name(of));
            cx.report(Diagnostic::error("type-mismatch", from.span, message));
            None
        }
    }
}
