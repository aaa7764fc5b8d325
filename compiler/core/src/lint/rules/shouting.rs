//! `shouting`: words in capitals.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::words::{self, Word};
use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "shouting",
    level: Level::Warn,
    explain: include_str!("shouting.md"),
    check: Check::Written(check),
};

/// Words that are shouted alone; others may be names.
const SHOUTED: [&str; 18] = [
    "ABSOLUTELY",
    "ALL",
    "ALWAYS",
    "ANY",
    "CRITICAL",
    "DO",
    "DON'T",
    "EVER",
    "EVERY",
    "IMPORTANT",
    "MUST",
    "NEVER",
    "NO",
    "NOT",
    "ONLY",
    "SHOULD",
    "STRICTLY",
    "VERY",
];
/// So many words in capitals behind each other are no name.
const RUN: usize = 4;

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for prose in &index.prose {
        let words = index.words(prose);
        let mut at = 0;
        while at < words.len() {
            let run = words[at..].iter().take_while(|word| is_loud(word)).count();
            let loud = &words[at..at + run];
            if run >= RUN || loud.iter().any(|word| SHOUTED.contains(&word.text)) {
                found.extend(finding(
                    index,
                    loud,
                    at == 0 || words[at - 1].ends,
                    prose.tree,
                ));
            }
            at += run.max(1);
        }
    }
    found
}

fn is_loud(word: &Word<'_>) -> bool {
    !word.quoted
        && word.text.len() > 1
        && word.text.bytes().any(|byte| byte.is_ascii_uppercase())
        && !word
            .text
            .bytes()
            .any(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

fn finding(
    index: &Index<'_>,
    loud: &[Word<'_>],
    begins: bool,
    prose: &crate::syntax::ast::Prose,
) -> Option<Diagnostic> {
    let span = words::span(loud, prose.span.file)?;
    let written = index.text(span);
    let mut calm = written.to_lowercase();
    if begins {
        let head = calm.chars().next()?;
        calm.replace_range(..head.len_utf8(), &head.to_uppercase().to_string());
    }
    let message = format!("`{written}` shouts");
    Some(
        Diagnostic::warning(LINT.code, span, message)
            .help("strength is the rule's own word; capitals make all other rules weaker")
            .fix(span, calm, "write it in small letters"),
    )
}
