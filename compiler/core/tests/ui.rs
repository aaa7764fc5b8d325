//! What authors see: every `silex` block of `tests/ui/AREA/*.md` is checked, and what is found in
//! it stands below the line that it is about.
//!
//! `//^^^^ code: message` marks the place, `//^ label: …` says why, `//^ help: …` what to do. A
//! block without such lines must be clean. A block marked `silex prelude` stands before every other
//! block of its file, and one marked `jinja NAME` is a layout. The pages of the errors are such pages too, and those of the lints, in which
//! only their own lint is on; in all others none is. With `UPDATE=1` in the environment the files are rewritten, to be read before
//! they are committed.

#![expect(
    clippy::disallowed_methods,
    reason = "the pages are files; the compiler under test reads none"
)]

#[path = "ui/errors.rs"]
mod errors;

use std::path::{Path, PathBuf};
use std::{fs, io};

use silex_compiler::lint::LINTS;
use silex_compiler::package::{Package, SourceFile};
use silex_compiler::source::FileId;
use silex_compiler::{Diagnostic, check};

#[test]
fn what_the_pages_say_is_what_authors_see() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut wrong = String::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let seen = render_page(&text, &setting(&page, &text));
        if seen != text && update {
            fs::write(&page, seen).unwrap();
        } else if seen != text {
            wrong += &difference(&page, &text, &seen);
        }
    }
    assert!(
        wrong.is_empty(),
        "{wrong}run with UPDATE=1 and read what changed"
    );
}

#[test]
fn a_fix_removes_what_it_is_offered_for() {
    let mut wrong = String::new();
    let mut fixes = 0;
    for page in pages() {
        let written = fs::read_to_string(&page).unwrap();
        let setting = setting(&page, &written);
        for (prelude, source) in blocks(&written) {
            let text = prelude + &source;
            let found = findings(&text, &setting);
            for diagnostic in &found {
                let Some(fix) = &diagnostic.fix else { continue };
                fixes += 1;
                let mut fixed = text.clone();
                fixed.replace_range(fix.span.range(), &fix.replacement);
                let alike = |list: &[Diagnostic]| {
                    list.iter()
                        .filter(|it| it.code == diagnostic.code && it.message == diagnostic.message)
                        .count()
                };
                if alike(&findings(&fixed, &setting)) >= alike(&found) {
                    wrong += &format!(
                        "{}: {}: {}\n",
                        page.display(),
                        fix.title,
                        diagnostic.message
                    );
                }
            }
        }
    }
    assert!(fixes > 20, "only {fixes} fixes were tried");
    assert!(wrong.is_empty(), "these fixes change nothing:\n{wrong}");
}

#[test]
fn the_page_of_a_lint_shows_what_it_finds_and_what_it_leaves_alone() {
    let mut wrong = String::new();
    for lint in LINTS {
        let page = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(LINT_PAGES)
            .join(lint.code.replace('-', "_") + ".md");
        let text = fs::read_to_string(&page).unwrap_or_default();
        let setting = setting(&page, &text);
        let blocks: Vec<Vec<Diagnostic>> = blocks(&text)
            .into_iter()
            .map(|(prelude, source)| findings(&(prelude + &source), &setting))
            .collect();
        let finds = |found: &Vec<Diagnostic>| found.iter().any(|it| it.code == lint.code);
        let strays = |found: &Vec<Diagnostic>| found.iter().any(|it| it.code != lint.code);
        if lint.explain != text
            || !blocks.iter().any(finds)
            || !blocks.iter().any(Vec::is_empty)
            || blocks.iter().any(strays)
            || !text.starts_with(&format!("# {}\n\n", lint.code))
        {
            wrong += &format!("{}\n", page.display());
        }
    }
    assert!(wrong.is_empty(), "these pages are not whole:\n{wrong}");
}

#[test]
fn the_index_of_the_lints_is_that_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/lints.md");
    let text = fs::read_to_string(&path).unwrap();
    let head = text.split_inclusive("| --- | --- | --- |\n").next();
    let mut wanted = head.unwrap_or_default().to_owned();
    for lint in LINTS {
        let page = lint.code.replace('-', "_");
        wanted += &format!(
            "| [`{}`](../compiler/core/{LINT_PAGES}/{page}.md) | {} | {} |\n",
            lint.code,
            lint.level.word(),
            lint.summary()
        );
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, wanted).unwrap();
    } else {
        assert_eq!(text, wanted, "run with UPDATE=1 and read what changed");
    }
}

/// The module of a block; the standard library stands before it.
const MODULE: FileId = FileId(1);

/// Where the pages of the lints lie.
const LINT_PAGES: &str = "src/lint/rules";

