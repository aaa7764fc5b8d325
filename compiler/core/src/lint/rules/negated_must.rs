//! `negated-must`: a `must` that forbids.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint, negation};
use crate::package::Level;
use crate::source::Span;
use crate::syntax::ast::Strength;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "negated-must",
    level: Level::Warn,
    explain: include_str!("negated_must.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let negated = negation::find(index, &[Strength::Must, Strength::Should]);
    let found = negated.into_iter().map(|it| {
        let (strength, other) = if it.rule.tree.strength == Strength::Must {
            ("must", "never")
        } else {
            ("should", "avoid")
        };
        let written = index.text(it.span);
        let message = format!("a `{strength}` that says `{written}` is `{other}`");
        let finding = Diagnostic::warning(LINT.code, it.span, message)
            .help(format!("make it `{other}`, and say what is not to be done"));
        let Some((place, head)) = it.without else {
            return finding;
        };
        let keyword = it.rule.keyword;
        let between = Span {
            start: keyword.end,
            end: place.start,
            ..keyword
        };
        let text = format!("{other}{}{head}", index.text(between));
        finding.fix(keyword.to(place), text, format!("make it `{other}`"))
    });
    found.collect()
}
