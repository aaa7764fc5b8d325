//! `unused-parameter`: a parameter of a ruleset or tool that changes nothing.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{HandlerKind, ItemKind, Name, Param, Tool, ToolLineKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-parameter",
    level: Level::Warn,
    explain: include_str!("unused_parameter.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in &index.items {
        let (what, params): (&str, &[Param]) = match &item.tree.kind {
            ItemKind::Ruleset(ruleset) => ("ruleset", &ruleset.params),
            ItemKind::Tool(tool) if chooses(tool) => ("tool", &tool.params),
            ItemKind::Tool(_)
            | ItemKind::Use(_)
            | ItemKind::Allow(_)
            | ItemKind::Const(_)
            | ItemKind::Enum(_)
            | ItemKind::Record(_)
            | ItemKind::Entity(_)
            | ItemKind::Model(_)
            | ItemKind::Behaviour(_)
            | ItemKind::Agent(_)
            | ItemKind::Example(_)
            | ItemKind::Junk(_) => continue,
        };
        let references = index.references(item);
        let unused = params
            .iter()
            .map(|param| &param.name)
            .filter(|name| !references.iter().any(|it| it.text == name.text));
        found.extend(unused.map(|name| finding(what, name).rests_on([item.tree.span])));
    }
    found
}

fn finding(what: &str, name: &Name) -> Diagnostic {
    let message = format!(
        "the parameter `{}` of the {what} changes nothing",
        name.text
    );
    Diagnostic::warning(LINT.code, name.span, message).help("take it out, or make use of it")
}

/// Whether the tool says itself which parameters go where; else all of them are handed on.
fn chooses(tool: &Tool) -> bool {
    tool.lines.iter().any(|line| {
        matches!(
            &line.kind,
            ToolLineKind::Via(handler)
                if matches!(handler.kind, HandlerKind::Save { .. } | HandlerKind::Behaviour(_))
        )
    })
}
