//! The values that a text can be read as, in the order in which they stand there.
//!
//! Looks at each byte of the answer a few times at most, whatever stands in it.

use super::fit::{carries, is_literal};
use super::lines;
use super::node::{Node, What};
use super::parser;
use super::quoted::is_quote;
use super::repair::{Kind, Repair};
use crate::schema::Field;

/// Most candidates of one answer. Models end with their answer, so later ones push out earlier ones.
const MOST: usize = 64;
/// How often the whole text may be looked at, and how much of a short one.
const LOOKS: usize = 6;
const SHORT: usize = 16 * 1024;
/// Most bytes of an answer that can be a bare scalar in prose.
const SENTENCE: usize = 2000;

/// A value and what was done to find it.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) node: Node,
    pub(super) repairs: Vec<Repair>,
    pub(super) origin: Origin,
}

/// What part of the answer a candidate is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A record or list of its own, of which an answer may hold several.
    Structure,
    /// All of them together.
    Several,
    /// Lines, tags, or words.
    Words,
    /// A structure that could not be read to its end: no candidate, but a sign that the answer was
    /// meant to be it.
    Broken,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// Any text is one, so the answer itself is.
    pub(super) text: bool,
    /// A scalar of any kind, in which brackets are signs like others.
    pub(super) scalar: bool,
    /// The fields of a record; empty when none is wanted.
    pub(super) fields: &'a [Field],
}

impl Candidate {
    pub(super) fn part(node: Node, repairs: Vec<Repair>) -> Self {
        Self {
            node,
            repairs,
            origin: Origin::Words,
        }
    }
}

/// Where a value stands in the text.
struct Found {
    node: Node,
    broken: bool,
    repairs: Vec<Repair>,
    start: usize,
    end: usize,
}

/// Every candidate. One that needs no repair stands alone.
pub(super) fn all(text: &str, wanted: Wanted<'_>) -> Vec<Candidate> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Vec::new();
    }
    let mut found = structures(text);
    let mut candidates = Vec::new();
    if !wanted.fields.is_empty() {
        candidates.extend(lines::fields(text, wanted.fields));
        candidates.extend(lines::tagged(text, wanted.fields));
    }
    let none = found.iter().all(|found| found.broken);
    let scalars = none || wanted.scalar && !(wanted.text && is_carried(text, &found));
    if scalars {
        candidates.extend(bare(text, wanted));
    }
    if found.iter().any(|found| found.broken) {
        candidates.push(Candidate {
            node: Node::sure(What::List(Vec::new())),
            repairs: Vec::new(),
            origin: Origin::Broken,
        });
    }
    found.retain(|found| !found.broken);
    candidates.extend(several(text, &found));
    candidates.extend(
        found
            .into_iter()
            .map(|found| placed(text, found.start, found.end, found.node, found.repairs)),
    );
    candidates
}

/// The first record or list that is one, while the rest of the text is still to come. One that
/// turns out to be broken stays what it was.
pub(super) fn first(text: &str, is_one: impl Fn(&Node) -> bool) -> Option<Node> {
    let mut first = None;
    walk(text, |parsed, _| {
        let node = parsed.node.as_ref().or(parsed.broken.as_ref());
        first = node.filter(|node| is_one(node)).cloned();
        first.is_none()
    });
    first
}

/// Records, lists, and what stands alone.
fn structures(text: &str) -> Vec<Found> {
    if let Some(alone) = alone(text) {
        return vec![alone];
    }
    let mut found: Vec<Found> = Vec::new();
    walk(text, |parsed, start| {
        let broken = parsed.broken.is_some();
        // A bracket in prose breaks before it holds anything.
        let held = parsed.broken.filter(Node::holds_any);
        if let Some(node) = parsed.node.or(held) {
            found.push(Found {
                node,
                broken,
                repairs: parsed.repairs,
                start,
                end: parsed.end,
            });
        }
        if found.len() > MOST {
            found.remove(0);
        }
        true
    });
    found
}

/// The text as one scalar of JSON.
fn alone(text: &str) -> Option<Found> {
    let (node, repairs, end) = if is_literal(text) || text == "null" {
        let node = Node::sure(What::Word(text.to_owned()));
        (node, Vec::new(), text.len())
    } else if text.starts_with(is_quote) {
        let parsed = parser::parse(text, 0);
        (parsed.node?, parsed.repairs, parsed.end)
    } else {
        return None;
    };
    (end == text.len()).then_some(Found {
        node,
        broken: false,
        repairs,
        start: 0,
        end,
    })
}

/// Reads at each opening bracket that is not inside of a value, until it is enough.
fn walk(text: &str, mut more: impl FnMut(parser::Parsed, usize) -> bool) {
    let mut left = text.len().saturating_mul(LOOKS).max(SHORT);
    let mut at = 0;
    while let Some(start) = text[at..].find(['{', '[']).map(|start| at + start) {
        let parsed = parser::parse(text, start);
        left = left.saturating_sub(parsed.end - start + 1);
        at = match parsed.node {
            Some(_) => parsed.end,
            None => start + 1,
        };
        if !more(parsed, start) || left == 0 {
            return;
        }
    }
}

