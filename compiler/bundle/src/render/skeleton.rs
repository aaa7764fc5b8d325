//! Skeletons: what a layout makes of a set of active segments, with the data left out.
//!
//! The template never sees a value. Where a segment's text belongs it sees a mark of private-use
//! characters, and what it wrote is split at the marks again. So a skeleton depends only on which
//! segments are active and how often, and can be kept; and no data can pass for a line of the
//! layout.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, UndefinedBehavior, context};
use serde::{Serialize, Serializer};

use super::RenderError;
use crate::behaviour::{Behaviour, Kind, Piece};

/// Opens a mark.
const OPEN: char = '\u{f0000}';
/// Closes a mark.
const CLOSE: char = '\u{f0001}';
/// Most shapes of which it is kept what a layout made of them.
const KEPT: usize = 256;
/// Work of a template that is stopped, far above what a layout of a thousand segments takes.
const FUEL: u64 = 2_000_000;

/// A segment in the prompt; one of several when it is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instance {
    pub segment: usize,
    /// Which of the repetitions.
    pub row: usize,
}

/// The system prompt with holes, in parts of one origin.
#[derive(Debug)]
pub(super) struct Skeleton {
    pub parts: Vec<Section>,
}

/// Consecutive text of one origin.
#[derive(Debug, PartialEq)]
pub(super) struct Section {
    pub segment: Option<usize>,
    pub row: usize,
    pub pieces: Vec<Text>,
    /// Bytes of the words alone.
    pub bytes: usize,
}

/// Words, or the place of a hole.
#[derive(Debug, PartialEq)]
pub(super) enum Text {
    Words(String),
    Hole {
        /// Index into the pieces of the segment.
        piece: usize,
        /// Blanks before every further line.
        indent: usize,
    },
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy)]
struct Slot<'a> {
    instance: Instance,
    content: Content<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Content<'a> {
    /// The words and holes of the segment.
    Pieces,
    /// A reason or sample.
    Words(&'a str),
}

/// A segment as a layout sees it.
#[derive(Serialize)]
struct Shown<'a> {
    kind: &'static str,
    name: &'a str,
    strength: &'static str,
    text: Mark,
    because: Option<Mark>,
    samples: Vec<ShownSample>,
}

#[derive(Serialize)]
struct ShownSample {
    good: bool,
    text: Mark,
    because: Option<Mark>,
}

/// What a template sees in the place of a text: a mark, written when it is asked for.
struct Mark(usize);

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{OPEN}{}{CLOSE}", self.0)
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A layout, compiled: the behaviours that it lays out share it.
#[derive(Debug, Clone)]
pub struct Layout(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    environment: Environment<'static>,
    /// What it wrote, by the shape of what it was shown: the sides of a comparison, and behaviours
    /// that are built alike, are laid out once.
    written: Mutex<BTreeMap<String, Arc<str>>>,
}

impl Layout {
    /// Compiles a layout.
    ///
    /// # Errors
    /// When the template does not parse.
    pub fn new(name: &str, template: &str) -> Result<Self, RenderError> {
        Ok(Self(Arc::new(Compiled {
            environment: environment(name, template)?,
            written: Mutex::default(),
        })))
    }

