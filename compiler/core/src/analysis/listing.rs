//! The variants of a behaviour as people read them: by a hash of what they say, with their tokens
//! and inputs that lead to them.

use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use silex_bundle::Bundle;
use silex_bundle::behaviour::{Behaviour, Kind, Piece, Segment};
use silex_bundle::render::{Open, OpenPart, Prepared, RenderError};
use silex_bundle::tokenizer::Tokenizer;

use super::tokens::{self, Bounds};
use super::variants::{Variant, Variants};
use crate::satisfy::{Formula, Witness, World};

/// The variants of a behaviour.
#[derive(Debug)]
pub struct Listing {
    /// How many there are; at least so many where `exact` is false.
    pub count: u128,
    /// Whether the number is known.
    pub exact: bool,
    /// Whether all are described, or a cover in which every two choices meet.
    pub all: bool,
    /// How tokens are counted.
    pub tokenizer: Tokenizer,
    /// What stands in every prompt.
    pub always: Vec<String>,
    /// The variants.
    pub variants: Vec<Described>,
}

/// A variant.
#[derive(Debug)]
pub struct Described {
    /// Eight hexadecimal digits of what it says: the same text and tools have the same.
    pub hash: String,
    /// How many tokens it takes.
    pub tokens: Bounds,
    /// What it has besides what stands in every prompt.
    pub adds: Vec<String>,
    /// The system prompt, with `{{ … }}` where its holes are.
    pub text: String,
    /// Inputs that lead to it, in words.
    pub witness: Witness,
    /// The same as data: valid inputs, for which it is rendered.
    pub context: Map<String, Value>,
}

impl Listing {
    /// The variants of a behaviour; only those that some inputs of a given kind lead to.
    ///
    /// # Errors
    /// When the layout fails.
    pub fn of(
        bundle: &Bundle,
        name: &str,
        cap: u32,
        given: Option<Formula>,
    ) -> Result<Self, RenderError> {
        let prepared = Prepared::new(bundle, name)?;
        let behaviour = prepared.behaviour();
        let world = World::of_behaviour(bundle, behaviour);
        let variants = Variants::of(bundle, behaviour, cap, given);
        let listed = variants.list();
        let describe = |variant: &Variant| describe(bundle, &prepared, &world, variant);
        Ok(Self {
            count: variants.count(),
            exact: variants.is_exact(),
            all: listed.all,
            tokenizer: Tokenizer::of_behaviour(bundle, behaviour),
            always: content(behaviour, |when| when.is_none()),
            variants: listed
                .variants
                .iter()
                .map(describe)
                .collect::<Result<_, _>>()?,
        })
    }

    /// The tokens of all of them.
    #[must_use]
    pub fn tokens(&self) -> Bounds {
        let bounds = self.variants.iter().map(|variant| variant.tokens);
        let joined = bounds.reduce(|a, b| Bounds {
            least: a.least.min(b.least),
            most: a.most.max(b.most),
        });
        joined.unwrap_or(Bounds { least: 0, most: 0 })
    }
}

fn describe(
    bundle: &Bundle,
    prepared: &Prepared,
    world: &World<'_>,
    variant: &Variant,
) -> Result<Described, RenderError> {
    let behaviour = prepared.behaviour();
    let holds = |when: Option<usize>| when.is_some_and(|at| variant.holds.get(at) == Some(&true));
    let text = text(behaviour, &prepared.open(&variant.holds)?);
    Ok(Described {
        hash: hash(behaviour, variant, &text),
        tokens: tokens::bounds(bundle, prepared, variant)?,
        adds: content(behaviour, holds),
        text,
        context: world.context(&variant.witness),
        witness: variant.witness.clone(),
    })
}

/// The hash by which people know a variant, of its text and the tools that it offers.
#[must_use]
pub fn hash(behaviour: &Behaviour, variant: &Variant, text: &str) -> String {
    let mut digest = Sha256::new_with_prefix(text);
    let holds = |at: usize| variant.holds.get(at) == Some(&true);
    let offered = behaviour
        .tools
        .iter()
        .filter(|offer| offer.when.is_none_or(holds));
    for offer in offered {
        digest.update([0]);
        digest.update(&offer.tool);
    }
    let mut hash = String::new();
    for byte in digest.finalize().iter().take(4) {
        // Writing into a string does not fail.
        let _ = write!(hash, "{byte:02x}");
    }
    hash
}

/// The text of an open prompt.
#[must_use]
pub fn text(behaviour: &Behaviour, parts: &[OpenPart]) -> String {
    parts
        .iter()
        .map(|part| part_text(behaviour, part))
        .collect()
}

/// The text of a part, with its holes as the author wrote them.
pub(super) fn part_text(behaviour: &Behaviour, part: &OpenPart) -> String {
    let segment = part.segment.and_then(|at| behaviour.segments.get(at));
    let mut text = String::new();
    for piece in &part.text {
        match piece {
            Open::Words(words) => text.push_str(words),
            Open::Delimiter => text.push('…'),
            Open::Hole(at) => {
                if let Some(Piece::Hole(hole)) = segment.and_then(|segment| segment.text.get(*at)) {
                    // Writing into a string does not fail.
                    let _ = write!(text, "{{{{ {} }}}}", hole.label);
                }
            }
        }
    }
    text
}

/// The names of segments and tools, each once.
fn content(behaviour: &Behaviour, holds: impl Fn(Option<usize>) -> bool) -> Vec<String> {
    let segments = behaviour
        .segments
        .iter()
        .filter(|segment| holds(segment.when))
        .map(named);
    let tools = behaviour.tools.iter().filter(|offer| holds(offer.when));
    let tools = tools.map(|offer| format!("tool {}", crate::typeck::ty::bare(&offer.tool)));
    let mut names: Vec<String> = Vec::new();
    for name in segments.chain(tools) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// What a segment is called: `must greet`, `fact who`.
fn named(segment: &Segment) -> String {
    match &segment.kind {
        Kind::Role => "role".to_owned(),
        Kind::Goal => "goal".to_owned(),
        Kind::Fact { name } => format!("fact {name}"),
        Kind::Step { name, .. } => format!("step {name}"),
        Kind::Rule(rule) => format!("{} {}", rule.strength.word(), rule.name),
    }
}
