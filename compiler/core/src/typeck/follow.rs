//! `follow`: the rules of a ruleset under the conditions of the line.

use silex_bundle::{Expr, Type};

use super::body::Body;
use super::branch::{self, BranchId};
use super::call::{self, Arguments};
use super::expr::Place;
use super::offer::Spoken;
use super::scope::Scope;
use super::ty;
use crate::diagnostic::Diagnostic;
use crate::hir::StatementKind;
use crate::resolve::Kind;
use crate::source::Span;
use crate::syntax::ast;

/// A ruleset that is followed.
#[derive(Debug, Clone)]
pub(super) struct Followed {
    /// Qualified.
    pub(super) ruleset: String,
    span: Span,
    args: Vec<(String, Expr)>,
    branch: BranchId,
}

/// A `follow` line.
pub(super) fn check(
    body: &mut Body<'_, '_>,
    scope: &Scope<'_>,
    written: &ast::Follow,
    branch: &BranchId,
) -> Option<StatementKind> {
    let cx = body.cx;
    let declared = body.source(scope.module(), &written.ruleset, Kind::Ruleset)?;
    let ruleset = cx.hir.rulesets.get(&declared.qualified)?;
    let span = written.args.last().map_or(written.ruleset.span, |last| {
        written.ruleset.span.to(last.span)
    });
    let arguments = Arguments {
        callee: &written.ruleset.text,
        params: &ruleset.params,
        args: &written.args,
        span,
    };
    let args = call::bind(cx, scope, &arguments, Place::Argument);
    speak(body, scope, &declared.qualified, written.ruleset.span);
    let args = args?;
    // Defaults count as if they were written.
    let mut all = args.clone();
    for param in &ruleset.params {
        if let (Some(default), true) = (
            &param.default,
            all.iter().all(|(name, _)| *name != param.name),
        ) {
            all.push((param.name.clone(), Expr::Literal(default.clone())));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let differs = |other: &&Followed| {
        other.ruleset == declared.qualified
            && other.args != all
            && !branch::exclude(&other.branch, branch)
    };
    if let Some(other) = body.followed.iter().find(differs) {
        let message = format!(
            "`{}` is followed twice with different arguments",
            written.ruleset.text
        );
        cx.report(
            Diagnostic::error("followed-twice", span, message)
                .label(other.span, "with others here")
                .help("follow it once, or in different arms of one `match` or `when`"),
        );
    }
    body.followed.push(Followed {
        ruleset: declared.qualified.clone(),
        span,
        args: all,
        branch: branch.clone(),
    });
    Some(StatementKind::Follow {
        ruleset: declared.qualified.clone(),
        args,
    })
}

/// What the rules of a ruleset, and of those that it follows, ask of the behaviour.
fn speak(body: &mut Body<'_, '_>, scope: &Scope<'_>, ruleset: &str, span: Span) {
    let Some(returns) = body.returns else { return };
    let cx = body.cx;
    let mut seen = Vec::new();
    let mut open = vec![ruleset];
    let mut reply = None;
    while let Some(name) = open.pop() {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let Some(facts) = cx.spoken.get(name) else {
            continue;
        };
        reply = reply.or(facts.reply);
        open.extend(facts.follows.iter().map(String::as_str));
        for spoken in &facts.tools {
            // What the ruleset's own conditions say is in words of its parameters.
            if spoken.facts.is_empty() {
                let facts = scope.facts().cloned().collect();
                body.spoken.push(Spoken {
                    tool: spoken.tool.clone(),
                    span,
                    by: spoken.by,
                    facts,
                });
            }
        }
    }
    if let Some(reply) = reply
        && *returns != Type::Named("silex.Reply".to_owned())
        && !ty::is_unknown(returns)
    {
        let message = format!(
            "`{}` checks a reply, and this behaviour returns `{}`",
            ty::bare(ruleset),
            ty::name(returns)
        );
        cx.report(Diagnostic::error("type-mismatch", span, message).label(reply, "checked here"));
    }
}
