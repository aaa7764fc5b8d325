//! `sentences(text)`: how many sentences a text has.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "sentences",
    doc: "How many sentences the text has: pieces with a letter or digit that end in `.`, `!`, `?` or `…` \
          before a blank and no small letter, or with a blank line. An abbreviation before a name counts as an end.",
    params: &[Param::required("text", Takes::Text)],
    returns: Returns::Int,
    taint: Taint::Clean,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"["It works, e.g. with 3.5 hives. Shall we? Yes"]"#,
            gives: "3",
        },
        Sample {
            args: r#"["A title\n\nA sentence."]"#,
            gives: "2",
        },
    ],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let text = text(&FUNCTION, &args[0])?;
    let paragraphs = text
        .split("\n\n")
        .flat_map(|paragraph| paragraph.split("\r\n\r\n"));
    Ok(Value::from(paragraphs.map(in_paragraph).sum::<usize>()))
}

fn in_paragraph(text: &str) -> usize {
    let mut count = 0;
    let mut has_word = false;
    for (at, sign) in text.char_indices() {
        has_word |= sign.is_alphanumeric();
        if has_word && ends(sign, &text[at + sign.len_utf8()..]) {
            count += 1;
            has_word = false;
        }
    }
    count + usize::from(has_word)
}

/// Whether a sign with what follows ends a sentence.
fn ends(sign: char, behind: &str) -> bool {
    match sign {
        '。' | '！' | '？' => true,
        '.' | '!' | '?' | '…' => {
            let behind =
                behind.trim_start_matches(['.', '!', '?', '…', '"', '\'', '”', '’', ')', '»']);
            let next = behind.trim_start();
            next.is_empty() || (next.len() < behind.len() && !next.starts_with(char::is_lowercase))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn an_ellipsis_and_a_quote_end_one_sentence() {
        check(
            "sentences",
            r#"["Well... \"Is that all?!\" She left."]"#,
            "3",
        );
    }

    #[test]
    fn signs_without_words_are_no_sentence() {
        check("sentences", r#"["... !\n\n—"]"#, "0");
    }
}
