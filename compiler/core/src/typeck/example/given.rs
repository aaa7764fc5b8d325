//! What an example gives: inputs, what is observed, the stage, and that nothing is missing.

use std::collections::BTreeSet;

use serde_json::Value;
use silex_bundle::Type;
use silex_bundle::behaviour::STAGE;
use silex_bundle::expr::Path;
use silex_bundle::schema::{Field, Shape};

use super::Subject;
use super::expect::always_observed;
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::hir::{Behaviour, Observed};
use crate::source::Span;
use crate::syntax::ast;
use crate::typeck::agent::has_default;
use crate::typeck::tool::walk;
use crate::typeck::{Context, ty, value};

/// What an example gives, as written.
#[derive(Default)]
pub(super) struct Given {
    paths: BTreeSet<String>,
}

impl Given {
    /// Takes note of what a line gives, of which the mark and the whole are given.
    pub(super) fn take(&mut self, cx: &Context<'_>, path: String, (at, whole): (Span, Span)) {
        if self.paths.contains(&path) {
            cx.report(
                Diagnostic::error("duplicate-line", at, format!("`{path}` is given twice"))
                    .help("keep one of them")
                    .fix(whole, "", "take this one out"),
            );
        }
        self.paths.insert(path);
    }

    /// An input that is neither given nor has a value by itself.
    pub(super) fn refuse_missing(&self, cx: &Context<'_>, input: &Field, from: &ast::Example) {
        let missing = self.missing(cx, &input.name, &input.of, input.default.as_ref());
        if let Some((path, of)) = missing {
            let message = format!(
                "example `{}` does not give `{path}`, which has no default",
                from.name.text
            );
            let help = match &input.of {
                Type::Named(name) if name == "silex.Mail" => "add `mail \"…\"`".to_owned(),
                Type::Named(_)
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
                | Type::Optional(_) => format!("add `given {path} = …`"),
            };
            let report = Diagnostic::error("missing-input", from.name.span, message).help(help);
            let report = offer(cx, report, from, &path, of);
            // A name that is not known is likely meant to be one of those that are missing.
            cx.report(report.rests_on(from.lines.iter().filter_map(given_path)));
        }
    }

    /// What is always observed is given: no other behaviour is run while an example is played.
    /// What is observed under a condition is asked for when the example is played.
    pub(super) fn refuse_unobserved(
        &self,
        cx: &Context<'_>,
        behaviour: &Behaviour,
        from: &ast::Example,
    ) {
        for observed in always_observed(behaviour) {
            let Observed { name, call, of, .. } = observed;
            if let Some((path, of)) = self.missing(cx, name, of, None) {
                let message = format!(
                    "example `{}` does not give `{path}`, which `{}` finds out",
                    from.name.text,
                    ty::bare(&call.behaviour)
                );
                let report = Diagnostic::error("missing-input", from.name.span, message)
                    .help(format!("add `given {path} = …`"));
                cx.report(offer(cx, report, from, &path, of));
            }
        }
    }

    /// The path that has no value, and its type.
    fn missing<'t>(
        &self,
        cx: &'t Context<'_>,
        path: &str,
        of: &'t Type,
        default: Option<&Value>,
    ) -> Option<(String, &'t Type)> {
        let behind = format!("{path}.");
        if self.paths.contains(path) || default.is_some() || ty::is_unknown(of) {
            return None;
        }
        let partly = self.paths.iter().any(|given| given.starts_with(&behind));
        if !partly && has_default(cx, of) {
            return None;
        }
        match ty::declaration(cx, of.without_none()).map(|declaration| &declaration.shape) {
            Some(Shape::Record { fields } | Shape::Entity { fields, .. }) if partly => {
                fields.iter().find_map(|field| {
                    self.missing(
                        cx,
                        &format!("{behind}{}", field.name),
                        &field.of,
                        field.default.as_ref(),
                    )
                })
            }
            Some(Shape::Record { .. } | Shape::Entity { .. } | Shape::Enum { .. }) | None => {
                Some((path.to_owned(), of))
            }
        }
    }
}

/// Offers the line that gives what is missing, with a value that an author will know as a stand-in.
fn offer(
    cx: &Context<'_>,
    report: Diagnostic,
    from: &ast::Example,
    path: &str,
    of: &Type,
) -> Diagnostic {
    let of = of.without_none();
    let line = if matches!(of, Type::Named(name) if name == "silex.Mail") {
        Some("mail \"…\"".to_owned())
    } else {
        stand_in(cx, of).map(|value| format!("given {path} = {value}"))
    };
    match (line, from.lines.first()) {
        (Some(line), Some(first)) => {
            let before = Span {
                end: first.span.start,
                ..first.span
            };
            report.fix(before, format!("{line}\n  "), format!("add `{line}`"))
        }
        (None, _) | (_, None) => report,
    }
}

