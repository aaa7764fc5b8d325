//! What is said about a name: its declaration, its docs, and of a rule what the model reads, when,
//! and in which behaviours.

use std::fmt::Write as _;

use silex_bundle::behaviour::{Kind as SegmentKind, Segment};
use silex_bundle::functions;

use super::names::{self, Occurrence, Symbol};
use super::{Analysis, Place, definition, members, words};
use crate::analysis::listing;
use crate::condition;
use crate::resolve::{Kind, Names};
use crate::source::Span;
use crate::syntax::ast;
use crate::typeck::ty::bare;

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hover {
    /// About which part of the text.
    pub span: Span,
    /// In Markdown.
    pub text: String,
}

/// What is said at a place.
#[must_use]
pub fn at(analysis: &Analysis, place: Place) -> Option<Hover> {
    let names = analysis.names();
    let Some(occurrence) = names::at(analysis, &names, place) else {
        return word(analysis, place);
    };
    let text = describe(analysis, &names, &occurrence)?;
    Some(Hover {
        span: occurrence.span,
        text,
    })
}

/// A word of the language.
fn word(analysis: &Analysis, place: Place) -> Option<Hover> {
    let text = analysis.text(place.file);
    let at = place.offset as usize;
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = text.get(..at)?.trim_end_matches(is_letter).len();
    let rest = text.get(at..)?;
    let end = text.len() - rest.trim_start_matches(is_letter).len();
    let word = text.get(start..end)?;
    let line = text.get(..start)?.rsplit('\n').next().unwrap_or_default();
    let opens = line.trim().is_empty();
    let clause = words::meaning(&words::CLAUSES, word);
    let lists: [&[words::Word]; 6] = [
        &words::DECLARATIONS,
        &words::STATEMENTS,
        &words::TOOL_LINES,
        &words::AGENT_LINES,
        &words::MODEL_LINES,
        &words::EXAMPLE_LINES,
    ];
    let opening = || lists.iter().find_map(|list| words::meaning(list, word));
    let of = || words::meaning(&words::TYPES, word);
    let meaning = clause
        .or_else(|| opens.then(opening).flatten())
        .or_else(of)?;
    Some(Hover {
        span: Span {
            file: place.file,
            start: u32::try_from(start).ok()?,
            end: u32::try_from(end).ok()?,
        },
        text: format!("`{word}`: {meaning}"),
    })
}

fn describe(analysis: &Analysis, names: &Names<'_>, at: &Occurrence) -> Option<String> {
    Some(match &at.symbol {
        Symbol::Declaration(kind, name) => declaration(analysis, names, *kind, name)?,
        Symbol::Part { of, name } => part(analysis, names, of, name)?,
        Symbol::Field { of, name, .. } => {
            let declared = names.get(of)?;
            let fields = members::fields(declared.item);
            let member = fields.iter().find(|it| it.field.name.text == *name)?;
            let docs = member.field.docs.as_ref();
            let of = bare(of);
            code(
                &format!("{of}.{}", analysis.written(member.field.span)),
                docs,
            )
        }
        Symbol::Case { of, name } => {
            let declared = names.get(of)?;
            let case = members::cases(declared.item)
                .iter()
                .find(|it| it.name.text == *name)?;
            let written = analysis.written(case.span);
            code(&format!("{}.{written}", bare(of)), case.docs.as_ref())
        }
        Symbol::Local { at: bound, name } => local(analysis, *bound, name, at.of.as_deref()),
        Symbol::Given(name) => {
            let meaning = words::meaning(&words::GIVEN, name).unwrap_or_default();
            format!("`{name}`: {meaning}")
        }
        Symbol::Function(name) => {
            let function = functions::find(name)?;
            let mut text = format!(
                "```silex\n{}\n```\n{}",
                words::call_of(function),
                function.doc
            );
            for sample in function.samples.iter().take(2) {
                let _ = write!(
                    text,
                    "\n\n`{name}` of `{}` is `{}`",
                    sample.args, sample.gives
                );
            }
            text
        }
        Symbol::Module(name) => {
            let (_, module) = definition::module(analysis, name)?;
            code(&format!("module {name}"), module.file.docs.as_ref())
        }
        Symbol::Topic(name) => format!("the topic `{name}`: rules about one topic are compared"),
        Symbol::Lint(code) => crate::explain::page(code)?.to_owned(),
        Symbol::Layout(name) => format!("the layout `{name}`"),
    })
}

/// Code and the docs before it.
fn code(code: &str, docs: Option<&ast::Docs>) -> String {
    let docs = docs.map_or("", |docs| docs.text.as_str());
    format!("```silex\n{code}\n```\n{docs}")
        .trim_end()
        .to_owned()
}

fn local(analysis: &Analysis, bound: Span, name: &str, of: Option<&str>) -> String {
    let place = Place {
        file: bound.file,
        offset: bound.start,
    };
    let param = analysis.item(place).and_then(|(_, item)| {
        let params = members::params(item);
        params.iter().find(|param| param.name.span == bound)
    });
    match (param, of) {
        (Some(param), _) => code(analysis.written(param.span), param.docs.as_ref()),
        (None, Some(of)) => code(&format!("{name}: {}", bare(of)), None),
        (None, None) => code(name, None),
    }
}

