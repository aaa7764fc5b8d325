//! What is done when something happened.

use silex_bundle::agent::{Action, After, AfterLine, Contact};

use super::event;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;
use crate::typeck::expr::{self, Place};
use crate::typeck::scope::Scope;
use crate::typeck::{Context, call, place, save};

/// Checks the lines of an `after`. Each is a job of its own, so none sees what another says.
pub(super) fn check(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    contact: Option<&Contact>,
    from: &ast::After,
) -> After {
    let event = event(from.event.kind);
    if from.lines.is_empty() {
        let message = format!("nothing is done after `{}`", event.word());
        cx.report(
            Diagnostic::error("missing-line", from.event.span, message)
                .help("say what to `run` or to `save`, or take it out"),
        );
    }
    let lines = from.lines.iter();
    After {
        event,
        lines: lines
            .filter_map(|line| check_line(cx, scope, contact, line))
            .collect(),
    }
}

fn check_line(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    contact: Option<&Contact>,
    line: &ast::AfterLine,
) -> Option<AfterLine> {
    let mut scope = scope.inner();
    let mut sound = true;
    let mut when = None;
    if let Some(written) = &line.when {
        let condition = expr::condition(cx, &scope, written, Place::After);
        scope.assume(condition.says);
        sound = condition.expr.is_some();
        when = condition.expr;
    }
    let action = match &line.action {
        ast::AfterAction::Run(written) => {
            Action::Run(call::check(cx, &scope, written, Place::AgentArgument)?.0)
        }
        ast::AfterAction::Save { path, value } => saved(cx, &scope, contact?, path, value)?,
        ast::AfterAction::Junk(_) => return None,
    };
    sound.then_some(AfterLine {
        action,
        when,
        span: place(line.span),
    })
}

/// `save CONTACT.FIELD = …`
fn saved(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    contact: &Contact,
    path: &ast::Path,
    value: &ast::Expr,
) -> Option<Action> {
    let first = path.names.first()?;
    if first.text != contact.name {
        let message = format!(
            "`save` sets a field of the contact, and `{}` is not the contact",
            first.text
        );
        cx.report(
            Diagnostic::error("save-path", first.span, message)
                .help(format!("write `save {}.FIELD = …`", contact.name)),
        );
        return None;
    }
    let (path, wanted) = save::field(cx, &contact.entity, path)?;
    let value = expr::check(cx, scope, value, Some(&wanted), Place::Save)?.expr;
    Some(Action::Save { path, value })
}
