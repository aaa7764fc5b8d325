//! Answers in pieces: what is shown on the way holds at the end.

use proptest::prelude::*;

use super::damage::{any_damages, damaged, drawn, is_text};
use super::*;
use crate::schema::tests::any_type;

/// What is shown after each piece.
#[track_caller]
fn check_shown(name: &str, pieces: &[&str], expected: &[&str]) {
    let (ty, declarations) = (Type::Named(name.to_owned()), declarations());
    let mut partial = Partial::new(&ty, &declarations);
    let mut shown = Vec::new();
    for piece in pieces {
        partial.feed(piece);
        let so_far = partial.so_far();
        let value = so_far
            .value
            .map_or("nothing".to_owned(), |value| value.to_string());
        let complete: Vec<String> = so_far.complete.into_iter().collect();
        shown.push(
            format!("{value} {}", complete.join(" "))
                .trim_end()
                .to_owned(),
        );
    }
    assert_eq!(shown, expected);
}

#[test]
fn texts_grow_and_all_else_comes_whole() {
    check_shown(
        "a.Taste",
        &[
            "Here: ```json\n{",
            "\"na",
            "me\": \"A",
            "da\"",
            ", \"words\": 6",
            "0, \"tone\": \"fo",
            "rmal\"",
            "}",
        ],
        &[
            "nothing",
            "nothing",
            r#"{"name":"A"}"#,
            r#"{"name":"Ada"}"#,
            r#"{"name":"Ada"} name"#,
            r#"{"name":"Ada","words":60} name words"#,
            r#"{"name":"Ada","words":60} name words"#,
            r#"{"tone":"formal","words":60,"topics":[],"name":"Ada"}  name tone words"#,
        ],
    );
}

#[test]
fn a_number_is_shown_when_no_digit_can_follow() {
    check_shown(
        "a.Taste",
        &["{\"words\": 1", "20", "0,", " \"name\":"],
        &["{}", "{}", "{}", r#"{"words":1200} words"#],
    );
}

#[test]
fn a_quote_may_turn_out_to_be_inside() {
    check_shown(
        "a.Taste",
        &["{\"name\": \"say \"", "hi\", \"", "words\": 60"],
        &[
            r#"{"name":"say "}"#,
            r#"{"name":"say \"hi"}"#,
            r#"{"name":"say \"hi"} name"#,
        ],
    );
}

/// The value at a place such as `topics[0].name`.
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let pointer = path.replace('[', ".").replace(']', "");
    let steps = pointer.split('.').filter(|step| !step.is_empty());
    steps
        .into_iter()
        .try_fold(value, |value, step| match step.parse::<usize>() {
            Ok(index) => value.get(index),
            Err(_) => value.get(step),
        })
}

/// Whether a value became the other by what may come: fields, items, the rest of a text.
fn grew(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::String(before), Value::String(after)) => after.starts_with(before.as_str()),
        (Value::Object(before), Value::Object(after)) => before
            .iter()
            .all(|(name, value)| after.get(name).is_some_and(|after| grew(value, after))),
        (Value::Array(before), Value::Array(after)) => {
            before.len() <= after.len()
                && before
                    .iter()
                    .zip(after)
                    .all(|(before, after)| grew(before, after))
        }
        (before, after) => before == after,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_is_complete_stays_and_the_end_is_that_of_the_whole(
        ty in any_type(), seed in any::<u64>(), damages in any_damages(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let declarations = declarations();
        let Some(value) = drawn(&ty, seed, &declarations) else { return Ok(()) };
        prop_assume!(damages.is_empty() || !is_text(&ty));
        let text = damaged(&ty, &value, &damages, &declarations);
        let signs: Vec<char> = text.chars().collect();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(signs.len() + 1)).chain([signs.len()]).collect();
        cuts.sort_unstable();
        let mut partial = Partial::new(&ty, &declarations);
        let (mut from, mut before) = (0, SoFar::default());
        for cut in cuts {
            partial.feed(&signs[from..cut].iter().collect::<String>());
            from = cut;
            let now = partial.so_far();
            prop_assert!(before.complete.is_subset(&now.complete), "{before:?} {now:?}\n{text}");
            if let Some(shown) = &before.value {
                let next = now.value.as_ref();
                prop_assert!(next.is_some_and(|next| grew(shown, next)), "{before:?} {now:?}\n{text}");
                for path in &before.complete {
                    prop_assert_eq!(at(shown, path), at(next.unwrap(), path), "{}", text);
                }
            }
            before = now;
        }
        let whole = coerce(&text, &ty, &declarations).unwrap();
        let passed_over = whole.repairs.iter().any(|repair| repair.kind == Kind::PassedOver);
        if let (Some(shown), false) = (&before.value, passed_over) {
            prop_assert!(grew(shown, &whole.value), "{before:?} {whole:?}\n{text}");
        }
        prop_assert_eq!(partial.finish().unwrap(), whole);
    }

    #[test]
    fn any_text_in_any_pieces_keeps_its_word(
        text in "(\\{|\\}|\\[|\\]|\"|'|:|,|\n|\\\\|name|tone|warm|topics|words|60|null| ){0,30}", cut in any::<prop::sample::Index>(),
    ) {
        let (ty, declarations) = (Type::Named("a.Taste".to_owned()), declarations());
        let text = format!("{{\"name\": {text}");
        let cut = text.char_indices().map(|(at, _)| at).nth(cut.index(text.chars().count())).unwrap();
        let mut partial = Partial::new(&ty, &declarations);
        partial.feed(&text[..cut]);
        let before = partial.so_far();
        partial.feed(&text[cut..]);
        let after = partial.so_far();
        prop_assert!(before.complete.is_subset(&after.complete), "{before:?} {after:?}");
        for path in &before.complete {
            prop_assert_eq!(at(before.value.as_ref().unwrap(), path), at(after.value.as_ref().unwrap(), path));
        }
        if let Ok(whole) = partial.finish()
            && !whole.repairs.iter().any(|repair| repair.kind == Kind::PassedOver)
        {
            for path in &after.complete {
                prop_assert_eq!(at(after.value.as_ref().unwrap(), path), at(&whole.value, path), "{:?}", whole);
            }
        }
    }
}
