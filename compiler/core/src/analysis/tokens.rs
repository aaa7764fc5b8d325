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
use silex_bundle::{Behaviour, Bundle, Expr, Model, Segment, Type};

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
/// Layouts of the standard library, about which the two numbers above are known. They keep the
/// author's order.
pub(crate) const STANDARD: [&str; 2] = ["plain", "xml"];
/// Tokens of a delimiter at least and at most: twelve hexadecimal digits.
const DELIMITER: (u64, u64) = (2, 12);
/// Tokens of the lines around a fence, without its label.
const FENCE: u64 = 48;

/// How the tokens of a model are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokenizer {
    /// Exactly, as GPT-4o and later models do.
    O200k,
    /// Exactly, as GPT-4 and GPT-3.5 do.
    Cl100k,
    /// A quarter of the bytes, because how the provider counts is not public.
    Estimated,
}

/// Which models of OpenAI's protocol have which tokenizer, by the beginning of the name, as OpenAI
/// published it in 2025. The first that fits counts.
const OPENAI: [(&str, Tokenizer); 9] = [
    ("gpt-4o", Tokenizer::O200k),
    ("chatgpt-4o", Tokenizer::O200k),
    ("gpt-4.1", Tokenizer::O200k),
    ("gpt-5", Tokenizer::O200k),
    ("o1", Tokenizer::O200k),
    ("o3", Tokenizer::O200k),
    ("o4", Tokenizer::O200k),
    ("gpt-4", Tokenizer::Cl100k),
    ("gpt-3.5", Tokenizer::Cl100k),
];

/// Between how many and how many tokens a prompt takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// With every hole empty and every list as short as it may be.
    pub least: u64,
    /// With every hole and list as long as it may be.
    pub most: u64,
}

impl Tokenizer {
    /// The tokenizer of a model; the deployment's default model is not known.
    #[must_use]
    pub fn of(model: Option<&Model>) -> Self {
        let Some(model) =
            model.filter(|model| matches!(model.provider.as_str(), "openai" | "azure"))
        else {
            return Self::Estimated;
        };
        let known = OPENAI.iter().find(|(name, _)| model.name.starts_with(name));
        known.map_or(Self::Estimated, |(_, tokenizer)| *tokenizer)
    }

    /// The tokens of a text.
    #[must_use]
    pub fn count(self, text: &str) -> u64 {
        let count = match self {
            Self::O200k => bpe_openai::o200k_base().count(text),
            Self::Cl100k => bpe_openai::cl100k_base().count(text),
            Self::Estimated => text.len().div_ceil(4),
        };
        count as u64
    }

    /// The tokens that so many characters can come to: a sign takes four bytes at most.
    fn most(self, characters: u64) -> u64 {
        match self {
            Self::O200k | Self::Cl100k => characters.saturating_mul(4),
            Self::Estimated => characters.div_ceil(4),
        }
    }

    /// The same, of signs that take one byte.
    fn plain(self, characters: u64) -> u64 {
        match self {
            Self::O200k | Self::Cl100k => characters,
            Self::Estimated => characters.div_ceil(4),
        }
    }

    /// The tokens of a row that may stand between any two others.
    fn row(self, words: &str) -> u64 {
        let most = match self {
            Self::O200k | Self::Cl100k => words.len() as u64,
            Self::Estimated => self.count(words),
        };
        most.max(1)
    }

    /// The tokens of words to come after and before unknown text.
    ///
    /// A blank behind a letter or digit always begins a token, and nothing before it has a say in what
    /// comes behind; so words are counted between the first and the last of these, and by bytes outside.
    fn between(self, words: &str) -> u64 {
        let exact = edges(words);
        let core = words.get(exact.clone()).unwrap_or_default();
        self.count(core) + (words.len() - exact.len()) as u64
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::O200k => "o200k_base",
            Self::Cl100k => "cl100k_base",
            Self::Estimated => "estimated",
        }
    }
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

/// The tokenizer of a behaviour's model.
#[must_use]
pub fn tokenizer(bundle: &Bundle, behaviour: &Behaviour) -> Tokenizer {
    Tokenizer::of(
        behaviour
            .model
            .as_ref()
            .and_then(|name| bundle.models.get(name)),
    )
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
    let tokenizer = tokenizer(bundle, behaviour);
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
            bounds.most += tokenizer.row(&words) * (most - 1);
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
                tokenizer.plain(printed(hole))
            } else {
                tokenizer.most(printed(hole))
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
            runs.iter().map(|words| tokenizer.between(words)).sum()
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
    let is_plain = STANDARD.contains(&behaviour.layout.as_str()) && !facts.shows_examples(name);
    if is_plain && bytes(bundle, behaviour) <= limit {
        return None;
    }
    let (bounds, variant) = facts.tokens(name)?;
    let stated = hir.behaviours.get(name).and_then(|it| it.tokens_limit);
    let span = stated.or_else(|| hir.names.get(name).copied())?;
    if bounds.most <= limit {
        return None;
    }
    let estimated = match tokenizer(bundle, behaviour) {
        Tokenizer::O200k | Tokenizer::Cl100k => "",
        Tokenizer::Estimated => "an estimated ",
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
