//! The tokens of a file, for all that must work on broken text too: where brackets open and
//! close, how deep, and what stands between tokens.
//!
//! Every text has tokens. They are what the grammar takes for one; a string in which `{{` opens
//! a hole goes on behind the strings of the hole.

use std::borrow::Cow;
use std::ops::Range;

/// How deep brackets may be nested.
pub(crate) const NESTING: usize = 64;

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// First byte.
    pub(crate) start: usize,
    /// Byte behind the last.
    pub(crate) end: usize,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword, a name, a type, a code.
    Word,
    /// A number, duration, date, time, percentage.
    Number,
    /// A string; whether it is closed.
    Text(bool),
    /// A regular expression; whether it is closed.
    Regex(bool),
    /// `( [ {`
    Open(u8),
    /// `) ] }`
    Close(u8),
    /// Any other sign: one of two bytes where the grammar has one, else a single one.
    Sign,
    /// `// …`
    Comment,
    /// `/// …` or `//! …`
    Doc,
}

/// The tokens of a text, in order.
pub(crate) fn tokens(text: &str) -> Tokens<'_> {
    Tokens { text, at: 0 }
}

/// See [`tokens`].
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    text: &'a str,
    at: usize,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let bytes = self.text.as_bytes();
        let mut start = self.at;
        while bytes.get(start).is_some_and(u8::is_ascii_whitespace) {
            start += 1;
        }
        let first = *bytes.get(start)?;
        let rest = &bytes[start..];
        let (kind, length) = match first {
            b'(' | b'[' | b'{' => (TokenKind::Open(first), 1),
            b')' | b']' | b'}' => (TokenKind::Close(first), 1),
            b'"' | b'\'' => string(rest),
            b'/' => slash(rest),
            b'0'..=b'9' => (TokenKind::Number, number(rest)),
            b'-' if rest.get(1).is_some_and(u8::is_ascii_digit) => {
                (TokenKind::Number, 1 + number(&rest[1..]))
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => (TokenKind::Word, word(rest)),
            _ => (TokenKind::Sign, sign(&self.text[start..])),
        };
        self.at = start + length;
        Some(Token {
            kind,
            start,
            end: self.at,
        })
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn word(rest: &[u8]) -> usize {
    let mut end = 1;
    while let Some(&byte) = rest.get(end) {
        // `-` joins the words of a code; nothing subtracts.
        let joins = byte == b'-' && rest.get(end + 1).is_some_and(u8::is_ascii_lowercase);
        if !is_letter(byte) && !joins {
            break;
        }
        end += 1;
    }
    end
}

fn number(rest: &[u8]) -> usize {
    let mut end = 1;
    while let Some(&byte) = rest.get(end) {
        let digit = rest.get(end + 1).is_some_and(u8::is_ascii_digit);
        let joins = match byte {
            b'%' => return end + 1,
            b'.' => {
                digit && !rest[..end].contains(&b'.') && rest[..end].iter().all(u8::is_ascii_digit)
            }
            b':' => digit && end >= 2,
            b'-' => digit && (end == 4 || end == 7 || rest[..end].contains(&b'T')),
            b'+' => digit && rest[..end].contains(&b'T'),
            _ => is_letter(byte),
        };
        if !joins {
            break;
        }
        end += 1;
    }
    end
}

fn sign(rest: &str) -> usize {
    if rest.starts_with('\u{1}') {
        return rest.bytes().take_while(|byte| *byte == 1).count();
    }
    for two in ["->", "..", "==", "!=", "<=", ">=", "&&", "||"] {
        if rest.starts_with(two) {
            return two.len();
        }
    }
    rest.chars().next().map_or(1, char::len_utf8)
}

/// The length of what is left of a line.
fn line(rest: &[u8]) -> usize {
    rest.iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(rest.len())
}

fn find(rest: &[u8], from: usize, mark: &[u8]) -> Option<usize> {
    let found = rest
        .get(from..)?
        .windows(mark.len())
        .position(|window| window == mark)?;
    Some(from + found)
}

fn string(rest: &[u8]) -> (TokenKind, usize) {
    for mark in [b"'''", b"\"\"\""] {
        if rest.starts_with(mark) {
            return match find(rest, 3, mark) {
                Some(end) => (TokenKind::Text(true), end + 3),
                None => (TokenKind::Text(false), rest.len()),
            };
        }
    }
    if rest.first() == Some(&b'\'') {
        return (TokenKind::Sign, 1);
    }
    let mut end = 1;
    // Behind a hole that does not close on the line none does: looking again would be quadratic.
    let mut holes = true;
    while let Some(&byte) = rest.get(end) {
        match byte {
            b'"' => return (TokenKind::Text(true), end + 1),
            b'\n' => break,
            b'\\' if rest.get(end + 1).is_some_and(|next| *next != b'\n') => end += 2,
            b'{' if holes && rest.get(end + 1) == Some(&b'{') => match hole(&rest[end..]) {
                Some(length) => end += length,
                None => holes = false,
            },
            _ => end += 1,
        }
    }
    (TokenKind::Text(false), trimmed(rest, end))
}

/// The end without white space before it.
fn trimmed(rest: &[u8], end: usize) -> usize {
    let end = end.min(rest.len());
    rest[..end]
        .iter()
        .rposition(|byte| !byte.is_ascii_whitespace())
        .map_or(end, |last| last + 1)
}

/// The length of a hole that closes on its line.
fn hole(rest: &[u8]) -> Option<usize> {
    let mut quoted = false;
    let mut at = 2;
    while let Some(&byte) = rest.get(at) {
        match byte {
            b'\n' => return None,
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'}' if !quoted && rest.get(at + 1) == Some(&b'}') => return Some(at + 2),
            _ => {}
        }
        at += 1;
    }
    None
}

fn slash(rest: &[u8]) -> (TokenKind, usize) {
    if rest.starts_with(b"//") {
        let doc =
            rest.starts_with(b"//!") || rest.starts_with(b"///") && rest.get(3) != Some(&b'/');
        let kind = if doc {
            TokenKind::Doc
        } else {
            TokenKind::Comment
        };
        return (kind, trimmed(rest, line(rest)));
    }
    let mut end = 1;
    while let Some(&byte) = rest.get(end) {
        match byte {
            b'/' => {
                let flag = rest.get(end + 1) == Some(&b'i');
                return (TokenKind::Regex(true), end + 1 + usize::from(flag));
            }
            b'\n' => break,
            b'\\' if rest.get(end + 1).is_some_and(|next| *next != b'\n') => end += 2,
            _ => end += 1,
        }
    }
    (TokenKind::Regex(false), 1)
}

/// A text cut behind braces that close a declaration, into parts of some length at least. Where none
/// closes, as where a quote is missing, what is left is one part.
///
/// # Errors
/// The first bracket that opens too deep.
pub(crate) fn parts(text: &str, least: usize) -> Result<Vec<Range<usize>>, usize> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (token, depth) in depths(text) {
        if depth > NESTING {
            return Err(token.start);
        }
        let closes = depth == 0 && matches!(token.kind, TokenKind::Close(b'}'));
        if closes && token.end - start >= least {
            parts.push(start..token.end);
            start = token.end;
        }
    }
    parts.push(start..text.len());
    Ok(parts)
}