/// A value of a type, as it is written; none where an author has to think of one.
fn stand_in(cx: &Context<'_>, of: &Type) -> Option<String> {
    Some(match of {
        Type::Bool => "false".to_owned(),
        Type::Int { min, max } => max.unwrap_or(0).min(0).max(min.unwrap_or(0)).to_string(),
        Type::Email => "\"someone@example.org\"".to_owned(),
        Type::Url => "\"https://example.org\"".to_owned(),
        Type::Date => "2027-01-01".to_owned(),
        Type::Time => "09:00".to_owned(),
        Type::Datetime => "2027-01-01T09:00Z".to_owned(),
        Type::Duration => "1h".to_owned(),
        Type::Timezone => "\"UTC\"".to_owned(),
        Type::Text {
            min: None | Some(0 | 1),
            pattern: None,
            max,
            ..
        } if *max != Some(0) => "\"…\"".to_owned(),
        Type::List {
            min: None | Some(0),
            ..
        } => "[]".to_owned(),
        Type::Named(_) => {
            let first = ty::cases(cx, of)?.first()?;
            first.fields.is_empty().then(|| first.name.clone())?
        }
        Type::Text { .. } | Type::Float { .. } | Type::List { .. } | Type::Optional(_) => {
            return None;
        }
    })
}

fn given_path(line: &ast::ExampleLine) -> Option<Span> {
    let ast::ExampleLineKind::Given { path, .. } = &line.kind else {
        return None;
    };
    Some(path.span)
}

impl Subject<'_> {
    pub(super) fn given(
        &self,
        cx: &Context<'_>,
        path: &ast::Path,
        written: &ast::Value,
    ) -> Option<(Path, Value)> {
        let first = path.names.first()?;
        let input = self
            .behaviour
            .inputs
            .iter()
            .find(|input| input.name == first.text);
        let observed = self.observed.iter().find(|it| it.name == first.text);
        let root = match (input, first.text.as_str()) {
            (Some(input), _) => input.of.clone(),
            (None, "now") => Type::Datetime,
            (None, "today") => Type::Date,
            (None, STAGE) if !self.behaviour.stages.is_empty() => {
                return self.given_stage(cx, path, written);
            }
            (None, _) if observed.is_some() => observed?.of.clone(),
            (None, _) => {
                let message = format!("behaviour `{}` has no input `{}`", self.name, first.text);
                let inputs = self
                    .behaviour
                    .inputs
                    .iter()
                    .map(|input| input.name.as_str());
                let observed = self.observed.iter().map(|it| it.name.as_str());
                let known = inputs.chain(observed).chain(["now", "today"]);
                let nearest = nearest(&first.text, known);
                let report = Diagnostic::error("unknown-name", first.span, message);
                self.report(cx, report, nearest);
                return None;
            }
        };
        let (path, of) = walk(cx, &root, path, true)?;
        Some((path, value::check(cx, self.declared.module, written, &of)?))
    }

    /// `given stage = NAME`: the stage in which the turn is.
    fn given_stage(
        &self,
        cx: &Context<'_>,
        path: &ast::Path,
        written: &ast::Value,
    ) -> Option<(Path, Value)> {
        let name = match (&written.kind, &*path.names) {
            (
                ast::ValueKind::Case {
                    of: None,
                    name,
                    fields: None,
                },
                [_],
            ) => name,
            _ => {
                let message = "a stage is given by its name";
                cx.report(
                    Diagnostic::error("wrong-value", path.span.to(written.span), message)
                        .help("write `given stage = NAME`"),
                );
                return None;
            }
        };
        self.stage(cx, name)
            .map(|stage| (Path::root(STAGE), Value::from(stage)))
    }

    pub(super) fn stage(&self, cx: &Context<'_>, name: &ast::Name) -> Option<String> {
        let stages = &self.behaviour.stages;
        if stages.iter().any(|stage| stage.name == name.text) {
            return Some(name.text.clone());
        }
        let message = if stages.is_empty() {
            format!("behaviour `{}` has no stages", self.name)
        } else {
            format!("behaviour `{}` has no stage `{}`", self.name, name.text)
        };
        let nearest = nearest(&name.text, stages.iter().map(|stage| stage.name.as_str()));
        self.report(
            cx,
            Diagnostic::error("unknown-name", name.span, message),
            nearest,
        );
        None
    }
}
