//! Review: which drafts a person sees first, and for how long they may wait.
//!
//! The first line that holds decides, so each is asked where those above it do not hold.

use silex_bundle::agent::{Assign, Decision, Due, Overdue, Review, ReviewLine};

use super::standard;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;
use crate::typeck::bounds::some_time;
use crate::typeck::expr::{self, Place};
use crate::typeck::model::Once;
use crate::typeck::scope::Scope;
use crate::typeck::{Context, place};

/// What holds where an agent says nothing: a person sees every draft.
pub(super) fn unstated() -> Review {
    Review {
        assign: Assign::RoundRobin,
        lines: Vec::new(),
        otherwise: Decision::Hold,
        due: None,
    }
}

/// Checks `review`.
pub(super) fn check(cx: &Context<'_>, around: &Scope<'_>, from: &ast::Review) -> Review {
    let mut scope = around.inner();
    scope.bind("draft", standard("Draft"));
    let mut lines = Lines {
        scope,
        once: Once::default(),
        unreachable: false,
        review: unstated(),
    };
    for line in &from.lines {
        lines.read(cx, line);
    }
    lines.review
}

struct Lines<'s> {
    /// What the next line sees, and what holds where it is asked.
    scope: Scope<'s>,
    once: Once,
    /// Whether a line was reported that is never asked: those below it are not either.
    unreachable: bool,
    review: Review,
}

impl Lines<'_> {
    fn read(&mut self, cx: &Context<'_>, line: &ast::ReviewLine) {
        match &line.kind {
            ast::ReviewLineKind::Assign(name) => {
                self.once.line(cx, "assign", (line.keyword, line.span));
                if name.text != "round_robin" {
                    let message = format!("unknown way to assign `{}`", name.text);
                    let problem = Diagnostic::error("unknown-name", name.span, message);
                    cx.report(problem.did_you_mean(Some("round_robin")));
                }
            }
            ast::ReviewLineKind::Hold(when) => self.decide(cx, Decision::Hold, when, line),
            ast::ReviewLineKind::Pass(when) => self.decide(cx, Decision::Pass, when, line),
            ast::ReviewLineKind::Otherwise(otherwise) => {
                self.once.line(cx, "otherwise", (line.keyword, line.span));
                self.refuse_unreachable(cx, line);
                self.review.otherwise = match otherwise {
                    ast::Otherwise::Hold => Decision::Hold,
                    ast::Otherwise::Pass => Decision::Pass,
                };
            }
            ast::ReviewLineKind::Due { after, escalate } => {
                self.once.line(cx, "due", (line.keyword, line.span));
                let after_ms = some_time(cx, after, "nobody could decide a draft in it");
                self.review.due = after_ms.map(|after_ms| Due {
                    after_ms,
                    then: if *escalate {
                        Overdue::Escalate
                    } else {
                        Overdue::Reassign
                    },
                });
            }
            ast::ReviewLineKind::Junk(_) => {}
        }
    }

    fn decide(
        &mut self,
        cx: &Context<'_>,
        decision: Decision,
        when: &ast::Expr,
        line: &ast::ReviewLine,
    ) {
        if self.once.has("otherwise") {
            let message = "nothing behind `otherwise` is ever asked";
            cx.report(
                Diagnostic::error("unreachable-line", line.keyword, message)
                    .help("put `otherwise` last"),
            );
        } else {
            self.refuse_unreachable(cx, line);
        }
        let condition = expr::condition(cx, &self.scope, when, Place::Review);
        self.scope.assume(condition.says.negated());
        self.review
            .lines
            .extend(condition.expr.map(|when| ReviewLine {
                decision,
                when,
                span: place(line.span),
            }));
    }

    fn refuse_unreachable(&mut self, cx: &Context<'_>, line: &ast::ReviewLine) {
        if !self.unreachable && !self.scope.reachable() {
            self.unreachable = true;
            let message = "this line is never asked: those above it decide every draft";
            cx.report(
                Diagnostic::error("unreachable-line", line.keyword, message)
                    .help("take it out, or put it above them"),
            );
        }
    }
}
