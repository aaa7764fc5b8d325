//! Words of other languages, words too many, and words in another order.

use super::{behind, written};
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::parser::recovery::Piece;
use crate::syntax::parser::recovery::brackets::{line_end, line_start};
use crate::syntax::parser::recovery::repair::accept;
use crate::syntax::parser::recovery::site::Site;
use crate::syntax::parser::recovery::wording::is_word;

/// Words of other languages, and ours.
static WORDS: &[(&str, &str)] = &[
    // declarations
    ("def", "behaviour"),
    ("fn", "behaviour"),
    ("func", "behaviour"),
    ("def", "tool"),
    ("fn", "tool"),
    ("func", "tool"),
    ("function", "tool"),
    ("function", "behaviour"),
    ("prompt", "behaviour"),
    ("import", "use"),
    ("include", "use"),
    ("struct", "record"),
    ("class", "record"),
    ("interface", "record"),
    ("type", "record"),
    ("let", "const"),
    ("var", "const"),
    // statements
    ("otherwise", "else"),
    ("elif", "else when"),
    ("elseif", "else when"),
    ("elsif", "else when"),
    ("if", "when"),
    ("switch", "match"),
    ("for", "each"),
    ("foreach", "each"),
    ("always", "must"),
    ("shall", "must"),
    ("must_not", "never"),
    ("do_not", "never"),
    ("dont", "never"),
    ("should_not", "avoid"),
    ("can", "may"),
    ("system", "role"),
    ("persona", "role"),
    ("prompt", "role"),
    ("instructions", "goal"),
    ("task", "goal"),
    ("atleast", "at least"),
    ("reply", "replies"),
    ("tool", "tools"),
    // lines
    ("deny", "refuse"),
    ("reject", "refuse"),
    ("not", "no"),
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    // types
    ("string", "text"),
    ("String", "text"),
    ("str", "text"),
    ("Text", "text"),
    ("integer", "int"),
    ("Integer", "int"),
    ("Int", "int"),
    ("number", "float"),
    ("Number", "float"),
    ("boolean", "bool"),
    ("Boolean", "bool"),
    ("Bool", "bool"),
    ("double", "float"),
    ("decimal", "float"),
    ("real", "float"),
    ("Float", "float"),
    ("timestamp", "datetime"),
    ("uri", "url"),
    // conditions
    ("AND", "and"),
    ("OR", "or"),
    ("NOT", "not"),
    ("equals", "=="),
    ("is", "=="),
    ("exists", "is some"),
    ("null", "none"),
    ("nil", "none"),
    ("None", "none"),
    ("undefined", "none"),
];

/// Words that may be left out of a line of other languages.
const SUPERFLUOUS: [&str; 12] = [
    "public", "private", "export", "async", "static", "required", "case", "new", "the", "readonly",
    "abstract", "final",
];

/// The word of this language for one of another.
pub(crate) fn ours(word: &str) -> Option<&'static str> {
    WORDS
        .iter()
        .find(|(theirs, _)| *theirs == word)
        .map(|(_, ours)| *ours)
}

/// A word of another language.
pub(super) fn word(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    // The word may have been read as a name, and what stands behind it not.
    for steps in [0, 1, 2] {
        let index = site.index.checked_sub(steps)?;
        let token = *site.tokens.get(index)?;
        // A word of another line was read, and is no more to be guessed at.
        let far = piece.text[token.end..site.at.max(token.end)].contains('\n');
        if token.kind != TokenKind::Word || far && steps > 1 {
            continue;
        }
        let written_so = piece.text[token.start..token.end].to_owned();
        let goal = behind(piece, site, index.max(site.index));
        let line = line_end(&piece.text, token.start);
        let rest = piece.text[token.start..line].trim_end();
        let headed = rest.ends_with(['{', '(']);
        let is_tool = piece
            .text
            .lines()
            .any(|line| line.trim_start().starts_with("via "));
        for (_, with) in WORDS.iter().filter(|(word, _)| *word == written_so) {
            // What has no braces is no declaration, but of another language altogether.
            let declares = matches!(*with, "behaviour" | "tool");
            if declares && (!headed || is_tool != (*with == "tool")) {
                continue;
            }
            if let Some(found) = written(piece, (token.start, token.end), with, goal) {
                return Some(found);
            }
        }
        let lower = written_so.to_ascii_lowercase();
        if lower != written_so
            && is_word(&lower)
            && let Some(found) = written(piece, (token.start, token.end), &lower, goal)
        {
            return Some(found);
        }
        let not = site.tokens.get(index + 1).copied();
        if let Some(not) = not.filter(|not| &piece.text[not.start..not.end] == "not")
            && written_so == "is"
            && let Some(found) = written(
                piece,
                (token.start, not.end),
                "!=",
                behind(piece, site, index + 1),
            )
        {
            return Some(found);
        }
    }
    None
}

/// Words of this language that authors write in two.
const APART: [(&str, &str, &str); 4] = [
    ("at", "most", "at_most"),
    ("hand", "over", "hand_over"),
    ("max", "tokens", "max_tokens"),
    ("round", "robin", "round_robin"),
];

/// One word that was written as two.
pub(super) fn apart(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    for steps in [0, 1] {
        let index = site.index.checked_sub(steps)?;
        let (first, second) = (*site.tokens.get(index)?, *site.tokens.get(index + 1)?);
        let of = |token: Token| &piece.text[token.start..token.end];
        let one = APART
            .iter()
            .find(|(one, other, _)| *one == of(first) && *other == of(second));
        if let Some((_, _, with)) = one {
            let goal = behind(piece, site, index + 1);
            return written(piece, (first.start, second.end), with, goal);
        }
    }
    None
}

