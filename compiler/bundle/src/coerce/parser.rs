//! JSON as models write it: other quotes, comments, bare names, commas too many or too few, an end
//! too early. Strict JSON is read as it is, without a repair.
//!
//! Every decision looks at the text ahead and says when it met the end there, so a value that is
//! called sure stays what it is whatever is written behind it.

use super::node::{End, Node, What};
use super::quoted::{self, Place};
use super::repair::{Kind, Repair};

/// Most levels.
const DEPTH: usize = 64;
/// Most bytes of a name without quotes.
const NAME: usize = 64;

/// A value that stands at some place of a text.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) node: Option<Node>,
    /// What was read before the text turned out to be no value.
    pub(super) broken: Option<Node>,
    pub(super) repairs: Vec<Repair>,
    /// The byte behind it, or the one at which it turned out to be none.
    pub(super) end: usize,
}

/// Reads the record, list or quoted text that begins at `at`.
pub(super) fn parse(text: &str, at: usize) -> Parsed {
    let mut parser = Parser {
        text,
        at,
        repairs: Vec::new(),
        open: Vec::new(),
        broken: false,
    };
    let read = match parser.peek() {
        Some('{' | '[') => parser.value(Place::Item),
        Some(sign) if quoted::is_quote(sign) => Some(parser.quoted(Place::Alone)),
        _ => None,
    };
    let (node, broken) = if parser.broken {
        (None, read)
    } else {
        (read, None)
    };
    Parsed {
        node,
        broken,
        repairs: parser.repairs,
        end: parser.at,
    }
}

