//! Rules about single files.

use std::collections::BTreeSet;

use crate::{File, check};

/// Most lines of a file before its tests.
const LINES: usize = 600;

/// Names that say nothing about what is in a file.
const EMPTY_NAMES: [&str; 6] = ["util", "utils", "helpers", "common", "misc", "types"];

fn rust(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.is_rust())
}

#[test]
fn every_file_says_what_it_is_for() {
    let rule = |files: &[File]| {
        let silent = rust(files).filter(|file| !file.text.starts_with("//! "));
        silent
            .map(|file| format!("{} does not open with `//!`", file.path))
            .collect()
    };
    check(
        rule,
        &[File::new("runtime/src/lib.rs", "use std::fs;\n//! Late.\n")],
        "lib.rs does not open",
    );
}

#[test]
fn no_file_is_long() {
    let rule = |files: &[File]| {
        let code = rust(files).filter(|file| !file.is_test());
        let counted = code.map(|file| (file.code().lines().count(), &file.path));
        counted
            .filter(|(lines, _)| *lines > LINES)
            .map(|(lines, path)| format!("{path} has {lines} lines before its tests"))
            .collect()
    };
    let long = format!("//! Long.\n{}", "// …\n".repeat(LINES));
    check(
        rule,
        &[File::new("runtime/src/lib.rs", &long)],
        "has 601 lines",
    );
    let mostly_tests = format!(
        "//! Short.\n#[cfg(test)]\nmod tests {{\n{}}}\n",
        "// …\n".repeat(LINES)
    );
    assert_eq!(
        rule(&[File::new("runtime/src/lib.rs", &mostly_tests)]),
        Vec::<String>::new()
    );
}

#[test]
fn the_name_of_a_file_says_what_is_in_it() {
    let rule = |files: &[File]| {
        let named = rust(files).filter(|file| {
            let parts = file
                .path
                .split('/')
                .map(|part| part.trim_end_matches(".rs"));
            parts.clone().any(|part| EMPTY_NAMES.contains(&part))
        });
        named
            .map(|file| format!("{} has a name that fits anything", file.path))
            .collect()
    };
    check(
        rule,
        &[File::new("runtime/src/util/mod.rs", "")],
        "fits anything",
    );
}

#[test]
fn sql_is_in_the_store_alone() {
    let rule = |files: &[File]| {
        // Tests make their databases, and what is measured is held against the same rows without us.
        let own = [
            "runtime/src/store/",
            "tests/src/postgres.rs",
            "tests/src/meddling.rs",
            "tests/src/bin/load/floor.rs",
        ];
        let elsewhere =
            rust(files).filter(|file| !own.iter().any(|own| file.path.starts_with(own)));
        let sql = elsewhere.filter(|file| {
            file.code().contains(concat!("sql", "x::"))
                || file.code().contains(concat!("use sql", "x"))
        });
        sql.map(|file| format!("{} speaks to the database itself", file.path))
            .collect()
    };
    let planted = concat!("//! A.\nfn f() { sql", "x::query(\"delete from job\"); }\n");
    check(
        rule,
        &[File::new("runtime/src/agent/mod.rs", planted)],
        "agent/mod.rs speaks",
    );
}

#[test]
fn no_test_is_left_out() {
    let rule = |files: &[File]| {
        let left = rust(files).filter(|file| file.text.contains(concat!("#[ign", "ore")));
        left.map(|file| format!("{} has a test that does not run", file.path))
            .collect()
    };
    check(
        rule,
        &[File::new(
            "a.rs",
            concat!("#[test]\n#[ign", "ore]\nfn f() {}\n"),
        )],
        "does not run",
    );
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let rule = |files: &[File]| {
        let root = files
            .iter()
            .filter(|file| file.path == "Cargo.toml")
            .flat_map(|file| {
                let table = file
                    .text
                    .split("[workspace.dependencies]")
                    .nth(1)
                    .unwrap_or_default();
                let table = table.split("\n[").next().unwrap_or_default();
                let lines = table.lines().filter(|line| {
                    line.contains(" = ") && !line.starts_with("silex") && !line.contains("# ")
                });
                lines
                    .map(|line| format!("no word about `{line}`"))
                    .collect::<Vec<_>>()
            });
        // A workspace of its own cannot take its versions from this one.
        let own = files
            .iter()
            .filter(|file| {
                file.path.ends_with("/Cargo.toml") && !file.text.contains("\n[workspace]\n")
            })
            .flat_map(|file| {
                let lines = file
                    .text
                    .lines()
                    .filter(|line| line.contains("version = \"") || line.contains("git = "));
                lines
                    .map(|line| format!("{} has a version of its own: `{line}`", file.path))
                    .collect::<Vec<_>>()
            });
        root.chain(own).collect()
    };
    let planted =
        "[workspace.dependencies]\nserde = \"1\" # formats\nrand = \"0.9\"\n\n[lints]\na = 1\n";
    check(
        rule,
        &[File::new("Cargo.toml", planted)],
        "no word about `rand",
    );
    assert_eq!(rule(&[File::new("Cargo.toml", planted)]).len(), 1);
    check(
        rule,
        &[File::new(
            "runtime/Cargo.toml",
            "rand = { version = \"0.9\" }\n",
        )],
        "a version of its own",
    );
}

#[test]
fn no_text_names_a_place_outside_the_repository() {
    // Written in two parts, so that this file keeps the rule.
    let places = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/Use", "rs/"),
        concat!("C:", "\\"),
    ];
    let rule = |files: &[File]| {
        let texts = files
            .iter()
            .filter(|file| !file.path.ends_with(".eml") && !file.path.ends_with(".lock"));
        let named = texts.flat_map(|file| {
            places
                .iter()
                .filter(|place| file.text.contains(**place))
                .map(move |place| (file, *place))
        });
        named
            .map(|(file, place)| format!("{} names `{place}`", file.path))
            .collect()
    };
    check(
        rule,
        &[File::new(
            "docs/a.md",
            concat!("Look into /ho", "me/ada/silex."),
        )],
        "docs/a.md names",
    );
}

#[test]
fn every_link_of_a_page_leads_to_a_file() {
    let rule = |files: &[File]| {
        let there: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let pages = files.iter().filter(|file| file.path.ends_with(".md"));
        pages
            .flat_map(|file| links(&file.text).filter_map(|link| broken(file, link, &there)))
            .collect()
    };
    check(
        rule,
        &[File::new(
            "docs/a.md",
            "See [this](../gone.md) and [that](a.md).",
        )],
        "leads to `gone.md`",
    );
    check(
        rule,
        &[File::new("README.md", "See [this](../elsewhere.md).")],
        "outside",
    );
}

/// The targets of Markdown links that are no addresses of the web.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next());
    targets.filter(|target| {
        !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:")
    })
}

fn broken(file: &File, link: &str, there: &BTreeSet<&str>) -> Option<String> {
    let target = link.split('#').next().unwrap_or_default();
    let mut parts: Vec<&str> = file.path.split('/').collect();
    parts.pop();
    for part in target.trim_end_matches('/').split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => {
                return Some(format!("{} leads outside: `{link}`", file.path));
            }
            ".." => {}
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    let folder = format!("{path}/");
    let found = there.contains(path.as_str()) || there.iter().any(|file| file.starts_with(&folder));
    (!found).then(|| format!("{} leads to `{path}`, which is not there", file.path))
}
