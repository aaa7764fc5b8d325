//! `uncovered-rule`: a rule that is in the prompt of no example.

use silex_bundle::behaviour::Kind;

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View, coverage};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "uncovered-rule",
    level: Level::Allow,
    explain: include_str!("uncovered_rule.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let examples = coverage::examples(view.bundle);
    let mut found = Vec::new();
    for (name, behaviour) in view.named_behaviours() {
        let own = examples.get(name).map_or(&[][..], Vec::as_slice);
        let reached = coverage::reached(view.bundle, behaviour, own);
        for segment in &behaviour.segments {
            let Kind::Rule(rule) = &segment.kind else {
                continue;
            };
            if own.is_empty() || segment.when.is_some_and(|at| !reached[at]) {
                let message = format!("`{}` is in the prompt of no example", rule.name);
                let bare = name.rsplit('.').next().unwrap_or(name);
                found.push(
                    Diagnostic::warning(LINT.code, view.rule_name(segment), message).help(format!(
                        "add an example for `{bare}` whose inputs bring it in"
                    )),
                );
            }
        }
    }
    found
}
