//! Routes: who answers a mail.

use silex_bundle::Type;
use silex_bundle::agent::{Arm, Subject, Target};

use super::standard;
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::source::Span;
use crate::syntax::ast;
use crate::typeck::expr::{self, Place};
use crate::typeck::scope::Scope;
use crate::typeck::{Context, call, ty};

/// Checks where a mail goes.
pub(super) fn check(cx: &Context<'_>, scope: &Scope<'_>, from: &ast::Target) -> Option<Target> {
    match &from.kind {
        ast::TargetKind::Drop => Some(Target::Drop),
        ast::TargetKind::Reviewer(text) => {
            if text.text.trim().is_empty() {
                let message = "the reviewer is not told why";
                cx.report(
                    Diagnostic::error("wrong-value", text.span, message)
                        .help("say in a sentence what to look at"),
                );
            }
            Some(Target::Reviewer(text.text.clone()))
        }
        ast::TargetKind::Call(written) => {
            let (call, of) = call::check(cx, scope, written, Place::AgentArgument)?;
            if !ty::is_unknown(&of) && of != standard("Reply") {
                let message = format!(
                    "`{}` returns `{}`, and a route ends in a `Reply`",
                    written.name.text,
                    ty::name(&of)
                );
                cx.report(Diagnostic::error("type-mismatch", written.span, message));
            }
            Some(Target::Call(call))
        }
        ast::TargetKind::Match { on, arms } => {
            let (subject, of) = subject(cx, scope, on);
            let cases = coverage(cx, &of, arms, on.span);
            let targets: Vec<Option<Target>> =
                arms.iter().map(|arm| check(cx, scope, &arm.then)).collect();
            let arms = cases.into_iter().zip(targets).map(|(cases, target)| {
                Some(Arm {
                    cases,
                    target: target?,
                })
            });
            Some(Target::Match {
                on: subject?,
                arms: arms.collect::<Option<_>>()?,
            })
        }
    }
}

/// What a match is over, and its type.
fn subject(cx: &Context<'_>, scope: &Scope<'_>, on: &ast::Expr) -> (Option<Subject>, Type) {
    if let ast::ExprKind::Call(written) = &on.kind {
        let call = call::check(cx, scope, written, Place::AgentArgument);
        let of = call::returned(cx, scope, written);
        return (call.map(|(call, _)| Subject::Call(call)), of);
    }
    match expr::check(cx, scope, on, None, Place::AgentArgument) {
        Some(typed) => (Some(Subject::Value(typed.expr)), typed.of),
        None => (None, ty::unknown()),
    }
}

/// The names of each arm's cases, none for `_`. Every case must have an arm, and every arm a case.
fn coverage(
    cx: &Context<'_>,
    of: &Type,
    arms: &[ast::Arm<ast::Target>],
    on: Span,
) -> Vec<Vec<String>> {
    let known: Option<Vec<String>> = match of {
        Type::Bool => Some(vec!["true".to_owned(), "false".to_owned()]),
        Type::Text { .. }
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
        | Type::Optional(_)
        | Type::Named(_) => {
            ty::cases(cx, of).map(|cases| cases.iter().map(|case| case.name.clone()).collect())
        }
    };
    if known.is_none() && !ty::is_unknown(of) {
        let message = format!(
            "a route matches over an enum or `bool`, and this is `{}`",
            ty::name(of)
        );
        cx.report(
            Diagnostic::error("match-type", on, message)
                .help("let a behaviour sort the mail into cases, and match over its answer"),
        );
    }
    let mut left = known.clone().unwrap_or_default();
    let mut all = Vec::new();
    let mut unknown = false;
    for arm in arms {
        let mut cases = Vec::new();
        for (place, pattern) in arm.patterns.iter().enumerate() {
            let name = match pattern {
                ast::Pattern::Any(_) => {
                    if known.is_some() && left.is_empty() {
                        let message = "`_` is never reached: every case has an arm";
                        cx.report(
                            Diagnostic::error("unreachable-arm", arm.span, message)
                                .help("take it out, so that a new case is noticed")
                                .fix(arm.with_pattern(place), "", "take the arm out"),
                        );
                    }
                    left.clear();
                    continue;
                }
                ast::Pattern::Case(name) => name.text.clone(),
                ast::Pattern::Bool(value, _) => value.to_string(),
            };
            let Some(known) = &known else { continue };
            if let Some(at) = left.iter().position(|case| *case == name) {
                left.remove(at);
            } else if known.contains(&name) {
                let message = format!("`{name}` has an arm already");
                cx.report(
                    Diagnostic::error("unreachable-arm", pattern.span(), message)
                        .help("take it out here, or there")
                        .fix(arm.with_pattern(place), "", "take it out here"),
                );
            } else {
                let message = format!("`{}` has no case `{name}`", ty::name(of));
                let nearest = nearest(&name, known.iter().map(String::as_str));
                cx.report(
                    Diagnostic::error("unknown-case", pattern.span(), message)
                        .at(format!("its cases are `{}`", known.join("`, `")))
                        .did_you_mean(nearest),
                );
                // It was meant to be one of those that are left.
                unknown = true;
            }
            cases.push(name);
        }
        all.push(cases);
    }
    if !left.is_empty() && !unknown {
        let message = format!("not every case has an arm: `{}` is left", left.join("`, `"));
        cx.report(Diagnostic::error("non-exhaustive", on, message).help("add the arms, or `_`"));
    }
    all
}
