//! A behaviour made ready, and its prompt for some inputs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::iter;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

use super::skeleton::{self, Instance, Layout, Section, Skeleton, Text};
use super::{Open, OpenPart, Part, Prompt, RenderError, Setting, conversation, fence, shown};
use crate::Bundle;
use crate::behaviour::{Behaviour, Each, Hole, Piece, Quote, STAGE};
use crate::expr::{Scope, case_name};
use crate::schema::Type;

/// Most skeletons kept for one behaviour.
const KEPT: usize = 256;
/// Stands for the delimiter where none is drawn; no sentence holds it.
const OPEN_DELIMITER: &str = "\u{f0002}";
/// Most repetitions of one segment.
const ROWS: usize = 2_500;

/// A behaviour made ready to be rendered many times, from any thread.
pub struct Prepared {
    name: String,
    behaviour: Behaviour,
    layout: Layout,
    /// Names of the inputs that become the conversation.
    thread: Option<String>,
    mail: Option<String>,
    /// Whether any segment is repeated.
    repeats: bool,
    /// Examples that the model is shown, by name.
    shown: Vec<(String, String)>,
    /// By how often each segment stands in the prompt.
    skeletons: RwLock<BTreeMap<Box<[u16]>, Arc<Skeleton>>>,
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("behaviour", &self.name)
            .finish_non_exhaustive()
    }
}

/// The items that a repeated segment is rendered for, outermost first.
type Row<'v> = Vec<&'v Value>;

/// What is decided once for a render.
struct Decided<'v> {
    conditions: Vec<Option<bool>>,
    active: Vec<bool>,
    counts: Vec<u16>,
    /// By segment, for repeated ones.
    rows: BTreeMap<usize, Vec<Row<'v>>>,
}

impl Prepared {
    /// Makes a behaviour of a bundle ready.
    ///
    /// # Errors
    /// When there is no such behaviour, or its layout cannot be used.
    pub fn new(bundle: &Bundle, behaviour: &str) -> Result<Self, RenderError> {
        let layout = &known(bundle, behaviour)?.layout;
        let template = bundle.layouts.get(layout);
        let template = template.ok_or_else(|| RenderError::NoLayout(layout.clone()))?;
        Self::laid_out(bundle, behaviour, Layout::new(layout, template)?)
    }

    /// The same with its layout, which was compiled before.
    ///
    /// # Errors
    /// When there is no such behaviour.
    pub fn laid_out(bundle: &Bundle, behaviour: &str, layout: Layout) -> Result<Self, RenderError> {
        let name = behaviour.to_owned();
        let behaviour = known(bundle, behaviour)?.clone();
        let input = |record: &str| {
            let of_record = |of: &Type| matches!(of, Type::Named(name) if name == record);
            let mut inputs = behaviour.inputs.iter();
            let found = inputs.find(|input| {
                of_record(&input.of)
                    || matches!(&input.of, Type::Optional(inner) if of_record(inner))
            });
            found.map(|input| input.name.clone())
        };
        let mail = input("silex.Mail");
        Ok(Self {
            thread: input("silex.Thread"),
            repeats: behaviour
                .segments
                .iter()
                .any(|segment| !segment.each.is_empty()),
            shown: shown::of(bundle, &name, mail.as_deref()),
            mail,
            name,
            behaviour,
            layout,
            skeletons: RwLock::default(),
        })
    }

