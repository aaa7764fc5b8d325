//! The tokens around the place where the parser stopped.

use super::brackets::{line_end, line_start};
use super::{Failure, Piece};
use crate::syntax::lexer::{Token, TokenKind, tokens};

/// The tokens around a failure.
pub(super) struct Site {
    pub(super) tokens: Vec<Token>,
    /// The indices of the commas.
    pub(super) commas: Vec<usize>,
    /// The token that could not be read; behind the last at the end of the text.
    pub(super) index: usize,
    /// Where it starts, or where in a string the parser stopped.
    pub(super) at: usize,
}

impl Site {
    pub(super) fn new(piece: &Piece, failure: &Failure) -> Self {
        let tokens: Vec<Token> = tokens(&piece.text)
            .filter(|token| token.kind != TokenKind::Comment)
            .collect();
        let index = tokens.partition_point(|token| token.end <= failure.at);
        let start = tokens
            .get(index)
            .map_or(piece.text.len(), |token| token.start);
        let is_comma = |token: &Token| piece.text.as_bytes().get(token.start) == Some(&b',');
        let commas = (0..tokens.len()).filter(|index| tokens.get(*index).is_some_and(is_comma));
        let commas = commas.collect();
        Self {
            index,
            at: failure.at.max(start),
            commas,
            tokens,
        }
    }

    pub(super) fn found(&self) -> Option<Token> {
        self.tokens.get(self.index).copied()
    }

    pub(super) fn before(&self, steps: usize) -> Option<Token> {
        self.index
            .checked_sub(steps)
            .and_then(|index| self.tokens.get(index))
            .copied()
    }

    /// Whether nothing stands before it on its line.
    pub(super) fn starts_line(&self, text: &str) -> bool {
        text[line_start(text, self.at)..self.at].trim().is_empty()
    }

    /// The bracket around the failure that opened last.
    pub(super) fn bracket(&self) -> Option<usize> {
        let mut open = Vec::new();
        for (index, token) in self.tokens.iter().enumerate().take(self.index) {
            match token.kind {
                TokenKind::Open(_) => open.push(index),
                TokenKind::Close(_) => drop(open.pop()),
                TokenKind::Word
                | TokenKind::Number
                | TokenKind::Text(_)
                | TokenKind::Regex(_)
                | TokenKind::Sign
                | TokenKind::Comment
                | TokenKind::Doc => {}
            }
        }
        open.pop()
    }

    /// The index of the bracket that the one straight before an index closes.
    pub(super) fn opener(&self, behind: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().take(behind).rev() {
            match token.kind {
                TokenKind::Close(_) => depth += 1,
                TokenKind::Open(_) if depth == 1 => return Some(at),
                TokenKind::Open(_) => depth = depth.checked_sub(1)?,
                _ if depth == 0 => return None,
                TokenKind::Word
                | TokenKind::Number
                | TokenKind::Text(_)
                | TokenKind::Regex(_)
                | TokenKind::Sign
                | TokenKind::Comment
                | TokenKind::Doc => {}
            }
        }
        None
    }

    /// Whether the bodies of the piece hold statements.
    pub(super) fn holds_statements(&self, text: &str) -> bool {
        let words = self
            .tokens
            .iter()
            .filter(|token| token.kind == TokenKind::Word);
        let first = words.map(|token| &text[token.start..token.end]).next();
        matches!(first, Some("behaviour" | "ruleset"))
    }

    /// The index behind the bracket that closes the one at an index.
    pub(super) fn behind_group(&self, index: usize) -> usize {
        let mut depth = 0_usize;
        for (at, token) in self.tokens.iter().enumerate().skip(index) {
            match token.kind {
                TokenKind::Open(_) => depth += 1,
                TokenKind::Close(_) if depth <= 1 => return at + 1,
                TokenKind::Close(_) => depth -= 1,
                TokenKind::Word
                | TokenKind::Number
                | TokenKind::Text(_)
                | TokenKind::Regex(_)
                | TokenKind::Sign
                | TokenKind::Comment
                | TokenKind::Doc => {}
            }
        }
        self.tokens.len()
    }

    /// From a token to the end of its line, or to what closes the bracket around it; a body
    /// that opens on the line is left out or taken whole.
    pub(super) fn rest_of_line(
        &self,
        text: &str,
        from: usize,
        whole: bool,
    ) -> Option<(usize, usize)> {
        let first = self.tokens.get(from)?;
        let line = line_end(text, first.start);
        let (mut index, mut end) = (from, first.start);
        while let Some(token) = self.tokens.get(index) {
            if token.start >= line && index > from {
                break;
            }
            match token.kind {
                TokenKind::Close(_) => break,
                TokenKind::Open(b'{') if !whole => break,
                TokenKind::Open(_) => {
                    index = self.behind_group(index);
                    end = self
                        .tokens
                        .get(index - 1)
                        .map_or(text.len(), |last| last.end);
                    continue;
                }
                TokenKind::Word
                | TokenKind::Number
                | TokenKind::Text(_)
                | TokenKind::Regex(_)
                | TokenKind::Sign
                | TokenKind::Comment
                | TokenKind::Doc => {}
            }
            end = token.end;
            index += 1;
        }
        (end > first.start).then_some((first.start, end))
    }
}
