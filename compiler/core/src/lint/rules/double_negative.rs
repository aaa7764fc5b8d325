//! `double-negative`: a `never` that says `do not`.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint, negation};
use crate::package::Level;
use crate::syntax::ast::Strength;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "double-negative",
    level: Level::Warn,
    explain: include_str!("double_negative.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let negated = negation::find(index, &[Strength::Never, Strength::Avoid]);
    let found = negated.into_iter().map(|it| {
        let strength = index.text(it.rule.keyword);
        let written = index.text(it.span);
        let message = format!("`{strength}` and `{written}` together say the opposite");
        let finding = Diagnostic::warning(LINT.code, it.span, message).help(format!(
            "`{strength}` says no already: write what is not to be done"
        ));
        match it.without {
            Some((place, head)) => finding.fix(place, head, "take the second no out"),
            None => finding,
        }
    });
    found.collect()
}