/// `must not`, `should not`: the strengths that forbid have words of their own.
pub(super) fn strength_with_not(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (strength, not) = (site.before(1)?, site.found()?);
    let with = match &piece.text[strength.start..strength.end] {
        "must" | "may" | "can" | "do" | "shall" => "never",
        "should" => "avoid",
        _ => return None,
    };
    let named = site.tokens.get(site.index + 1)?;
    if &piece.text[not.start..not.end] != "not" || named.kind != TokenKind::Word {
        return None;
    }
    written(
        piece,
        (strength.start, not.end),
        with,
        behind(piece, site, site.index),
    )
}

/// `must … unless c`: a rule stands in a `when`.
pub(in crate::syntax::parser::recovery) fn unless(
    piece: &mut Piece,
    site: &Site,
) -> Option<Diagnostic> {
    let (before, found) = (site.before(1)?, site.found()?);
    let behind_rule = matches!(before.kind, TokenKind::Text(_));
    if !behind_rule || &piece.text[found.start..found.end] != "unless" {
        return None;
    }
    let (start, end) = site.rest_of_line(&piece.text, site.index, false)?;
    let span = piece.span(start, end);
    accept(piece, start, end, &" ".repeat(end - start), start).then(|| {
        Diagnostic::error("rule-when", span, "a rule has no `unless`")
            .help("put the rule into `when not … { … }`, so that the condition stands before what it decides")
    })
}

/// `use a.Name`, `import a.Name` and `from a import Name`.
pub(super) fn import(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    if let Some(told) = star(piece, site).or_else(|| import_of_others(piece, site)) {
        return Some(told);
    }
    let line = line_start(&piece.text, site.at.min(piece.text.len()));
    for steps in [0, 1] {
        let (Some(name), Some(dot)) = (site.before(steps), site.before(steps + 1)) else {
            continue;
        };
        let line = if name.start < line {
            line_start(&piece.text, name.start)
        } else {
            line
        };
        let is_import = piece.text[line..].starts_with("use ") && dot.end == name.start;
        if is_import && name.kind == TokenKind::Word && &piece.text[dot.start..dot.end] == "." {
            let with = format!("{{{}}}", &piece.text[name.start..name.end]);
            let goal = name.end.saturating_sub(1);
            return written(piece, (name.start, name.end), &with, goal);
        }
    }
    None
}

/// A whole line that brings one name into scope, as other languages write it.
fn import_of_others(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let start = site.found()?.start;
    let line = &piece.text[start..line_end(&piece.text, start)];
    let line = line.trim_end().trim_end_matches(';').to_owned();
    let (word, path) = line.split_once(' ')?;
    let (module, name) = match word {
        "import" => path.rsplit_once('.')?,
        "from" => path.split_once(" import ")?,
        _ => return None,
    };
    let is_name = |text: &str| !text.contains(|c: char| !c.is_alphanumeric() && c != '_');
    if !module.split('.').all(is_name) || !name.split(", ").all(is_name) {
        return None;
    }
    let with = format!("use {module}.{{{name}}}");
    let (behind, end) = (start + word.len() + 1 + module.len(), start + line.len());
    let span = piece.span(start, end);
    // Bit by bit, so that the module keeps its place.
    let mut changed = piece.clone();
    changed.replace(behind, end, &format!(".{{{name}}}"));
    let accepted = accept(&mut changed, start, start + word.len(), "use", behind);
    piece.work = changed.work;
    accepted.then(|| {
        *piece = changed;
        let message = format!("`{line}` is written `{with}`");
        let title = format!("write `{with}`");
        Diagnostic::error("other-word", span, message).fix(span, with, title)
    })
}

/// `use a.*`: nothing comes into scope that is not named.
fn star(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (dot, star) = (site.before(1)?, site.found()?);
    let line = line_start(&piece.text, dot.start);
    let is_star =
        piece.text[line..].starts_with("use ") && piece.text.get(dot.start..star.end) == Some(".*");
    let span = piece.span(dot.start, star.end);
    (is_star && accept(piece, dot.start, star.end, ".{\u{1}}", star.start)).then(|| {
        Diagnostic::error(
            "other-sign",
            span,
            "a `use` names what it brings into scope",
        )
        .help("write `use module.{one, other}`")
    })
}

/// A word before a line that is complete without it.
pub(super) fn superfluous(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    for steps in [0, 1] {
        let index = site.index.checked_sub(steps)?;
        let token = *site.tokens.get(index)?;
        let next = *site.tokens.get(index + 1)?;
        let text = piece.text[token.start..token.end].to_owned();
        if token.kind != TokenKind::Word || !SUPERFLUOUS.contains(&text.as_str()) {
            continue;
        }
        let span = piece.span(token.start, token.end);
        let whole = piece.span(token.start, next.start);
        let blank = " ".repeat(token.end - token.start);
        let goal = behind(piece, site, index + 1);
        if accept(piece, token.start, token.end, &blank, goal) {
            let message = format!("`{text}` has no place here");
            return Some(Diagnostic::error("extra-word", span, message).fix(
                whole,
                "",
                "remove it",
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parser::recovery::wording::keywords;

    #[test]
    fn what_is_offered_is_a_word_of_the_language() {
        for (_, with) in WORDS {
            for word in with.split(' ').filter(|word| *word != "==") {
                assert!(keywords().any(|(_, known)| known == word), "{word}");
            }
        }
    }
}
