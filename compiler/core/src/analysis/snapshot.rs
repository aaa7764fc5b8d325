//! Snapshots: all that a behaviour can say, in a file that a reviewer reads.
//!
//! The text stands once, in the order of the prompt; what stands under a condition is set apart
//! with it. Behind it are the tools and an index of the variants, so that a change of a rule shows
//! as a change of a few lines and of the hashes that it touches.

use std::fmt::Write as _;

use silex_bundle::Bundle;
use silex_bundle::behaviour::Behaviour;
use silex_bundle::render::{OpenPart, Prepared, RenderError};
use silex_bundle::tokenizer::Tokenizer;

use super::listing::{Listing, part_text};
use super::tokens::Bounds;
use crate::condition::whole;
use crate::typeck::ty::bare;

/// The second line of every snapshot.
pub const MARK: &str =
    "<!-- Written by `silex snapshot`: read what changes in it, and do not edit it. -->";
/// Most variants that the index names.
const NAMED: usize = 64;

/// The snapshot of a behaviour, as Markdown.
///
/// # Errors
/// When the layout fails.
pub fn markdown(bundle: &Bundle, name: &str, cap: u32) -> Result<String, RenderError> {
    let listing = Listing::of(bundle, name, cap, None)?;
    let prepared = Prepared::new(bundle, name)?;
    let behaviour = prepared.behaviour();
    let parts = prepared.open(&vec![true; behaviour.conditions.len()])?;
    let mut out = format!("# {name}\n{MARK}\n\n");
    let model = behaviour.model.as_deref().map_or("the default model", bare);
    // Writing into a string does not fail.
    let _ = writeln!(
        out,
        "{}, {}; limit {}; model `{model}`, layout `{}`.\n\n## Prompt",
        counted(&listing),
        tokens(listing.tokens(), listing.tokenizer),
        behaviour.limits.tokens,
        behaviour.layout,
    );
    blocks(&mut out, behaviour, &parts);
    offers(&mut out, behaviour);
    index(&mut out, &listing);
    Ok(out)
}

/// How many variants there are, in words.
#[must_use]
pub fn counted(listing: &Listing) -> String {
    let plural = if listing.count == 1 { "" } else { "s" };
    let least = if listing.exact { "" } else { "at least " };
    format!("{least}{} variant{plural}", listing.count)
}

/// Bounds of tokens, in words.
#[must_use]
pub fn tokens(bounds: Bounds, tokenizer: Tokenizer) -> String {
    let range = if bounds.least == bounds.most {
        bounds.most.to_string()
    } else {
        format!("{}..{}", bounds.least, bounds.most)
    };
    format!("{range} tokens ({})", tokenizer.name())
}

/// The lines of the prompt, those under one condition together.
fn blocks(out: &mut String, behaviour: &Behaviour, parts: &[OpenPart]) {
    let lines = lines(behaviour, parts);
    let texts: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
    let fence = "`".repeat(longest_ticks(&texts).max(2) + 1);
    for block in lines.chunk_by(|(one, _), (next, _)| one == next) {
        let text: Vec<&str> = block.iter().map(|(_, line)| line.as_str()).collect();
        let text = text.join("\n");
        let text = text.trim_matches('\n');
        if text.is_empty() {
            continue;
        }
        if let Some((Some(when), _)) = block.first() {
            let _ = write!(
                out,
                "\nWhen `{}`:\n",
                whole(behaviour, *when).join("` and `")
            );
        }
        let _ = write!(out, "\n{fence}text\n{text}\n{fence}\n");
    }
}

/// The lines of the prompt, each with the condition that it stands under. An empty line belongs to
/// what stands before it.
fn lines(behaviour: &Behaviour, parts: &[OpenPart]) -> Vec<(Option<usize>, String)> {
    let mut lines: Vec<(Option<usize>, String)> = vec![(None, String::new())];
    for part in parts {
        let when = part.segment.and_then(|at| behaviour.segments.get(at)?.when);
        for (at, text) in part_text(behaviour, part).split('\n').enumerate() {
            if at > 0 {
                lines.push((None, String::new()));
            }
            if let Some((of, line)) = lines.last_mut() {
                line.push_str(text);
                *of = of.or(when.filter(|_| !text.is_empty()));
            }
        }
    }
    for at in 1..lines.len() {
        if lines[at].1.trim().is_empty() {
            lines[at].0 = lines[at - 1].0;
        }
    }
    lines
}

fn longest_ticks(texts: &[&str]) -> usize {
    let runs = texts.iter().flat_map(|text| text.split(|sign| sign != '`'));
    runs.map(str::len).max().unwrap_or(0)
}

fn offers(out: &mut String, behaviour: &Behaviour) {
    if behaviour.tools.is_empty() {
        return;
    }
    out.push_str("\n## Tools\n\n");
    for offer in &behaviour.tools {
        let _ = match offer.when {
            None => writeln!(out, "- `{}`", offer.tool),
            Some(when) => writeln!(
                out,
                "- `{}` when `{}`",
                offer.tool,
                whole(behaviour, when).join("` and `")
            ),
        };
    }
}

fn index(out: &mut String, listing: &Listing) {
    out.push_str("\n## Variants\n\n");
    if !listing.all {
        out.push_str("Too many to list: in those that follow, every two choices meet once.\n\n");
    }
    out.push_str("| hash | tokens | for example |\n| --- | --- | --- |\n");
    for variant in listing.variants.iter().take(NAMED) {
        let Bounds { least, most } = variant.tokens;
        let witness = variant.witness.to_string().replace('|', "\\|");
        let _ = writeln!(out, "| {} | {least}..{most} | {witness} |", variant.hash);
    }
    let rest: Vec<&str> = listing
        .variants
        .iter()
        .skip(NAMED)
        .map(|it| it.hash.as_str())
        .collect();
    if !rest.is_empty() {
        let _ = writeln!(out, "\nAnd {} more: {}.", rest.len(), rest.join(" "));
    }
}