/// The head of a declaration, its docs, and what it comes to.
fn declaration(analysis: &Analysis, names: &Names<'_>, kind: Kind, name: &str) -> Option<String> {
    let declared = names.get(name)?;
    let written = analysis.written(declared.item.span);
    let whole = matches!(
        kind,
        Kind::Constant | Kind::Enum | Kind::Record | Kind::Entity | Kind::Model
    );
    let head = if whole {
        written
    } else {
        written.split_once(" {").map_or(written, |(head, _)| head)
    };
    let mut text = code(head, declared.item.docs.as_ref());
    match kind {
        Kind::Behaviour => text += &measures(analysis, name).unwrap_or_default(),
        Kind::Ruleset => {
            let followers = followers(analysis, name);
            if !followers.is_empty() {
                let _ = write!(text, "\n\nfollowed by {}", quoted(&followers));
            }
        }
        Kind::Tool => {
            let behaviours = analysis.bundle().into_iter().flat_map(|it| &it.behaviours);
            let offering =
                behaviours.filter(|(_, it)| it.tools.iter().any(|offer| offer.tool == name));
            let offering: Vec<&str> = offering.map(|(name, _)| bare(name)).collect();
            if !offering.is_empty() {
                let _ = write!(text, "\n\noffered by {}", quoted(&offering));
            }
        }
        Kind::Constant
        | Kind::Enum
        | Kind::Record
        | Kind::Entity
        | Kind::Model
        | Kind::Agent
        | Kind::Example => {}
    }
    Some(text)
}

/// How many prompts a behaviour has, and how long they are.
fn measures(analysis: &Analysis, name: &str) -> Option<String> {
    let facts = analysis.facts()?;
    let variants = facts.variants(name)?;
    let mut text = match variants.count() {
        1 => "\n\none prompt".to_owned(),
        count => format!("\n\n{count} distinct prompts"),
    };
    if let Some((bounds, _)) = facts.tokens(name) {
        let _ = write!(text, " of {} to {} tokens", bounds.least, bounds.most);
    }
    Some(text)
}

/// The behaviours whose prompts hold the rules of a ruleset.
fn followers<'a>(analysis: &'a Analysis, ruleset: &str) -> Vec<&'a str> {
    let behaviours = analysis.bundle().into_iter().flat_map(|it| &it.behaviours);
    let following = behaviours.filter(|(_, it)| {
        let mut segments = it.segments.iter();
        segments.any(|segment| segment.via.iter().any(|via| via == ruleset))
    });
    following.map(|(name, _)| bare(name)).collect()
}

/// A rule, fact or step as the model reads it, when it does, and in which behaviours.
fn part(analysis: &Analysis, names: &Names<'_>, of: &str, name: &str) -> Option<String> {
    let declared = names.get(of)?;
    let all = members::parts(declared.item.kind.body()?);
    let (_, statement) = all.iter().find(|(it, _)| it.text == name)?;
    let facts = analysis.facts()?;
    let id = format!("{of}.{name}");
    let is_it = |segment: &Segment| match &segment.kind {
        SegmentKind::Rule(rule) => rule.id == id,
        SegmentKind::Fact { name: own } | SegmentKind::Step { name: own, .. } => {
            own == name && statement.span.holds(segment.span.into())
        }
        SegmentKind::Role | SegmentKind::Goal => false,
    };
    let mut text = format!("`{id}`");
    let mut seen: Vec<String> = Vec::new();
    for (behaviour, it) in &facts.bundle().behaviours {
        for (at, segment) in it.segments.iter().enumerate().filter(|(_, it)| is_it(it)) {
            let read = read(&facts, behaviour, at).unwrap_or_default();
            if !seen.contains(&read) {
                let quoted: Vec<String> = read.lines().map(|line| format!("> {line}")).collect();
                let _ = write!(text, "\n\n{}", quoted.join("\n"));
                seen.push(read);
            }
            let _ = write!(text, "\n\nin `{}`", bare(behaviour));
            if let Some(when) = segment.when {
                let _ = write!(text, " when `{}`", condition::whole(it, when).join(" and "));
            }
        }
    }
    if seen.is_empty() {
        let _ = write!(text, "\n\nin no prompt");
    }
    Some(text)
}

/// What a layout makes of a segment.
fn read(
    facts: &crate::analysis::facts::Facts<'_>,
    behaviour: &str,
    segment: usize,
) -> Option<String> {
    let prepared = facts.prepared(behaviour)?;
    let it = prepared.behaviour();
    let mut holds = vec![false; it.conditions.len()];
    let mut next = it.segments.get(segment)?.when;
    while let Some(at) = next {
        holds[at] = true;
        next = it.conditions[at].parent;
    }
    let parts = prepared.open(&holds).ok()?;
    let own: Vec<_> = parts
        .into_iter()
        .filter(|part| part.segment == Some(segment))
        .collect();
    Some(listing::text(it, &own).trim().to_owned())
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
