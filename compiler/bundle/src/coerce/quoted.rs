//! Texts in quotes, of any kind, and where they end.
//!
//! A quote ends a text when what stands behind it is what can stand behind a text there: a comma
//! and the next name, a bracket, the end. Any other is one that the model forgot to escape.

use super::node::{End, Node, What};
use super::parser::Parser;
use super::repair::Kind;

/// Where a value stands, which says what may stand behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// By itself: the first closing quote ends it.
    Alone,
    /// As the name of a field.
    Name,
    /// As the value of a field.
    Field,
    /// As an item of a list.
    Item,
}

/// Bytes of a name that are looked through for its end.
const NAME: usize = 256;

pub(super) fn is_quote(sign: char) -> bool {
    !closers(sign).is_empty()
}

/// What closes a text that this opens.
fn closers(open: char) -> &'static [char] {
    match open {
        '"' => &['"'],
        '\'' => &['\''],
        '`' => &['`'],
        '“' | '”' | '„' => &['”', '“', '"'],
        '‘' | '’' | '‚' => &['’', '‘', '\''],
        '«' => &['»'],
        _ => &[],
    }
}

impl Parser<'_> {
    /// A text in any quotes.
    pub(super) fn quoted(&mut self, place: Place) -> Node {
        if self.rest().starts_with("\"\"\"") || self.rest().starts_with("'''") {
            return self.tripled();
        }
        let open = self.take().unwrap_or('"');
        if open != '"' {
            self.repaired(Kind::Quotes);
        }
        let mut text = String::new();
        let end = loop {
            let Some(sign) = self.take() else {
                break End::Cut;
            };
            if sign == '\\' {
                if self.escape(&mut text).is_none() {
                    break End::Cut;
                }
            } else if closers(open).contains(&sign) {
                match behind(self, place) {
                    Behind::Ends(end) => break end,
                    Behind::Joins(at) => {
                        self.at = at;
                        self.take();
                        self.repaired(Kind::Joined);
                    }
                    Behind::Inside => {
                        self.repaired(Kind::InnerQuote);
                        text.push(sign);
                    }
                }
            } else {
                if sign.is_ascii_control() {
                    self.repaired(Kind::LineBreak);
                }
                text.push(sign);
            }
        };
        let what = What::Text(text);
        Node { what, end }
    }

    /// `"""…"""`, as Python writes long texts.
    fn tripled(&mut self) -> Node {
        self.repaired(Kind::Quotes);
        let rest = self.rest();
        let (mark, inside) = rest.split_at(3);
        let length = inside.find(mark);
        self.at += length.map_or(rest.len(), |length| length + 6);
        let text = &inside[..length.unwrap_or(inside.len())];
        let what = What::Text(text.strip_prefix('\n').unwrap_or(text).to_owned());
        let end = if length.is_some() {
            End::Sure
        } else {
            End::Cut
        };
        Node { what, end }
    }

    /// What stands behind a backslash; none when the text ends there.
    fn escape(&mut self, text: &mut String) -> Option<()> {
        match self.take()? {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            sign @ ('"' | '\\' | '/') => text.push(sign),
            'u' => self.unicode(text)?,
            // A line that goes on in the next.
            '\n' => self.repaired(Kind::Escape),
            sign @ ('\'' | '`' | '“' | '”' | '‘' | '’' | '«' | '»') => {
                self.repaired(Kind::Escape);
                text.push(sign);
            }
            // `\d` of an expression, `\(` of a formula.
            sign => {
                self.repaired(Kind::Escape);
                text.extend(['\\', sign]);
            }
        }
        Some(())
    }

    fn unicode(&mut self, text: &mut String) -> Option<()> {
        let Some(first) = self.hex()? else {
            self.repaired(Kind::Escape);
            text.push_str("\\u");
            return Some(());
        };
        let mut code = first;
        if (0xd800..0xdc00).contains(&first) {
            let rest = self.rest();
            if "\\u".starts_with(rest) {
                return None;
            }
            if rest.starts_with("\\u") {
                let back = self.at;
                self.at += 2;
                match self.hex()? {
                    Some(second) if (0xdc00..0xe000).contains(&second) => {
                        code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                    }
                    _ => self.at = back,
                }
            }
        }
        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        Some(())
    }

    /// Four digits: none outside when the text ends before them, none inside when they are none.
    fn hex(&mut self) -> Option<Option<u32>> {
        let rest = self.rest();
        let digits: String = rest.chars().take(4).collect();
        let is_hex = digits.chars().all(|digit| digit.is_ascii_hexdigit());
        if is_hex && digits.len() < 4 {
            return None;
        }
        if !is_hex {
            return Some(None);
        }
        self.at += 4;
        Some(u32::from_str_radix(&digits, 16).ok())
    }
}

