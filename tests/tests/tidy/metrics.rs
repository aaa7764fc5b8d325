//! Every number is documented, and what watches asks for no other.

use std::collections::BTreeSet;

use crate::{File, check};

/// The words of a text that are names of numbers, as they are declared.
fn names(text: &str) -> BTreeSet<String> {
    let is_of_name = |c: char| c.is_ascii_lowercase() || c == '_';
    let words = text.split(|c| !is_of_name(c));
    words
        .filter(|word| word.starts_with("silex_") && *word != "silex_runtime")
        .map(|word| word.strip_suffix("_bucket").unwrap_or(word).to_owned())
        .collect()
}

fn rule(files: &[File]) -> Vec<String> {
    let text = |path: &str| {
        let file = files.iter().find(|file| file.path == path);
        file.map_or("", File::code)
    };
    let declared = names(text("runtime/src/telemetry/metrics.rs"));
    let page = text("docs/operations.md").split("| metric |").nth(1);
    let table = page.and_then(|page| page.split("\n\n").next());
    let documented = names(table.unwrap_or_default());
    let mut found: Vec<String> = declared
        .difference(&documented)
        .map(|name| format!("`{name}` is not in docs/operations.md"))
        .collect();
    for path in [
        "docs/operations.md",
        "deploy/alarms.yml",
        "deploy/dashboard.json",
    ] {
        let unknown = names(text(path))
            .into_iter()
            .filter(|name| !declared.contains(name));
        found.extend(unknown.map(|name| format!("{path} invents `{name}`")));
    }
    found
}

#[test]
fn every_number_is_documented_and_nothing_else_is_asked_for() {
    let declared =
        "pub const A: &str = \"silex_a_total\";\npub const B: &str = \"silex_b_seconds\";\n";
    let page = "| metric | what |\n| --- | --- |\n| `silex_a_total` | a |\n\nMore.\n";
    let planted = [
        File::new("runtime/src/telemetry/metrics.rs", declared),
        File::new("docs/operations.md", page),
        File::new(
            "deploy/alarms.yml",
            "expr: rate(silex_b_seconds_bucket[5m]) + silex_c\n",
        ),
    ];
    check(
        rule,
        &planted,
        "`silex_b_seconds` is not in docs/operations.md",
    );
    assert_eq!(
        rule(&planted),
        [
            "`silex_b_seconds` is not in docs/operations.md",
            "deploy/alarms.yml invents `silex_c`"
        ]
    );
}