fn pages() -> Vec<PathBuf> {
    let folders = ["tests/ui", LINT_PAGES, errors::PAGES];
    folders
        .iter()
        .flat_map(|folder| files(folder, "md"))
        .chain([Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/mistakes.md")])
        .collect()
}

/// The files of a folder of this crate and of all in it that end so, by name.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    collect(&folder, extension, &mut files).unwrap_or_default();
    assert!(files.len() > 5, "{} was not found", folder.display());
    files.sort();
    files
}

/// What the packages in a page have in common.
struct Setting {
    manifest: String,
    layouts: Vec<(String, String)>,
}

/// The setting of a page: its layouts; the lint of the page is on, and what it allows.
fn setting(page: &Path, text: &str) -> Setting {
    let mut lints = String::from("all: allow");
    if page.to_string_lossy().contains(LINT_PAGES) {
        let code = page.file_stem().unwrap_or_default().to_string_lossy();
        lints += &format!(", {}: warn", code.replace('_', "-"));
        let allowed = text.lines().filter_map(|line| {
            let code = line.trim_start().strip_prefix("allow ")?;
            code.split_once(" because").map(|(code, _)| code)
        });
        let allowed: std::collections::BTreeSet<&str> = allowed.collect();
        for code in allowed {
            lints += &format!(", {code}: warn");
        }
    }
    let written = text.split("```jinja ").skip(1).filter_map(|block| {
        let (name, rest) = block.split_once('\n')?;
        Some((name.to_owned(), rest.split("```").next()?.to_owned()))
    });
    Setting {
        manifest: format!("name: test\nversion: 0.1.0\nsilex: \"0.1\"\nlints: {{ {lints} }}\n"),
        layouts: written.collect(),
    }
}

fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, extension, files)?;
        } else if path.extension().is_some_and(|it| it == extension) {
            files.push(path);
        }
    }
    Ok(())
}

fn difference(page: &Path, old: &str, new: &str) -> String {
    let mut lines = old.lines().zip(new.lines());
    let line = lines.position(|(old, new)| old != new).unwrap_or_default();
    let context: Vec<&str> = new.lines().skip(line.saturating_sub(4)).take(8).collect();
    let context = context.join("\n");
    format!(
        "{}:{}: authors now see\n{context}\n\n",
        page.display(),
        line + 1
    )
}

/// The page with what is found in each block below the lines that it is about.
fn render_page(text: &str, setting: &Setting) -> String {
    let mut blocks = blocks(text).into_iter();
    let mut out = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        out += line;
        out += "\n";
        if !line.starts_with("```silex") {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if line.contains("prelude") {
            out += &unmarked(&block);
        } else if let Some((prelude, source)) = blocks.next() {
            out += &render_block(&prelude, &source, setting);
        }
        out += "```\n";
    }
    out
}

/// The blocks of a page without their marks, each with the prelude that stands before it.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut prelude = String::new();
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !line.starts_with("```silex") {
            continue;
        }
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if line.contains("prelude") {
            prelude = unmarked(&block);
        } else {
            blocks.push((prelude.clone(), unmarked(&block)));
        }
    }
    blocks
}

fn unmarked(block: &[&str]) -> String {
    let is_mark = |line: &&&str| {
        let rest = line.trim_start().strip_prefix("//");
        rest.is_some_and(|rest| rest.trim_start().starts_with('^'))
    };
    block
        .iter()
        .filter(|line| !is_mark(line))
        .fold(String::new(), |all, line| all + line + "\n")
}

/// The source with a line for each finding.
fn render_block(prelude: &str, source: &str, setting: &Setting) -> String {
    let text = format!("{prelude}{source}");
    let found = findings(&text, setting);
    let (found, elsewhere): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|it| it.span().file == MODULE);
    let mut out = String::new();
    let mut start = prelude.len();
    for early in found.iter().filter(|it| it.span().range().start < start) {
        out += &format!("//^ before the block: {}: {}\n", early.code, early.message);
    }
    for line in source.split_inclusive('\n') {
        out += line;
        for diagnostic in &found {
            let range = diagnostic.span().range();
            let last = start + line.len() == text.len() && range.start >= text.len();
            if (start..start + line.len()).contains(&range.start) || last {
                out += &mark(
                    line.trim_end(),
                    range.start - start,
                    range.end - start,
                    diagnostic,
                );
            }
        }
        start += line.len();
    }
    for diagnostic in &elsewhere {
        out += &format!(
            "//^ elsewhere: {}: {}\n",
            diagnostic.code, diagnostic.message
        );
        let help = diagnostic.help.iter();
        out.extend(help.map(|help| format!("//^ help: {help}\n")));
    }
    out
}

fn mark(line: &str, from: usize, to: usize, diagnostic: &Diagnostic) -> String {
    let column = |at: usize| {
        line.char_indices()
            .take_while(|(byte, _)| *byte < at)
            .count()
    };
    // The mark is a comment, so the first two columns are taken.
    let from = column(from).max(2);
    let width = column(to.min(line.len())).saturating_sub(from).max(1);
    let indent = " ".repeat(from - 2);
    let (code, message) = (diagnostic.code, &diagnostic.message);
    let mut out = format!("//{indent}{} {code}: {message}\n", "^".repeat(width));
    let label = diagnostic.labels.first().map_or("", |label| &label.text);
    if !label.is_empty() {
        out += &format!("//{indent}^ label: {label}\n");
    }
    if let Some(help) = &diagnostic.help {
        out += &format!("//{indent}^ help: {help}\n");
    }
    out
}

/// What is found in a package of one module.
fn findings(text: &str, setting: &Setting) -> Vec<Diagnostic> {
    let package = Package {
        manifest: setting.manifest.clone(),
        files: vec![SourceFile::new("specs/test.silex", text)],
        layouts: setting.layouts.clone(),
        ..Package::default()
    };
    check(&package)
}
