//! What an example gives: inputs, what is observed, the stage, and that nothing is missing.

use std::collections::BTreeSet;

use serde_json::Value;
use silex_bundle::Type;
use silex_bundle::behaviour::STAGE;
use silex_bundle::expr::Path;
use silex_bundle::schema::{Field, Shape};

use super::{Subject, always_observed};
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
    pub(super) fn take(&mut self, cx: &Context<'_>, path: String, span: Span) {
        if self.paths.contains(&path) {
            cx.report(
                Diagnostic::error("duplicate-line", span, format!("`{path}` is given twice"))
                    .help("keep one of them"),
            );
        }
        self.paths.insert(path);
    }

    /// An input that is neither given nor has a value by itself.
    pub(super) fn refuse_missing(&self, cx: &Context<'_>, input: &Field, from: &ast::Example) {
        if let Some(path) = self.missing(cx, &input.name, &input.of, input.default.as_ref()) {
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
            if let Some(path) = self.missing(cx, name, of, None) {
                let message = format!(
                    "example `{}` does not give `{path}`, which `{}` finds out",
                    from.name.text,
                    ty::bare(&call.behaviour)
                );
                cx.report(
                    Diagnostic::error("missing-input", from.name.span, message)
                        .help(format!("add `given {path} = …`")),
                );
            }
        }
    }

    fn missing(
        &self,
        cx: &Context<'_>,
        path: &str,
        of: &Type,
        default: Option<&Value>,
    ) -> Option<String> {
        let behind = format!("{path}.");
        if self.paths.contains(path) || default.is_some() || ty::is_unknown(of) {
            return None;
        }
        let partly = self.paths.iter().any(|given| given.starts_with(&behind));
        if !partly && has_default(cx, of) {
            return None;
        }
        match ty::declaration(cx, ty::without_none(of)).map(|declaration| &declaration.shape) {
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
                Some(path.to_owned())
            }
        }
    }
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
        let name = match (&written.kind, path.names.as_slice()) {
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
