//! Rules: strength, prose, clauses and samples.

use silex_bundle::behaviour::{About, Because, Kind, Overrides, Rule, Sample, Strength};

use super::body::Body;
use super::expr::{self, Place};
use super::scope::Scope;
use super::{offer, overrides, place, prose, ty};
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
        judge: false,
        at_least: None,
        overrides: Vec::new(),
        about: None,
        samples: written.samples.iter().map(sample).collect(),
    };
    let mut seen: Vec<(&'static str, Span)> = Vec::new();
    for clause in &written.clauses {
        match &clause.kind {
            ClauseKind::Because { told, text } => {
                once(body, &mut seen, "because", clause.keyword);
                if text.text.trim().is_empty() {
                    let help = "say why the rule is there, or take `because` out";
                    cx.report(
                        Diagnostic::error("empty-reason", text.span, "the reason is empty")
                            .help(help),
                    );
                }
                rule.because = Some(Because {
                    text: text.text.clone(),
                    shown: *told,
                });
            }
            ClauseKind::Check(expr) => rule.checks.extend(decided(body, scope, expr)),
            ClauseKind::CheckJudge => {
                once(body, &mut seen, "check judge", clause.keyword);
                refuse_weak(body, written, clause, "check judge", &JUDGED);
                rule.judge = true;
            }
            ClauseKind::About(written) => {
                once(body, &mut seen, "about", clause.keyword);
                rule.about = about(body, scope, written);
            }
            ClauseKind::Overrides {
                rule: other,
                because,
            } => {
                let found = overrides::check(body, scope.module(), &rule.id, other, because);
                let before = |it: &Overrides| rule.overrides.iter().any(|one| one.rule == it.rule);
                if found.as_ref().is_some_and(before) {
                    let message = format!("`{other}` is overridden already");
                    cx.report(
                        Diagnostic::error("duplicate-clause", clause.span, message)
                            .help("take one of them out"),
                    );
                }
                rule.overrides.extend(found);
            }
            ClauseKind::AtLeast(percent) => {
                once(body, &mut seen, "at least", clause.keyword);
                refuse_weak(body, written, clause, "at least", &RATED);
                rule.at_least = rate(body, percent);
            }
            ClauseKind::Allow(_) => {}
        }
    }
    StatementKind::Segment {
        kind: Kind::Rule(Box::new(rule)),
        text,
        each: Vec::new(),
    }
}

/// Strengths of rules that a second model can judge: what is only allowed cannot be broken.
const JUDGED: [ast::Strength; 4] = [
    ast::Strength::Must,
    ast::Strength::Never,
    ast::Strength::Should,
    ast::Strength::Avoid,
];
/// Strengths of rules that may be missed now and then.
const RATED: [ast::Strength; 2] = [ast::Strength::Should, ast::Strength::Avoid];

/// Reports a clause that means nothing for the strength of its rule.
fn refuse_weak(
    body: &Body<'_, '_>,
    rule: &ast::Rule,
    clause: &ast::Clause,
    what: &str,
    fitting: &[ast::Strength],
) {
    if fitting.contains(&rule.strength) {
        return;
    }
    let help = match rule.strength {
        ast::Strength::Must => "a `must` holds always: take it out, or write `should`",
        ast::Strength::Never => "a `never` holds always: take it out, or write `avoid`",
        ast::Strength::Should | ast::Strength::Avoid | ast::Strength::May => {
            "a `may` only allows, so nothing can break it: take it out"
        }
    };
    let message = format!(
        "`{what}` says nothing about a `{}`",
        strength(rule.strength).word()
    );
    body.cx.report(
        Diagnostic::error("pointless-clause", clause.span, message)
            .help(help)
            .fix(clause.span, "", format!("take `{what}` out")),
    );
}

/// The percentage of `at least`.
fn rate(body: &Body<'_, '_>, written: &ast::Number) -> Option<u8> {
    let number = written.text.parse().ok();
    let rate = number.filter(|rate| (1..=100).contains(rate));
    if rate.is_none() {
        let message = format!("`{}%` cannot be a rate", written.text);
        body.cx.report(
            Diagnostic::error("out-of-range", written.span, message)
                .help("it is a whole percentage from 1% to 100%"),
        );
    }
    rate
}

fn once(body: &Body<'_, '_>, seen: &mut Vec<(&'static str, Span)>, what: &'static str, span: Span) {
    if let Some((_, first)) = seen.iter().find(|(earlier, _)| *earlier == what) {
        body.cx.report(
            Diagnostic::error("duplicate-clause", span, format!("a rule has one `{what}`"))
                .label(*first, "first here")
                .help("keep one of them"),
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
    // It may have been meant to be a `Reply`.
    if ty::is_unknown(&of) {
        scope.bind("reply", of.clone());
    }
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
            body.speaks_of(
                scope,
                &declared.qualified,
                written.name.span,
                offer::By::About,
            );
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
