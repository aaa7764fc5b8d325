//! `unused-item`: an `each` whose facts are the same for every item.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-item",
    level: Level::Warn,
    explain: include_str!("unused_item.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (item, each) in &index.eaches {
        let Some(item) = index.item(*item) else {
            continue;
        };
        let names = index.references(item).iter();
        let is_used = names
            .filter(|name| each.body.span.holds(name.span))
            .any(|name| name.text == each.name.text);
        if !is_used && !each.body.statements.is_empty() {
            let message = format!("nothing is said of `{}`", each.name.text);
            found.push(
                Diagnostic::warning(LINT.code, each.name.span, message)
                    .at("the same words stand in the prompt once for each item")
                    .help(format!(
                        "name it in a hole, as in `{{{{ {} }}}}`, or write the facts outside",
                        each.name.text
                    ))
                    .rests_on([item.tree.span]),
            );
        }
    }
    found
}
