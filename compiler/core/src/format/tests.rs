//! What formatting does, and what it never does.

use super::format;
use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::parse;

/// The tree of a text without positions.
fn tree(text: &str) -> String {
    let mut diagnostics = Diagnostics::default();
    let file = parse(FileId(0), text, &mut diagnostics);
    assert!(
        diagnostics.is_clean(),
        "{:?} in\n{text}",
        diagnostics.finish()
    );
    let debug = format!("{file:?}");
    let mut masked = String::new();
    let mut rest = debug.as_str();
    while let Some(at) = rest.find("Span {") {
        masked.push_str(&rest[..at]);
        rest = rest[at..].split_once('}').map_or("", |(_, behind)| behind);
    }
    masked + rest
}

/// Formats twice; the second time changes nothing, and neither time the tree.
fn check_format(text: &str, wanted: &str) {
    let once = format(text).expect("formats");
    assert_eq!(once, wanted);
    assert_eq!(format(&once).expect("formats again"), once);
    assert_eq!(tree(&once), tree(text));
}

#[test]
fn show() {
    let text = include_str!("../syntax/parser/tests/design.silex");
    let once = format(text).expect("formats");
    println!("{once}");
    assert_eq!(format(&once).expect("formats again"), once);
    assert_eq!(tree(&once), tree(text));
}
