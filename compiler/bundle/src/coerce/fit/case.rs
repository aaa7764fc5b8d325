//! Enums: the case by its name, its other forms, its words.

use serde_json::{Map, Value};

use super::{Fit, carries, one, plain};
use crate::coerce::folded;
use crate::coerce::node::{Node, What};
use crate::coerce::repair::Kind;
use crate::schema::{Case, Field, Type};

/// Where models put the name of a case besides `kind`.
const TAGS: [&str; 6] = ["action", "case", "name", "tag", "type", "variant"];
/// Words after which a case that is named may be the one that is not meant.
const DENIALS: [&str; 14] = [
    "arent", "cannot", "cant", "doesnt", "dont", "isnt", "neither", "never", "no", "nor", "not",
    "without", "wont", "wouldnt",
];
/// Most bytes of a sentence in which a case is looked for.
const SENTENCE: usize = 300;

impl<'a> Fit<'a, '_> {
    pub(super) fn case(&mut self, name: &str, cases: &'a [Case], node: &Node) -> Value {
        let tagged = cases.iter().any(|case| !case.fields.is_empty());
        match &node.what {
            What::Text(text) => self.case_of_text(name, cases, text, tagged),
            What::Word(word) => {
                let value = self.case_of_text(name, cases, word, tagged);
                if !value.is_null() {
                    self.repaired(Kind::Unquoted, word);
                }
                value
            }
            What::Record(entries) => self
                .case_of_record(name, cases, entries, tagged)
                .unwrap_or_else(|| plain(node)),
            What::List(items) => match items.as_slice() {
                [only] => {
                    self.repaired(Kind::ListOfOne, "");
                    self.case(name, cases, only)
                }
                _ => plain(node),
            },
        }
    }

    fn case_of_text(&mut self, name: &str, cases: &'a [Case], text: &str, tagged: bool) -> Value {
        if let Some(case) = self.named(name, cases, text) {
            if tagged {
                self.repaired(Kind::CaseForm, &case.name);
            }
            return bare(case, tagged);
        }
        if let Some((case, words)) = led(cases, text) {
            let only = only_text(case).filter(|_| tagged);
            if let Some(field) = only {
                self.repaired(Kind::CaseWithWords, &case.name);
                let fields = [("kind", case.name.as_str()), (&field.name, words)];
                return object(&fields);
            }
            if case.fields.is_empty() {
                self.repaired(Kind::CaseWithWords, text);
                return bare(case, tagged);
            }
        }
        for (kind, found) in [
            (Kind::CaseByDoc, by_doc(cases, text)),
            (Kind::CaseInProse, in_prose(cases, text)),
        ] {
            if let Some(case) = found {
                self.repaired(kind, text);
                return bare(case, tagged);
            }
        }
        Value::from(text)
    }

    /// The case of a name, also written in another way, or with the name of its type before it.
    fn named(&mut self, name: &str, cases: &'a [Case], text: &str) -> Option<&'a Case> {
        if let Some(case) = cases.iter().find(|case| case.name == text) {
            return Some(case);
        }
        let mut written = folded(text);
        if let Some((path, last)) = text.trim().rsplit_once(['.', ':'])
            && folded(path).ends_with(&folded(name))
        {
            written = folded(last);
        }
        let mut alike = cases.iter().filter(|case| folded(&case.name) == written);
        let case = alike.next().filter(|_| alike.next().is_none())?;
        self.repaired(Kind::CaseName, text);
        Some(case)
    }

    /// `{ "kind": name, … }`, `{ "type": name, … }`, or `{ name: { … } }` as other formats write it.
    fn case_of_record(
        &mut self,
        name: &str,
        cases: &'a [Case],
        entries: &[(String, Node)],
        tagged: bool,
    ) -> Option<Value> {
        let is_tag = |key: &str| key == "kind" || TAGS.contains(&key) || key == folded(name);
        let tag = entries
            .iter()
            .position(|(key, _)| key == "kind")
            .or_else(|| entries.iter().position(|(key, _)| is_tag(&folded(key))));
        if let Some(tag) = tag
            && let (key, node) = &entries[tag]
            && let Some(text) = one(node).unwrap_or(node).scalar()
            && let Some(case) = self.named(name, cases, text)
        {
            self.taken_out(node);
            if key != "kind" || !tagged {
                self.repaired(Kind::CaseForm, key);
            }
            let mut rest = entries.to_vec();
            rest.remove(tag);
            return Some(self.with_fields(case, &rest, tagged));
        }
        let [(key, inner)] = entries else {
            return None;
        };
        if let Some(case) = self.named(name, cases, key) {
            self.repaired(Kind::CaseForm, key);
            return Some(match &inner.what {
                What::Record(fields) => self.with_fields(case, fields, tagged),
                What::Text(text) if tagged => match only_text(case) {
                    Some(field) => object(&[("kind", &case.name), (&field.name, text)]),
                    None => bare(case, tagged),
                },
                What::Text(_) | What::Word(_) | What::List(_) => bare(case, tagged),
            });
        }
        // `{ "tone": "warm" }` where the tone is asked for.
        if inner.scalar().is_none() && !carries(key) && folded(key) != folded(name) {
            return None;
        }
        self.repaired(Kind::Unwrapped, key);
        Some(self.case(name, cases, inner))
    }

    fn with_fields(&mut self, case: &'a Case, entries: &[(String, Node)], tagged: bool) -> Value {
        if !tagged {
            return bare(case, tagged);
        }
        let mut value = Map::from_iter([("kind".to_owned(), Value::from(case.name.as_str()))]);
        value.extend(self.fields(&case.fields, entries));
        Value::Object(value)
    }
}