    /// What the template makes of some segments, with their marks.
    fn write(&self, shown: &[Shown<'_>]) -> Result<Arc<str>, minijinja::Error> {
        let shape = shape(shown);
        let written = || {
            self.0
                .written
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(text) = written().get(&shape) {
            return Ok(Arc::clone(text));
        }
        let segments: Vec<Value> = shown.iter().map(|it| Value::from(Serde(it))).collect();
        let mut first = 0;
        let groups = shown.chunk_by(|one, next| one.kind == next.kind);
        let groups: Value = groups
            .map(|group| {
                let own = first..first + group.len();
                first = own.end;
                context! { kind => group[0].kind, segments => segments[own].to_vec() }
            })
            .collect();
        let template = self.0.environment.get_template("layout")?;
        let text: Arc<str> = template.render(context! { segments, groups })?.into();
        let mut kept = written();
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(shape, Arc::clone(&text));
        Ok(text)
    }
}

/// All that a template can tell apart. Marks are numbered in order, so they follow from the rest.
fn shape(shown: &[Shown<'_>]) -> String {
    let mut shape = String::new();
    for it in shown {
        for word in [it.kind, it.name, it.strength] {
            shape.push_str(word);
            shape.push(' ');
        }
        shape.push(if it.because.is_some() { '!' } else { '.' });
        for sample in &it.samples {
            shape.push(match (sample.good, sample.because.is_some()) {
                (true, true) => 'G',
                (true, false) => 'g',
                (false, true) => 'B',
                (false, false) => 'b',
            });
        }
        shape.push('\n');
    }
    shape
}

fn environment(name: &str, template: &str) -> Result<Environment<'static>, RenderError> {
    let mut environment = Environment::empty();
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    environment.set_syntax(
        syntax
            .build()
            .map_err(|error| RenderError::layout(name, &error))?,
    );
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.add_filter("upper", minijinja::filters::upper);
    environment.add_filter("lower", minijinja::filters::lower);
    environment.add_filter("title", minijinja::filters::title);
    environment.add_filter("replace", minijinja::filters::replace);
    environment.add_filter("length", minijinja::filters::length);
    environment
        .add_template_owned("layout", template.to_owned())
        .map_err(|error| RenderError::layout(name, &error))?;
    Ok(environment)
}

/// Renders the layout for some instances, in the author's order.
pub(super) fn build(
    behaviour: &Behaviour,
    layout: &Layout,
    instances: &[Instance],
) -> Result<Skeleton, RenderError> {
    let mut slots = Vec::new();
    let shown: Vec<Shown<'_>> = instances
        .iter()
        .map(|instance| show(behaviour, *instance, &mut slots))
        .collect();
    let text = layout
        .write(&shown)
        .map_err(|error| RenderError::layout(&behaviour.layout, &error))?;
    let mut writer = Writer {
        behaviour,
        parts: Vec::new(),
        line: String::new(),
        seen: vec![false; slots.len()],
    };
    writer.split(text.trim_matches(['\n', ' ']), &slots);
    let missing = slots.iter().zip(&writer.seen).find_map(|(slot, seen)| {
        (!seen && matches!(slot.content, Content::Pieces)).then_some(slot.instance.segment)
    });
    if let Some(segment) = missing {
        return Err(RenderError::LeftOut {
            layout: behaviour.layout.clone(),
            segment,
        });
    }
    Ok(Skeleton {
        parts: writer.parts,
    })
}

/// A segment as the layout sees it; its texts become slots.
fn show<'a>(behaviour: &'a Behaviour, instance: Instance, slots: &mut Vec<Slot<'a>>) -> Shown<'a> {
    let mut mark = |content| {
        slots.push(Slot { instance, content });
        Mark(slots.len() - 1)
    };
    let text = mark(Content::Pieces);
    let segment = &behaviour.segments[instance.segment];
    let mut shown = Shown {
        kind: kind_name(&segment.kind),
        name: "",
        strength: "",
        text,
        because: None,
        samples: Vec::new(),
    };
    match &segment.kind {
        Kind::Role | Kind::Goal => {}
        Kind::Fact { name } | Kind::Step { name, .. } => shown.name = name,
        Kind::Rule(rule) => {
            shown.name = &rule.name;
            shown.strength = rule.strength.word();
            let because = rule.because.as_ref().filter(|because| because.shown);
            shown.because = because.map(|because| mark(Content::Words(&because.text)));
            shown.samples.extend(rule.samples.iter().map(|sample| {
                ShownSample {
                    good: sample.good,
                    text: mark(Content::Words(&sample.text)),
                    because: sample
                        .because
                        .as_deref()
                        .map(|because| mark(Content::Words(because))),
                }
            }));
        }
    }
    shown
}

/// The kind in layouts and traces.
pub(super) fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Role => "role",
        Kind::Goal => "goal",
        Kind::Fact { .. } => "fact",
        Kind::Rule(_) => "rule",
        Kind::Step { .. } => "step",
    }
}

