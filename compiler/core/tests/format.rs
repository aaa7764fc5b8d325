//! The form that `silex fmt` gives: each `tests/format/*.silex` has it in a snapshot.
//!
//! Whatever a file looks like: formatted twice it is the same, its tree is the same, its comments
//! are there in their order, and so is its prose.

#![expect(
    clippy::disallowed_methods,
    reason = "the inputs are files; the formatter under test reads none"
)]
#![expect(
    clippy::unwrap_used,
    reason = "what a test cannot set up has to stop the test"
)]

mod grown;

use std::fs;

use proptest::prelude::*;
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

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_module_keeps_its_tree_its_comments_and_its_prose(
        row in grown::module(),
        layout in prop::collection::vec(any::<u8>(), 1..200),
    ) {
        let text = grown::laid_out(&row, &layout, true);
        let once = check_form(&text);
        prop_assert_eq!(notes(&once), notes(&text));
        // What stands in one line's quotes is never touched; blocks are moved with their line.
        let prose = |text: &str| -> Vec<String> {
            let all = row.iter().filter(|token| token.starts_with('"') && !token.contains('\n'));
            all.filter(|token| !text.contains(token.as_str())).cloned().collect()
        };
        prop_assert!(prose(&once).is_empty(), "{:?} in\n{once}", prose(&once));
    }

    #[test]
    fn two_looks_of_a_module_are_formed_alike_when_its_lines_are(
        row in grown::module(),
        blanks in prop::collection::vec(0_u8..4, 1..200),
    ) {
        let text = grown::laid_out(&row, &[255], false);
        let other = reblanked(&text, &blanks);
        prop_assert_eq!(check_form(&other), check_form(&text));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_examples_are_formed_alike_whatever_their_blanks(blanks in prop::collection::vec(0_u8..4, 1..400)) {
        for path in examples() {
            let text = fs::read_to_string(&path).unwrap();
            prop_assert_eq!(check_form(&reblanked(&text, &blanks)), check_form(&text));
        }
    }
}

/// The form of a text, which has one of its own and the same tree.
fn check_form(text: &str) -> String {
    let once = format(text).unwrap_or_else(|found| panic!("{found:#?} in\n{text}"));
    assert_eq!(
        format(&once).as_ref(),
        Ok(&once),
        "formatted twice:\n{text}"
    );
    assert_eq!(tree(&once), tree(text));
    once
}

/// The text with other blanks where one stands outside of strings, comments and docs, and none at
/// the start of lines.
fn reblanked(text: &str, blanks: &[u8]) -> String {
    let mut drawn = blanks.iter().cycle();
    let mut block = false;
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let marks = line.matches("\"\"\"").count() + line.matches("'''").count();
        let fixed = block || marks > 0 || line.contains(['"', '/']);
        block ^= marks % 2 == 1;
        if fixed {
            out.push_str(line);
            continue;
        }
        for part in line.trim_start_matches([' ', '\t']).split_inclusive(' ') {
            out.push_str(part);
            if part.ends_with(' ') {
                out.push_str(["", " ", "\t", "    "][usize::from(*drawn.next().unwrap_or(&0))]);
            }
        }
    }
    out
}

/// Every module of every example.
fn examples() -> Vec<std::path::PathBuf> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder)
            .unwrap()
            .flatten()
            .map(|entry| entry.path())
        {
            if path.is_dir() {
                open.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "silex")
            {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 5, "the examples were not found");
    found
}

/// The tree of a text without its places.
fn tree(text: &str) -> String {
    let mut diagnostics = Diagnostics::default();
    let file = parse(FileId(0), text, &mut diagnostics);
    assert!(diagnostics.is_clean(), "{diagnostics:?} in\n{text}");
    format!("{file:-?}")
}

/// The numbers of the comments of a grown module.
fn notes(text: &str) -> Vec<&str> {
    let number = |line| {
        let marks = ["// note ", "// line ", "//// not a doc "];
        marks
            .iter()
            .find_map(|mark| Some(str::split_once(line, mark)?.1))
    };
    text.lines().filter_map(number).collect()
}

/// What stands behind `//` in each line that has it. No string of the inputs does.
fn comments(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| Some(line.split_once("//")?.1.trim_end()))
        .collect()
}
