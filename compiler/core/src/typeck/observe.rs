//! `observe`: what another behaviour finds out before the prompt is made.

use silex_bundle::behaviour::STAGE;

use super::body::Body;
use super::expr::Place;
use super::scope::Scope;
use super::{call, declaration};
use crate::diagnostic::Diagnostic;
use crate::hir::{Observed, StatementKind};
use crate::source::Span;
use crate::syntax::ast;

/// Names that stand for something else in checks.
const TAKEN: [&str; 2] = ["reply", "result"];

/// An `observe` line. Its name is in scope behind it, whatever is wrong with the call.
pub(super) fn check(
    body: &mut Body<'_, '_>,
    scope: &mut Scope<'_>,
    written: &ast::Observe,
    keyword: Span,
) -> Option<StatementKind> {
    let called = if body.refused_in_ruleset(keyword, "observe") {
        None
    } else {
        call::check(body.cx, scope, &written.call, Place::Argument)
    };
    let name = &written.name;
    declaration::refuse_taken(body.cx, name, &TAKEN);
    body.refuse_stage(name);
    let earlier = body.observed.iter().find(|(other, _)| *other == name.text);
    let taken = earlier.is_some() || scope.lookup(&name.text).is_some();
    if taken {
        let message = if earlier.is_some() {
            format!("`{}` is observed already", name.text)
        } else {
            format!("`{}` is in scope already", name.text)
        };
        let mut report = Diagnostic::error("duplicate-name", name.span, message);
        if let Some((_, first)) = earlier {
            report = report.label(*first, "first here");
        }
        body.cx.report(report.help("give it another name"));
    }
    body.observed.push((name.text.clone(), name.span));
    if !taken {
        let of = call::returned(body.cx, scope, &written.call);
        scope.bind(&name.text, of);
    }
    let (call, of) = called?;
    Some(StatementKind::Observe(Observed {
        name: name.text.clone(),
        call,
        of,
        span: name.span,
    }))
}

impl Body<'_, '_> {
    /// Reports a name that hides the stage from the conditions of stages.
    pub(super) fn refuse_stage(&self, name: &ast::Name) {
        if !self.stages.is_empty() {
            declaration::refuse_taken(self.cx, name, &[STAGE]);
        }
    }
}
