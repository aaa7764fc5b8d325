//! Every setting is documented, and nothing else is.

use std::collections::{BTreeMap, BTreeSet};

use silex_runtime::config::{Config, Variables};

use crate::{File, check};

/// The keys of the settings, as `docs/operations.md` writes them, read from the structs.
fn declared(source: &str) -> BTreeSet<String> {
    let mut structs = BTreeMap::new();
    for block in source.split("\npub struct ").skip(1) {
        let Some((name, rest)) = block.split_once(" {\n") else {
            continue;
        };
        let body = rest.split("\n}").next().unwrap_or_default();
        structs.insert(name, fields(body));
    }
    let mut keys = BTreeSet::new();
    walk("Config", "", &structs, &mut keys);
    keys
}

/// Names and types of the fields that a file can set.
fn fields(body: &str) -> Vec<(&str, &str)> {
    let mut fields = Vec::new();
    let mut skipped = false;
    for line in body.lines().map(str::trim) {
        if line == "#[serde(skip)]" {
            skipped = true;
        } else if let Some(field) = line.strip_prefix("pub ")
            && let Some((name, of)) = field.split_once(": ")
            && !std::mem::take(&mut skipped)
        {
            fields.push((name, of.trim_end_matches(',')));
        }
    }
    fields
}

fn walk(
    name: &str,
    prefix: &str,
    structs: &BTreeMap<&str, Vec<(&str, &str)>>,
    keys: &mut BTreeSet<String>,
) {
    for (field, of) in structs.get(name).into_iter().flatten() {
        let (inner, step) = match of.split_once('<') {
            Some(("BTreeMap", rest)) => (rest.rsplit(", ").next().unwrap_or_default(), ".NAME"),
            Some(("Vec", rest)) => (rest, "[]"),
            Some((_, rest)) => (rest, ""),
            None => (*of, ""),
        };
        let inner = inner.trim_end_matches('>');
        if structs.contains_key(inner) {
            walk(inner, &format!("{prefix}{field}{step}."), structs, keys);
        } else {
            keys.insert(format!("{prefix}{field}"));
        }
    }
}

/// The keys in the table of a page.
fn documented(page: &str) -> BTreeSet<String> {
    let table = page.split("| setting |").nth(1).unwrap_or_default();
    let table = table.split("\n\n").next().unwrap_or_default();
    let first = table
        .lines()
        .skip(2)
        .filter_map(|row| row.split('|').nth(1));
    first
        .flat_map(|keys| keys.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

fn rule(files: &[File]) -> Vec<String> {
    let text = |path: &str| {
        files
            .iter()
            .find(|file| file.path == path)
            .map_or("", |file| file.code())
    };
    let sections = files
        .iter()
        .filter(|file| file.path.starts_with("runtime/src/config/"))
        .map(File::code);
    let (declared, documented) = (
        declared(&sections.collect::<String>()),
        documented(text("docs/operations.md")),
    );
    let silent = declared
        .difference(&documented)
        .map(|key| format!("`{key}` is not in docs/operations.md"));
    let invented = documented
        .difference(&declared)
        .map(|key| format!("docs/operations.md invents `{key}`"));
    silent.chain(invented).collect()
}

#[test]
fn every_setting_is_documented_and_every_documented_one_exists() {
    let config = "\npub struct Config {\n    /// A.\n    pub queue: Queue,\n    #[serde(skip)]\n    pub inner: bool,\n}\n\
                  \npub struct Queue {\n    pub workers: usize,\n    pub nice: u8,\n}\n";
    let page = "| setting | default |\n| --- | --- |\n| `queue.workers` | 1 |\n| `queue.speed` | 2 |\n\nMore.\n";
    let planted = [
        File::new("runtime/src/config/mod.rs", config),
        File::new("docs/operations.md", page),
    ];
    check(rule, &planted, "`queue.nice` is not in docs/operations.md");
    assert_eq!(
        rule(&planted),
        [
            "`queue.nice` is not in docs/operations.md",
            "docs/operations.md invents `queue.speed`"
        ]
    );
}

#[test]
fn the_documented_keys_are_understood() {
    let example = "listen: 127.0.0.1:9000\ninbound: { authserv_id: mx.example, max_bytes: 9 }\n\
                   outbound: { smtp: { host: mx.example, port: 465, tls: implicit } }\n\
                   reviewers: [{ name: rosa, address: rosa@a.example }]\nqueue: { nice: 0 }\n";
    assert_eq!(
        Config::parse(example, &Variables::default())
            .unwrap()
            .reviewers
            .len(),
        1
    );
}
