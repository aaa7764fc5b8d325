//! JSON as models write it: other quotes, comments, bare keys, commas too many, an end too early.

use serde_json::{Map, Value};

/// Most levels.
const DEPTH: usize = 64;

/// A value and what was mended.
pub(super) struct Mended {
    pub value: Value,
    pub repairs: Vec<String>,
    /// Bytes of the text that belong to it.
    pub used: usize,
}

/// Reads a record or list at the start of a text.
pub(super) fn parse(text: &str) -> Option<Mended> {
    let mut parser = Parser {
        text,
        at: 0,
        repairs: Vec::new(),
    };
    parser.blank();
    let value = match parser.peek()? {
        '{' | '[' => parser.value(0)?,
        '\'' | '"' | '“' => parser.quoted()?,
        _ => return None,
    };
    Some(Mended {
        value,
        repairs: parser.repairs.into_iter().map(str::to_owned).collect(),
        used: parser.at,
    })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    repairs: Vec<&'static str>,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let sign = self.peek()?;
        self.at += sign.len_utf8();
        Some(sign)
    }

    fn repaired(&mut self, what: &'static str) {
        if !self.repairs.contains(&what) {
            self.repairs.push(what);
        }
    }

    /// Passes white space and comments.
    fn blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let length = if trimmed.starts_with("//") {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else {
                return;
            };
            self.at += length;
            self.repaired("took out a comment");
        }
    }

    /// A value; none when there is none or it was cut off.
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEPTH {
            return None;
        }
        self.blank();
        match self.peek()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' | '\'' | '“' => self.quoted(),
            _ => self.scalar(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.take();
        let mut map = Map::new();
        let mut comma = false;
        loop {
            self.blank();
            match self.peek() {
                None => {
                    self.repaired("closed what was cut off");
                    return Some(Value::Object(map));
                }
                Some('}') => {
                    self.take();
                    if comma {
                        self.repaired("took out a trailing comma");
                    }
                    return Some(Value::Object(map));
                }
                Some(',') => {
                    self.take();
                    comma = true;
                }
                Some(_) => {
                    let key = self.key()?;
                    self.blank();
                    match self.take() {
                        Some(':' | '=') => {}
                        None => continue,
                        Some(_) => return None,
                    }
                    match self.value(depth + 1) {
                        Some(value) => map.insert(key, value),
                        None => self.cut_off()?,
                    };
                    comma = false;
                }
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.take();
        let mut items = Vec::new();
        let mut comma = false;
        loop {
            self.blank();
            match self.peek() {
                None => {
                    self.repaired("closed what was cut off");
                    return Some(Value::Array(items));
                }
                Some(']') => {
                    self.take();
                    if comma {
                        self.repaired("took out a trailing comma");
                    }
                    return Some(Value::Array(items));
                }
                Some(',') => {
                    self.take();
                    comma = true;
                }
                Some(_) => {
                    match self.value(depth + 1) {
                        Some(value) => items.push(value),
                        None => self.cut_off().map(|_| ())?,
                    }
                    comma = false;
                }
            }
        }
    }

    /// A value that could not be read is left out if the text ends there. Its first half could
    /// mean something else: `12` of `1250`.
    fn cut_off(&mut self) -> Option<Option<Value>> {
        if !self.rest().is_empty() {
            return None;
        }
        self.repaired("left out a value that was cut off");
        Some(None)
    }

    fn key(&mut self) -> Option<String> {
        match self.peek()? {
            '"' | '\'' | '“' => {
                self.quoted()
                    .and_then(|key| key.as_str().map(str::to_owned))
                    .or_else(|| {
                        // Without its end it is no key; the record is closed behind the field before.
                        self.cut_off().map(|_| String::new())
                    })
            }
            _ => {
                let rest = self.rest();
                let end = rest.find(|sign: char| {
                    !(sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.'))
                });
                let key = &rest[..end.unwrap_or(rest.len())];
                if key.is_empty() {
                    return None;
                }
                self.at += key.len();
                self.repaired("mended an unquoted key");
                Some(key.to_owned())
            }
        }
    }

    /// A text in any quotes; none, at the end of all, when it has no end.
    fn quoted(&mut self) -> Option<Value> {
        let open = self.take()?;
        let close = if open == '“' { '”' } else { open };
        if open != '"' {
            self.repaired("mended quotes");
        }
        let mut text = String::new();
        loop {
            match self.take()? {
                '\\' => self.escape(&mut text)?,
                sign if sign == close => return Some(Value::String(text)),
                sign => {
                    if sign.is_control() {
                        self.repaired("mended a line break in a text");
                    }
                    text.push(sign);
                }
            }
        }
    }

    fn escape(&mut self, text: &mut String) -> Option<()> {
        match self.take()? {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            'b' => text.push('\u{8}'),
            'f' => text.push('\u{c}'),
            'u' => {
                let first = self.hex()?;
                let code = if (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u") {
                    self.at += 2;
                    0x1_0000 + ((first - 0xd800) << 10) + (self.hex()?.wrapping_sub(0xdc00) & 0x3ff)
                } else {
                    first
                };
                text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            sign => text.push(sign),
        }
        Some(())
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(code)
    }

    /// A number or word up to the next sign of structure.
    fn scalar(&mut self) -> Option<Value> {
        let rest = self.rest();
        let end = rest.find([',', '}', ']', '\n', ':']);
        let word = rest[..end.unwrap_or(rest.len())].trim_end();
        self.at += end.unwrap_or(rest.len());
        if end.is_none() || word.is_empty() {
            return None;
        }
        if let Ok(value) = serde_json::from_str(word) {
            return Some(value);
        }
        let value = match word {
            "True" | "TRUE" => Value::Bool(true),
            "False" | "FALSE" => Value::Bool(false),
            "None" | "none" | "undefined" | "NULL" => Value::Null,
            _ => Value::from(word),
        };
        self.repaired("mended an unquoted word");
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mends a text and compares with JSON.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(
            parse(text)
                .map(|mended| mended.value.to_string())
                .unwrap_or_default(),
            expected
        );
    }

    #[test]
    fn words_of_other_languages_are_values() {
        check(
            "{a: True, b: None, c: warm}",
            r#"{"a":true,"b":null,"c":"warm"}"#,
        );
    }

    #[test]
    fn line_breaks_and_escapes_in_a_text_stay() {
        check(
            "{\"a\": \"x\ny\\n\\u00e9\\ud83d\\udc1d\\'\"}",
            "{\"a\":\"x\\ny\\né🐝'\"}",
        );
    }

    #[test]
    fn a_key_without_end_is_no_key() {
        check(r#"{"a": 1, "b"#, r#"{"a":1}"#);
        check(r#"{"a": 1, "b""#, r#"{"a":1}"#);
        check(r#"{"a": 1, "b":"#, r#"{"a":1}"#);
    }

    #[test]
    fn what_is_no_json_is_none() {
        check("hello", "");
        check("{hello world}", "");
        check(&"[".repeat(200), "");
    }
}
