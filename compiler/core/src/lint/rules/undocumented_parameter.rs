//! `undocumented-parameter`: the model is not told what a parameter of a tool is.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::TypeKind;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "undocumented-parameter",
    level: Level::Warn,
    explain: include_str!("undocumented_parameter.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (_, tool) in index.tools() {
        for param in &tool.params {
            // The fields and cases of a declared type say themselves what they are.
            if param.docs.is_some() || matches!(param.ty.kind, TypeKind::Named(_)) {
                continue;
            }
            let name = &param.name;
            let message = format!(
                "the model is not told what `{}` of `{}` is",
                name.text, tool.name.text
            );
            found.push(
                Diagnostic::warning(LINT.code, name.span, message).help(
                    "say it in a `///` line before the parameter: whose words, which form, what if it is not known",
                ),
            );
        }
    }
    found
}
