//! What it would cost to take the HTML of a stranger apart, seen before a parser does it.

use std::collections::BTreeMap;

/// Elements inside elements. Real mail stays below; layout time grows with it.
pub(super) const DEPTH: usize = 100;
/// Tags, times how deep they stand. HTML repeats open formatting in every paragraph, so this
/// bounds what the parser builds.
const COST: usize = 1_000_000;

/// Attributes of one tag. The parser holds each against all before it.
const ATTRIBUTES: usize = 500;

/// Whether taking the document apart would take too long.
pub(super) fn costly(html: &str) -> bool {
    nested(html) || crowded(html)
}

/// Whether it is nested so deep, or so often, that building it would take too long.
///
/// Counts tags without understanding them: an end counts only against a start of the same name,
/// and what HTML closes by itself counts as flat.
fn nested(html: &str) -> bool {
    let mut open: BTreeMap<String, usize> = BTreeMap::new();
    let (mut depth, mut deepest, mut tags) = (0_usize, 0_usize, 0_usize);
    for piece in html.split('<').skip(1) {
        let (end, rest) = piece
            .strip_prefix('/')
            .map_or((false, piece), |rest| (true, rest));
        let name = rest
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if name.is_empty() {
            continue;
        }
        tags += 1;
        if end {
            if let Some(count) = open.get_mut(&name).filter(|count| **count > 0) {
                *count -= 1;
                depth -= 1;
            }
        } else if !FLAT.contains(&name.as_str()) {
            *open.entry(name).or_default() += 1;
            depth += 1;
            deepest = deepest.max(depth);
        }
    }
    deepest > DEPTH || deepest.saturating_mul(tags) > COST
}

/// Elements that hold nothing, or that the next of their kind closes.
const FLAT: [&str; 22] = [
    "area", "base", "br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "option",
    "p", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "wbr",
];

/// Where a tag is being read (WHATWG HTML, 13.2.5.8 and 13.2.5.32 to 13.2.5.39).
#[derive(Clone, Copy)]
enum Place {
    Text,
    Open,
    TagName,
    Between,
    Name,
    BehindName,
    BeforeValue,
    Quoted(u8),
    Bare,
}

/// Whether a tag has more attributes than any that means something. They are counted as the parser would.
fn crowded(html: &str) -> bool {
    let (mut place, mut attributes) = (Place::Text, 0_usize);
    for byte in html.bytes() {
        let space = byte.is_ascii_whitespace();
        place = match (place, byte) {
            (Place::Text, b'<') => Place::Open,
            (Place::Open, b'/') => Place::Open,
            (Place::Open, byte) if byte.is_ascii_alphabetic() => {
                attributes = 0;
                Place::TagName
            }
            (Place::Quoted(mark), byte) if byte == mark => Place::Between,
            (Place::Text | Place::Quoted(_), _) => place,
            (Place::Open, _) | (_, b'>') => Place::Text,
            (Place::BeforeValue, mark @ (b'"' | b'\'')) => Place::Quoted(mark),
            (Place::BeforeValue, _) if space => place,
            (Place::BeforeValue, _) => Place::Bare,
            (Place::Name | Place::BehindName, b'=') => Place::BeforeValue,
            (Place::Bare, b'/') => place,
            (Place::Name | Place::BehindName, _) if space => Place::BehindName,
            (_, byte) if space || byte == b'/' => Place::Between,
            (Place::Between | Place::BehindName, _) => {
                attributes += 1;
                Place::Name
            }
            (Place::TagName | Place::Name | Place::Bare, _) => place,
        };
        if attributes > ATTRIBUTES {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tag: impl Fn(usize) -> String, expected: bool) {
        let many: String = (0..=ATTRIBUTES).map(tag).collect();
        for end in [">", ""] {
            assert_eq!(costly(&format!("<p>x<div {many}{end}")), expected, "{many}");
        }
    }

    #[test]
    fn a_tag_of_many_attributes_is_costly_however_they_are_written() {
        check(|number| format!("a{number} "), true);
        check(|number| format!("a{number}=1/ "), true);
        check(|number| format!("a{number}='>' "), true);
        check(|number| format!("a{number}=\"<b>\""), true);
        check(|number| format!("a{number}/"), true);
        check(|number| format!("a{number} = x\n"), true);
        check(|number| format!("\"a{number} "), true);
    }

    #[test]
    fn what_only_looks_like_attributes_is_not() {
        check(|number| format!("></div><div a{number} b=\"c d e\""), false);
        check(|_| "c ".repeat(0), false);
        let words = "word ".repeat(10 * ATTRIBUTES);
        assert!(!costly(&format!(
            "<p title=\"{words}\">{words}1 < 2 {words}</p>"
        )));
    }
}
