//! `secret-in-spec`: what looks like a key or a password stands in a file.

use std::ops::Range;

use silex_bundle::pattern::compiled;

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::{FileId, Span};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "secret-in-spec",
    level: Level::Deny,
    explain: include_str!("secret_in_spec.md"),
    check: Check::Written(check),
};

/// How keys are spelled; one expression, so that the files are read once.
const SECRETS: &str = "(?-u)AKIA[0-9A-Z]{16}|AIza[0-9A-Za-z_-]{30,}|ghp_[0-9A-Za-z]{30,}|\
    github_pat_[0-9A-Za-z_]{30,}|glpat-[0-9A-Za-z_-]{18,}|sk-[0-9A-Za-z_-]{20,}|\
    sk_live_[0-9A-Za-z]{16,}|whsec_[0-9A-Za-z]{20,}|xoxb-[0-9A-Za-z-]{20,}|\
    -----BEGIN [A-Z ]*KEY-----";

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let Ok(secrets) = compiled(SECRETS) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (file, text) in &index.files {
        for secret in secrets.find_iter(text) {
            // `task-…` holds `sk-` too.
            let inside =
                text[..secret.start()].ends_with(|before: char| before.is_ascii_alphanumeric());
            if !inside {
                found.push(finding(*file, secret.range()));
            }
        }
    }
    found
}

fn finding(file: FileId, range: Range<usize>) -> Diagnostic {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span {
        file,
        start: offset(range.start),
        end: offset(range.end),
    };
    Diagnostic::warning(LINT.code, span, "this looks like a key")
        .at("it would be in the bundle and in the history of the repository")
        .help("take it out and revoke it: keys belong to the runtime's configuration, and a spec names them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expression_is_one_that_is_understood() {
        assert!(compiled(SECRETS).is_ok());
    }
}
