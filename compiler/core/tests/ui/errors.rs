//! The pages of the errors: each code that the compiler reports has one, and each is whole.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use silex_compiler::explain::{codes, errors, page, summary};

use super::{LINT_PAGES, blocks, files, findings, setting};

/// Where the pages lie.
pub(super) const PAGES: &str = "src/explain/pages";

/// What no package of one module can show: mistakes in `silex.yaml`, in the names of files and
/// between two of them, what no editor shows, and what is no mistake of an author.
const NOT_SHOWN: [&str; 14] = [
    "control-character",
    "format",
    "import-cycle",
    "line-end",
    "manifest-syntax",
    "missing-key",
    "module-name",
    "newer-compiler",
    "no-module",
    "not-utf8",
    "private-name",
    "stale-snapshot",
    "unknown-key",
    "unknown-package",
];

#[test]
fn the_page_of_an_error_shows_the_mistake_and_what_is_right() {
    let mut wrong = String::new();
    for code in errors() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{PAGES}/{code}.md"));
        let text = fs::read_to_string(&path).unwrap_or_default();
        if page(code) != Some(text.as_str()) || !is_whole(code, &text, &path) {
            wrong += &format!("{}\n", path.display());
        }
    }
    assert!(wrong.is_empty(), "these pages are not whole:\n{wrong}");
}

/// Whether a page has a title, a sentence, the mistake alone, and the same without it.
fn is_whole(code: &str, text: &str, path: &Path) -> bool {
    let setting = setting(path, text);
    let found: Vec<Vec<&str>> = blocks(text)
        .into_iter()
        .map(|(prelude, source)| findings(&(prelude + &source), &setting))
        .map(|found| found.iter().map(|it| it.code).collect())
        .collect();
    let shown = if NOT_SHOWN.contains(&code) {
        found.is_empty() && text.matches("\n```").count() == 4
    } else {
        found.iter().flatten().all(|it| *it == code)
            && found.iter().any(|found| !found.is_empty())
            && found.last().is_some_and(Vec::is_empty)
    };
    shown && text.starts_with(&format!("# {code}\n\n")) && summary(text).ends_with('.')
}

#[test]
fn every_code_in_the_sources_has_a_page_and_every_page_a_code() {
    let reported = reported();
    let written: BTreeSet<String> = errors().map(str::to_owned).collect();
    let lints = |code: &&String| silex_compiler::lint::find(code).is_some();
    let without: Vec<_> = reported
        .difference(&written)
        .filter(|it| !lints(it))
        .collect();
    let idle: Vec<_> = written.difference(&reported).collect();
    assert!(without.is_empty(), "these have no page: {without:?}");
    assert!(idle.is_empty(), "nothing reports these: {idle:?}");
    let pages = files(PAGES, "md");
    assert_eq!(pages.len(), written.len(), "a page is not in the table");
}

/// The codes that stand in the sources as the first argument of `error` or `warning`.
fn reported() -> BTreeSet<String> {
    // The program reports this one, which knows of the files of snapshots.
    let mut codes = BTreeSet::from(["stale-snapshot".to_owned()]);
    for path in files("src", "rs") {
        if path.to_string_lossy().contains(LINT_PAGES) || path.ends_with("diagnostic.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let code = text.split("#[cfg(test)]\nmod tests {").next();
        for call in code.unwrap_or_default().split("Diagnostic::").skip(1) {
            codes.extend(first_text(call));
        }
        // The manifest says `error` for itself.
        for call in text.split("self.error(").skip(1) {
            codes.extend(literal(call));
        }
    }
    codes
}

/// The code of a call behind `Diagnostic::`, which is written out.
fn first_text(call: &str) -> Option<String> {
    let arguments = call
        .strip_prefix("error(")
        .or_else(|| call.strip_prefix("warning("))?;
    let passed_on = arguments.trim_start().starts_with("code, ");
    let code = literal(arguments);
    assert!(
        code.is_some() || passed_on,
        "a code is not written out: {arguments:.60}"
    );
    code
}

fn literal(arguments: &str) -> Option<String> {
    let text = arguments.trim_start().strip_prefix('"')?;
    text.split_once('"').map(|(code, _)| code.to_owned())
}

#[test]
fn no_code_is_that_of_two_findings() {
    let all: Vec<&str> = codes().collect();
    let distinct: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(all.len(), distinct.len());
    assert!(
        errors().is_sorted(),
        "the table is in the order of the alphabet"
    );
}

#[test]
fn the_index_of_the_errors_is_that_of_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors.md");
    let text = fs::read_to_string(&path).unwrap();
    let head = text.split_inclusive("| --- | --- |\n").next();
    let mut wanted = head.unwrap_or_default().to_owned();
    for code in errors() {
        let means = page(code).map_or("", summary);
        wanted += &format!("| [`{code}`](../compiler/core/{PAGES}/{code}.md) | {means} |\n");
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, wanted).unwrap();
    } else {
        assert_eq!(text, wanted, "run with UPDATE=1 and read what changed");
    }
}
