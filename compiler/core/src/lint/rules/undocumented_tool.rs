//! `undocumented-tool`: the model is not told what a tool does.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "undocumented-tool",
    level: Level::Warn,
    explain: include_str!("undocumented_tool.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let bare = index.tools().filter(|(item, _)| item.docs.is_none());
    bare.map(|(_, tool)| {
        let name = &tool.name;
        let message = format!("the model is not told what `{}` does", name.text);
        Diagnostic::warning(LINT.code, name.span, message)
            .help("say it in a `///` line before the tool: what it does, and when to use it")
    })
    .collect()
}