/// What a quote is, by what stands behind it.
enum Behind {
    /// The end of the text.
    Ends(End),
    /// The end of a piece: the next begins at this quote.
    Joins(usize),
    /// A sign of the text.
    Inside,
}

fn behind(parser: &Parser<'_>, place: Place) -> Behind {
    let text = parser.text;
    let at = skip(text, parser.at);
    let ends = |yes: bool| {
        if yes {
            Behind::Ends(End::Sure)
        } else {
            Behind::Inside
        }
    };
    let rest = &text[at..];
    let Some(sign) = rest.chars().next() else {
        return Behind::Ends(if place == Place::Alone {
            End::Sure
        } else {
            End::Open
        });
    };
    if place == Place::Alone {
        return Behind::Ends(End::Sure);
    }
    if place == Place::Name {
        return ends(matches!(sign, ':' | '='));
    }
    let apart = at > parser.at;
    match sign {
        ':' => ends(place == Place::Item && parser.is_inside('{')),
        '}' => ends(place == Place::Field || parser.is_inside('{')),
        ']' => ends(place == Place::Item || parser.is_inside('[')),
        ',' | ';' => match after_comma(text, at + 1, place) {
            Some(yes) => ends(yes),
            None => Behind::Ends(End::Open),
        },
        '+' => {
            let next = skip(text, at + 1);
            match text[next..].chars().next() {
                Some(sign) if is_quote(sign) => Behind::Joins(next),
                Some(_) => Behind::Inside,
                None => Behind::Ends(End::Open),
            }
        }
        '/' | '#' if apart => ends(begins_comment(rest)),
        '/' => ends(begins_comment(rest)),
        '`' => ends(rest.starts_with("```")),
        '<' => ends(rest.starts_with("</")),
        // A comma was forgotten.
        _ if apart && place == Place::Field => match name_ahead(text, at) {
            Some(yes) => ends(yes && (is_quote(sign) || text[parser.at..at].contains('\n'))),
            None => Behind::Ends(End::Open),
        },
        _ if !text[parser.at..at].contains('\n') => Behind::Inside,
        _ => match after_comma(text, at, place) {
            Some(yes) => ends(yes),
            None => Behind::Ends(End::Open),
        },
    }
}

/// Whether a comma behind a word ends the word; none when it does not, as in `1,200`.
pub(super) fn ends_word(parser: &Parser<'_>, place: Place) -> Option<End> {
    if place == Place::Item {
        return Some(End::Sure);
    }
    match after_comma(parser.text, parser.at + 1, place) {
        Some(true) => Some(End::Sure),
        Some(false) => None,
        None => Some(End::Open),
    }
}

/// Whether the next entry begins behind a comma; none when the text ends there.
fn after_comma(text: &str, at: usize, place: Place) -> Option<bool> {
    let at = skip(text, at);
    let rest = &text[at..];
    let sign = rest.chars().next()?;
    if begins_comment(rest) || rest.starts_with("```") || rest.starts_with("</") {
        return Some(true);
    }
    if matches!(sign, '}' | ']' | ',') {
        return Some(true);
    }
    if place != Place::Item {
        return name_ahead(text, at);
    }
    if matches!(sign, '{' | '[' | '-' | '.' | '…') || is_quote(sign) || sign.is_ascii_digit() {
        return Some(true);
    }
    let end = rest.find([',', ']', '}', '\n'])?;
    let word = rest[..end].trim_end();
    Some(matches!(word, "true" | "false" | "True" | "False") || super::node::is_null(word))
}

fn begins_comment(rest: &str) -> bool {
    rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#')
}

/// Whether a name and its colon stand here; none when the text ends before that is known.
fn name_ahead(text: &str, at: usize) -> Option<bool> {
    let rest = &text[at..];
    let open = rest.chars().next()?;
    let closing = closers(open);
    let mut escaped = false;
    for (index, sign) in rest.char_indices().skip(1) {
        if index > NAME {
            return Some(!closing.is_empty());
        }
        if closing.is_empty() {
            if matches!(sign, ':' | '=') {
                return Some(open.is_alphabetic() || open == '_' || open == '*');
            }
            let plain = sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.' | ' ' | '*');
            if !plain {
                return Some(false);
            }
        } else if sign == '\n' {
            return Some(false);
        } else if !escaped && closing.contains(&sign) {
            let next = skip(text, at + index + sign.len_utf8());
            return text[next..]
                .chars()
                .next()
                .map(|sign| matches!(sign, ':' | '='));
        }
        escaped = sign == '\\' && !escaped;
    }
    None
}

/// The next sign that is no white space.
fn skip(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + (rest.len() - rest.trim_start().len())
}
