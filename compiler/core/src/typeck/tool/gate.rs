//! Gates: what a call must pass, in order.
//!
//! The first gate that applies stops the call, so each is asked where those above it let through.

use silex_bundle::tool::{Gate, GateKind};

use crate::diagnostic::Diagnostic;
use crate::satisfy::Formula;
use crate::source::Span;
use crate::syntax::ast;
use crate::typeck::Context;
use crate::typeck::expr::{self, Place};
use crate::typeck::scope::Scope;

/// The gates of a tool, as far as they are read.
pub(super) struct Gates {
    /// What the next gate sees, and what holds where it is asked.
    scope: Scope<'static>,
    last: Option<Span>,
    pub(super) list: Vec<Gate>,
}

impl Gates {
    /// No gate yet; they see the parameters and what stands behind `for`.
    pub(super) fn new(scope: Scope<'static>) -> Self {
        Self {
            scope,
            last: None,
            list: Vec::new(),
        }
    }

    /// Reads the next gate.
    pub(super) fn read(&mut self, cx: &Context<'_>, gate: &ast::Gate, span: Span) {
        if let Some(last) = self.last.filter(|_| !self.scope.reachable()) {
            let message = "this gate is never asked: those above it stop every call";
            cx.report(
                Diagnostic::error("unreachable-line", span, message)
                    .label(last, "nothing gets past this one")
                    .help("put it above them, or take it out"),
            );
            return;
        }
        let kind = match gate.kind {
            ast::GateKind::Reviewer => GateKind::Reviewer,
            ast::GateKind::Refuse => GateKind::Refuse,
        };
        let (when, says) = match &gate.when {
            Some(when) => {
                let condition = expr::condition(cx, &self.scope, when, Place::Gate);
                (condition.expr, condition.says)
            }
            None => (None, Formula::Always(true)),
        };
        self.scope.assume(says.negated());
        self.last = Some(span);
        // A gate that could not be typed still is a gate.
        self.list.push(Gate { kind, when });
    }
}
