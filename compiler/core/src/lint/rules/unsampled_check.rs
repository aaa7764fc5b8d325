//! `unsampled-check`: a check by a regular expression that nothing has tried.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{ClauseKind, Expr, ExprKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unsampled-check",
    level: Level::Warn,
    explain: include_str!("unsampled_check.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in index.rules.iter().filter(|it| it.tree.samples.is_empty()) {
        for clause in &rule.tree.clauses {
            let ClauseKind::Check(expr) = &clause.kind else {
                continue;
            };
            if matches(expr) {
                let message = format!("nothing has tried the check of `{}`", rule.tree.name.text);
                found.push(
                    Diagnostic::warning(LINT.code, clause.span, message)
                        .help("add a `good` that must pass and a `bad` that must not: they are tried at every build")
                        .rests_on([clause.span]),
                );
            }
        }
    }
    found
}

/// Whether the body of a reply is matched: a sample is one.
fn matches(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call(call) => {
            let text = call.args.first().map(|arg| &arg.value.kind);
            call.name.text == "matches"
                && matches!(text, Some(ExprKind::Path(path)) if path.to_string() == "reply.body")
        }
        ExprKind::Not(inner) => matches(inner),
        ExprKind::And(all) | ExprKind::Or(all) => all.iter().any(matches),
        ExprKind::Literal(_)
        | ExprKind::List(_)
        | ExprKind::Path(_)
        | ExprKind::Filter { .. }
        | ExprKind::Compare { .. }
        | ExprKind::Is { .. }
        | ExprKind::In { .. }
        | ExprKind::Junk => false,
    }
}