fn bare(case: &Case, tagged: bool) -> Value {
    if tagged {
        object(&[("kind", &case.name)])
    } else {
        Value::from(case.name.as_str())
    }
}

fn object(fields: &[(&str, &str)]) -> Value {
    fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect()
}

/// The one field of a case, if it is a text that must be there.
fn only_text(case: &Case) -> Option<&Field> {
    match case.fields.as_slice() {
        [field] if matches!(field.of, Type::Text { .. }) && field.default.is_none() => Some(field),
        _ => None,
    }
}

/// A case whose name leads, with words behind a colon, dash or bracket: `warm – like a friend`.
fn led<'a, 't>(cases: &'a [Case], text: &'t str) -> Option<(&'a Case, &'t str)> {
    let at = text
        .find([':', '(', '–', '—', ',', '\n'])
        .or_else(|| text.find(" - "))?;
    let name = folded(&text[..at]);
    let case = cases.iter().find(|case| folded(&case.name) == name)?;
    let words = text[at..].trim_matches(|sign: char| {
        sign.is_whitespace() || matches!(sign, ':' | '(' | ')' | '–' | '—' | '-' | ',')
    });
    Some((case, words))
}

/// The only case whose description holds all words of the text.
fn by_doc<'a>(cases: &'a [Case], text: &str) -> Option<&'a Case> {
    if text.len() > SENTENCE {
        return None;
    }
    let words = words(text);
    // `a` and `it` stand in every description.
    if !words.iter().any(|word| word.len() > 3) {
        return None;
    }
    let mut found = cases.iter().filter(|case| {
        let doc = self::words(&case.doc);
        words.iter().all(|word| doc.contains(word))
    });
    found.next().filter(|_| found.next().is_none())
}

/// The only case that a short sentence names, which denies nothing.
fn in_prose<'a>(cases: &'a [Case], text: &str) -> Option<&'a Case> {
    if text.len() > SENTENCE {
        return None;
    }
    let words = words(text);
    if words.iter().any(|word| DENIALS.contains(&word.as_str())) {
        return None;
    }
    let names = |case: &&Case| {
        let name = self::words(&case.name);
        words
            .windows(name.len().max(1))
            .any(|window| window == name)
    };
    let mut found = cases.iter().filter(names);
    found.next().filter(|_| found.next().is_none())
}

fn words(text: &str) -> Vec<String> {
    text.split(|sign: char| !sign.is_alphanumeric() && sign != '\'' && sign != '’')
        .map(folded)
        .filter(|word| !word.is_empty())
        .collect()
}
