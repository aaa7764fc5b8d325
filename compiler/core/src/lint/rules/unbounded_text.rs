//! `unbounded-text`: a tool takes a text of any length.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::TypeKind;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unbounded-text",
    level: Level::Warn,
    explain: include_str!("unbounded_text.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, tool) in index.tools() {
        for param in &tool.params {
            let TypeKind::Text { length, .. } = &param.ty.kind else {
                continue;
            };
            if length.as_ref().is_none_or(|length| length.max.is_none()) {
                let message = format!("`{}` may be a text of any length", param.name.text);
                found.push(
                    Diagnostic::warning(LINT.code, param.ty.span, message).help(
                        "say how long it may be, as in `text 1..200`: a call with more is sent back to the model",
                    ),
                );
            }
        }
    }
    found
}
