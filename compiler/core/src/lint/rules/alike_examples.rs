//! `alike-examples`: two examples that begin with the same inputs.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::syntax::ast::{ExampleLineKind, ItemKind, Name};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "alike-examples",
    level: Level::Warn,
    explain: include_str!("alike_examples.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let index = view.index;
    let mut seen: BTreeMap<(&str, Vec<&str>), &Name> = BTreeMap::new();
    let mut found = Vec::new();
    for item in &index.items {
        let ItemKind::Example(example) = &item.tree.kind else {
            continue;
        };
        // What the tools answer is an input of the later steps.
        let inputs = example.lines.iter().filter(|line| {
            matches!(
                line.kind,
                ExampleLineKind::Given { .. }
                    | ExampleLineKind::Mail(_)
                    | ExampleLineKind::Calls(_)
            )
        });
        let mut inputs: Vec<&str> = inputs.map(|line| index.text(line.span)).collect();
        inputs.sort_unstable();
        let name = &example.name;
        if let Some(first) = seen.get(&(example.behaviour.text.as_str(), inputs.clone())) {
            let message = format!("`{}` begins as `{}` does", name.text, first.text);
            found.push(
                Diagnostic::warning(LINT.code, name.span, message)
                    .label(first.span, "the same inputs")
                    .help("the same inputs give the same prompt: expect both things in one example, or change what is given"),
            );
        } else {
            seen.insert((&example.behaviour.text, inputs), name);
        }
    }
    found
}
