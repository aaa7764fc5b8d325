//! The queries fit the grammar, and words have the colours that `test/highlight` says.

#![expect(clippy::unwrap_used, reason = "what a test calls fails like the test")]

use std::fs;
use std::path::Path;

use tree_sitter::{Language, Parser, Query, QueryCursor, StreamingIterator};
use tree_sitter_silex::{FOLDS, HIGHLIGHTS, INDENTS, INJECTIONS, LANGUAGE};

/// What a query captures of a text: the name, and from which byte to which.
fn captured(query: &str, text: &str) -> Vec<(String, usize, usize)> {
    let language: Language = LANGUAGE.into();
    let query = Query::new(&language, query).unwrap();
    let mut parser = Parser::new();
    parser.set_language(&language).unwrap();
    let tree = parser.parse(text, None).unwrap();
    let mut cursor = QueryCursor::new();
    let mut captures = cursor.captures(&query, tree.root_node(), text.as_bytes());
    let mut all = Vec::new();
    while let Some((found, at)) = captures.next() {
        let capture = found.captures()[*at];
        let name = query.capture_names()[capture.index as usize].to_owned();
        all.push((name, capture.node.start_byte(), capture.node.end_byte()));
    }
    all
}

#[test]
fn words_have_the_colours_that_the_file_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("test/highlight/mail.silex");
    let text = fs::read_to_string(path).unwrap();
    let colours = captured(HIGHLIGHTS, &text);
    let (mut start, mut line_start, mut said) = (0, 0, 0);
    for line in text.split_inclusive('\n') {
        if let Some((column, wanted)) = mark(line) {
            said += 1;
            let at = line_start + column;
            let around = colours
                .iter()
                .filter(|(_, from, to)| (*from..*to).contains(&at));
            let inmost = around.min_by_key(|(_, from, to)| to - from);
            let seen = inmost.map_or("", |(name, _, _)| name.as_str());
            assert_eq!(seen, wanted, "{:?}", &text[line_start..start]);
        } else {
            line_start = start;
        }
        start += line.len();
    }
    assert!(said > 20, "only {said} colours were looked at");
}

/// The column of the line above that a line says something of, and what: `//  ^ name`, or `// <- name`
/// of the first.
fn mark(line: &str) -> Option<(usize, &str)> {
    let said = line.strip_prefix("//")?;
    if let Some(wanted) = said.trim_start().strip_prefix("<-") {
        return Some((0, wanted.trim()));
    }
    let wanted = said.trim_start().strip_prefix('^')?;
    Some((line.find('^')?, wanted.trim()))
}

#[test]
fn no_word_has_two_colours() {
    let text = include_str!("../../../compiler/core/src/syntax/parser/tests/design.silex");
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (name, from, to) in captured(HIGHLIGHTS, text) {
        assert!(
            !places.contains(&(from, to)),
            "{:?} is also {name}",
            &text[from..to]
        );
        places.push((from, to));
    }
    assert!(places.len() > 500);
}

#[test]
fn a_behaviour_is_indented_and_folded() {
    let text = "behaviour f() -> Reply {\n  when a is none {\n    must b \"B.\"\n  }\n}\n";
    let names = |query: &str| -> Vec<String> {
        let all = captured(query, text).into_iter();
        all.map(|(name, from, to)| format!("{name} {}", text[from..to].lines().count()))
            .collect()
    };
    assert_eq!(names(FOLDS), ["fold 5", "fold 1", "fold 3", "fold 1"]);
    let indented = names(INDENTS);
    assert!(
        indented.contains(&"indent.begin 5".to_owned()),
        "{indented:?}"
    );
    assert!(
        indented.contains(&"indent.begin 3".to_owned()),
        "{indented:?}"
    );
}

#[test]
fn prose_is_markdown_and_what_stands_between_slashes_is_a_regular_expression() {
    let text =
        "/// *Docs*.\nrecord R { a: text /[a-z]+/ }\nbehaviour f() -> R { role \"Be *kind*.\" }\n";
    let found = captured(INJECTIONS, text);
    let found: Vec<&str> = found
        .iter()
        .map(|(_, from, to)| &text[*from..*to])
        .collect();
    assert_eq!(found, ["/// *Docs*.", "/[a-z]+/", "Be *kind*."]);
}
