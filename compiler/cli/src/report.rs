//! What an author sees: findings with the text they are about, or the same as JSON lines.

use std::io::{IsTerminal, Write};

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceSpan};
use serde_json::{Value, json};
use silex_compiler::diagnostic::{Diagnostic, Severity};
use silex_compiler::source::Span;

use crate::compile::Places;
use crate::style::{bold, red};
use crate::{Ended, Failure};

/// How findings are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Writes findings with their count, and says how a command that made them ends.
pub(crate) fn findings(found: &[Diagnostic], places: &Places, format: Format) -> Ended {
    each(found, places, format);
    if format == Format::Text {
        summary(found);
    }
    let errors = found
        .iter()
        .any(|finding| finding.severity == Severity::Error);
    if errors {
        Ended::Findings
    } else {
        Ended::Clean
    }
}

/// Writes findings: as JSON they are the result, for people they stand beside it.
pub(crate) fn each(found: &[Diagnostic], places: &Places, format: Format) {
    let handler = handler();
    for finding in found {
        match format {
            Format::Json => print(&json(finding, places).to_string()),
            Format::Text => {
                let mut text = String::new();
                // Writing into a string does not fail.
                let _ = handler.render_report(&mut text, &Shown { finding, places });
                write_error(&format!("{}\n\n", text.trim_end()));
            }
        }
    }
}

fn summary(found: &[Diagnostic]) {
    let count = |severity| {
        found
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => {}
        (0, warnings) => note(&counted(warnings, "warning")),
        (errors, 0) => note(&counted(errors, "error")),
        (errors, warnings) => note(&format!(
            "{}, {}",
            counted(errors, "error"),
            counted(warnings, "warning")
        )),
    }
}

/// A number and its noun.
pub(crate) fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

fn handler() -> GraphicalReportHandler {
    let stderr = std::io::stderr();
    let coloured = stderr.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let theme = if coloured {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(100)
        .with_context_lines(1)
        .with_links(false)
}

/// A finding for programs.
pub(crate) fn json(finding: &Diagnostic, places: &Places) -> Value {
    let place = |span: Span| {
        let (line, column) = places.line_column(span);
        let (end_line, end_column) = places.line_column(Span {
            start: span.end,
            ..span
        });
        json!({
            "file": places.path(span.file), "line": line, "column": column,
            "end_line": end_line, "end_column": end_column, "start": span.start, "end": span.end,
        })
    };
    let labels: Vec<_> = finding
        .labels
        .iter()
        .map(|label| json!({ "at": place(label.span), "text": label.text }))
        .collect();
    let fix = finding.fix.as_ref();
    let fix = fix.map(
        |fix| json!({ "at": place(fix.span), "replacement": fix.replacement, "title": fix.title }),
    );
    json!({
        "code": finding.code, "severity": finding.severity, "message": finding.message,
        "labels": labels, "help": finding.help, "fix": fix,
    })
}

/// A finding as miette draws it.
struct Shown<'a> {
    finding: &'a Diagnostic,
    places: &'a Places,
}

impl std::fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.finding.message)
    }
}

impl std::fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.finding.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl miette::Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.finding.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.finding.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        // One drawing shows one file: what stands in another is named by its place.
        let file = self.finding.span().file;
        let elsewhere = self
            .finding
            .labels
            .iter()
            .filter(|label| label.span.file != file)
            .map(|label| {
                let line = self.places.line_column(label.span).0;
                format!(
                    "{}:{line}: {}",
                    self.places.path(label.span.file),
                    label.text
                )
            });
        let lines: Vec<_> = self
            .finding
            .help
            .clone()
            .into_iter()
            .chain(elsewhere)
            .collect();
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let file = self.finding.span().file;
        let labels = self
            .finding
            .labels
            .iter()
            .filter(move |label| label.span.file == file);
        Some(Box::new(labels.map(|label| {
            let text = (!label.text.is_empty()).then(|| label.text.clone());
            let length = label.span.end.saturating_sub(label.span.start) as usize;
            LabeledSpan::new(text, label.span.start as usize, length)
        })))
    }
}

impl miette::SourceCode for Shown<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn miette::SpanContents<'a> + 'a>, miette::MietteError> {
        let file = self.finding.span().file;
        let contents = self.places.text(file).read_span(span, before, after)?;
        Ok(Box::new(miette::MietteSpanContents::new_named(
            self.places.path(file),
            contents.data(),
            *contents.span(),
            contents.line(),
            contents.column(),
            contents.line_count(),
        )))
    }
}

/// Says that a command could not do its work.
pub(crate) fn failure(failure: &Failure) {
    write_error(&format!("{} {failure}\n", red(&bold("silex:"))));
}

/// A line about the work, beside its result.
pub(crate) fn note(text: &str) {
    write_error(&format!("{text}\n"));
}

/// A line of the result. A reader that went away is no failure.
pub(crate) fn print(text: &str) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// A text that is the result, to the byte.
pub(crate) fn print_as_it_is(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn write_error(text: &str) {
    let _ = write!(anstream::stderr(), "{text}");
}
