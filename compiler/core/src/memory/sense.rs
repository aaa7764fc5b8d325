//! What a declaration says apart from its words.
//!
//! Of two declarations with one sense, one can stand for the other in the types of what names them:
//! these know nothing of words, nor of where a declaration stands.

use std::collections::BTreeMap;

use crate::syntax::ast::{Item, Piece, Prose};
use crate::syntax::lexer::{self, TokenKind};

/// The sense of a declaration in a text: its tokens without comments and docs, and of prose the holes.
pub(super) fn of<'t>(item: &'t Item, text: &'t str) -> Vec<&'t str> {
    let prose = item.kind.body().into_iter().flat_map(|body| body.prose());
    let begin = |it: &Prose| it.span.start.saturating_sub(item.span.start) as usize;
    let prose: BTreeMap<usize, &Prose> = prose.map(|it| (begin(it), it)).collect();
    let text = text.get(item.span.range()).unwrap_or_default();
    let mut sense = Vec::new();
    for token in lexer::tokens(text) {
        if matches!(token.kind, TokenKind::Comment | TokenKind::Doc) {
            continue;
        }
        let Some(prose) = prose.get(&token.start) else {
            sense.extend(text.get(token.start..token.end));
            continue;
        };
        sense.push("prose");
        sense.extend(prose.pieces.iter().filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(hole.source.as_str()),
            Piece::Words { .. } => None,
        }));
    }
    sense
}
