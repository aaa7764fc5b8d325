//! `placeholder-text`: text that was to be filled in.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::Span;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "placeholder-text",
    level: Level::Warn,
    explain: include_str!("placeholder_text.md"),
    check: Check::Written(check),
};

const MARKS: [&str; 5] = ["TODO", "FIXME", "TBD", "XXX", "TBC"];

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for prose in &index.prose {
        let file = prose.tree.span.file;
        let words = index.words(prose);
        for (at, word) in words.iter().enumerate() {
            let lorem = word.is("lorem") && words.get(at + 1).is_some_and(|next| next.is("ipsum"));
            if !word.quoted && (MARKS.contains(&word.text) || lorem) {
                found.push(finding(index, word.span(file)));
            }
        }
        found.extend(bracketed(index, prose.tree.span).map(|span| finding(index, span)));
    }
    found
}

fn finding(index: &Index<'_>, span: Span) -> Diagnostic {
    let message = format!("`{}` goes to the model as it stands", index.text(span));
    Diagnostic::warning(LINT.code, span, message)
        .help("write what it stands for; a value is a hole: `{{ name | inline(80) }}`")
}

/// `[COMPANY NAME]`, `[your name]`.
fn bracketed(index: &Index<'_>, prose: Span) -> Option<Span> {
    let text = index.text(prose);
    let open = text.find('[').filter(|at| !text[..*at].ends_with('`'))?;
    let length = text[open..].find(']')?;
    let inside = &text[open + 1..open + length];
    let capitals = inside.len() > 2
        && inside
            .chars()
            .all(|sign| sign.is_ascii_uppercase() || matches!(sign, ' ' | '_' | '-'));
    let asks = ["your ", "insert ", "the name"]
        .iter()
        .any(|start| inside.to_ascii_lowercase().starts_with(start));
    let offset = |at: usize| {
        prose
            .start
            .saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
    };
    (capitals || asks).then(|| Span {
        start: offset(open),
        end: offset(open + length + 1),
        file: prose.file,
    })
}
