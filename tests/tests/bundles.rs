//! The examples compile clean, to the bundles that stand in `tests/bundles/`.
//!
//! The same files are the runtime's test inputs, so the seam is tested from both sides. Run with
//! `UPDATE=1` to write them anew; the difference is read in review like code.

#![expect(
    clippy::unwrap_used,
    reason = "a check function fails like the test that calls it"
)]

use std::{env, fs};

use silex_bundle::Bundle;
use silex_compiler::{build, sources};
use silex_tests::package::{example, repository};

const EXAMPLES: [&str; 4] = ["hello", "aleik", "desk", "workshop"];

/// The bundle of an example, which compiles without a word.
fn check_example(name: &str) -> Bundle {
    let package = example(name);
    let (bundle, diagnostics) = build(&package);
    let sources = sources(&package);
    let told: Vec<String> = diagnostics
        .iter()
        .map(|it| {
            let (path, line, column) = sources.place(it.span());
            format!("{path}:{line}:{column} {}: {}", it.code, it.message)
        })
        .collect();
    assert!(told.is_empty(), "{name}:\n{}", told.join("\n"));
    bundle.unwrap()
}

fn check_golden(name: &str) {
    let bytes = check_example(name).to_bytes();
    let path = repository().join(format!("tests/bundles/{name}.json"));
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &bytes).unwrap();
    }
    let golden = fs::read(&path).unwrap_or_default();
    assert!(
        bytes == golden,
        "the bundle of {name} differs from {}: run with UPDATE=1 and read the difference",
        path.display()
    );
}

#[test]
fn hello_compiles_to_its_golden_bundle() {
    check_golden("hello");
}

#[test]
fn aleik_compiles_to_its_golden_bundle() {
    check_golden("aleik");
}

#[test]
fn desk_compiles_to_its_golden_bundle() {
    check_golden("desk");
}

#[test]
fn workshop_compiles_to_its_golden_bundle() {
    check_golden("workshop");
}

#[test]
fn what_the_compiler_writes_can_be_read() {
    for name in EXAMPLES {
        let bundle = check_example(name);
        assert_eq!(Bundle::read(&bundle.to_bytes()).unwrap().0, bundle);
    }
}

#[test]
fn the_same_package_gives_the_same_bytes() {
    for name in EXAMPLES {
        assert!(check_example(name).to_bytes() == check_example(name).to_bytes());
    }
}
