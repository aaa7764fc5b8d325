//! Findings for people: the text they are about, drawn by miette.

use std::io::IsTerminal;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceSpan};
use silex_compiler::diagnostic::{Diagnostic, Severity};

use crate::compile::Places;

/// A finding, drawn.
pub(super) fn finding(finding: &Diagnostic, places: &Places) -> String {
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = handler().render_report(&mut text, &Shown { finding, places });
    format!("{}\n\n", text.trim_end())
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

/// A finding as miette draws it.
struct Shown<'a> {
    finding: &'a Diagnostic,
    places: &'a Places,
}

/// How long a line may be that is drawn.
const DRAWN: usize = 2000;

impl Shown<'_> {
    /// Whether the lines around the finding are some that a person can look at.
    fn can_be_drawn(&self) -> bool {
        let span = self.finding.span();
        let text = self.places.text(span.file).as_bytes();
        let (start, end) = (span.start as usize, span.end as usize);
        // A line of context stands on either side.
        let (before, behind) = (text.get(..start), text.get(end..));
        let before = before.and_then(|text| {
            text.rsplitn(3, |byte| *byte == b'\n')
                .take(2)
                .map(<[u8]>::len)
                .max()
        });
        let behind = behind.and_then(|text| {
            text.splitn(3, |byte| *byte == b'\n')
                .take(2)
                .map(<[u8]>::len)
                .max()
        });
        let longest = before.max(behind).unwrap_or_default();
        longest.max(end.saturating_sub(start)) <= DRAWN
    }
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
        let (line, column) = self.places.line_column(self.finding.span());
        let here = format!("{}:{line}:{column}", self.places.path(file));
        let here = (!self.can_be_drawn()).then_some(here);
        let help = self.finding.advice().map(str::to_owned);
        let lines: Vec<_> = help.into_iter().chain(here).chain(elsewhere).collect();
        (!lines.is_empty()).then(|| Box::new(lines.join("\n")) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.can_be_drawn()
            .then_some(self as &dyn miette::SourceCode)
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
