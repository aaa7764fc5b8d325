//! `contradictory-rules`: one rule asks for, or allows, what another forbids.

use std::collections::BTreeMap;

use silex_bundle::behaviour::{About, Kind, Piece, Strength};
use silex_bundle::{Behaviour, Rule, Segment};

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::satisfy::{Answer, Formula, Witness, World, solve};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "contradictory-rules",
    level: Level::Warn,
    explain: include_str!("contradictory_rules.md"),
    check: Check::Prompts(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    view.behaviours()
        .flat_map(|it| contradictions(view, it))
        .collect()
}

fn contradictions(view: &View<'_>, behaviour: &Behaviour) -> Vec<Diagnostic> {
    let mut targets: BTreeMap<Target, Vec<(&Rule, &Segment)>> = BTreeMap::new();
    for segment in &behaviour.segments {
        if let Kind::Rule(rule) = &segment.kind
            && let Some(target) = target(rule, segment)
        {
            targets.entry(target).or_default().push((rule, segment));
        }
    }
    let mut found = Vec::new();
    for (target, rules) in targets {
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
                let what = match &target {
                    Target::Tool(name) => {
                        format!(
                            "about the tool `{}`",
                            name.rsplit('.').next().unwrap_or(name)
                        )
                    }
                    Target::Topic(name) => format!("about the topic `{name}`"),
                    Target::Words(_) => "in the same words".to_owned(),
                };
                let both = if witness.values.is_empty() {
                    "both always hold".to_owned()
                } else {
                    format!("both hold when {witness}")
                };
                let message = format!(
                    "`{}` and `{}` say opposite things {what}",
                    rule.name, other.name
                );
                found.push(
                    Diagnostic::warning(LINT.code, view.rule_name(segment), message)
                        .at(format!("{} `{}`", article(rule), rule.strength.word()))
                        .label(view.rule_name(first), format!("{} `{}`", article(other), other.strength.word()))
                        .help(format!(
                            "{both}: put one under a `when` that rules this out, or say which wins with `overrides`"
                        )),
                );
            }
        }
    }
    found
}

/// What two rules must both be about to contradict each other.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    /// What is said of a tool.
    Tool(String),
    /// What is said of a topic.
    Topic(String),
    /// What is said, in lower case; of rules that name neither.
    Words(String),
}

fn target(rule: &Rule, segment: &Segment) -> Option<Target> {
    match &rule.about {
        Some(About::Tool(name)) => Some(Target::Tool(name.clone())),
        Some(About::Topic(name)) => Some(Target::Topic(name.clone())),
        None => match &*segment.text {
            [Piece::Words(words)] => Some(Target::Words(words.trim().to_lowercase())),
            _ => None,
        },
    }
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