pub(super) struct Parser<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    repairs: Vec<Repair>,
    /// The brackets that are open, outermost first.
    open: Vec<char>,
    /// Something stands where no value can go on.
    broken: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn take(&mut self) -> Option<char> {
        let sign = self.peek()?;
        self.at += sign.len_utf8();
        Some(sign)
    }

    pub(super) fn repaired(&mut self, kind: Kind) {
        if !self.repairs.iter().any(|repair| repair.kind == kind) {
            self.repairs.push(Repair::new(kind, ""));
        }
    }

    /// Whether a bracket of this kind is open around the innermost.
    pub(super) fn is_inside(&self, bracket: char) -> bool {
        self.open.iter().rev().skip(1).any(|open| *open == bracket)
    }

    /// Passes white space and comments.
    pub(super) fn blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            let length = if trimmed.starts_with("//") || trimmed.starts_with('#') {
                trimmed.find('\n').unwrap_or(trimmed.len())
            } else if trimmed.starts_with("/*") {
                trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
            } else {
                return;
            };
            self.at += length;
            self.repaired(Kind::Comment);
        }
    }

    /// Whether no more of the value can come: the text ends, or the fence or tag around it.
    fn is_over(&self) -> bool {
        let rest = self.rest();
        rest.is_empty() || rest.starts_with("```") || rest.starts_with("</")
    }

    /// A value; none when there is none that could be read.
    fn value(&mut self, place: Place) -> Option<Node> {
        match self.peek()? {
            '{' => self.nested('{', Self::record),
            '[' => self.nested('[', Self::list),
            sign if quoted::is_quote(sign) => Some(self.quoted(place)),
            _ => self.word(place),
        }
    }

    fn nested(&mut self, bracket: char, read: impl Fn(&mut Self) -> Option<Node>) -> Option<Node> {
        if self.open.len() >= DEPTH {
            return None;
        }
        self.take();
        self.open.push(bracket);
        let node = read(self);
        self.open.pop();
        node
    }

    fn record(&mut self) -> Option<Node> {
        let mut fields = Vec::new();
        let mut commas = 1;
        loop {
            self.blank();
            if self.is_over() {
                self.repaired(Kind::CutOff);
                return Some(Node::cut(What::Record(fields)));
            }
            match self.peek()? {
                '}' => {
                    self.take();
                    self.closed(&mut commas, fields.is_empty());
                    return Some(Node::sure(What::Record(fields)));
                }
                ',' | ';' => {
                    self.take();
                    commas += 1;
                }
                ']' if self.is_inside('[') => {
                    self.repaired(Kind::Bracket);
                    return Some(Node::sure(What::Record(fields)));
                }
                ']' => {
                    self.take();
                    self.repaired(Kind::Bracket);
                }
                _ => {
                    self.separated(&mut commas);
                    let read = self.field(&mut fields);
                    if self.is_broken(read.is_none()) {
                        return Some(Node::cut(What::Record(fields)));
                    }
                }
            }
        }
    }

    /// A name, its colon and its value. One that is cut off, or has no value, is left out.
    fn field(&mut self, fields: &mut Vec<(String, Node)>) -> Option<()> {
        let Some(name) = self.name()? else {
            return Some(());
        };
        self.blank();
        if self.is_over() {
            return Some(());
        }
        match self.take()? {
            ':' => {}
            '=' => {
                if self.peek() == Some('>') {
                    self.take();
                }
                self.repaired(Kind::Quotes);
            }
            _ => return None,
        }
        self.blank();
        if self.is_over() {
            self.repaired(Kind::LeftOutCut);
            return Some(());
        }
        if matches!(self.peek()?, ',' | '}' | ';') {
            self.repaired(Kind::MissingValue);
            return Some(());
        }
        let value = self.value(Place::Field)?;
        fields.push((name, value));
        Some(())
    }

    /// The name of a field; none inside when the text ends before the name does.
    fn name(&mut self) -> Option<Option<String>> {
        if self.peek().is_some_and(quoted::is_quote) {
            let name = self.quoted(Place::Name);
            return Some(match (name.end, name.what) {
                (End::Sure, What::Text(name)) => Some(name),
                _ => None,
            });
        }
        let rest = self.rest();
        let Some(end) = rest.find([':', '=', '\n', ',', '{', '}', '[', ']', '"']) else {
            // The text ends inside of the name.
            self.at = self.text.len();
            return Some(None);
        };
        let name = rest[..end].trim_matches(|sign: char| sign.is_whitespace() || sign == '*');
        let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.' | ' ');
        if name.is_empty() || name.len() > NAME || !name.chars().all(plain) {
            return None;
        }
        self.at += end;
        self.repaired(Kind::UnquotedKey);
        Some(Some(name.to_owned()))
    }

    fn list(&mut self) -> Option<Node> {
        let mut items = Vec::new();
        let mut commas = 1;
        loop {
            self.blank();
            if self.is_over() {
                self.repaired(Kind::CutOff);
                return Some(Node::cut(What::List(items)));
            }
            match self.peek()? {
                ']' => {
                    self.take();
                    self.closed(&mut commas, items.is_empty());
                    return Some(Node::sure(What::List(items)));
                }
                ',' | ';' => {
                    self.take();
                    commas += 1;
                }
                '}' if self.is_inside('{') => {
                    self.repaired(Kind::Bracket);
                    return Some(Node::sure(What::List(items)));
                }
                '}' => {
                    self.take();
                    self.repaired(Kind::Bracket);
                }
                _ => {
                    let start = self.at;
                    self.separated(&mut commas);
                    let item = self.value(Place::Item);
                    if self.is_broken(item.is_none()) {
                        items.extend(item);
                        return Some(Node::cut(What::List(items)));
                    }
                    let item = item?;
                    if self.rest().trim_start().starts_with(':') && self.is_inside('{') {
                        // The name of a field of the record around: the list was not closed.
                        self.at = start;
                        self.repaired(Kind::Bracket);
                        return Some(Node::sure(What::List(items)));
                    }
                    if matches!(&item.what, What::Word(dots) if dots == "..." || dots == "…") {
                        self.repaired(Kind::Ellipsis);
                    } else {
                        items.push(item);
                    }
                }
            }
        }
    }

    /// Whether the text cannot be read on; once it cannot, all that is open ends.
    fn is_broken(&mut self, now: bool) -> bool {
        self.broken |= now;
        self.broken
    }

    /// Between two entries stands one comma.
    fn separated(&mut self, commas: &mut u32) {
        match commas {
            0 => self.repaired(Kind::MissingComma),
            1 => {}
            _ => self.repaired(Kind::ExtraComma),
        }
        *commas = 0;
    }

    /// Behind the last entry stands none.
    fn closed(&mut self, commas: &mut u32, empty: bool) {
        if *commas > u32::from(empty) {
            self.repaired(Kind::ExtraComma);
        }
    }

    /// A number or words up to the next sign of structure.
    fn word(&mut self, place: Place) -> Option<Node> {
        let start = self.at;
        let mut end = End::Cut;
        while let Some(sign) = self.peek() {
            let ends = match sign {
                '\n' | '}' | ']' => Some(End::Sure),
                ',' | ';' => quoted::ends_word(self, place),
                '/' | '#' => self.comment_ahead(start).then_some(End::Sure),
                '<' | '`' => self.is_over().then_some(End::Sure),
                '"' | '\'' => self.name_ahead(start, place).then_some(End::Sure),
                _ => None,
            };
            if let Some(ends) = ends {
                end = ends;
                break;
            }
            self.take();
        }
        let word = self.text.get(start..self.at)?.trim_end();
        if word.is_empty() {
            return None;
        }
        let what = What::Word(word.to_owned());
        Some(Node { what, end })
    }

    /// Whether the quoted name of another field begins here: behind white space, before a colon.
    fn name_ahead(&self, start: usize, place: Place) -> bool {
        let before = self.text.get(start..self.at).unwrap_or_default();
        let mut rest = self.rest().chars();
        let quote = rest.next().unwrap_or_default();
        let named = rest.as_str().split_once(quote);
        let is_named = named.is_some_and(|(name, behind)| {
            let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '-');
            name.len() <= NAME && name.chars().all(plain) && behind.trim_start().starts_with(':')
        });
        matches!(place, Place::Field) && before.ends_with(char::is_whitespace) && is_named
    }

    /// Whether a comment begins here: behind white space, so that addresses stay whole.
    fn comment_ahead(&self, start: usize) -> bool {
        let rest = self.rest();
        let opens = rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#');
        let before = self.text.get(start..self.at).unwrap_or_default();
        opens && before.ends_with(char::is_whitespace)
    }
}
