//! What stands between two tokens of a line.

use crate::syntax::lexer::TokenKind;

/// Whether a blank stands between two tokens. `called` says that the second opens arguments.
pub(super) fn blank(before: (TokenKind, &str), behind: (TokenKind, &str), called: bool) -> bool {
    match (before.1, behind.1) {
        (_, "," | ")" | "]" | ":" | "?" | ".") | ("(" | "[" | ".", _) => false,
        (_, "!") => false,
        (_, "(") => !called,
        // A range has its ends close; `int ..5` and `0.. = 1` have a blank.
        (_, "..") => before.0 != TokenKind::Number,
        ("..", _) => behind.0 != TokenKind::Number,
        ("{", "}") => false,
        _ => true,
    }
}