struct Writer<'a> {
    behaviour: &'a Behaviour,
    parts: Vec<Section>,
    /// What the layout wrote on the line so far.
    line: String,
    seen: Vec<bool>,
}

impl Writer<'_> {
    /// Splits what the layout wrote at the marks.
    fn split(&mut self, text: &str, slots: &[Slot<'_>]) {
        for piece in text.split(OPEN) {
            let marked = piece.split_once(CLOSE).and_then(|(number, behind)| {
                let number: usize = number.parse().ok()?;
                Some((number, slots.get(number)?, behind))
            });
            match marked {
                Some((number, slot, behind)) => {
                    self.seen[number] = true;
                    self.slot(slot);
                    self.words(None, 0, behind);
                }
                None => self.words(None, 0, piece),
            }
        }
    }

    fn slot(&mut self, slot: &Slot<'_>) {
        let indent = indent(&self.line);
        let Instance { segment, row } = slot.instance;
        match slot.content {
            Content::Words(words) => {
                self.words(Some(segment), row, &set_in(words.trim_end(), indent));
            }
            Content::Pieces => {
                let behaviour = self.behaviour;
                for (piece, text) in behaviour.segments[segment].text.iter().enumerate() {
                    match text {
                        Piece::Words(words) => {
                            self.words(Some(segment), row, &set_in(words, indent));
                        }
                        Piece::Hole(_) => self
                            .section(Some(segment), row)
                            .pieces
                            .push(Text::Hole { piece, indent }),
                    }
                }
            }
        }
    }

    fn words(&mut self, segment: Option<usize>, row: usize, words: &str) {
        // The author's words cannot hold marks either.
        let words = match words.contains(OPEN) || words.contains(CLOSE) {
            true => Cow::Owned(words.replace([OPEN, CLOSE], "")),
            false => Cow::Borrowed(words),
        };
        if words.is_empty() {
            return;
        }
        if segment.is_none() {
            let last = words.rsplit('\n').next().unwrap_or_default();
            if words.contains('\n') {
                self.line.clear();
            }
            self.line.push_str(last);
        }
        let section = self.section(segment, row);
        section.bytes += words.len();
        match section.pieces.last_mut() {
            Some(Text::Words(before)) => before.push_str(&words),
            Some(Text::Hole { .. }) | None => {
                section.pieces.push(Text::Words(words.into_owned()));
            }
        }
    }

    /// The section that is written to: the last one, or a new one behind it.
    fn section(&mut self, segment: Option<usize>, row: usize) -> &mut Section {
        let fits = self
            .parts
            .last()
            .is_some_and(|last| last.segment == segment && last.row == row);
        if !fits {
            self.parts.push(Section {
                segment,
                row,
                pieces: Vec::new(),
                bytes: 0,
            });
        }
        let last = self.parts.len() - 1;
        &mut self.parts[last]
    }
}

/// Words of which further lines are set in.
fn set_in(words: &str, indent: usize) -> Cow<'_, str> {
    match words.contains('\n') {
        true => Cow::Owned(words.replace('\n', &format!("\n{}", " ".repeat(indent)))),
        false => Cow::Borrowed(words),
    }
}

/// How far further lines are set in so that they stay in their list item: the width of blanks and
/// a bullet or number at the start of the line.
fn indent(line: &str) -> usize {
    let text = line.trim_start_matches(' ');
    let blanks = line.len() - text.len();
    let digits = text.len()
        - text
            .trim_start_matches(|sign: char| sign.is_ascii_digit())
            .len();
    let bullet = text.starts_with("- ") || text.starts_with("* ");
    match (bullet, digits) {
        (true, _) => blanks + 2,
        (false, 0) => blanks,
        (false, digits) if text[digits..].starts_with(". ") => blanks + digits + 2,
        (false, _) => blanks,
    }
}
