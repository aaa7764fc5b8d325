//! What a behaviour can say, in Markdown: each segment once, under its condition.
//!
//! It is made to be read in a review: it holds no position, so that moving text changes nothing.

use silex_bundle::behaviour::{Kind, Piece, Segment};
use silex_bundle::{Behaviour, Rule};
use silex_compiler::condition;
use silex_compiler::typeck::ty;

/// The outline of a behaviour.
pub(super) fn behaviour(name: &str, behaviour: &Behaviour) -> String {
    let mut text = format!("# {name}\n\n");
    if !behaviour.doc.is_empty() {
        text.push_str(&format!("{}\n\n", behaviour.doc));
    }
    for input in &behaviour.inputs {
        text.push_str(&format!(
            "- input `{}: {}`\n",
            input.name,
            ty::name(&input.of)
        ));
    }
    text.push_str(&format!("- returns `{}`\n", ty::name(&behaviour.returns)));
    text.push_str(&format!(
        "- layout `{}`, at most {} tokens\n",
        behaviour.layout, behaviour.limits.tokens
    ));
    for observe in &behaviour.observe {
        let when = condition_of(behaviour, observe.when);
        let by = &observe.call.behaviour;
        text.push_str(&format!("- observes `{}` by `{by}`{when}\n", observe.name));
    }
    text.push_str(&stages(behaviour));
    let mut under = None;
    text.push_str("\n## Prompt\n\n");
    for segment in &behaviour.segments {
        if segment.when != under {
            under = segment.when;
            let heading = under.map_or("always".to_owned(), |at| when(behaviour, at));
            text.push_str(&format!("\n### {heading}\n\n"));
        }
        text.push_str(&line(segment));
    }
    if !behaviour.tools.is_empty() {
        text.push_str("\n## Tools\n\n");
    }
    for offer in &behaviour.tools {
        let when = condition_of(behaviour, offer.when);
        text.push_str(&format!("- `{}`{when}\n", offer.tool));
    }
    text
}

/// The stages and the ways between them.
fn stages(behaviour: &Behaviour) -> String {
    let mut text = String::new();
    if !behaviour.stages.is_empty() {
        text.push_str("\n## Stages\n\n");
    }
    for stage in &behaviour.stages {
        let word = if stage.is_final { ", final" } else { "" };
        text.push_str(&format!("- `{}`{word}\n", stage.name));
        for way in &stage.transitions {
            let when = when(behaviour, way.when);
            text.push_str(&format!(
                "  - on `{}` to `{}`, {when}\n",
                way.tool, way.target
            ));
        }
    }
    text
}

fn condition_of(behaviour: &Behaviour, at: Option<usize>) -> String {
    at.map(|at| format!(", {}", when(behaviour, at)))
        .unwrap_or_default()
}

fn when(behaviour: &Behaviour, at: usize) -> String {
    format!("when `{}`", condition::whole(behaviour, at).join("` and `"))
}

fn line(segment: &Segment) -> String {
    let kind = match &segment.kind {
        Kind::Role => "role".to_owned(),
        Kind::Goal => "goal".to_owned(),
        Kind::Fact { name } => format!("fact `{name}`"),
        Kind::Rule(rule) => format!("{} `{}`", rule.strength.word(), rule.id),
        Kind::Step { name, .. } => format!("step `{name}`"),
    };
    let each: String = segment
        .each
        .iter()
        .map(|each| format!(" for each `{}`", each.var))
        .collect();
    let words: String = segment.text.iter().map(piece).collect();
    let notes = match &segment.kind {
        Kind::Rule(rule) => notes(rule),
        Kind::Role | Kind::Goal | Kind::Fact { .. } | Kind::Step { .. } => String::new(),
    };
    format!("- {kind}{each}{notes}: {}\n", words.replace('\n', "\n  "))
}

/// What a rule says of itself besides its words.
fn notes(rule: &Rule) -> String {
    let mut notes = Vec::new();
    notes.extend(rule.at_least.map(|rate| format!("at least {rate}%")));
    notes.extend(rule.judge.then(|| "judged by a second model".to_owned()));
    let overridden = rule.overrides.iter();
    notes.extend(overridden.map(|it| format!("overrides `{}`", it.rule)));
    if notes.is_empty() {
        return String::new();
    }
    format!(" ({})", notes.join(", "))
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Words(words) => words.clone(),
        Piece::Hole(hole) => format!("{{{{ {} }}}}", hole.label),
    }
}
