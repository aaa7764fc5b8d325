//! What an example expects: of the prompt, of the tools, of the draft.

use silex_bundle::Type;
use silex_bundle::example::Expect;
use silex_bundle::expr::Compare;

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::hir::{Behaviour, Observed, StatementKind};
use crate::syntax::ast::{self, ExprKind};
use crate::typeck::Context;
use crate::typeck::expr::{self, Place};
use crate::typeck::scope::Scope;

impl Subject<'_> {
    pub(super) fn expect(&self, cx: &Context<'_>, from: &ast::Expect) -> Option<Expect> {
        match &from.kind {
            ast::ExpectKind::Rule { no, name } => Some(Expect::Rule {
                id: self.rule(cx, name)?.id.clone(),
                present: !no,
            }),
            ast::ExpectKind::Tool { no, name } => Some(Expect::Tool {
                tool: self.tool(cx, name)?,
                present: !no,
            }),
            ast::ExpectKind::Prompt { no, contains } => {
                if contains.text.is_empty() {
                    let message = "every prompt contains the empty text";
                    cx.report(Diagnostic::error("wrong-value", contains.span, message));
                }
                Some(Expect::Prompt {
                    text: contains.text.clone(),
                    present: !no,
                })
            }
            ast::ExpectKind::Tokens { op, number } => match number.text.parse() {
                Ok(count) => Some(Expect::Tokens {
                    op: compare(*op),
                    count,
                }),
                Err(_) => {
                    let message = format!("`{}` is no number of tokens", number.text);
                    cx.report(Diagnostic::error("wrong-value", number.span, message));
                    None
                }
            },
            ast::ExpectKind::ChecksPass => Some(Expect::ChecksPass),
            ast::ExpectKind::ChecksFail(name) => {
                let rule = self.rule(cx, name)?;
                if rule.checks.is_empty() {
                    let message = format!("rule `{}` has no `check` that could fail", name.text);
                    let report = Diagnostic::error("no-check", name.span, message)
                        .help("give the rule a `check`, or take this line out");
                    self.report(cx, report, None);
                    return None;
                }
                Some(Expect::CheckFails(rule.id.clone()))
            }
            ast::ExpectKind::Stage(name) => self.stage(cx, name).map(Expect::Stage),
            ast::ExpectKind::Expr(written) => {
                let scope = self.seen_at_the_end();
                let is_other =
                    self.refused_rule(cx, written) || refused_tokens(cx, &scope, written);
                if is_other {
                    return None;
                }
                expr::condition(cx, &scope, written, Place::Expect)
                    .expr
                    .map(Expect::That)
            }
        }
    }

    /// What a condition may ask: the inputs, what was observed, and what the model answered.
    fn seen_at_the_end(&self) -> Scope<'static> {
        let mut scope = Scope::new(self.declared.module);
        for input in &self.behaviour.inputs {
            scope.bind(&input.name, input.of.clone());
        }
        for observed in always_observed(self.behaviour) {
            scope.bind(&observed.name, observed.of.clone());
        }
        let is_reply = self.behaviour.returns == Type::Named("silex.Reply".to_owned());
        let answer = if is_reply { "reply" } else { "result" };
        scope.bind(answer, self.behaviour.returns.clone());
        scope
    }

    /// Reports a rule in the place of a condition: `expect thank` for `expect rule thank`.
    fn refused_rule(&self, cx: &Context<'_>, written: &ast::Expr) -> bool {
        let Some(name) = written.as_name() else {
            return false;
        };
        let is_rule = self.rules.iter().any(|rule| rule.name == name.text);
        if is_rule {
            let message = format!("`{}` is a rule, not a condition", name.text);
            let line = format!("expect rule {}", name.text);
            cx.report(
                Diagnostic::error("wrong-kind", name.span, message)
                    .help(format!("that it is in the prompt is written `{line}`"))
                    .fix(
                        name.span,
                        format!("rule {}", name.text),
                        format!("write `{line}`"),
                    ),
            );
        }
        is_rule
    }
}

/// Reports what was to be `tokens`: `expect token < 500`.
fn refused_tokens(cx: &Context<'_>, scope: &Scope<'_>, written: &ast::Expr) -> bool {
    let ExprKind::Compare { left, .. } = &written.kind else {
        return false;
    };
    let Some(name) = left.as_name().filter(|it| scope.lookup(&it.text).is_none()) else {
        return false;
    };
    let near = nearest(&name.text, ["tokens"]);
    if near.is_some() {
        let message = format!("unknown word `{}`", name.text);
        cx.report(Diagnostic::error("unknown-word", name.span, message).did_you_mean(near));
    }
    near.is_some()
}

/// What a behaviour observes under no condition.
pub(super) fn always_observed(behaviour: &Behaviour) -> impl Iterator<Item = &Observed> {
    behaviour
        .body
        .iter()
        .filter_map(|statement| match &statement.kind {
            StatementKind::Observe(observed) => Some(observed),
            StatementKind::Segment { .. }
            | StatementKind::When(_)
            | StatementKind::Follow { .. }
            | StatementKind::Tools(_)
            | StatementKind::Way(_) => None,
        })
}

fn compare(op: ast::Comparison) -> Compare {
    match op {
        ast::Comparison::Eq => Compare::Eq,
        ast::Comparison::Ne => Compare::Ne,
        ast::Comparison::Lt => Compare::Lt,
        ast::Comparison::Le => Compare::Le,
        ast::Comparison::Gt => Compare::Gt,
        ast::Comparison::Ge => Compare::Ge,
    }
}
