//! `secret-in-spec`: what looks like a key or a password stands in a file.

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

/// How keys begin, and how many letters and digits follow at least.
const SECRETS: [(&str, usize); 10] = [
    ("AKIA", 16),
    ("AIza", 30),
    ("ghp_", 30),
    ("github_pat_", 30),
    ("glpat-", 18),
    ("sk-", 20),
    ("sk_live_", 16),
    ("whsec_", 20),
    ("xoxb-", 20),
    ("-----BEGIN ", 3),
];

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (file, text) in &index.files {
        for (start, least) in SECRETS {
            for (at, _) in text.match_indices(start) {
                found.extend(secret(*file, text, at, (start, least)));
            }
        }
    }
    found
}

fn secret(
    file: FileId,
    text: &str,
    at: usize,
    (start, least): (&str, usize),
) -> Option<Diagnostic> {
    let inside = text[..at].ends_with(|before: char| before.is_ascii_alphanumeric());
    let rest = &text[at + start.len()..];
    let length = rest
        .bytes()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        .count();
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span {
        file,
        start: offset(at),
        end: offset(at + start.len() + length),
    };
    (length >= least && !inside).then(|| {
        Diagnostic::warning(LINT.code, span, "this looks like a key")
            .at("it would be in the bundle and in the history of the repository")
            .help("take it out and revoke it: keys belong to the runtime's configuration, and a spec names them")
    })
}
