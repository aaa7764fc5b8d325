//! The values that a text can be read as.

use serde_json::Value;

use super::tolerant;

/// Most starts of JSON in prose that are tried.
const STARTS: usize = 16;

/// A value and what was done to read it.
pub(super) struct Reading {
    pub value: Value,
    pub repairs: Vec<String>,
}

const OUT: &str = "took the JSON out of the text around it";

/// Every reading, the strictest first. The text itself is one where a text is asked for, or where
/// it holds nothing that could be broken JSON.
pub(super) fn all(text: &str, as_text: bool) -> Vec<Reading> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut readings = match serde_json::from_str(text) {
        Ok(value) => vec![Reading {
            value,
            repairs: Vec::new(),
        }],
        Err(_) => mended(text),
    };
    if !text.is_empty() && (as_text || !text.contains(['{', '['])) {
        let repairs = vec!["read the answer as text".to_owned()];
        readings.push(Reading {
            value: Value::String(text.to_owned()),
            repairs,
        });
    }
    readings
}

/// The readings of what is not strict JSON.
fn mended(text: &str) -> Vec<Reading> {
    let mut readings = Vec::new();
    for inside in fenced(text) {
        readings.extend(read(inside, true));
    }
    let whole = text.starts_with(['{', '[']);
    readings.extend(whole.then(|| read(text, false)).flatten());
    readings.extend(in_prose(text));
    readings
}

/// Strict JSON, or mended.
fn read(text: &str, taken_out: bool) -> Option<Reading> {
    let text = text.trim();
    let mut repairs: Vec<String> = taken_out.then(|| OUT.to_owned()).into_iter().collect();
    if let Ok(value) = serde_json::from_str(text) {
        return Some(Reading { value, repairs });
    }
    let mended = tolerant::parse(text)?;
    if mended.used < text.len() && !taken_out {
        repairs.push(OUT.to_owned());
    }
    repairs.extend(mended.repairs);
    Some(Reading {
        value: mended.value,
        repairs,
    })
}

/// The insides of code fences; the last may be open.
fn fenced(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.split("```").skip(1).step_by(2);
    inside.map(|block| match block.split_once('\n') {
        Some((language, code)) if language.trim().chars().all(char::is_alphanumeric) => code,
        _ => block,
    })
}

/// Values that begin somewhere in the text: lists and records, also broken ones, or, where there is
/// no sign of any, quoted texts.
fn in_prose(text: &str) -> Vec<Reading> {
    let mut readings = Vec::new();
    let openers: &[char] = if text.contains(['{', '[']) {
        &['{', '[']
    } else {
        &['"']
    };
    let mut at = 0;
    for _ in 0..STARTS {
        let Some(start) = text[at..].find(openers).map(|start| at + start) else {
            break;
        };
        let mut stream = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
        if let Some(Ok(value)) = stream.next() {
            at = start + stream.byte_offset();
            readings.push(Reading {
                value,
                repairs: vec![OUT.to_owned()],
            });
            continue;
        }
        let opener = text[start..].chars().next().map_or(1, char::len_utf8);
        at = start + opener;
        if start > 0 && !text[start..].starts_with('"') {
            readings.extend(read(&text[start..], true));
        }
    }
    readings
}
