//! `silex explain`: what the code of a finding means, and what to write instead.

use silex_compiler::edit_distance::nearest;
use silex_compiler::explain::{codes, errors, page, summary};
use silex_compiler::lint::LINTS;

use crate::style::{bold, dim, red};
use crate::{Ended, Failure, report};

/// Arguments of `silex explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex explain untrusted-in-prose    what it means, and what to write
  silex explain                       the codes of all errors and lints

Exit status: 0 clean, 1 the tool failed, 2 there is no such code.")]
pub(crate) struct Arguments {
    /// The code of an error or a lint; without one all are listed.
    code: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Ended {
    let Some(code) = &arguments.code else {
        list();
        return Ended::Clean;
    };
    if let Some(page) = page(code) {
        show(page);
        return Ended::Clean;
    }
    let advice = nearest(code, codes()).map_or_else(
        || "`silex explain` lists them all".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    let unknown = format!("no error and no lint is called `{code}`: {advice}");
    report::failure(&Failure::new(unknown));
    Ended::Findings
}

fn list() {
    let width = codes().map(str::len).max().unwrap_or(0);
    let line = |code: &str| {
        let means = page(code).map_or("", summary);
        let blank = " ".repeat(width - code.len());
        report::print(&format!("{}{blank}  {}", bold(code), dim(means)));
    };
    report::print(&format!("{}\n", bold("Errors")));
    errors().for_each(line);
    report::print(&format!("\n{}\n", bold("Lints")));
    LINTS.iter().for_each(|lint| line(lint.code));
}

/// A page for reading: its title stands out, and its code stands apart.
fn show(page: &str) {
    let mut is_code = false;
    for line in page.lines() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            report::print(&format!("    {}", code(line)));
        } else {
            report::print(
                &line
                    .strip_prefix("# ")
                    .map_or_else(|| line.to_owned(), bold),
            );
        }
    }
}

/// A line of code, or what is found in the line above it.
fn code(line: &str) -> String {
    let mark = line.strip_prefix("//").map(str::trim_start);
    match mark.filter(|mark| mark.starts_with('^')) {
        Some(mark) if mark.starts_with("^ help:") || mark.starts_with("^ label:") => dim(line),
        Some(_) => red(line),
        None => line.to_owned(),
    }
}