    /// The behaviour.
    #[must_use]
    pub fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// The prompt for some inputs. The scope holds them by name, and `now` and `today`, what is
    /// observed, and the stage; the first stage where it says none.
    ///
    /// # Errors
    /// When a condition or hole meets data of another type, something observed is missing, there is
    /// no such stage, or the layout fails.
    pub fn render(&self, scope: &Scope<'_>, setting: &Setting<'_>) -> Result<Prompt, RenderError> {
        let scope = &self.in_stage(scope)?;
        let decided = self.decide(scope)?;
        let skeleton = self.skeleton(&decided)?;
        let delimiter = fence::delimiter(setting.seed, &self.name);
        let mut fenced = false;
        let mut system = Vec::with_capacity(skeleton.parts.len() + 1);
        for section in &skeleton.parts {
            let text = self.fill(section, scope, &decided, &delimiter, &mut fenced)?;
            system.push(Part {
                text,
                segment: section.segment,
            });
        }
        let shown = self.shown.iter();
        system.extend(
            shown
                .filter(|(name, _)| setting.without != Some(name.as_str()))
                .map(|(_, text)| Part {
                    text: text.clone(),
                    segment: None,
                }),
        );
        let messages = conversation::messages(&conversation::Sources {
            thread: self
                .thread
                .as_deref()
                .and_then(|name| scope.get(name))
                .filter(|value| !value.is_null()),
            mail: self
                .mail
                .as_deref()
                .and_then(|name| scope.get(name))
                .filter(|value| !value.is_null()),
            own: setting.own,
            delimiter: &delimiter,
            history: self.behaviour.limits.history,
        });
        if fenced || self.thread.is_some() || self.mail.is_some() {
            let gap = if system.is_empty() { "" } else { "\n\n" };
            system.push(Part {
                text: format!("{gap}{}", fence::sentence(&delimiter)),
                segment: None,
            });
        }
        let bytes: usize = system.iter().map(|part| part.text.len()).sum();
        let holds = |when: Option<usize>| holds(&decided.conditions, when);
        let offers = self.behaviour.tools.iter().enumerate();
        Ok(Prompt {
            tools: offers
                .filter(|(_, offer)| holds(offer.when))
                .map(|(at, _)| at)
                .collect(),
            tokens: u32::try_from(bytes.div_ceil(4)).unwrap_or(u32::MAX),
            system,
            messages,
            active: decided.active,
            conditions: decided.conditions,
            fence: delimiter,
        })
    }