/// All values of the text as one list: records one after the other, or one a line.
fn several(text: &str, found: &[Found]) -> Option<Candidate> {
    let (first, last) = (found.first()?, found.last()?);
    if found.len() < 2 {
        return None;
    }
    let mut repairs = vec![Repair::new(Kind::Several, "")];
    for found in found {
        for repair in &found.repairs {
            if !repairs.contains(repair) {
                repairs.push(repair.clone());
            }
        }
    }
    let nodes = found.iter().map(|found| found.node.clone()).collect();
    let list = Node::sure(What::List(nodes));
    let placed = placed(text, first.start, last.end, list, repairs);
    Some(Candidate {
        origin: Origin::Several,
        ..placed
    })
}

/// A candidate with what was done to take it out of its surroundings.
fn placed(text: &str, start: usize, end: usize, node: Node, mut repairs: Vec<Repair>) -> Candidate {
    let before = text.get(..start).unwrap_or_default().trim();
    let behind = text.get(end..).unwrap_or_default().trim();
    repairs.splice(0..0, surroundings(before, behind));
    Candidate {
        node,
        repairs,
        origin: Origin::Structure,
    }
}

/// What stands around a value: a fence, tags, words.
fn surroundings(before: &str, behind: &str) -> Vec<Repair> {
    let mut repairs = Vec::new();
    let (mut before, mut behind) = (before, behind.trim_end_matches([';', '.']).trim());
    if let Some((outside, language)) = before.rsplit_once("```")
        && language.trim().chars().all(char::is_alphanumeric)
    {
        repairs.push(Repair::new(Kind::Fence, ""));
        before = outside.trim();
        behind = behind.strip_prefix("```").unwrap_or(behind).trim();
    }
    if is_tags(before) && is_tags(behind) {
        if !before.is_empty() || !behind.is_empty() {
            repairs.push(Repair::new(Kind::Tags, ""));
        }
    } else {
        repairs.push(Repair::new(Kind::TextAround, ""));
    }
    repairs
}

/// Whether a text is nothing but tags: `<answer>`, `</answer>`.
fn is_tags(text: &str) -> bool {
    text.split_inclusive('>').all(|tag| {
        let tag = tag.trim();
        tag.is_empty()
            || (tag.starts_with('<') && tag.ends_with('>') && tag.matches('<').count() == 1)
    })
}

/// The answer itself, and the words in it that stand out, as words without quotes.
fn bare(text: &str, wanted: Wanted<'_>) -> Vec<Candidate> {
    if wanted.text {
        return vec![itself(text)];
    }
    let mut candidates = Vec::new();
    let mut add = |kinds: &[Kind], words: &str| {
        let words = words.trim();
        if !words.is_empty() {
            let repairs = kinds.iter().map(|kind| Repair::new(*kind, "")).collect();
            candidates.push(Candidate::part(lines::word(words), repairs));
        }
    };
    add(&[Kind::BareAnswer], text);
    for inside in text.split("```").skip(1).step_by(2).take(MOST) {
        add(&[Kind::Fence, Kind::TextAround], without_language(inside));
    }
    if text.len() > SENTENCE {
        return candidates;
    }
    for line in text.lines() {
        if let Some((_, words)) = line.rsplit_once(": ") {
            add(&[Kind::BareAnswer, Kind::TextAround], words);
        }
    }
    for mark in ["**", "`"] {
        for words in text.split(mark).skip(1).step_by(2) {
            add(&[Kind::BareAnswer, Kind::TextAround], words);
        }
    }
    for inside in lines::insides(text) {
        add(&[Kind::BareAnswer, Kind::Tags], inside);
    }
    for start in text.match_indices(['"', '“']).map(|(start, _)| start) {
        if let Some(node) = parser::parse(text, start).node {
            add(&[Kind::TextAround], node.scalar().unwrap_or_default());
        }
    }
    candidates
}

/// The answer as a text. It may hold anything, so nothing inside of it is the answer, but in a single
/// fence around all of it.
fn itself(text: &str) -> Candidate {
    let inside = text
        .strip_prefix("```")
        .and_then(|text| text.strip_suffix("```"))
        .filter(|inside| !inside.contains("```"));
    let (kind, text) = match inside {
        Some(inside) => (Kind::Fence, without_language(inside).trim()),
        None => (Kind::BareAnswer, text),
    };
    Candidate::part(Node::text(text), vec![Repair::new(kind, "")])
}

/// Whether the answer is one record that carries the text in a field of a usual name.
fn is_carried(text: &str, found: &[Found]) -> bool {
    let [only] = found else { return false };
    let whole = only.start == 0 && only.end == text.len();
    match &only.node.what {
        What::Record(entries) => whole && entries.len() == 1 && carries(&entries[0].0),
        What::Text(_) => whole,
        What::Word(_) | What::List(_) => false,
    }
}

/// The inside of a fence without the name of its language.
fn without_language(inside: &str) -> &str {
    match inside.split_once('\n') {
        Some((language, code)) if language.trim().chars().all(char::is_alphanumeric) => code,
        _ => inside,
    }
}
