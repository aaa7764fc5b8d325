//! Tokens: how many a prompt can take, and prompts that take more than their limit.
//!
//! The words of a prompt are counted exactly where the name of the model tells its tokenizer, and
//! estimated as a quarter of their bytes elsewhere. What a hole prints is bounded by its declared
//! maximum. Where words are counted exactly that bound is one too: a token is at least a byte, and what
//! a hole prints cannot change how the words around it are counted, but for those next to it. Where they
//! are estimated it is a quarter of the characters. Lists count with their greatest length.

use silex_bundle::behaviour::{Hole, Kind, Piece, Quote};
use silex_bundle::render::{Open, OpenPart, Prepared, RenderError};
use silex_bundle::schema::Shape;
use silex_bundle::tokenizer::Tokenizer;
use silex_bundle::{Behaviour, Bundle, Expr, Segment, Type};

use super::facts::Facts;
use super::variants::{Extreme, Variant, Variants};
use crate::diagnostic::Diagnostic;
use crate::hir::Hir;
use crate::satisfy::World;

/// Most repetitions of a segment that the runtime renders.
const ROWS: u64 = 2_500;
/// Most bytes that a standard layout writes around a segment or sample.
const AROUND: u64 = 64;
/// More than the sentence about fences takes, and the headings of a standard layout.
const FRAME: u64 = 640;
/// Tokens of a delimiter at least and at most: twelve hexadecimal digits.
const DELIMITER: (u64, u64) = (2, 12);
/// Tokens of the lines around a fence, without its label.
const FENCE: u64 = 48;

/// Between how many and how many tokens a prompt takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// With every hole empty and every list as short as it may be.
    pub least: u64,
    /// With every hole and list as long as it may be.
    pub most: u64,
}

/// The tokens that so many characters can come to: a sign takes four bytes at most.
fn of_any(tokenizer: Tokenizer, characters: u64) -> u64 {
    match tokenizer.is_exact() {
        true => characters.saturating_mul(4),
        false => characters.div_ceil(4),
    }
}

/// The same, of signs that take one byte.
fn of_plain(tokenizer: Tokenizer, characters: u64) -> u64 {
    match tokenizer.is_exact() {
        true => characters,
        false => characters.div_ceil(4),
    }
}

/// The tokens of a row that may stand between any two others.
fn of_row(tokenizer: Tokenizer, words: &str) -> u64 {
    let most = match tokenizer.is_exact() {
        true => words.len() as u64,
        false => tokenizer.count(words),
    };
    most.max(1)
}

/// The tokens of words to come after and before unknown text.
///
/// A blank behind a letter or digit always begins a token, and nothing before it has a say in what
/// comes behind; so words are counted between the first and the last of these, and by bytes outside.
fn between(tokenizer: Tokenizer, words: &str) -> u64 {
    let exact = edges(words);
    let core = words.get(exact.clone()).unwrap_or_default();
    tokenizer.count(core) + (words.len() - exact.len()) as u64
}

/// From the first blank behind a letter or digit to the last.
fn edges(words: &str) -> std::ops::Range<usize> {
    let bytes = words.as_bytes();
    let begins =
        |at: &usize| bytes[*at].is_ascii_whitespace() && bytes[*at - 1].is_ascii_alphanumeric();
    let first = (1..bytes.len()).find(begins);
    let last = (1..bytes.len()).rev().find(begins);
    first.unwrap_or(0)..last.unwrap_or(0)
}

