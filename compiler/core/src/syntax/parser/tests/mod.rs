//! What is parsed, and what is said about what is not.

mod properties;
mod recovery;

use super::{accepted, parse};
use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::ast::File;
use crate::syntax::lexer::parts;

/// Every construct of the language, in the form that its description shows.
pub(crate) const DESIGN: &str = include_str!("design.silex");

fn parsed(text: &str) -> (File, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let file = parse(FileId(0), text, &mut diagnostics);
    (file, diagnostics)
}

/// The tree without its positions, and what is wrong.
fn check_clean(text: &str) -> File {
    let (file, diagnostics) = parsed(text);
    assert_eq!(diagnostics.finish(), [], "in {text}");
    file
}

#[test]
fn every_construct_of_the_language_is_read() {
    assert_eq!(check_clean(DESIGN).items.len(), 21);
}

#[test]
fn a_long_file_is_read_in_parts_as_it_is_at_once() {
    let texts = [
        DESIGN.repeat(3),
        format!("//! Docs.\n{}/// Dangling.\n", DESIGN.repeat(2)),
        format!("{DESIGN}const a = {{ b: [1, 2] }} // }}\n{DESIGN}"),
    ];
    for text in texts {
        let parts = parts(&text, 200).unwrap();
        assert!(parts.len() > 10, "{parts:?}");
        let (tree, told) = accepted(FileId(0), &text, &parts, None).unwrap();
        let all = 0..text.len();
        let (whole, said) = accepted(FileId(0), &text, &[all], None).unwrap();
        assert_eq!(tree, whole);
        assert_eq!(told.as_slice(), said.as_slice());
    }
    let late = format!("{DESIGN}//! Docs.\n{DESIGN}");
    assert_eq!(
        accepted(FileId(0), &late, &parts(&late, 200).unwrap(), None),
        None
    );
}

#[test]
fn brackets_may_be_nested_as_deep_as_is_allowed() {
    let parens = format!("{}a{}", "(".repeat(60), ")".repeat(60));
    check_clean(&format!(
        "behaviour f() -> Reply {{ when {parens} {{ must a \"A.\" }} }}"
    ));
    check_clean(&format!("const x = {}1{}", "[".repeat(64), "]".repeat(64)));
    check_clean(&format!(
        "const x = {}1{}",
        "{ a: ".repeat(64),
        " }".repeat(64)
    ));
    check_clean(&format!(
        "record R {{ a: {}int{} }}",
        "[".repeat(60),
        "]".repeat(60)
    ));
    let whens = format!("{}{}", "when a { ".repeat(63), "}".repeat(63));
    check_clean(&format!("behaviour f() -> Reply {{ {whens} }}"));
}
