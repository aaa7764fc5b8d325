//! A finding as other programs take it, whatever found it: a mistake, a change, an example that
//! failed.

use silex_compiler::diagnostic::{Diagnostic, Severity};
use silex_compiler::explain::{page, summary};
use silex_compiler::source::Span;

use crate::compile::Places;

/// Something to tell about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// What `silex explain` or a waiver knows it by.
    pub(crate) code: String,
    /// What the code stands for, in a sentence; may be empty.
    pub(crate) means: String,
    pub(crate) level: Level,
    pub(crate) message: String,
    /// Where; none for what stands in no file.
    pub(crate) at: Option<Place>,
    /// Other places, and what is to be said about each.
    pub(crate) related: Vec<(Place, String)>,
    /// What to do, or what else is known; may be empty.
    pub(crate) help: String,
    /// A change that a program may make: where, by what, and what it does.
    pub(crate) fix: Option<(Place, String, String)>,
    /// Why it does not count, if it was waived.
    pub(crate) waived: Option<String>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// The command fails for it.
    Error,
    /// Somebody should look.
    Warning,
    /// Good to know.
    Note,
}

/// A range in a file. Lines and columns count from 1; columns are characters, and the end is the
/// first that is not in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) end_line: usize,
    pub(crate) end_column: usize,
}

impl Finding {
    /// What the compiler found.
    pub(crate) fn of(found: &Diagnostic, places: &Places) -> Self {
        let others = found.labels.iter().skip(1);
        let related = others.map(|label| (place(label.span, places), label.text.clone()));
        let said = found.labels.first().map_or("", |label| label.text.as_str());
        let message = match said {
            "" => found.message.clone(),
            said => format!("{}: {said}", found.message),
        };
        let fix = found.fix.as_ref();
        Self {
            code: found.code.to_owned(),
            means: page(found.code).map_or_else(String::new, |page| summary(page).to_owned()),
            level: match found.severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
            },
            message,
            at: Some(place(found.span(), places)),
            related: related.collect(),
            help: found.advice().unwrap_or_default().to_owned(),
            fix: fix.map(|fix| {
                (
                    place(fix.span, places),
                    fix.replacement.clone(),
                    fix.title.clone(),
                )
            }),
            waived: None,
        }
    }
}

fn place(span: Span, places: &Places) -> Place {
    let (line, column) = places.line_column(span);
    let end = Span {
        start: span.end,
        ..span
    };
    let (end_line, end_column) = places.line_column(end);
    Place {
        file: places.path(span.file),
        line,
        column,
        end_line,
        end_column,
    }
}
