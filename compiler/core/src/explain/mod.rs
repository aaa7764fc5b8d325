//! The pages behind the codes: what a finding means, why it is one, and what to write instead.
//!
//! Every code that the compiler reports has a page, and the examples in a page are its tests. The
//! pages of errors are here; those of lints stand beside the lints.

use crate::lint;

pub use crate::lint::summary;

/// The codes of all errors with their pages, in the order of the alphabet.
macro_rules! pages {
    ($($code:literal,)*) => {
        &[$(($code, include_str!(concat!("pages/", $code, ".md")))),*]
    };
}

const ERRORS: &[(&str, &str)] = pages![
    "ambiguous-name",
    "bad-key",
    "bad-layout",
    "bad-literal",
    "bad-owner",
    "bad-range",
    "bad-regex",
    "behaviour-cycle",
    "campaign-audience",
    "case-not-known",
    "clause-behind-sample",
    "compared-with-none",
    "conflict-marker",
    "constant-cycle",
    "contact-field",
    "contact-key",
    "control-character",
    "dangling-doc",
    "dead-end-stage",
    "duplicate-arm",
    "duplicate-clause",
    "duplicate-event",
    "duplicate-inbox",
    "duplicate-line",
    "duplicate-name",
    "empty-enum",
    "empty-reason",
    "endless-record",
    "exfiltration-path",
    "extra-brace",
    "extra-sign",
    "extra-word",
    "fallback-cycle",
    "final-stage",
    "follow-cycle",
    "followed-twice",
    "format",
    "function-not-here",
    "half-hole",
    "handler-signature",
    "hole",
    "idle-line",
    "import-cycle",
    "impossible-comparison",
    "inner-quotes",
    "is-not",
    "line-end",
    "manifest-syntax",
    "match-type",
    "maybe-none",
    "misplaced-statement",
    "missing-cases",
    "missing-field",
    "missing-input",
    "missing-key",
    "missing-line",
    "missing-name",
    "missing-owner",
    "missing-quotes",
    "missing-sign",
    "missing-type",
    "missing-word",
    "mixed-and-or",
    "module-name",
    "name",
    "needless-trust",
    "nesting",
    "never-none",
    "newer-compiler",
    "no-check",
    "no-module",
    "non-exhaustive",
    "not-comparable",
    "not-in",
    "not-matchable",
    "not-ordered",
    "not-printable",
    "not-utf8",
    "number",
    "number-too-large",
    "other-comment",
    "other-operator",
    "other-order",
    "other-quotes",
    "other-sign",
    "other-word",
    "out-of-range",
    "over-limit",
    "override-cycle",
    "pointless-clause",
    "private-name",
    "recursive-default",
    "regex-flag",
    "relay-loop",
    "reserved-name",
    "reserved-word",
    "rule-when",
    "sample",
    "save-path",
    "second-role",
    "stale-snapshot",
    "standard-name",
    "syntax",
    "tool-not-offered",
    "tool-owner",
    "trusted-from-outside",
    "two-paths",
    "type-mismatch",
    "unbounded-hole",
    "unchecked-none",
    "unclosed-brace",
    "unclosed-hole",
    "unclosed-regex",
    "unclosed-string",
    "undeclared-effect",
    "ungated-effect",
    "unknown-case",
    "unknown-escape",
    "unknown-field",
    "unknown-function",
    "unknown-key",
    "unknown-lint",
    "unknown-name",
    "unknown-package",
    "unknown-parameter",
    "unknown-word",
    "unreachable-arm",
    "unreachable-line",
    "unreachable-stage",
    "untrusted-in-prose",
    "untyped-value",
    "value",
    "wrong-arguments",
    "wrong-kind",
    "wrong-value",
];

/// The codes of all errors, in the order of the alphabet.
pub fn errors() -> impl Iterator<Item = &'static str> {
    ERRORS.iter().map(|(code, _)| *code)
}

/// The codes of all errors, and then those of all lints.
pub fn codes() -> impl Iterator<Item = &'static str> {
    errors().chain(lint::LINTS.iter().map(|lint| lint.code))
}

/// The page of an error or a lint.
#[must_use]
pub fn page(code: &str) -> Option<&'static str> {
    let error = ERRORS.iter().find(|(of, _)| *of == code);
    error
        .map(|(_, page)| *page)
        .or_else(|| lint::find(code).map(|lint| lint.explain))
}
