//! `contradictory-checks`: no draft can pass the checks of two rules.

use silex_bundle::behaviour::Kind;
use silex_bundle::{Behaviour, Rule, Segment, Type};

use super::contradictory_rules::together;
use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::satisfy::{Answer, Formula, World, solve};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "contradictory-checks",
    level: Level::Warn,
    explain: include_str!("contradictory_checks.md"),
    check: Check::Understood(check),
};

/// A rule and what its checks say.
type Checked<'a> = (&'a Rule, &'a Segment, Formula);

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    view.behaviours()
        .flat_map(|it| contradictions(view, it))
        .collect()
}

fn contradictions(view: &View<'_>, behaviour: &Behaviour) -> Vec<Diagnostic> {
    let reply = behaviour.returns == Type::Named("silex.Reply".to_owned());
    let name = if reply { "reply" } else { "result" };
    let world = World::of_behaviour(view.bundle, behaviour).with(name, &behaviour.returns);
    let checked: Vec<Checked<'_>> = behaviour
        .segments
        .iter()
        .filter_map(|segment| {
            let Kind::Rule(rule) = &segment.kind else {
                return None;
            };
            let all = rule
                .checks
                .iter()
                .map(|check| world.formula(check))
                .collect();
            (!rule.checks.is_empty()).then_some((&**rule, segment, Formula::All(all)))
        })
        .collect();
    let all: Vec<&Formula> = checked.iter().map(|(.., formula)| formula).collect();
    // Mostly a draft can pass them all, and no two need to be compared.
    if all.len() < 2 || solve(&all) != Answer::No {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, second) in checked.iter().enumerate() {
        let clash = checked[..at]
            .iter()
            .find_map(|first| finding(view, behaviour, first, second));
        found.extend(clash);
    }
    found
}

fn finding(
    view: &View<'_>,
    behaviour: &Behaviour,
    (other, first, earlier): &Checked<'_>,
    (rule, segment, later): &Checked<'_>,
) -> Option<Diagnostic> {
    let alone = |formula: &Formula| solve(&[formula]) != Answer::No;
    if !alone(earlier) || !alone(later) || solve(&[earlier, later]) != Answer::No {
        return None;
    }
    let witness = together(view, behaviour, first.when, segment.when)?;
    let message = format!(
        "no draft passes the check of `{}` and that of `{}`",
        rule.name, other.name
    );
    Some(
        Diagnostic::warning(LINT.code, view.rule_name(segment), message)
            .label(view.rule_name(first), "checked as well")
            .help(format!(
                "both are checked when {witness}: every draft would be held; change one of them"
            )),
    )
}