/// The bounds of one variant.
///
/// # Errors
/// When the layout fails.
pub fn bounds(
    bundle: &Bundle,
    prepared: &Prepared,
    variant: &Variant,
) -> Result<Bounds, RenderError> {
    let behaviour = prepared.behaviour();
    let tokenizer = Tokenizer::of_behaviour(bundle, behaviour);
    let parts = prepared.open(&variant.holds)?;
    let world = World::of_behaviour(bundle, behaviour);
    let mut bounds = Bounds { least: 0, most: 0 };
    // Words are counted together: a token may reach over the end of a part, but not over a hole.
    let (mut once, mut fewest) = (String::new(), String::new());
    let mut runs = Vec::new();
    for part in &parts {
        let segment = part.segment.and_then(|at| behaviour.segments.get(at));
        let (least, most) = segment.map_or((1, 1), |it| repetitions(bundle, behaviour, it));
        let words = words(part);
        if least > 0 {
            fewest.push_str(&words);
        }
        for piece in &part.text {
            match piece {
                Open::Words(words) => once.push_str(words),
                Open::Hole(_) | Open::Delimiter => runs.push(std::mem::take(&mut once)),
            }
        }
        if most > 1 || least > 1 {
            bounds.least += tokenizer.count(&words).max(1) * least.saturating_sub(1);
            bounds.most += of_row(tokenizer, &words) * (most - 1);
            runs.push(std::mem::take(&mut once));
        }
        let delimiters = part
            .text
            .iter()
            .filter(|it| **it == Open::Delimiter)
            .count() as u64;
        bounds.least += delimiters * DELIMITER.0;
        bounds.most += delimiters * DELIMITER.1;
        let holes = holes(part, segment).map(|hole| {
            if is_plain(bundle, &world, hole) {
                of_plain(tokenizer, printed(hole))
            } else {
                of_any(tokenizer, printed(hole))
            }
        });
        let holes = holes.sum::<u64>();
        bounds.most += holes * most;
    }
    bounds.least += tokenizer.count(&fewest);
    bounds.most += match tokenizer {
        Tokenizer::Estimated => tokenizer.count(&(runs.concat() + &once)),
        Tokenizer::O200k | Tokenizer::Cl100k if runs.is_empty() => tokenizer.count(&once),
        Tokenizer::O200k | Tokenizer::Cl100k => {
            runs.push(once);
            runs.iter().map(|words| between(tokenizer, words)).sum()
        }
    };
    Ok(bounds)
}

/// The bounds over all variants, and the variant with the most.
///
/// # Errors
/// When the layout fails.
pub fn extremes(
    bundle: &Bundle,
    prepared: &Prepared,
    variants: &Variants,
) -> Result<(Bounds, Variant), RenderError> {
    let behaviour = prepared.behaviour();
    let mut weights = vec![0_u64; behaviour.conditions.len()];
    for segment in &behaviour.segments {
        if let Some(of) = segment.when.and_then(|at| weights.get_mut(at)) {
            *of = of.saturating_add(weight(bundle, behaviour, segment));
        }
    }
    let longest = variants.extreme(Extreme::Most, &weights);
    let shortest = variants.extreme(Extreme::Least, &weights);
    let short = bounds(bundle, prepared, &shortest)?;
    let long = bounds(bundle, prepared, &longest)?;
    let bounds = Bounds {
        least: short.least.min(long.least),
        most: long.most,
    };
    Ok((bounds, longest))
}

/// Refuses a behaviour that has a variant over its `limit tokens`.
#[must_use]
pub fn refuse(
    facts: &Facts<'_>,
    hir: &Hir,
    name: &str,
    behaviour: &Behaviour,
) -> Option<Diagnostic> {
    let bundle = facts.bundle();
    let limit = u64::from(behaviour.limits.tokens);
    // A token is at least a byte, so most behaviours need no tokenizer and no layout.
    let is_plain = facts.is_laid_out_plainly(behaviour) && !facts.shows_examples(name);
    if is_plain && bytes(bundle, behaviour) <= limit {
        return None;
    }
    let (bounds, variant) = facts.tokens(name)?;
    let stated = hir.behaviours.get(name).and_then(|it| it.tokens_limit);
    let span = stated.or_else(|| hir.names.get(name).copied())?;
    if bounds.most <= limit {
        return None;
    }
    let estimated = match Tokenizer::of_behaviour(bundle, behaviour).is_exact() {
        true => "",
        false => "an estimated ",
    };
    let message = format!(
        "a prompt of `{}` can take {estimated}{} tokens, over its limit of {limit}",
        crate::typeck::ty::bare(name),
        bounds.most,
    );
    let report = Diagnostic::error("over-limit", span, message).help(help(behaviour, variant));
    Some(if variant.witness.values.is_empty() {
        report
    } else {
        report.at(format!("where {}", variant.witness))
    })
}

/// What makes a variant long: its widest hole, if there is one that is wide.
fn help(behaviour: &Behaviour, variant: &Variant) -> String {
    let is_active = |segment: &&Segment| {
        segment
            .when
            .is_none_or(|at| variant.holds.get(at) == Some(&true))
    };
    let holes = behaviour
        .segments
        .iter()
        .filter(is_active)
        .flat_map(|segment| &segment.text);
    let widest = holes
        .filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(hole),
            Piece::Words(_) => None,
        })
        .max_by_key(|hole| hole.max)
        .filter(|hole| hole.max >= 200);
    match widest {
        Some(hole) => format!(
            "`{{{{ {} }}}}` can print {} characters: cut it shorter, or raise `limit tokens`",
            hole.label, hole.max
        ),
        None => "say less, or raise `limit tokens`".to_owned(),
    }
}

