//! Records that are no JSON: lines of `name: value`, and a tag for each field.
//!
//! Only names of the record's own fields begin a line or a tag here, so prose is not taken apart.

use super::candidates::Candidate;
use super::folded;
use super::node::{Node, What};
use super::parser;
use super::repair::{Kind, Repair};
use crate::schema::Field;

/// Most lines and tags that are looked at.
const MOST: usize = 2000;

/// `name: value`, one a line, as YAML or as a list in Markdown; a value goes on until the next.
pub(super) fn fields(text: &str, fields: &[Field]) -> Option<Candidate> {
    let mut found: Vec<(String, Vec<&str>)> = Vec::new();
    let mut prose = false;
    for line in text.lines().take(MOST) {
        let fence = line.trim_start().starts_with("```");
        match begins(line, fields) {
            Some((name, value)) => found.push((name.to_owned(), vec![value])),
            None if fence => {}
            None => match found.last_mut() {
                Some((_, lines)) => lines.push(line),
                None => prose |= !matches!(line.trim(), "" | "---"),
            },
        }
    }
    if found.is_empty() {
        return None;
    }
    let mut repairs = vec![Repair::new(Kind::Lines, "")];
    if text.contains("```") {
        repairs.push(Repair::new(Kind::Fence, ""));
    }
    if prose {
        repairs.push(Repair::new(Kind::TextAround, ""));
    }
    let fields = found
        .into_iter()
        .map(|(name, lines)| (name, value(&lines)))
        .collect();
    let node = Node::sure(What::Record(fields));
    Some(Candidate::part(node, repairs))
}

/// The name and the value of a line that begins a field.
fn begins<'a>(line: &'a str, fields: &[Field]) -> Option<(&'a str, &'a str)> {
    let (name, value) = line.split_once(':')?;
    let marks = ['*', '-', '#', '•', '>', ' ', '\t'];
    let name = name.trim_matches(marks);
    // A line of broken JSON is none of these.
    let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '-' | ' ');
    let known = name.chars().all(plain)
        && fields
            .iter()
            .any(|field| folded(&field.name) == folded(name));
    // `**Tone:** warm` has its second mark behind the colon.
    let value = value.trim().trim_start_matches("**").trim();
    known.then_some((name, value))
}

/// A value from its lines: a list in YAML, JSON, or words.
fn value(lines: &[&str]) -> Node {
    let (first, more) = lines.split_first().unwrap_or((&"", &[]));
    let more: Vec<&str> = match more.iter().rposition(|line| !line.trim().is_empty()) {
        Some(last) => more[..=last].to_vec(),
        None => Vec::new(),
    };
    let bullet = |line: &&str| line.trim_start().starts_with(['-', '*', '•']);
    if first.is_empty() && !more.is_empty() && more.iter().all(bullet) {
        let items = more
            .iter()
            .map(|line| word(line.trim_start().trim_start_matches(['-', '*', '•'])));
        return Node::sure(What::List(items.collect()));
    }
    // `|` and `>` announce the lines that follow.
    let announced = matches!(*first, "|" | ">" | "|-" | ">-");
    let first = if announced { "" } else { first };
    let indent = more
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let mut text = first.to_owned();
    for line in &more {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(line.get(indent..).unwrap_or_default());
    }
    word(&text)
}

/// JSON if it is some, else words.
pub(super) fn word(text: &str) -> Node {
    let text = text.trim();
    let parsed = parser::parse(text, 0);
    match parsed.node {
        Some(node) if text[parsed.end..].trim().is_empty() => node,
        _ => Node::sure(What::Word(text.to_owned())),
    }
}

/// `<name>value</name>` for each field.
pub(super) fn tagged(text: &str, fields: &[Field]) -> Option<Candidate> {
    if !text.contains("</") {
        return None;
    }
    let mut found = Vec::new();
    for field in fields {
        let (open, close) = (format!("<{}>", field.name), format!("</{}>", field.name));
        let inside = text
            .split_once(&open)
            .and_then(|(_, rest)| rest.split_once(&close));
        if let Some((inside, _)) = inside {
            found.push((field.name.clone(), word(inside)));
        }
    }
    let repairs = vec![Repair::new(Kind::TaggedFields, "")];
    let node = Node::sure(What::Record(found));
    matches!(&node.what, What::Record(found) if !found.is_empty())
        .then(|| Candidate::part(node, repairs))
}

/// What stands between a tag and its end, without tags inside.
pub(super) fn insides(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("</").take(MOST).filter_map(|(end, _)| {
        let before = &text[..end];
        before.rfind('>').map(|open| &before[open + 1..])
    })
}
