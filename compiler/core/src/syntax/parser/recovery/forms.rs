//! How a line is written, told where it could not be read and nothing better is known.

use super::Piece;
use super::brackets::line_start;
use super::site::Site;
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::TokenKind;

/// The form of a line, by the words that it starts with.
const FORMS: [(&str, &str); 51] = [
    ("use", "use MODULE.{NAME, NAME}"),
    ("const", "const NAME = VALUE"),
    ("entity", "entity NAME key FIELD { … }"),
    ("example", "example NAME for BEHAVIOUR { … }"),
    ("behaviour", "behaviour NAME(INPUT: TYPE) -> TYPE { … }"),
    ("tool", "tool NAME(PARAMETER: TYPE) -> TYPE { … }"),
    ("ruleset", "ruleset NAME(PARAMETER: TYPE) { … }"),
    ("allow", "allow CODE because \"…\""),
    ("fact", "fact NAME \"…\""),
    ("must", "must NAME \"…\""),
    ("never", "never NAME \"…\""),
    ("should", "should NAME \"…\""),
    ("avoid", "avoid NAME \"…\""),
    ("may", "may NAME \"…\""),
    ("at", "at least 95%"),
    ("overrides", "overrides RULE because \"…\""),
    ("observe", "observe NAME = BEHAVIOUR(…)"),
    ("match", "match PATH { CASE { … } }"),
    ("each", "each NAME in LIST { … }"),
    ("layout", "layout NAME"),
    ("limit", "limit turns 8, tokens 4000"),
    ("sends", "sends to thread"),
    ("via search", "via search ENTITY"),
    ("via get", "via get ENTITY"),
    ("via save", "via save PATH = VALUE"),
    ("via behaviour", "via behaviour NAME(…)"),
    ("via http", "via http POST \"NAME\""),
    ("via mcp", "via mcp \"SERVER\" \"TOOL\""),
    ("via native", "via native \"NAME\""),
    ("via ask", "via ask reviewer \"…\""),
    ("via hand_over", "via hand_over \"…\""),
    ("retry", "retry 3 from 1s to 1m"),
    ("at_most", "at_most 3 per 1d"),
    ("gate", "gate reviewer when …"),
    ("inbox", "inbox \"desk@example.org\""),
    ("contact", "contact NAME: ENTITY by KEY"),
    ("guard", "guard BEHAVIOUR(mail)"),
    ("route", "route BEHAVIOUR(…)"),
    ("after", "after delivered { … }"),
    ("run", "run BEHAVIOUR(…) when …"),
    ("hold", "hold when …"),
    ("pass", "pass when …"),
    ("otherwise", "otherwise hold"),
    ("due", "due 4h then reassign"),
    ("undo", "undo 2m"),
    ("quiet", "quiet 21:00..07:00 in ZONE"),
    ("every", "every monday at 09:00 in ZONE"),
    ("once", "once DAY at 09:00 in ZONE"),
    ("send", "send BEHAVIOUR(…)"),
    ("given", "given NAME = VALUE"),
    ("calls", "calls TOOL { PARAMETER: VALUE } returns VALUE"),
];

/// The clauses of a rule among them, which stand behind its words.
const CLAUSES: [&str; 2] = ["at", "overrides"];

/// How what could not be read is written, if the words before it say what it is.
pub(super) fn form(piece: &Piece, site: &Site) -> Option<&'static str> {
    // What is missing at the end of a line is told there.
    let starts_line = site.starts_line(&piece.text);
    let place = if starts_line {
        site.before(1)?.start
    } else {
        site.at
    };
    let line = line_start(&piece.text, place);
    let text = |index: usize| {
        let token = site.tokens.get(index);
        token.map_or("", |it| &piece.text[it.start..it.end])
    };
    let begins = |index: &usize| {
        let before = index.checked_sub(1).and_then(|it| site.tokens.get(it));
        before.is_none_or(|it| {
            let clause = matches!(it.kind, TokenKind::Text(_)) && CLAUSES.contains(&text(*index));
            it.start < line || it.kind == TokenKind::Open(b'{') || clause
        })
    };
    let here = |index: &usize| site.tokens.get(*index).is_some_and(|it| it.start <= place);
    let first = (0..=site.index).rev().filter(here).find(begins)?;
    let quoted = site.tokens.get(first + 1).map(|it| it.kind);
    let (first, second) = (text(first), text(first + 1));
    // Elsewhere it is a declaration.
    if first == "model" && matches!(quoted, Some(TokenKind::Text(_))) {
        return Some("model NAME");
    }
    // A field may be called like a line.
    if second == ":" {
        return None;
    }
    let both = format!("{first} {second}");
    let known = |key: &str| FORMS.iter().find(|(words, _)| *words == key);
    known(&both).or_else(|| known(first)).map(|(_, form)| *form)
}

/// What stands in the configuration of the runtime, by the words that authors have for it.
pub(super) fn is_configured(word: &str) -> bool {
    let words = [
        "api_key", "base_url", "endpoint", "key", "price", "secret", "token", "url",
    ];
    words.contains(&word)
}

/// A report with the form of what it is about.
pub(super) fn written(report: Diagnostic, form: Option<&str>) -> Diagnostic {
    match form {
        Some(form) => report.help(format!("it is written `{form}`")),
        None => report,
    }
}