    /// The scope with the stage: that which it says, or the first.
    fn in_stage<'s>(&'s self, scope: &'s Scope<'s>) -> Result<Scope<'s>, RenderError> {
        let mut inner = scope.child();
        let Some(first) = self.behaviour.stages.first() else {
            return Ok(inner);
        };
        match scope.get(STAGE) {
            None => inner.set(STAGE, Value::from(first.name.as_str())),
            Some(said) => {
                let name = said.as_str().unwrap_or_default();
                if self.behaviour.stage(name).is_none() {
                    return Err(RenderError::NoStage {
                        behaviour: self.name.clone(),
                        stage: name.to_owned(),
                    });
                }
            }
        }
        Ok(inner)
    }

    /// What is observed under a condition that holds must be in scope: to render without it would
    /// be to take it for none.
    fn observed(&self, scope: &Scope<'_>, under: Option<usize>) -> Result<(), RenderError> {
        let mut here = self.behaviour.observe.iter().filter(|it| it.when == under);
        match here.find(|observe| scope.get(&observe.name).is_none()) {
            None => Ok(()),
            Some(missing) => Err(RenderError::NotObserved {
                name: missing.name.clone(),
                by: missing.call.behaviour.clone(),
            }),
        }
    }

    /// The system prompt with its holes open, given which conditions hold: every segment once,
    /// however often it is repeated.
    ///
    /// # Errors
    /// When the layout fails.
    pub fn open(&self, conditions: &[bool]) -> Result<Vec<OpenPart>, RenderError> {
        let conditions: Vec<Option<bool>> = conditions.iter().copied().map(Some).collect();
        let segments = self.behaviour.segments.iter();
        let active: Vec<bool> = segments.map(|it| holds(&conditions, it.when)).collect();
        let decided = Decided {
            counts: active.iter().map(|active| u16::from(*active)).collect(),
            conditions,
            active,
            rows: BTreeMap::new(),
        };
        let skeleton = self.skeleton(&decided)?;
        let sections = skeleton.parts.iter();
        let mut parts: Vec<OpenPart> = sections.map(|it| self.open_part(it)).collect();
        let words = |text: String| OpenPart {
            segment: None,
            text: vec![Open::Words(text)],
        };
        parts.extend(self.shown.iter().map(|(_, text)| words(text.clone())));
        let is_fence = |piece: &Piece| matches!(piece, Piece::Hole(hole) if matches!(hole.quote, Quote::Fence { .. }));
        let segments = self.behaviour.segments.iter().zip(&decided.active);
        let fenced = segments
            .filter(|(_, active)| **active)
            .any(|(it, _)| it.text.iter().any(is_fence));
        if fenced || self.thread.is_some() || self.mail.is_some() {
            let gap = if parts.is_empty() { "" } else { "\n\n" };
            let sentence = format!("{gap}{}", fence::sentence(OPEN_DELIMITER));
            let mut text = Vec::new();
            for words in sentence.split(OPEN_DELIMITER) {
                text.push(Open::Words(words.to_owned()));
                text.push(Open::Delimiter);
            }
            text.pop();
            parts.push(OpenPart {
                segment: None,
                text,
            });
        }
        Ok(parts)
    }

    /// A section with its holes open, but for those that always print the same: what a ruleset was
    /// followed with stands there as if the author had written it.
    fn open_part(&self, section: &Section) -> OpenPart {
        let segment = section
            .segment
            .and_then(|at| self.behaviour.segments.get(at));
        let known = |piece: usize| {
            let Piece::Hole(hole) = segment?.text.get(piece)? else {
                return None;
            };
            let is_bare = hole.quote == Quote::Bare;
            let text = hole.constant().filter(|_| is_bare)?;
            (!text.contains('\n')).then(|| text.into_owned())
        };
        let text = section.pieces.iter().map(|piece| match piece {
            Text::Words(words) => Open::Words(words.clone()),
            Text::Hole { piece, .. } => match known(*piece) {
                Some(text) => Open::Words(text),
                None => Open::Hole(*piece),
            },
        });
        OpenPart {
            segment: section.segment,
            text: text.collect(),
        }
    }

    /// Decides every condition once, the one around it first, and counts the segments.
    fn decide<'v>(&'v self, scope: &'v Scope<'_>) -> Result<Decided<'v>, RenderError> {
        let mut conditions = Vec::with_capacity(self.behaviour.conditions.len());
        self.observed(scope, None)?;
        for (index, condition) in self.behaviour.conditions.iter().enumerate() {
            let value = match holds(&conditions, condition.parent) {
                true => {
                    let value = condition.expr.holds(scope);
                    Some(value.map_err(|error| RenderError::Condition { index, error })?)
                }
                false => None,
            };
            if value == Some(true) {
                self.observed(scope, Some(index))?;
            }
            conditions.push(value);
        }
        let active: Vec<bool> = self
            .behaviour
            .segments
            .iter()
            .map(|segment| holds(&conditions, segment.when))
            .collect();
        let mut counts: Vec<u16> = active.iter().map(|active| u16::from(*active)).collect();
        let mut rows = BTreeMap::new();
        let segments = self
            .behaviour
            .segments
            .iter()
            .enumerate()
            .filter(|_| self.repeats);
        for (at, segment) in
            segments.filter(|(at, segment)| active[*at] && !segment.each.is_empty())
        {
            let of_segment = self.rows(at, &segment.each, scope)?;
            counts[at] = u16::try_from(of_segment.len()).unwrap_or(u16::MAX);
            rows.insert(at, of_segment);
        }
        Ok(Decided {
            conditions,
            active,
            counts,
            rows,
        })
    }

    /// The items of nested lists, one row for each repetition.
    fn rows<'v>(
        &self,
        segment: usize,
        each: &[Each],
        scope: &'v Scope<'_>,
    ) -> Result<Vec<Row<'v>>, RenderError> {
        let mut rows: Vec<Row<'v>> = vec![Vec::new()];
        for (depth, list) in each.iter().enumerate() {
            let mut deeper = Vec::new();
            for row in &rows {
                // An inner list may hang on an item of an outer one.
                let outer = each[..depth]
                    .iter()
                    .rposition(|outer| outer.var == list.of.root);
                let root = match outer {
                    Some(outer) => row.get(outer).copied(),
                    None => scope.get(&list.of.root),
                };
                let items = list
                    .of
                    .fields
                    .iter()
                    .try_fold(root, |value, field| Some(value?.get(field)));
                let items = items
                    .flatten()
                    .and_then(Value::as_array)
                    .map_or(&[][..], Vec::as_slice);
                deeper.extend(items.iter().map(|item| [row.as_slice(), &[item]].concat()));
                if deeper.len() > ROWS {
                    return Err(RenderError::TooMany { segment });
                }
            }
            rows = deeper;
        }
        Ok(rows)
    }

    /// The skeleton of the active segments: kept, or made now.
    fn skeleton(&self, decided: &Decided<'_>) -> Result<Arc<Skeleton>, RenderError> {
        let kept = self
            .skeletons
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(skeleton) = kept.get(decided.counts.as_slice()) {
            return Ok(Arc::clone(skeleton));
        }
        drop(kept);
        let skeleton = Arc::new(skeleton::build(
            &self.behaviour,
            &self.layout,
            &self.instances(decided),
        )?);
        let mut kept = self
            .skeletons
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(decided.counts.as_slice().into(), Arc::clone(&skeleton));
        Ok(skeleton)
    }

    /// The segments in order; neighbours in one `each` are repeated together.
    fn instances(&self, decided: &Decided<'_>) -> Vec<Instance> {
        let mut instances = Vec::new();
        let mut first = 0;
        for run in self
            .behaviour
            .segments
            .chunk_by(|one, next| !one.each.is_empty() && one.each == next.each)
        {
            let run = first..first + run.len();
            first = run.end;
            let rows = run
                .clone()
                .map(|at| usize::from(decided.counts[at]))
                .max()
                .unwrap_or(0);
            for row in 0..rows {
                let active = run
                    .clone()
                    .filter(|at| row < usize::from(decided.counts[*at]));
                instances.extend(active.map(|segment| Instance { segment, row }));
            }
        }
        instances
    }

    /// The text of a section with its holes filled.
    fn fill(
        &self,
        section: &Section,
        scope: &Scope<'_>,
        decided: &Decided<'_>,
        delimiter: &str,
        fenced: &mut bool,
    ) -> Result<String, RenderError> {
        let mut text = String::with_capacity(section.bytes + 64);
        for piece in &section.pieces {
            let (piece, indent) = match piece {
                Text::Words(words) => {
                    text.push_str(words);
                    continue;
                }
                Text::Hole { piece, indent } => (*piece, *indent),
            };
            let segment = section
                .segment
                .and_then(|at| self.behaviour.segments.get(at).map(|found| (at, found)));
            let Some((at, segment)) = segment else {
                continue;
            };
            let Some(Piece::Hole(hole)) = segment.text.get(piece) else {
                continue;
            };
            *fenced |= matches!(hole.quote, Quote::Fence { .. });
            let filled = match decided.rows.get(&at).and_then(|rows| rows.get(section.row)) {
                None => print(hole, scope, delimiter),
                Some(row) => {
                    let mut inner = scope.child();
                    segment
                        .each
                        .iter()
                        .zip(row)
                        .for_each(|(each, item)| inner.bind(&each.var, item));
                    print(hole, &inner, delimiter)
                }
            };
            let filled = filled.map_err(|error| RenderError::Hole {
                label: hole.label.clone(),
                error,
            })?;
            // A fence stands on lines of its own.
            let mut starts_line = matches!(hole.quote, Quote::Fence { .. })
                && !text.is_empty()
                && !text.trim_end_matches(' ').ends_with('\n');
            for line in filled.split('\n') {
                if starts_line {
                    text.push('\n');
                    text.extend(iter::repeat_n(' ', indent));
                }
                text.push_str(line);
                starts_line = true;
            }
        }
        Ok(text)
    }
}

