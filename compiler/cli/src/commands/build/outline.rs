//! What a behaviour can say, in Markdown: each segment once, under its condition.
//!
//! It is made to be read in a review: it holds no position, so that moving text changes nothing.

use silex_bundle::Behaviour;
use silex_bundle::behaviour::{Kind, Piece, Segment};
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
        let when = offer
            .when
            .map(|at| format!(", {}", when(behaviour, at)))
            .unwrap_or_default();
        text.push_str(&format!("- `{}`{when}\n", offer.tool));
    }
    text
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
    format!("- {kind}{each}: {}\n", words.replace('\n', "\n  "))
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Words(words) => words.clone(),
        Piece::Hole(hole) => format!("{{{{ {} }}}}", hole.label),
    }
}
