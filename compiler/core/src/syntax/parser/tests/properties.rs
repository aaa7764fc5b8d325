//! What holds for any text at all.

use proptest::prelude::*;

use super::{DESIGN, parsed};

/// A change of a text: at which part of it, how far, what.
type Change = (u16, u8, u8);

/// What authors leave behind when they edit.
const SCRAPS: [&str; 16] = [
    "{", "}", "(", ")", "[", "\"", "\"\"\"", "{{", "'''", "/", "when ", "must x ", "\n", "\t",
    "\u{1}", "é ",
];

fn mutated(changes: &[Change]) -> String {
    let mut text: Vec<char> = DESIGN.chars().collect();
    for (at, length, what) in changes {
        let at = usize::from(*at) * text.len() / 65_536;
        let end = (at + usize::from(*length)).min(text.len());
        match what % 3 {
            0 => drop(text.drain(at..end)),
            1 => {
                let scrap = SCRAPS[usize::from(*length) % SCRAPS.len()];
                text.splice(at..at, scrap.chars());
            }
            _ => text[at..end].reverse(),
        }
    }
    text.into_iter().collect()
}

/// Where the spans of a tree start and end.
fn places(debug: &str) -> impl Iterator<Item = (usize, usize)> {
    debug.split("Span {").skip(1).filter_map(|rest| {
        let number = |name: &str| -> Option<usize> {
            let (_, behind) = rest.split_once(name)?;
            behind.split([',', ' ', '}']).next()?.parse().ok()
        };
        Some((number("start: ")?, number("end: ")?))
    })
}

fn check_sound(text: &str) {
    let (file, diagnostics) = parsed(text);
    let found = diagnostics.finish();
    for (start, end) in places(&format!("{file:?} {found:?}")) {
        assert!(
            start <= end && end <= text.len(),
            "{start}..{end} of {} in\n{text}",
            text.len()
        );
        assert!(
            text.is_char_boundary(start) && text.is_char_boundary(end),
            "{start}..{end} in\n{text}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 5, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_file_gives_a_tree_whose_spans_are_in_bounds(changes in prop::collection::vec(any::<Change>(), 1..6)) {
        check_sound(&mutated(&changes));
    }

    #[test]
    fn any_text_gives_a_tree(text in "[a-z{}()\"'/|=:.,\n\u{1}é ]{0,80}") {
        check_sound(&text);
    }
}