fn known<'b>(bundle: &'b Bundle, behaviour: &str) -> Result<&'b Behaviour, RenderError> {
    let found = bundle.behaviours.get(behaviour).map(Arc::as_ref);
    found.ok_or_else(|| RenderError::NoBehaviour(behaviour.to_owned()))
}

fn holds(conditions: &[Option<bool>], when: Option<usize>) -> bool {
    when.is_none_or(|when| conditions.get(when) == Some(&Some(true)))
}

/// The value of a hole as text.
fn print(
    hole: &Hole,
    scope: &Scope<'_>,
    delimiter: &str,
) -> Result<String, crate::expr::EvalError> {
    let value = hole.value.eval(scope)?;
    Ok(match hole.quote {
        Quote::Bare => bare(&value).into_owned(),
        Quote::Fence { max } => fence::block(delimiter, &hole.label, &bare(&value), max),
        Quote::Inline { max } => fence::quoted(delimiter, &bare(&value), max),
    })
}

/// A value as words: texts and cases as they are, all else as JSON.
fn bare(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text)
            if text.contains(|sign| sign != '\n' && sign != '\t' && fence::is_unseen(sign)) =>
        {
            text.chars()
                .filter(|sign| matches!(sign, '\n' | '\t') || !fence::is_unseen(*sign))
                .collect()
        }
        Value::String(text) => Cow::Borrowed(text),
        Value::Null => Cow::Borrowed("none"),
        Value::Object(_) => match case_name(value) {
            Some(name) => Cow::Borrowed(name),
            None => Cow::Owned(value.to_string()),
        },
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => Cow::Owned(value.to_string()),
    }
}
