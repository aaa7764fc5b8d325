//! Types as other languages write them, and in another order.

use super::words::ours;
use super::{behind, written};
use crate::diagnostic::Diagnostic;
use crate::syntax::lexer::{Token, TokenKind};
use crate::syntax::parser::recovery::Piece;
use crate::syntax::parser::recovery::brackets::{line_end, line_start};
use crate::syntax::parser::recovery::site::Site;

/// Lists and options as other languages write them: `list of text`, `text[]`, `optional text`.
pub(super) fn type_of_others(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let line = line_start(&piece.text, site.at);
    let colon = site
        .tokens
        .iter()
        .rev()
        .find(|token| {
            token.start < site.at.max(line + 1) && piece.text[token.start..token.end] == *":"
        })
        .filter(|colon| colon.start >= line)?;
    let rest = &piece.text[colon.end..line_end(&piece.text, colon.end)];
    let rest = &rest[..rest.find(['=', ',', ')', '}', '/']).unwrap_or(rest.len())];
    let start = colon.end + rest.len() - rest.trim_start().len();
    let end = colon.end + rest.trim_end().len();
    let with = shape(piece.text.get(start..end)?)?;
    written(piece, (start, end), &with, end.saturating_sub(1))
}

/// `Mail mail`: the type stands behind the name.
pub(super) fn type_before_name(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (of, name) = (site.found()?, *site.tokens.get(site.index + 1)?);
    let (of_text, name_text) = (
        piece.text.get(of.start..of.end)?,
        piece.text.get(name.start..name.end)?,
    );
    let words = of.kind == TokenKind::Word && name.kind == TokenKind::Word;
    let capital = |text: &str| text.starts_with(|first: char| first.is_ascii_uppercase());
    if !words || !capital(of_text) || capital(name_text) {
        return None;
    }
    let with = format!("{name_text}: {of_text}");
    let goal = behind(piece, site, site.index + 1);
    written(piece, (of.start, name.end), &with, goal)
}

/// `const int longest`: the type of a constant stands behind its name.
pub(super) fn type_of_constant(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let (word, of, name) = (site.before(2)?, site.before(1)?, site.found()?);
    let text = |token: &Token| &piece.text[token.start..token.end];
    let words = of.kind == TokenKind::Word && name.kind == TokenKind::Word;
    if text(&word) != "const" || !words {
        return None;
    }
    let of_text = ours(text(&of)).unwrap_or(text(&of));
    let with = format!("{}: {of_text}", text(&name));
    let goal = behind(piece, site, site.index);
    written(piece, (of.start, name.end), &with, goal)
}

/// `-> Saved for person: Person`: whose tool it is stands before what it returns.
pub(super) fn bound_behind_arrow(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let found = site.found()?;
    let last = *site.tokens.get(site.index + 3)?;
    let before = site.tokens.get(..site.index)?;
    let text = |token: &Token| &piece.text[token.start..token.end];
    if text(&found) != "for" || last.kind != TokenKind::Word {
        return None;
    }
    let arrow = *before.iter().rev().find(|token| text(token) == "->")?;
    let returns = piece.text[arrow.start..found.start].trim_end();
    let with = format!("{} {returns}", &piece.text[found.start..last.end]);
    let goal = last.end.saturating_sub(1);
    written(piece, (arrow.start, last.end), &with, goal)
}

/// The type as it is written here.
fn shape(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let inner = |open: &str, close: char| {
        let rest = text.get(open.len()..).filter(|_| lower.starts_with(open))?;
        let rest = rest.strip_suffix(close)?;
        Some(ours(rest).unwrap_or(rest))
    };
    for list in ["list<", "array<", "set<"] {
        if let Some(of) = inner(list, '>') {
            return Some(format!("[{of}]"));
        }
    }
    for list in ["list[", "array["] {
        if let Some(of) = inner(list, ']') {
            return Some(format!("[{of}]"));
        }
    }
    for (option, close) in [
        ("optional[", ']'),
        ("optional<", '>'),
        ("option<", '>'),
        ("maybe<", '>'),
    ] {
        if let Some(of) = inner(option, close) {
            return Some(format!("{of}?"));
        }
    }
    for list in ["list of ", "array of ", "a list of "] {
        if lower.starts_with(list) {
            return Some(format!("[{}]", &text[list.len()..]));
        }
    }
    for option in ["optional ", "nullable ", "maybe "] {
        if lower.starts_with(option) {
            return Some(format!("{}?", &text[option.len()..]));
        }
    }
    if let Some(of) = ["| none", "| null", "or none", "or null"]
        .into_iter()
        .find_map(|none| text.strip_suffix(none))
    {
        return Some(format!("{}?", of.trim_end()));
    }
    let of = text.strip_suffix("[]")?;
    Some(format!("[{}]", ours(of).unwrap_or(of)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_other_languages_have_a_shape_here() {
        let shapes = [
            ("list of text 1..20", "[text 1..20]"),
            ("List<string>", "[text]"),
            ("Optional[int]", "int?"),
            ("optional text", "text?"),
            ("text 1..20 | none", "text 1..20?"),
            ("text[]", "[text]"),
        ];
        for (theirs, ours) in shapes {
            assert_eq!(shape(theirs).as_deref(), Some(ours), "{theirs}");
        }
        assert_eq!(shape("text 1..20"), None);
    }
}
