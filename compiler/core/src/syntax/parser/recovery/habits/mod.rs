//! What authors bring along: the words, signs, types and quotes of other languages, and of mails.
//!
//! Each habit is a guess at what was meant. It is taken only if the parser then reads on, so a word
//! that is a name here stays one.

mod signs;
mod texts;
mod type_forms;
mod words;

use super::repair::accept;
use super::site::Site;
use super::{Failure, Piece};
use crate::diagnostic::Diagnostic;

pub(super) use self::signs::sign;
pub(super) use self::texts::unquoted;
pub(crate) use self::words::ours;
pub(super) use self::words::unless;

/// What is meant by something that is not written so here.
pub(super) fn habit(piece: &mut Piece, site: &Site, failure: &Failure) -> Option<Diagnostic> {
    // What a `use` lacks is missed at its end, where nothing is found.
    if let Some(told) = words::import(piece, site) {
        return Some(told);
    }
    let found = site.found()?;
    words::strength_with_not(piece, site)
        .or_else(|| type_forms::type_of_others(piece, site))
        .or_else(|| type_forms::type_before_name(piece, site))
        .or_else(|| type_forms::type_of_constant(piece, site))
        .or_else(|| type_forms::bound_behind_arrow(piece, site))
        .or_else(|| words::word(piece, site))
        .or_else(|| words::apart(piece, site))
        .or_else(|| signs::expected_sign(piece, site, failure))
        .or_else(|| signs::chain(piece, site))
        .or_else(|| texts::joined(piece, site))
        .or_else(|| texts::prefixed(piece, site))
        .or_else(|| texts::before_its_rule(piece, site))
        .or_else(|| signs::constant(piece, site))
        .or_else(|| signs::arithmetic(piece, site))
        .or_else(|| signs::before_text(piece, site))
        .or_else(|| signs::comment(piece, found))
        .or_else(|| texts::quotes(piece, site, failure))
        .or_else(|| texts::inner_quotes(piece, site))
        .or_else(|| signs::body_behind_colon(piece, site))
        .or_else(|| signs::brackets(piece, site))
        .or_else(|| words::superfluous(piece, site))
}

/// Takes a replacement, and says how it is written.
fn written(
    piece: &mut Piece,
    (start, end): (usize, usize),
    with: &str,
    goal: usize,
) -> Option<Diagnostic> {
    let span = piece.span(start, end);
    let was = piece.text.get(start..end)?.trim().to_owned();
    accept(piece, start, end, with, goal).then(|| {
        Diagnostic::error("other-word", span, format!("`{was}` is written `{with}`")).fix(
            span,
            with,
            format!("write `{with}`"),
        )
    })
}

/// Where the token behind an index starts: how far the parser must get for a word to be right.
fn behind(piece: &Piece, site: &Site, index: usize) -> usize {
    site.tokens
        .get(index + 1)
        .map_or(piece.text.len().saturating_sub(1), |next| next.start)
}
