//! `unused-observed`: what is observed and then not looked at.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-observed",
    level: Level::Warn,
    explain: include_str!("unused_observed.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (item, observe) in &index.observes {
        let Some(item) = index.item(*item) else {
            continue;
        };
        let name = &observe.name;
        let used = index
            .references(item)
            .iter()
            .any(|reference| reference.text == name.text);
        if !used {
            let message = format!("`{}` is observed and not looked at", name.text);
            found.push(
                Diagnostic::warning(LINT.code, name.span, message)
                    .at("each costs a call of a model")
                    .help("take the line out, or ask for it in a `when` or `match`")
                    .rests_on([item.tree.span]),
            );
        }
    }
    found
}
