//! The prompts of a behaviour while its spec is written: one of them line by line, all of them by
//! their differences, and why a line is in one.

use serde::Serialize;
use serde_json::{Map, Value, json};
use silex_bundle::behaviour::STAGE;
use silex_bundle::expr::Scope;
use silex_bundle::render::why::{Absent, Named};
use silex_bundle::render::{Message, Prepared, Prompt, Setting};
use silex_bundle::{Behaviour, Bundle, Span};

use super::{Analysis, Place};
use crate::analysis::listing::{Described, Listing};
use crate::condition;
use crate::resolve::Kind;

/// A prompt, each part with what it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Qualified behaviour.
    pub behaviour: String,
    /// The hash of the variant that it is; none if it is not among those that are listed.
    pub variant: Option<String>,
    /// The system prompt, in order.
    pub parts: Vec<Part>,
    /// The conversation.
    pub messages: Vec<Message>,
    /// The tools that are offered, qualified.
    pub tools: Vec<String>,
    /// What is not in it, and why.
    pub absent: Vec<Missing>,
    /// Every condition of the behaviour, and whether it holds.
    pub conditions: Vec<Condition>,
    /// Estimated tokens of the system prompt.
    pub tokens: u32,
    /// Bytes of the system prompt that are the same in every one: what a provider can keep.
    pub stable_bytes: usize,
    /// The inputs that it is made with.
    pub inputs: Map<String, Value>,
}

/// A part of a prompt.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Its text.
    pub text: String,
    /// What it comes from; nothing for what the layout says.
    pub segment: Option<Segment>,
}

/// A segment in the words of its author.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// `role`, `goal`, `fact`, `rule` or `step`.
    pub kind: &'static str,
    /// A rule's identity, a fact's or step's name.
    pub id: String,
    /// A rule's strength.
    pub strength: &'static str,
    /// Rulesets through which it came.
    pub via: Vec<String>,
    /// Where it is written.
    #[serde(skip)]
    pub at: Span,
}

/// A segment that is not in a prompt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Missing {
    /// The segment.
    pub segment: Segment,
    /// The condition that does not hold.
    pub condition: Option<String>,
}

/// A condition of a behaviour.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Condition {
    /// In words.
    pub text: String,
    /// Whether it holds; none where one around it does not.
    pub holds: Option<bool>,
}

/// The name of the behaviour at a place: that which is declared there, or that of the example there.
#[must_use]
pub fn behaviour_at(analysis: &Analysis, place: Place) -> Option<String> {
    let (id, item) = analysis.item(place)?;
    let names = analysis.names();
    let name = match (&item.kind, Kind::of(&item.kind)?) {
        (crate::syntax::ast::ItemKind::Example(it), _) => &it.behaviour,
        (_, Kind::Behaviour) => item.kind.name()?,
        _ => return None,
    };
    Some(names.lookup(id, &name.text)?.qualified.clone())
}

/// The inputs of a prompt: those that are given, and what they do not say as in the variant of a
/// hash, or in the first.
///
/// # Errors
/// Why there are none, for a person.
pub fn inputs(
    analysis: &Analysis,
    name: &str,
    variant: Option<&str>,
    given: &Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    let listing = variants(analysis, name)?;
    let mut all = listing.variants.into_iter();
    let wanted = all.find(|it| variant.is_none_or(|hash| it.hash == hash));
    let wanted = wanted.ok_or_else(|| format!("`{name}` has no such variant"))?;
    let mut inputs = wanted.context;
    for (key, value) in given {
        merge(inputs.entry(key.clone()).or_insert(Value::Null), value);
    }
    Ok(inputs)
}

/// The inputs of the variant in which a condition turns out the other way, and of those the one that
/// is most like the prompt of some inputs; these themselves if the condition decides nothing.
///
/// # Errors
/// Why there are none, for a person.
pub fn toggled(
    analysis: &Analysis,
    name: &str,
    inputs: &Map<String, Value>,
    condition: usize,
) -> Result<Map<String, Value>, String> {
    let (bundle, _) = found(analysis, name)?;
    let prepared = Prepared::new(bundle, name).map_err(|it| it.to_string())?;
    let now = rendered(&prepared, inputs)?.conditions;
    let mut best = (usize::MAX, inputs.clone());
    for Described { context, .. } in variants(analysis, name)?.variants {
        let other = rendered(&prepared, &context)?.conditions;
        let holds = |all: &[Option<bool>]| all.get(condition).copied().flatten() == Some(true);
        let apart = other.iter().zip(&now).filter(|(a, b)| a != b).count();
        if holds(&other) != holds(&now) && apart < best.0 {
            best = (apart, context);
        }
    }
    Ok(best.1)
}

