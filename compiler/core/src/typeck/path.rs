//! Paths: a name in scope and the fields behind it, each of which must be there.

use serde_json::Value;
use silex_bundle::schema::{Case, Field, Shape};
use silex_bundle::{Path, Type, functions};

use super::expr::Place;
use super::scope::Scope;
use super::{Context, constant, ty, value};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::Kind;
use crate::satisfy::Formula;
use crate::source::Span;
use crate::syntax::ast;

/// Where a path leads.
#[derive(Debug)]
pub(super) enum Walked {
    /// To a value that is known when the prompt is made.
    Path {
        /// The path.
        path: Path,
        /// Its type as declared.
        of: Type,
    },
    /// To a constant.
    Constant {
        /// Its type.
        of: Type,
        /// Its value.
        value: Value,
    },
}

/// Whether a field behind something that may be none is none itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Through {
    /// No: `none` must be ruled out before.
    Checked,
    /// Yes: `default` gives the value for that case.
    None,
}

/// Follows a path. What it finds is as declared: [`narrowed`] says whether `none` is ruled out.
pub(super) fn walk(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Path,
    place: Place,
    through: Through,
) -> Option<Walked> {
    let (first, rest) = written.names.split_first()?;
    let Some(root) = scope.lookup(&first.text) else {
        return constant_path(cx, scope, first, rest);
    };
    let mut path = Path::root(&first.text);
    let mut of = root;
    let mut skipped = false;
    let mut span = first.span;
    for name in rest {
        if let Type::Optional(inner) = of {
            if through == Through::None {
                skipped = true;
            } else if !scope.is_present(cx, &path) {
                maybe_none(cx, span, &path.to_string(), &written.to_string(), place);
            }
            of = inner;
        }
        if ty::is_unknown(of) {
            return None;
        }
        of = &field(cx, scope, &path, of, name)?.of;
        path.fields.push(name.text.clone());
        span = span.to(name.span);
    }
    if ty::is_unknown(of) {
        return None;
    }
    let of = match (of, skipped) {
        (Type::Optional(_), _) | (_, false) => of.clone(),
        (_, true) => Type::Optional(Box::new(of.clone())),
    };
    Some(Walked::Path { path, of })
}

/// The type of a path where it stands: without its `?` where `none` is ruled out.
pub(super) fn narrowed(cx: &Context<'_>, scope: &Scope<'_>, path: &Path, of: Type) -> Type {
    match of {
        Type::Optional(inner) if scope.is_present(cx, path) => *inner,
        Type::Optional(_)
        | Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::List { .. }
        | Type::Named(_) => of,
    }
}

fn constant_path(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    first: &ast::Name,
    rest: &[ast::Name],
) -> Option<Walked> {
    let declared = cx.names.lookup(scope.module(), &first.text);
    let Some(declared) = declared.filter(|declared| declared.kind == Kind::Constant) else {
        unknown_name(cx, scope, first);
        return None;
    };
    let constant = constant::value_of(cx, declared)?;
    let (mut of, mut value) = (constant.of, constant.value);
    for name in rest {
        let fields = fields_of(cx, of.without_none());
        let Some(field) = fields.iter().find(|field| field.name == name.text) else {
            value::unknown_field(cx, name, (&ty::name(&of), ty::place(cx, &of)), fields);
            return None;
        };
        of = field.of.clone();
        value = value.get(&name.text).cloned().unwrap_or(Value::Null);
    }
    Some(Walked::Constant { of, value })
}

fn unknown_name(cx: &Context<'_>, scope: &Scope<'_>, name: &ast::Name) {
    let near = crate::syntax::ours(&name.text)
        .filter(|ours| *ours == "none")
        .or_else(|| nearest(&name.text, scope.names()))
        .or_else(|| {
            cx.names
                .nearest(scope.module(), &name.text, &[Kind::Constant])
        });
    if functions::find(&name.text).is_some() {
        let message = format!("`{}` is a function, and is given nothing", name.text);
        let help = format!("write what it is to look at: `{}(…)`", name.text);
        cx.report(Diagnostic::error("unknown-name", name.span, message).help(help));
        return;
    }
    let message = format!("unknown name `{}`", name.text);
    let mut report = Diagnostic::error("unknown-name", name.span, message);
    if near.is_none() {
        let mut names: Vec<&str> = scope.names().collect();
        names.sort_unstable();
        names.dedup();
        report = report.at(format!("in scope are `{}`", names.join("`, `")));
    }
    match elsewhere(&name.text) {
        Some(help) => {
            let grounds = cx.names.grounds(scope.module(), &name.text, near);
            cx.report(report.rests_on(grounds).help(help));
        }
        None => cx.report_unknown(scope.module(), name, &[Kind::Constant], report, near),
    }
}

