//! What the pages of the lints show, in an editor: every change that a lint offers is an action, and what
//! a lint finds can be allowed with a reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use silex_compiler::lint::LINTS;
use silex_compiler::package::{Package, SourceFile};
use silex_compiler::{Diagnostic, check};

use super::client::{Client, edited, position};

/// A block of a page: a package in a folder.
struct Shown {
    folder: String,
    manifest: String,
    text: String,
    code: &'static str,
}

/// The blocks of all pages, without the lines that say what is found.
fn shown() -> Vec<Shown> {
    let mut all = Vec::new();
    for lint in LINTS {
        let mut blocks = lint.explain.split("\n```silex").skip(1);
        let mut prelude = String::new();
        let mut number = 0;
        while let Some((head, rest)) = blocks.next().and_then(|it| it.split_once('\n')) {
            let block = rest.split("\n```").next().unwrap_or_default();
            let is_mark = |line: &&str| {
                let comment = line.trim_start().strip_prefix("//");
                comment.is_some_and(|it| it.trim_start().starts_with('^'))
            };
            let lines = block.lines().filter(|line| !is_mark(line));
            let text: String = lines.flat_map(|line| [line, "\n"]).collect();
            if head.contains("prelude") {
                prelude = text;
                continue;
            }
            number += 1;
            all.push(Shown {
                folder: format!("{}_{number}", lint.code.replace('-', "_")),
                manifest: format!(
                    "name: test\nversion: 0.1.0\nsilex: \"0.1\"\nlints: {{ all: allow, {}: warn }}\n",
                    lint.code
                ),
                text: format!("{prelude}{text}"),
                code: lint.code,
            });
        }
    }
    all
}

/// What is found by the lint of the page.
fn found(of: &Shown, text: &str) -> Vec<Diagnostic> {
    let package = Package {
        manifest: of.manifest.clone(),
        files: vec![SourceFile::new("specs/test.silex", text)],
        ..Package::default()
    };
    let mut found = check(&package);
    found.retain(|it| it.code == of.code);
    found
}

#[test]
fn each_change_of_a_lint_is_an_action_and_each_finding_can_be_allowed() {
    let all = shown();
    let paths: Vec<(String, &str)> = all
        .iter()
        .map(|it| (format!("{}/silex.yaml", it.folder), it.manifest.as_str()))
        .collect();
    let files: Vec<(&str, &str)> = paths
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    let mut client = Client::of(&files);
    let (mut fixes, mut allows) = (BTreeSet::new(), BTreeSet::new());
    for it in &all {
        let path = format!("{}/specs/test.silex", it.folder);
        client.open(&path, &it.text);
        let uri = client.uri(&path);
        for finding in found(it, &it.text) {
            let span = finding.span();
            let place = |at: u32| position(&it.text[..at as usize]);
            let params = json!({
                "textDocument": { "uri": uri },
                "range": { "start": place(span.start), "end": place(span.end) },
                "context": { "diagnostics": [], "only": ["quickfix"] },
            });
            let offered = client.ask("textDocument/codeAction", params);
            let of_it = |action: &&Value| action["diagnostics"][0]["code"] == it.code;
            let offered: Vec<&Value> = offered.as_array().unwrap().iter().filter(of_it).collect();
            let titled = |title: &str| {
                let found = offered.iter().find(|it| it["title"] == title);
                found.unwrap_or_else(|| {
                    panic!("{title:?} is not offered at {}: {offered:?}", it.folder)
                })
            };
            let after = |action: &Value| edited(&it.text, &action["edit"]["changes"][&uri]);
            if let Some(fix) = &finding.fix {
                let action = titled(&fix.title);
                assert_eq!(action["isPreferred"], true);
                let mut wanted = it.text.clone();
                wanted.replace_range(fix.span.range(), &fix.replacement);
                assert_eq!(after(action), wanted, "{}", it.folder);
                fixes.insert(it.code);
            }
            let allow = format!("allow {} because", it.code);
            if let Some(action) = offered
                .iter()
                .find(|it| it["title"].as_str().unwrap().contains(&allow))
            {
                let reasoned = after(action).replace("because \"\"", "because \"It is meant so.\"");
                let before = found(it, &it.text).len();
                assert!(
                    found(it, &reasoned).len() < before,
                    "{}: {reasoned}",
                    it.folder
                );
                allows.insert(it.code);
            }
        }
    }
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../core/src/lint/rules");
    for lint in LINTS {
        let rule = sources
            .join(lint.code.replace('-', "_"))
            .with_extension("rs");
        let offers = fs::read_to_string(&rule).unwrap().contains(".fix(");
        assert!(
            !offers || fixes.contains(lint.code),
            "no page shows the change of {}",
            lint.code
        );
    }
    // The one finds an `allow`, and what the other finds is in no spec.
    let codes = LINTS.iter().map(|lint| lint.code);
    let without: Vec<&str> = codes.filter(|it| !allows.contains(it)).collect();
    assert_eq!(without, ["unused-allow", "unused-layout"]);
}