/// A prompt of a behaviour for some inputs.
///
/// # Errors
/// Why there is none, for a person.
pub fn render(
    analysis: &Analysis,
    name: &str,
    mut inputs: Map<String, Value>,
) -> Result<Preview, String> {
    let (bundle, behaviour) = found(analysis, name)?;
    let prepared = Prepared::new(bundle, name).map_err(|it| it.to_string())?;
    date(&mut inputs);
    let prompt = rendered(&prepared, &inputs)?;
    let variant = variants(analysis, name)?.variants.into_iter().find(|it| {
        let other = rendered(&prepared, &it.context);
        other.is_ok_and(|other| other.conditions == prompt.conditions)
    });
    let parts = prompt.origins(behaviour).into_iter().map(|origin| Part {
        text: origin.text.to_owned(),
        segment: origin.segment.map(|it| segment(&it)),
    });
    let absent = prompt
        .absent(behaviour)
        .into_iter()
        .map(|it| missing(behaviour, &it));
    let offered = prompt
        .tools
        .iter()
        .filter_map(|at| behaviour.tools.get(*at));
    let conditions = prompt
        .conditions
        .iter()
        .enumerate()
        .map(|(at, holds)| Condition {
            text: condition::own(behaviour, at),
            holds: *holds,
        });
    inputs.remove(STAGE);
    Ok(Preview {
        behaviour: name.to_owned(),
        variant: variant.map(|it| it.hash),
        parts: parts.collect(),
        absent: absent.collect(),
        tools: offered.map(|it| it.tool.clone()).collect(),
        conditions: conditions.collect(),
        tokens: prompt.tokens,
        stable_bytes: prompt.stable_bytes(behaviour),
        messages: prompt.messages,
        inputs,
    })
}

/// The distinct prompts of a behaviour.
///
/// # Errors
/// Why they cannot be told, for a person.
pub fn variants(analysis: &Analysis, name: &str) -> Result<Listing, String> {
    let (bundle, _) = found(analysis, name)?;
    let cap = analysis.reading.manifest.variants;
    Listing::of(bundle, name, cap, None).map_err(|it| it.to_string())
}

/// Why the rule, fact or step at a place is in a prompt of some inputs, or is not: the whole
/// condition, and the part that does not hold.
///
/// # Errors
/// Why that cannot be told, for a person.
pub fn why(
    analysis: &Analysis,
    place: Place,
    name: &str,
    given: &Map<String, Value>,
) -> Result<Value, String> {
    let (_, behaviour) = found(analysis, name)?;
    let here =
        |span: Span| span.source == place.file.0 && (span.start..=span.end).contains(&place.offset);
    let at = behaviour.segments.iter().position(|it| here(it.span));
    let at = at.ok_or_else(|| format!("nothing of the prompts of `{name}` is written here"))?;
    let preview = render(analysis, name, inputs(analysis, name, None, given)?)?;
    let when = behaviour.segments[at].when;
    let span = behaviour.segments[at].span;
    let missing = preview.absent.iter().find(|it| it.segment.at == span);
    Ok(json!({
        "present": missing.is_none(),
        "when": when.map(|when| condition::whole(behaviour, when)).unwrap_or_default(),
        "fails": missing.and_then(|it| it.condition.clone()),
        "inputs": preview.inputs,
    }))
}

/// A prompt that nobody is sent.
fn rendered(prepared: &Prepared, inputs: &Map<String, Value>) -> Result<Prompt, String> {
    let mut inputs = inputs.clone();
    date(&mut inputs);
    let setting = Setting {
        seed: "preview",
        own: &[],
        without: None,
    };
    let prompt = prepared.render(&Scope::of(&inputs), &setting);
    prompt.map_err(|it| it.to_string())
}

/// A day that is always the same, unless it is given.
fn date(inputs: &mut Map<String, Value>) {
    for (name, value) in [("now", "2027-03-01T09:00:00Z"), ("today", "2027-03-01")] {
        inputs.entry(name).or_insert_with(|| json!(value));
    }
}

fn found<'a>(analysis: &'a Analysis, name: &str) -> Result<(&'a Bundle, &'a Behaviour), String> {
    let bundle = analysis.bundle().filter(|_| analysis.is_clean());
    let bundle =
        bundle.ok_or("the package has errors; there is no prompt before they are mended")?;
    let behaviour = bundle.behaviours.get(name);
    Ok((
        bundle,
        behaviour.ok_or_else(|| format!("there is no behaviour `{name}`"))?,
    ))
}

/// Puts a value into another: of records field by field.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => into.clone_from(from),
    }
}

fn segment(named: &Named<'_>) -> Segment {
    Segment {
        kind: named.kind,
        id: named.id.to_owned(),
        strength: named.strength,
        via: named.via.to_vec(),
        at: named.span,
    }
}

fn missing(behaviour: &Behaviour, absent: &Absent<'_>) -> Missing {
    Missing {
        segment: segment(&absent.segment),
        condition: absent.condition.map(|at| condition::own(behaviour, at)),
    }
}
