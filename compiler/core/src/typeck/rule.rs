//! Rules: strength, prose, clauses and samples.

use silex_bundle::behaviour::{About, Because, Kind, Rule, Sample, Strength};

use super::body::Body;
use super::expr::{self, Place};
use super::scope::Scope;
use super::{place, prose};
use crate::diagnostic::Diagnostic;
use crate::hir::StatementKind;
use crate::resolve;
use crate::source::Span;
use crate::syntax::ast::{self, ClauseKind};

/// A rule of a behaviour or ruleset.
pub(super) fn check(
    body: &mut Body<'_, '_>,
    scope: &Scope<'_>,
    written: &ast::Rule,
) -> StatementKind {
    let cx = body.cx;
    let text = prose::check(cx, scope, &written.prose);
    let mut rule = Rule {
        name: written.name.text.clone(),
        id: format!("{}.{}", body.owner, written.name.text),
        strength: strength(written.strength),
        because: None,
        checks: Vec::new(),
        about: None,
        samples: written.samples.iter().map(sample).collect(),
    };
    let mut seen: Vec<(&'static str, Span)> = Vec::new();
    for clause in &written.clauses {
        match &clause.kind {
            ClauseKind::Because { told, text } => {
                once(body, &mut seen, "because", clause.keyword);
                rule.because = Some(Because {
                    text: text.text.clone(),
                    shown: *told,
                });
            }
            ClauseKind::Check(expr) => rule.checks.extend(decided(body, scope, expr)),
            ClauseKind::CheckJudge => cx.not_supported(clause.span, "`check judge`"),
            ClauseKind::About(written) => {
                once(body, &mut seen, "about", clause.keyword);
                rule.about = about(body, scope, written);
            }
            ClauseKind::Overrides { .. } => cx.not_supported(clause.span, "`overrides`"),
            ClauseKind::AtLeast(_) => cx.not_supported(clause.span, "`at least`"),
            ClauseKind::Allow(_) => {}
        }
    }
    StatementKind::Segment {
        kind: Kind::Rule(Box::new(rule)),
        text,
        each: Vec::new(),
    }
}

fn once(body: &Body<'_, '_>, seen: &mut Vec<(&'static str, Span)>, what: &'static str, span: Span) {
    if let Some((_, first)) = seen.iter().find(|(earlier, _)| *earlier == what) {
        body.cx.report(
            Diagnostic::error("duplicate-clause", span, format!("a rule has one `{what}`"))
                .label(*first, "first here"),
        );
    }
    seen.push((what, span));
}

/// A check: it sees the draft as well.
fn decided(
    body: &mut Body<'_, '_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
) -> Option<silex_bundle::Expr> {
    let mut scope = scope.inner();
    let (name, of) = body.answer();
    scope.bind(name, of);
    let found = expr::condition(body.cx, &scope, written, Place::Check).expr?;
    if prose::names_root(&found, "reply") {
        body.names_reply(written.span);
    }
    Some(found)
}

/// What a rule or step speaks of. A tool must be offered where it is spoken of.
pub(super) fn about(
    body: &mut Body<'_, '_>,
    scope: &Scope<'_>,
    written: &ast::About,
) -> Option<About> {
    match written.kind {
        ast::AboutKind::Topic => Some(About::Topic(written.name.text.clone())),
        ast::AboutKind::Tool => {
            let declared = body
                .cx
                .find(scope.module(), &written.name, &[resolve::Kind::Tool])?;
            body.speaks_of(scope, &declared.qualified, written.name.span);
            Some(About::Tool(declared.qualified.clone()))
        }
    }
}

fn sample(written: &ast::Sample) -> Sample {
    Sample {
        good: written.kind == ast::SampleKind::Good,
        text: written.text.text.clone(),
        because: written.because.as_ref().map(|because| because.text.clone()),
        span: place(written.span),
    }
}

fn strength(written: ast::Strength) -> Strength {
    match written {
        ast::Strength::Must => Strength::Must,
        ast::Strength::Never => Strength::Never,
        ast::Strength::Should => Strength::Should,
        ast::Strength::Avoid => Strength::Avoid,
        ast::Strength::May => Strength::May,
    }
}
