//! What an author sees: findings for people, for programs, and for those who review.

mod finding;
mod github;
pub(crate) mod json;
pub(crate) mod junit;
mod sarif;
mod text;

use std::io::Write;

use silex_compiler::diagnostic::{Diagnostic, Severity};

pub(crate) use finding::{Finding, Level, Place};

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
    /// Commands that GitHub shows as annotations beside the text.
    Github,
    /// One document in SARIF 2.1.0, for code scanning.
    Sarif,
    /// One document in the XML of JUnit, for test reports.
    Junit,
}

impl Format {
    /// Whether all that is found goes into one document.
    pub(crate) fn is_one_document(self) -> bool {
        match self {
            Self::Sarif | Self::Junit => true,
            Self::Text | Self::Json | Self::Github => false,
        }
    }
}

/// How a result is written that can also stand in a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    Text,
    /// JSON, for programs.
    Json,
    /// For the page of a pull request.
    Markdown,
    /// What of it is a finding, in the [`Format`] of this name.
    Github,
    /// As above.
    Sarif,
    /// As above.
    Junit,
}

impl From<Output> for Format {
    /// How findings are written beside the result.
    fn from(output: Output) -> Self {
        match output {
            Output::Text | Output::Markdown => Self::Text,
            Output::Json => Self::Json,
            Output::Github => Self::Github,
            Output::Sarif => Self::Sarif,
            Output::Junit => Self::Junit,
        }
    }
}

/// How a result is written that is no finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// For people.
    #[default]
    Text,
    /// JSON, for programs.
    Json,
}

impl From<Form> for Format {
    fn from(form: Form) -> Self {
        match form {
            Form::Text => Self::Text,
            Form::Json => Self::Json,
        }
    }
}

/// Writes findings with their count, and says how a command that made them ends.
pub(crate) fn findings(found: &[Diagnostic], places: &Places, format: Format) -> Ended {
    each(found, places, format);
    if format == Format::Text {
        summary(found);
    }
    ended(found)
}

/// How a command ends that made findings.
pub(crate) fn ended(found: &[Diagnostic]) -> Ended {
    let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
    if found.iter().any(is_error) {
        Ended::Findings
    } else {
        Ended::Clean
    }
}

/// Writes findings: for people they stand beside the result, else they are the result.
pub(crate) fn each(found: &[Diagnostic], places: &Places, format: Format) {
    match format {
        Format::Text => {
            for it in found {
                write_error(&text::finding(it, places));
            }
        }
        Format::Json => {
            let all = found.iter().map(|it| json::finding(it, places).to_string());
            print_lines(&all.collect::<Vec<_>>());
        }
        Format::Github | Format::Sarif | Format::Junit => {
            let all: Vec<_> = found.iter().map(|it| Finding::of(it, places)).collect();
            document(&all, format);
        }
    }
}

/// Writes findings of any kind in a format that others read.
pub(crate) fn document(found: &[Finding], format: Format) {
    match format {
        Format::Github => print_lines(&found.iter().map(github::command).collect::<Vec<_>>()),
        Format::Sarif => print(&sarif::document(found)),
        Format::Junit => print(&junit::document(&junit::by_finding(found))),
        // Each of these is written by those who know more of what was found.
        Format::Text | Format::Json => {}
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

/// Lines of the result, written at once: there may be many.
pub(crate) fn print_lines(lines: &[String]) {
    if !lines.is_empty() {
        print(&lines.join("\n"));
    }
}

/// A text that is the result, to the byte.
pub(crate) fn print_as_it_is(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn write_error(text: &str) {
    let _ = write!(anstream::stderr(), "{text}");
}