/// Where a standard name is known, for an author who asks for it in another place.
fn elsewhere(name: &str) -> Option<&'static str> {
    match name {
        "mail" | "thread" => Some(
            "an agent knows it in `guard`, `observe`, `route`, `after` and `review`; a behaviour takes it as an input",
        ),
        "draft" => Some("it is known in `review` only"),
        _ => None,
    }
}

fn fields_of<'c>(cx: &'c Context<'_>, of: &Type) -> &'c [Field] {
    match ty::declaration(cx, of).map(|declaration| &declaration.shape) {
        Some(Shape::Record { fields } | Shape::Entity { fields, .. }) => fields,
        Some(Shape::Enum { .. }) | None => &[],
    }
}

fn field<'c>(
    cx: &'c Context<'_>,
    scope: &Scope<'_>,
    path: &Path,
    of: &Type,
    name: &ast::Name,
) -> Option<&'c Field> {
    if let Some(cases) = ty::cases(cx, of) {
        return case_field(cx, scope, path, cases, name);
    }
    let fields = fields_of(cx, of);
    let found = fields.iter().find(|field| field.name == name.text);
    if found.is_none() {
        if fields.is_empty() && ty::declaration(cx, of).is_none() {
            let message = format!("`{path}` is `{}`, which has no fields", ty::name(of));
            cx.report(Diagnostic::error("unknown-field", name.span, message));
        } else {
            value::unknown_field(cx, name, (&ty::name(of), ty::place(cx, of)), fields);
        }
    }
    found
}

/// A field of the case that a path is narrowed to.
fn case_field<'c>(
    cx: &'c Context<'_>,
    scope: &Scope<'_>,
    path: &Path,
    cases: &'c [Case],
    name: &ast::Name,
) -> Option<&'c Field> {
    let holds = |case: &'c Case| case.fields.iter().find(|field| field.name == name.text);
    let mut found = None;
    let mut lacking = None;
    for case in cases {
        if !scope.possible(&is_case(cx, scope, path, &case.name)) {
            continue;
        }
        match (holds(case), found) {
            (Some(field), None) => found = Some(field),
            (Some(field), Some(other)) if field.of == other.of => {}
            (Some(_), Some(_)) | (None, _) => lacking = Some(case),
        }
    }
    let owners: Vec<&str> = cases
        .iter()
        .filter(|case| holds(case).is_some())
        .map(|case| case.name.as_str())
        .collect();
    let Some(first) = owners.first() else {
        let all: Vec<&str> = cases
            .iter()
            .flat_map(|case| &case.fields)
            .map(|field| field.name.as_str())
            .collect();
        let message = format!("no case of `{path}` has a field `{}`", name.text);
        cx.report(
            Diagnostic::error("unknown-field", name.span, message)
                .did_you_mean(nearest(&name.text, all)),
        );
        return None;
    };
    if let Some(lacking) = lacking.filter(|_| scope.reachable()) {
        let message = format!(
            "`{path}` may be `{}` here, which has no `{}`",
            lacking.name, name.text
        );
        cx.report(
            Diagnostic::error("case-not-known", name.span, message)
                .at(format!("stands only in case `{}`", owners.join("`, `")))
                .help(format!("put it into the arm of `match {path} {{ {first} {{ … }} }}`, or behind `{path} == {first}`")),
        );
    }
    found.or_else(|| cases.iter().find_map(holds))
}

/// Whether the value of a path is a case, or `true` or `false`.
pub(super) fn is_case(cx: &Context<'_>, scope: &Scope<'_>, path: &Path, case: &str) -> Formula {
    scope.world(cx).is_case(path, case)
}

/// Reports that `none` is not ruled out for a part of what is written.
pub(super) fn maybe_none(cx: &Context<'_>, span: Span, part: &str, whole: &str, place: Place) {
    let help = match place {
        Place::When => format!(
            "ask for it first: `{part} is some and …`, or put the line under `when {part} is some {{ … }}`"
        ),
        Place::Hole => format!(
            "put the line under `when {part} is some {{ … }}`, or say what is printed otherwise: `{whole} | default(…)`"
        ),
        Place::Schedule => format!(
            "a time must be there: give `{part}` a default, or take only those who have one: `where {part} is some`"
        ),
        Place::Check
        | Place::Gate
        | Place::Review
        | Place::After
        | Place::Where
        | Place::Argument
        | Place::AgentArgument
        | Place::Save
        | Place::Expect => format!(
            "ask for it first: `{part} is some and …`, or say what is taken otherwise: `{whole} | default(…)`"
        ),
    };
    let in_agent = matches!(place, Place::Review | Place::After | Place::AgentArgument);
    let why = if in_agent && part == "mail" {
        "what a campaign writes answers no mail, and no condition around it rules that out"
    } else {
        "no condition around it rules `none` out"
    };
    cx.report(
        Diagnostic::error("maybe-none", span, format!("`{part}` may be none here"))
            .at(why)
            .help(help),
    );
}
