//! `contradictory-rules`: one rule asks for, or allows, what another forbids.

use std::collections::BTreeMap;

use silex_bundle::behaviour::{About, Kind, Strength};
use silex_bundle::{Behaviour, Rule, Segment};

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::satisfy::{Answer, Formula, Witness, World, solve};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "contradictory-rules",
    level: Level::Warn,
    explain: include_str!("contradictory_rules.md"),
    check: Check::Understood(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    view.behaviours()
        .flat_map(|it| contradictions(view, it))
        .collect()
}

fn contradictions(view: &View<'_>, behaviour: &Behaviour) -> Vec<Diagnostic> {
    let mut targets: BTreeMap<(bool, &str), Vec<(&Rule, &Segment)>> = BTreeMap::new();
    for segment in &behaviour.segments {
        if let Kind::Rule(rule) = &segment.kind
            && let Some(about) = &rule.about
        {
            let target = match about {
                About::Tool(name) => (true, name.as_str()),
                About::Topic(name) => (false, name.as_str()),
            };
            targets.entry(target).or_default().push((rule, segment));
        }
    }
    let mut found = Vec::new();
    for ((is_tool, target), rules) in targets {
        for (at, (rule, segment)) in rules.iter().enumerate() {
            let opposite = rules[..at].iter().find_map(|(other, first)| {
                let settled = overrides(rule, other) || overrides(other, rule);
                let opposed = forbids(rule) != forbids(other) && !settled;
                let witness = opposed
                    .then(|| together(view, behaviour, first.when, segment.when))
                    .flatten()?;
                Some((other, first, witness))
            });
            if let Some((other, first, witness)) = opposite {
                let bare = target.rsplit('.').next().unwrap_or(target);
                let what = if is_tool { "tool" } else { "topic" };
                let message = format!(
                    "`{}` and `{}` say opposite things about the {what} `{bare}`",
                    rule.name, other.name
                );
                found.push(
                    Diagnostic::warning(LINT.code, view.rule_name(segment), message)
                        .at(format!("{} `{}`", article(rule), rule.strength.word()))
                        .label(view.rule_name(first), format!("{} `{}`", article(other), other.strength.word()))
                        .help(format!(
                            "both hold when {witness}: put one under a `when` that rules this out, or say which wins with `overrides`"
                        )),
                );
            }
        }
    }
    found
}

fn overrides(rule: &Rule, other: &Rule) -> bool {
    rule.overrides.iter().any(|it| it.rule == other.id)
}

fn forbids(rule: &Rule) -> bool {
    matches!(rule.strength, Strength::Never | Strength::Avoid)
}

fn article(rule: &Rule) -> &'static str {
    if rule.strength == Strength::Avoid {
        "an"
    } else {
        "a"
    }
}

/// Inputs for which two conditions of a behaviour hold together.
pub(super) fn together(
    view: &View<'_>,
    behaviour: &Behaviour,
    first: Option<usize>,
    second: Option<usize>,
) -> Option<Witness> {
    let world = World::of_behaviour(view.bundle, behaviour);
    let conditions: Vec<Formula> = [first, second]
        .into_iter()
        .flatten()
        .map(|at| world.condition(behaviour, at))
        .collect();
    match solve(&conditions.iter().collect::<Vec<_>>()) {
        Answer::Yes(witness) => Some(witness),
        Answer::No | Answer::Unknown => None,
    }
}