/// More bytes and characters than any prompt of a behaviour with a standard layout has.
fn bytes(bundle: &Bundle, behaviour: &Behaviour) -> u64 {
    let segments = behaviour
        .segments
        .iter()
        .map(|segment| weight(bundle, behaviour, segment));
    segments.fold(FRAME, u64::saturating_add)
}

/// What a segment can take with a standard layout, in bytes and characters.
fn weight(bundle: &Bundle, behaviour: &Behaviour, segment: &Segment) -> u64 {
    let (_, most) = repetitions(bundle, behaviour, segment);
    let text = segment.text.iter().map(|piece| match piece {
        Piece::Words(words) => words.len() as u64,
        Piece::Hole(hole) => printed(hole),
    });
    (text.sum::<u64>() + AROUND + said(segment)).saturating_mul(most)
}

/// Names, reasons and samples that a layout may write.
fn said(segment: &Segment) -> u64 {
    match &segment.kind {
        Kind::Role | Kind::Goal => 0,
        Kind::Fact { name } | Kind::Step { name, .. } => name.len() as u64,
        Kind::Rule(rule) => {
            let because = rule
                .because
                .as_ref()
                .map_or(0, |because| because.text.len() as u64);
            let samples = rule.samples.iter().map(|sample| {
                let because = sample
                    .because
                    .as_ref()
                    .map_or(0, |because| because.len() as u64);
                AROUND + sample.text.len() as u64 + because
            });
            rule.name.len() as u64 + because + samples.sum::<u64>()
        }
    }
}

fn words(part: &OpenPart) -> String {
    let words = part.text.iter().filter_map(|piece| match piece {
        Open::Words(words) => Some(words.as_str()),
        Open::Hole(_) | Open::Delimiter => None,
    });
    words.collect()
}

fn holes<'s>(part: &'s OpenPart, segment: Option<&'s Segment>) -> impl Iterator<Item = &'s Hole> {
    part.text.iter().filter_map(move |piece| match piece {
        Open::Words(_) | Open::Delimiter => None,
        Open::Hole(at) => match segment?.text.get(*at)? {
            Piece::Hole(hole) => Some(&**hole),
            Piece::Words(_) => None,
        },
    })
}

/// Whether a hole prints signs of one byte alone: a case, a number, a date.
fn is_plain(bundle: &Bundle, world: &World<'_>, hole: &Hole) -> bool {
    let Expr::Path(path) = &hole.value else {
        return false;
    };
    match world.type_of(path).map(Type::without_none) {
        Some(
            Type::Bool
            | Type::Int { .. }
            | Type::Float { .. }
            | Type::Date
            | Type::Time
            | Type::Datetime
            | Type::Duration
            | Type::Timezone,
        ) => true,
        Some(Type::Named(name)) => {
            let declared = bundle.declarations.get(name).map(|it| &it.shape);
            matches!(declared, Some(Shape::Enum { .. }))
        }
        Some(
            Type::Text { .. } | Type::Email | Type::Url | Type::List { .. } | Type::Optional(_),
        )
        | None => false,
    }
}

/// The most that a hole prints, in characters.
fn printed(hole: &Hole) -> u64 {
    match hole.quote {
        Quote::Bare => u64::from(hole.max),
        Quote::Fence { max } => u64::from(max) + FENCE + hole.label.len() as u64,
        Quote::Inline { max } => u64::from(max) + 2,
    }
}

/// How often a segment stands in a prompt at least and at most.
fn repetitions(bundle: &Bundle, behaviour: &Behaviour, segment: &Segment) -> (u64, u64) {
    if segment.each.is_empty() {
        return (1, 1);
    }
    let mut world = World::of_behaviour(bundle, behaviour);
    let (mut least, mut most) = (1_u64, 1_u64);
    for each in &segment.each {
        let of = world.type_of(&each.of);
        let (optional, list) = match of {
            Some(Type::Optional(inner)) => (true, Some(&**inner)),
            other => (false, other),
        };
        let Some(Type::List { of, min, max }) = list else {
            return (0, ROWS);
        };
        least = least.saturating_mul(u64::from(min.filter(|_| !optional).unwrap_or(0)));
        most = most.saturating_mul(max.map_or(ROWS, u64::from)).min(ROWS);
        world = world.with(&each.var, of);
    }
    (least, most)
}
