//! `uncovered-tool`: a tool that no example calls.

use std::collections::BTreeSet;

use silex_bundle::example::Event;

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "uncovered-tool",
    level: Level::Allow,
    explain: include_str!("uncovered_tool.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let events = view.bundle.examples.values().flat_map(|it| &it.script);
    let called: BTreeSet<&str> = events
        .filter_map(|event| match event {
            Event::Calls { tool, .. } => Some(tool.as_str()),
            Event::Replies(_) => None,
        })
        .collect();
    let mut found = Vec::new();
    for item in &view.index.items {
        let declared = view.declared(item);
        let tool = declared.filter(|it| view.bundle.tools.contains_key(&it.qualified));
        let Some(declared) = tool.filter(|it| !called.contains(it.qualified.as_str())) else {
            continue;
        };
        let message = format!("no example calls `{}`", declared.name.text);
        found.push(
            Diagnostic::warning(LINT.code, declared.name.span, message).help(format!(
                "show when it is called, and with what: `calls {} {{ … }} returns …`",
                declared.name.text
            )),
        );
    }
    found
}
