//! The form that `silex fmt` gives: each `tests/format/*.silex` has it in a snapshot.
//!
//! Whatever a file looks like: formatted twice it is the same, its tree is the same, its comments
//! are there in their order, and so is its prose.

#![expect(
    clippy::disallowed_methods,
    reason = "the inputs are files; the formatter under test reads none"
)]

use std::fs;

use silex_compiler::diagnostic::Diagnostics;
use silex_compiler::format::format;
use silex_compiler::source::FileId;
use silex_compiler::syntax::parse;

#[test]
fn every_construct_has_one_form() {
    insta::glob!("format/*.silex", |path| {
        let text = fs::read_to_string(path).unwrap();
        let once = format(&text).unwrap_or_else(|found| panic!("{}: {found:#?}", path.display()));
        assert_eq!(format(&once).as_ref(), Ok(&once), "formatted twice");
        assert_eq!(tree(&once), tree(&text));
        assert_eq!(comments(&once), comments(&text));
        insta::with_settings!({ description => text.trim_end(), omit_expression => true }, {
            insta::assert_snapshot!(once);
        });
    });
}

/// The tree of a text without its places.
fn tree(text: &str) -> String {
    let mut diagnostics = Diagnostics::default();
    let file = parse(FileId(0), text, &mut diagnostics);
    assert!(diagnostics.is_clean(), "{diagnostics:?} in\n{text}");
    format!("{file:-?}")
}

/// What stands behind `//` in each line that has it. No string of the inputs does.
fn comments(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| Some(line.split_once("//")?.1.trim_end()))
        .collect()
}
