//! Layouts that cannot lay out a prompt: what does not parse, what fails, and what is left out.
//!
//! Those of the standard library are known to be whole. One that no behaviour names is not looked at.

use silex_bundle::Behaviour;
use silex_bundle::render::RenderError;

use super::facts::Facts;
use crate::diagnostic::Diagnostic;
use crate::package::LayoutFile;
use crate::source::{Sources, Span};

/// The layout files of the packages, and their texts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Files<'a> {
    /// The files.
    pub(crate) layouts: &'a [LayoutFile],
    /// The texts.
    pub(crate) sources: &'a Sources,
}

/// Refuses templates that do not parse.
pub(crate) fn unread(facts: &Facts<'_>, files: Files<'_>) -> Vec<Diagnostic> {
    let unread = files.layouts.iter().filter_map(|file| {
        let why = facts.layout(&file.name)?.as_ref().err()?;
        told(files, file, why, None)
    });
    unread.collect()
}

/// Refuses the layout of a behaviour, of which it makes no prompt.
pub(crate) fn refuse(
    facts: &Facts<'_>,
    files: Files<'_>,
    name: &str,
    behaviour: &Behaviour,
) -> Option<Diagnostic> {
    let mut layouts = files.layouts.iter();
    let file = layouts.find(|it| it.name == behaviour.layout)?;
    let why = failure(facts, name, behaviour)?;
    told(files, file, &why, Some(behaviour))
}

/// Why a prompt in which every segment stands cannot be laid out.
fn failure(facts: &Facts<'_>, name: &str, behaviour: &Behaviour) -> Option<RenderError> {
    let holds = vec![true; behaviour.conditions.len()];
    facts.prepared(name)?.open(&holds).err()
}

fn told(
    files: Files<'_>,
    file: &LayoutFile,
    why: &RenderError,
    behaviour: Option<&Behaviour>,
) -> Option<Diagnostic> {
    let name = &file.name;
    match why {
        RenderError::Layout { line, reason, .. } => {
            let place = line_of(files, file, line.unwrap_or(1));
            let message = format!("the layout `{name}` makes no prompt: {reason}");
            let help = "layouts are templates in Jinja: `silex explain bad-layout` shows one";
            Some(Diagnostic::error("bad-layout", place, message).help(help))
        }
        RenderError::LeftOut { segment, .. } => {
            let place = behaviour?.segments.get(*segment)?.span.into();
            let message = format!("the layout `{name}` leaves this out of the prompt");
            let help = "print `segment.text` of every segment, of whatever kind it is";
            let finding = Diagnostic::error("bad-layout", place, message).help(help);
            Some(finding.label(line_of(files, file, 1), "the layout"))
        }
        RenderError::NoBehaviour(_)
        | RenderError::NoLayout(_)
        | RenderError::NoStage { .. }
        | RenderError::NotObserved { .. }
        | RenderError::Condition { .. }
        | RenderError::Hole { .. }
        | RenderError::TooMany { .. } => None,
    }
}

/// What stands in a line of a layout.
fn line_of(files: Files<'_>, file: &LayoutFile, line: usize) -> Span {
    let text = files.sources.text(file.file);
    let mut start = 0;
    let mut lines = text.split_inclusive('\n');
    start += lines
        .by_ref()
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum::<usize>();
    let written = lines.next().unwrap_or_default();
    start += written.len() - written.trim_start().len();
    let end = start + written.trim().len();
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        file: file.file,
        start: offset(start),
        end: offset(end),
    }
}
