//! The parser reads what the compiler reads: the corpus as it is written down, every spec of the
//! repository, and every block of its pages that is clean.
//!
//! With `UPDATE=1` in the environment the trees of the corpus are rewritten, to be read before they
//! are committed.

#![expect(clippy::unwrap_used, reason = "what a test calls fails like the test")]

use std::fs;
use std::path::{Path, PathBuf};

use silex_compiler::syntax;
use silex_compiler::{Diagnostics, source::FileId};
use tree_sitter::{Node, Parser};

#[test]
fn the_trees_of_the_corpus_are_as_they_are_written_down() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = String::new();
    for path in files(&here().join("test/corpus"), "txt") {
        let text = fs::read_to_string(&path).unwrap();
        let seen = cases(&text).into_iter().map(|(head, source)| {
            let tree = parse(&source);
            format!("{head}\n{source}---\n\n{}\n", drawn(tree.root_node(), 0))
        });
        let seen = seen.collect::<Vec<String>>().join("\n");
        if update {
            fs::write(&path, seen).unwrap();
        } else if seen != text {
            let lines = seen.lines().zip(text.lines());
            let at = lines.take_while(|(new, old)| new == old).count();
            wrong += &format!(
                "{}:{}: {:?}\n",
                path.display(),
                at + 1,
                seen.lines().nth(at)
            );
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong}run with UPDATE=1 and read what changed"
    );
}

#[test]
fn every_spec_of_the_repository_is_read_without_an_error() {
    let root = here().join("../..");
    let mut read = 0;
    let mut wrong = String::new();
    for path in files(&root, "silex") {
        let text = fs::read_to_string(&path).unwrap();
        // The template of `silex new` and the like hold names that are put in.
        if is_silex(&text) {
            read += 1;
            wrong += &errors(&path, &text);
        }
    }
    assert!(read > 30, "only {read} files were read");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_the_pages_show_as_silex_is_read_without_an_error() {
    let compiler = here().join("../../compiler/core");
    let mut read = 0;
    let mut wrong = String::new();
    for path in ["tests/ui", "src/lint/rules", "src/explain/pages"]
        .iter()
        .flat_map(|folder| files(&compiler.join(folder), "md"))
    {
        let page = fs::read_to_string(&path).unwrap();
        for block in page.split("```silex").skip(1) {
            let (_, block) = block.split_once('\n').unwrap();
            let text = block.split("\n```").next().unwrap();
            if is_silex(text) {
                read += 1;
                wrong += &errors(&path, text);
            }
        }
    }
    assert!(read > 500, "only {read} blocks were read");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_broken_leaves_the_rest_of_a_file_as_it_was() {
    let whole = |text: &str| {
        let drawn = drawn(parse(text).root_node(), 0);
        (
            drawn.matches("(rule").count(),
            drawn.matches("(record").count(),
        )
    };
    let text = "behaviour f() -> Reply {\n  must a \"A.\"\n  must b \"B.\"\n  must c \"C.\"\n}\n\nrecord A { b: int }\n";
    assert_eq!(whole(text), (3, 1));
    // As while somebody types: an open string, a rule without words, a condition without its body.
    for (from, to, rules) in [
        ("\"B.\"", "\"B.", 2),
        ("\"B.\"", "", 2),
        ("must b \"B.\"", "when x is", 1),
    ] {
        let broken = text.replace(from, to);
        let tree = parse(&broken);
        assert!(tree.root_node().has_error());
        assert_eq!(whole(&broken), (rules, 1), "{}", drawn(tree.root_node(), 0));
    }
}

/// Whether the compiler reads a text without a complaint about its form.
fn is_silex(text: &str) -> bool {
    let mut found = Diagnostics::default();
    syntax::parse(FileId(0), text, &mut found);
    found.is_clean()
}

fn errors(path: &Path, text: &str) -> String {
    let tree = parse(text);
    let mut wrong = Vec::new();
    collect_errors(tree.root_node(), &mut wrong);
    let told = wrong.iter().map(|node| {
        let line = text
            .lines()
            .nth(node.start_position().row)
            .unwrap_or_default();
        let at = node.start_position();
        format!(
            "{}: block line {}, column {}: {line}\n",
            path.display(),
            at.row + 1,
            at.column + 1
        )
    });
    told.collect()
}

fn collect_errors<'t>(node: Node<'t>, into: &mut Vec<Node<'t>>) {
    if node.is_error() || node.is_missing() {
        into.push(node);
        return;
    }
    let mut cursor = node.walk();
    for child in node.children(&mut cursor) {
        collect_errors(child, into);
    }
}

fn parse(text: &str) -> tree_sitter::Tree {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_silex::LANGUAGE.into())
        .unwrap();
    parser.parse(text, None).unwrap()
}

/// The tree as the corpus has it.
fn drawn(node: Node<'_>, depth: usize) -> String {
    let mut out = format!("{}({}", "  ".repeat(depth), node.kind());
    let mut cursor = node.walk();
    for (at, child) in node.children(&mut cursor).enumerate() {
        if child.is_named() {
            let field = node.field_name_for_child(u32::try_from(at).unwrap());
            let field = field.map(|it| format!("{it}: ")).unwrap_or_default();
            let child = drawn(child, depth + 1);
            out += &format!("\n{}{field}{}", "  ".repeat(depth + 1), child.trim_start());
        }
    }
    out + ")"
}

/// The cases of a file of the corpus: the head with its name, and the source.
fn cases(text: &str) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.starts_with("===") {
            continue;
        }
        let name = lines.next().unwrap();
        let rule = lines.next().unwrap();
        let mut source = String::new();
        for line in lines.by_ref().take_while(|line| *line != "---") {
            source += &format!("{line}\n");
        }
        cases.push((format!("{line}\n{name}\n{rule}"), source));
        while lines.peek().is_some_and(|line| !line.starts_with("===")) {
            lines.next();
        }
    }
    assert!(!cases.is_empty());
    cases
}

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder that end so, by name; what is built and what is hidden is passed over.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && name != "node_modules" && !name.starts_with('.')
            {
                open.push(path);
            } else if path.extension().is_some_and(|it| it == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