/// A text with blanks in the place of its comments, which say nothing to the grammar: what it need
/// not look for between any two tokens is not looked for a million times.
pub(crate) fn without_comments(text: &str) -> Cow<'_, str> {
    let is_comment = |(at, _)| slash(&text.as_bytes()[at..]).0 == TokenKind::Comment;
    if !text.match_indices("//").any(is_comment) {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut blank = |start: usize, token: Token| {
        if token.kind == TokenKind::Comment {
            bytes[start + token.start..start + token.end].fill(b' ');
        }
    };
    for token in tokens(text) {
        blank(0, token);
        if text[token.start..token.end].starts_with("\"\"\"") {
            for (start, inner) in holes(text, token.start + 3..token.end) {
                blank(start, inner);
            }
        }
    }
    // A comment ends where its line does, so what is left is a text.
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The tokens in the holes of a block, each with what its places are counted from.
fn holes(text: &str, block: Range<usize>) -> Vec<(usize, Token)> {
    let mut all = Vec::new();
    let mut at = block.start;
    while let Some(hole) = text[at..block.end].find("{{") {
        let start = at + hole + 2;
        let mut closed = None;
        for token in tokens(&text[start..block.end]) {
            all.push((start, token));
            at = start + token.end;
            let closes = token.kind == TokenKind::Close(b'}');
            if closes && closed == Some(token.start) {
                break;
            }
            closed = closes.then_some(token.end);
        }
        at = at.max(start);
    }
    all
}

/// Each token, with how many brackets are open behind it.
fn depths(text: &str) -> impl Iterator<Item = (Token, usize)> {
    let mut depth = 0_usize;
    tokens(text).map(move |token| {
        match token.kind {
            TokenKind::Open(_) => depth += 1,
            TokenKind::Close(_) => depth = depth.saturating_sub(1),
            TokenKind::Word
            | TokenKind::Number
            | TokenKind::Text(_)
            | TokenKind::Regex(_)
            | TokenKind::Sign
            | TokenKind::Comment
            | TokenKind::Doc => {}
        }
        (token, depth)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_tokens(text: &str, wanted: &str) {
        let found: Vec<&str> = tokens(text)
            .map(|token| &text[token.start..token.end])
            .collect();
        assert_eq!(found.join(" · "), wanted);
    }

    #[test]
    fn numbers_dates_times_and_ranges_are_told_apart() {
        check_tokens("1..10 0.5..1", "1 · .. · 10 · 0.5 · .. · 1");
        check_tokens("21:00..07:00", "21:00 · .. · 07:00");
        check_tokens(
            "2027-03-01T09:00:00+01:00 95%,",
            "2027-03-01T09:00:00+01:00 · 95% · ,",
        );
        check_tokens("-5 200ms", "-5 · 200ms");
    }

    #[test]
    fn a_hole_may_hold_quotes() {
        check_tokens(
            r#"role "a {{ x | default("b") }} c" goal"#,
            r#"role · "a {{ x | default("b") }} c" · goal"#,
        );
    }

    #[test]
    fn a_string_ends_with_its_line() {
        check_tokens("a \"b c \nd", "a · \"b c · d");
    }

    #[test]
    fn blocks_regexes_and_comments_hide_brackets() {
        check_tokens(
            "\"\"\"{\n(\"\"\" /[(]\\// // {",
            "\"\"\"{\n(\"\"\" · /[(]\\// · // {",
        );
        assert!(parts(&"'''{'''".repeat(100), 1).is_ok());
    }

    #[test]
    fn comments_are_blanks_to_the_grammar_wherever_they_stand() {
        let text = "// ä\n/// doc // doc\na \"http://b\" /x\\//i // c \n//// d";
        let wanted = "     \n/// doc // doc\na \"http://b\" /x\\//i      \n      ";
        assert_eq!(without_comments(text), wanted);
        let block = "\"\"\"\n// words {{ a // hole }}\n | b(\"//\") }} // words\n\"\"\"";
        assert_eq!(
            without_comments(block),
            block.replace("// hole }}", "          ")
        );
        assert!(matches!(
            without_comments("/// a \"http:\""),
            Cow::Borrowed(_)
        ));
    }

    #[test]
    fn the_first_bracket_that_is_too_deep_is_found() {
        assert!(parts(&"(".repeat(64), 1).is_ok());
        assert_eq!(parts(&"(".repeat(65), 1), Err(64));
    }
}
