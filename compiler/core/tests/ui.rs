//! What authors see: every `silex` block of `tests/ui/AREA/*.md` is checked, and what is found in it
//! stands below the line that it is about.
//!
//! `//^^^^ code: message` marks the place, `//^ label: …` says why and `//^ help: …` what to do. A block without such lines
//! must be clean. A block marked `silex prelude` stands before every other block of its file. With
//! `UPDATE=1` in the environment the files are rewritten, to be read before they are committed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use silex_compiler::Diagnostic;
use silex_compiler::package::{Package, SourceFile};

#[test]
fn what_the_pages_say_is_what_authors_see() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut pages = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui"), &mut pages);
    pages.sort();
    assert!(pages.len() > 5, "the pages were not found");
    let mut wrong = String::new();
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let seen = render_page(&text);
        if seen == text {
            continue;
        }
        if update {
            fs::write(&page, seen).unwrap();
        } else {
            let line = text.lines().zip(seen.lines()).position(|(old, new)| old != new).unwrap_or_default();
            let context = seen.lines().skip(line.saturating_sub(4)).take(8).collect::<Vec<_>>().join("\n");
            writeln!(wrong, "{}:{}: authors now see\n{context}\n", page.display(), line + 1).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}run with UPDATE=1 and read what changed");
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

/// The page with what is found in each block below the lines that it is about.
fn render_page(text: &str) -> String {
    let mut prelude = String::new();
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        writeln!(out, "{line}").unwrap();
        if !line.starts_with("```silex") {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let source: String = block.iter().filter(|line| !is_mark(line)).fold(String::new(), |all, line| all + line + "\n");
        if line.contains("prelude") {
            prelude = source.clone();
            out += &source;
        } else {
            out += &render_block(&prelude, &source);
        }
        out += "```\n";
    }
    out
}

fn is_mark(line: &str) -> bool {
    line.trim_start().strip_prefix("//").is_some_and(|rest| rest.trim_start().starts_with('^'))
}

/// The source with a line for each finding.
fn render_block(prelude: &str, source: &str) -> String {
    let text = format!("{prelude}{source}");
    let found = check(&text);
    let mut out = String::new();
    let mut start = prelude.len();
    for diagnostic in found.iter().filter(|diagnostic| diagnostic.span().range().start < start) {
        writeln!(out, "//^ before the block: {}: {}", diagnostic.code, diagnostic.message).unwrap();
    }
    for line in source.split_inclusive('\n') {
        out += line;
        for diagnostic in &found {
            let range = diagnostic.span().range();
            let last = start + line.len() == text.len() && range.start >= text.len();
            if (start..start + line.len()).contains(&range.start) || last {
                out += &mark(line.trim_end(), range.start - start, range.end - start, diagnostic);
            }
        }
        start += line.len();
    }
    out
}

fn mark(line: &str, from: usize, to: usize, diagnostic: &Diagnostic) -> String {
    let column = |at: usize| line.char_indices().take_while(|(byte, _)| *byte < at).count();
    let from = column(from).max(2);
    let width = column(to.min(line.len())).saturating_sub(from).max(1);
    let indent = " ".repeat(from - 2);
    let mut out = format!("//{indent}{} {}: {}\n", "^".repeat(width), diagnostic.code, diagnostic.message);
    let label = diagnostic.labels.first().filter(|label| !label.text.is_empty());
    if let Some(label) = label {
        writeln!(out, "//{indent}^ label: {}", label.text).unwrap();
    }
    if let Some(help) = &diagnostic.help {
        writeln!(out, "//{indent}^ help: {help}").unwrap();
    }
    out
}

fn check(text: &str) -> Vec<Diagnostic> {
    let package = Package {
        manifest: "name: test\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: vec![SourceFile::new("specs/test.silex", text)],
        ..Package::default()
    };
    silex_compiler::check(&package)
}
