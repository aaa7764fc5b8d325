//! `words(text)`: how many words a text has.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "words",
    doc: "How many words the text has. Letters and digits make words, apostrophes and hyphens inside \
          join them; in scripts without spaces every sign counts.",
    params: &[Param::required("text", Takes::Text)],
    returns: Returns::Int,
    taint: Taint::Clean,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"["Don't use well-known words."]"#,
            gives: "4",
        },
        Sample {
            args: r#"["— 1,000.50 €!"]"#,
            gives: "1",
        },
        Sample {
            args: r#"["蜜蜂 on roofs"]"#,
            gives: "4",
        },
    ],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    Ok(Value::from(split(text(&FUNCTION, &args[0])?).count()))
}

/// The words of a text.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = &rest[rest.find(char::is_alphanumeric)?..];
        let (word, behind) = rest.split_at(end_of_word(rest));
        rest = behind;
        Some(word)
    })
}

/// Where the word at the start of a text ends.
fn end_of_word(text: &str) -> usize {
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, sign)) = chars.next() {
        if stands_alone(sign) {
            return if at == 0 { sign.len_utf8() } else { at };
        }
        let next = chars.peek().map_or(' ', |(_, next)| *next);
        if !(sign.is_alphanumeric() || is_mark(sign) || joins(before, sign, next)) {
            return at;
        }
        before = sign;
    }
    text.len()
}

/// `'`, `’`, `-` and `_` join letters; `.` and `,` join digits.
fn joins(before: char, sign: char, next: char) -> bool {
    match sign {
        '\'' | '’' | '-' | '\u{2010}' | '_' => next.is_alphanumeric(),
        '.' | ',' => before.is_ascii_digit() && next.is_ascii_digit(),
        _ => false,
    }
}

fn is_mark(sign: char) -> bool {
    unicode_normalization::char::is_combining_mark(sign) || sign == '\u{ad}' || sign == '\u{200d}'
}

/// Han, Hiragana and Katakana are written without spaces.
fn stands_alone(sign: char) -> bool {
    matches!(sign, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
        && sign.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::*;

    #[test]
    fn combining_accents_do_not_split_a_word() {
        check("words", "[\"cafe\u{301} cr\u{e8}me\"]", "2");
    }

    #[test]
    fn nothing_has_no_words() {
        check("words", r#"[""]"#, "0");
        check("words", r#"[" … -- !"]"#, "0");
    }

    proptest::proptest! {
        #[test]
        fn words_are_pieces_of_the_text_that_start_with_a_letter(text in ".{0,40}") {
            for word in split(&text) {
                proptest::prop_assert!(text.contains(word) && word.starts_with(char::is_alphanumeric));
            }
        }
    }
}
