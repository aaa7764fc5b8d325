//! One mistake, one finding: the rows of `tests/mutations.md`, each a change of one of the examples.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the packages and the page are files; the compiler under test reads none"
)]

use std::fs;
use std::path::{Path, PathBuf};

use silex_compiler::package::{Package, SourceFile};
use silex_compiler::{Diagnostic, check, sources};

#[test]
fn a_mistake_has_one_finding_at_its_place() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mutations.md");
    let text = fs::read_to_string(&page).unwrap();
    let mut seen = String::new();
    let mut noisy = String::new();
    let mut rows = 0;
    let mut file = "";
    for line in text.lines() {
        file = line.strip_prefix("## ").unwrap_or(file);
        let told = row(line).map(|(written, instead)| {
            rows += 1;
            let told = told(file, &written, &instead);
            if told.len() != 1 {
                noisy += &format!("{file}: `{written}` as `{instead}`: {}\n", told.join("; "));
            }
            format!("| {written} | {instead} | {} |", told.join("; "))
        });
        seen += &told.unwrap_or_else(|| line.to_owned());
        seen += "\n";
    }
    assert!(rows > 60, "only {rows} rows were read");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&page, &seen).unwrap();
    }
    assert!(noisy.is_empty(), "not one finding:\n{noisy}");
    let wrong: Vec<&str> = (seen.lines().zip(text.lines()))
        .filter_map(|(seen, written)| (seen != written).then_some(seen))
        .collect();
    assert!(wrong.is_empty(), "authors now see\n{}", wrong.join("\n"));
}

/// The first two cells of a row of a table, if it is one.
fn row(line: &str) -> Option<(String, String)> {
    let mut cells = line.strip_prefix("| ")?.split(" |").map(str::trim);
    let (written, instead) = (cells.next()?, cells.next()?);
    written
        .starts_with('`')
        .then(|| (written.to_owned(), instead.to_owned()))
}

/// What a cell says: `⏎` ends a line, `⏐` is the bar that would end the cell.
fn meant(cell: &str) -> String {
    cell.trim_matches('`').replace('⏎', "\n").replace('⏐', "|")
}

/// What is told of the package in which a file reads otherwise in one place.
fn told(file: &str, written: &str, instead: &str) -> Vec<String> {
    let (name, path) = file.split_once('/').unwrap_or_default();
    let mut package = package(name);
    let changed = package.files.iter_mut().find(|it| it.path == path);
    let changed = changed.unwrap_or_else(|| panic!("there is no {file}"));
    let text = String::from_utf8(changed.bytes.clone()).unwrap();
    let (written, instead) = (meant(written), meant(instead));
    assert!(text.contains(&written), "{file} does not hold `{written}`");
    changed.bytes = text.replacen(&written, &instead, 1).into_bytes();
    let sources = sources(&package);
    let found = check(&package);
    let at = |it: &Diagnostic| {
        let source = sources.get(it.span().file);
        let source = source.unwrap_or_else(|| panic!("{it:?} is nowhere"));
        let marked = &source.text[it.span().range()];
        let elsewhere = if source.path == path {
            String::new()
        } else {
            format!(" in {}", source.path)
        };
        let marked = marked.lines().next().unwrap_or_default().replace('|', "⏐");
        let fix = it.fix.as_ref();
        let fix = fix.map_or(String::new(), |fix| format!(": {}", fix.title));
        format!("{} at `{marked}`{elsewhere}{fix}", it.code)
    };
    found.iter().map(at).collect()
}

/// A package of the examples.
fn package(name: &str) -> Package {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let folder = folder.join(name);
    let mut files = Vec::new();
    collect(&folder.join("specs"), &mut files);
    let read = |path: PathBuf| {
        let inside = path.strip_prefix(&folder).unwrap();
        SourceFile {
            path: inside.to_str().unwrap().replace('\\', "/"),
            bytes: fs::read(&path).unwrap(),
        }
    };
    Package {
        manifest: fs::read_to_string(folder.join("silex.yaml")).unwrap(),
        files: files.into_iter().map(read).collect(),
        ..Package::default()
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|it| it == "silex") {
            files.push(path);
        }
    }
}
