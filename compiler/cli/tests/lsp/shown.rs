//! What is shown about a whole file: outlines, colours, folds, hints, lenses, links.

use serde_json::{Value, json};

use super::asked::{DESK, SHARED, package};
use super::client::{place_of, written};

#[test]
fn the_outline_of_a_file_is_nested() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let found = client.ask_of("textDocument/documentSymbol", "specs/desk.silex");
    let names = |all: &Value| -> Vec<String> {
        let all = all.as_array().unwrap().iter();
        all.map(|it| {
            format!(
                "{} {}",
                it["detail"].as_str().unwrap(),
                it["name"].as_str().unwrap()
            )
        })
        .collect()
    };
    assert_eq!(names(&found), ["behaviour answer", "example asks"]);
    let inside = names(&found[0]["children"]);
    assert!(
        inside.contains(&"fact who".to_owned()) && inside.contains(&"should thank".to_owned()),
        "{inside:?}"
    );
    assert_eq!(written(DESK, &found[0]["selectionRange"]), "answer");
}

#[test]
fn names_of_the_whole_package_are_found_by_their_letters() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let found = client.ask("workspace/symbol", json!({ "query": "fndl" }));
    assert_eq!(found[0]["name"], "find_letter");
    assert_eq!(
        found[0]["location"]["uri"],
        client.uri("specs/shared.silex")
    );
    let found = client.ask("workspace/symbol", json!({ "query": "thank" }));
    assert_eq!(found[0]["containerName"], "answer");
}

#[test]
fn words_are_coloured_by_what_they_mean() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let legend = [
        "comment",
        "string",
        "number",
        "regexp",
        "keyword",
        "operator",
        "struct",
        "enum",
        "enumMember",
        "property",
        "parameter",
        "variable",
        "function",
        "class",
        "decorator",
        "namespace",
    ];
    let found = client.ask_of("textDocument/semanticTokens/full", "specs/desk.silex");
    let numbers: Vec<u64> = found["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_u64().unwrap())
        .collect();
    let (mut line, mut column) = (0, 0);
    let mut seen: Vec<(String, &str)> = Vec::new();
    for token in numbers.chunks(5) {
        column = if token[0] == 0 {
            column + token[1]
        } else {
            token[1]
        };
        line += token[0];
        let range = json!({
            "start": { "line": line, "character": column },
            "end": { "line": line, "character": column + token[2] },
        });
        let kind = legend[usize::try_from(token[3]).unwrap()];
        seen.push((written(DESK, &range).to_owned(), kind));
    }
    for wanted in [
        ("behaviour", "keyword"),
        ("answer", "function"),
        ("Reader", "struct"),
        ("reader", "parameter"),
        ("plan", "property"),
        ("pro", "enumMember"),
        ("short", "class"),
        ("thank", "decorator"),
        ("inline", "function"),
        ("80", "number"),
        ("shared", "namespace"),
        ("->", "operator"),
        ("\"You answer letters.\"", "string"),
        ("//! The desk.", "comment"),
        ("mail", "keyword"),
    ] {
        let known = seen
            .iter()
            .any(|(text, kind)| text == wanted.0 && *kind == wanted.1);
        assert!(known, "{wanted:?} is not in {seen:?}");
    }
    // A string with a hole is cut at the names in it.
    assert!(
        seen.iter()
            .any(|(text, kind)| text == "\"The reader is {{ " && *kind == "string"),
        "{seen:?}"
    );
}

#[test]
fn bodies_comments_and_imports_fold() {
    let mut client = package();
    client.open("specs/shared.silex", SHARED);
    let found = client.ask_of("textDocument/foldingRange", "specs/shared.silex");
    let lines: Vec<(u64, u64)> = found
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["startLine"].as_u64().unwrap(),
                it["endLine"].as_u64().unwrap(),
            )
        })
        .collect();
    let line = |part: &str| place_of(SHARED, part)["line"].as_u64().unwrap();
    assert!(
        lines.contains(&(line("enum Plan"), line("  pro\n"))),
        "{lines:?}"
    );
    assert!(
        lines.contains(&(line("entity Reader"), line("  tone:"))),
        "{lines:?}"
    );
}

#[test]
fn a_selection_grows_from_a_word_to_the_file() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let uri = client.uri("specs/desk.silex");
    let params =
        json!({ "textDocument": { "uri": uri }, "positions": [place_of(DESK, "thank \"")] });
    let found = client.ask("textDocument/selectionRange", params);
    let mut texts = Vec::new();
    let mut next = &found[0];
    while !next.is_null() {
        texts.push(written(DESK, &next["range"]));
        next = &next["parent"];
    }
    assert_eq!(texts.first(), Some(&"thank"));
    assert!(
        texts
            .iter()
            .any(|it| it.starts_with("should thank") && it.ends_with('"')),
        "{texts:?}"
    );
    assert!(
        texts.iter().any(|it| it.starts_with("when reader.plan")),
        "{texts:?}"
    );
    assert_eq!(texts.last(), Some(&DESK));
}

#[test]
fn a_behaviour_says_how_long_its_prompts_are_and_how_many() {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let uri = client.uri("specs/desk.silex");
    let range =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": range });
    let hints = client.ask("textDocument/inlayHint", params);
    let label = hints[0]["label"].as_str().unwrap();
    assert!(label.ends_with("tokens, 2 prompts"), "{label}");
    assert_eq!(
        hints[0]["position"]["line"],
        place_of(DESK, "behaviour answer")["line"]
    );
    let lenses = client.ask_of("textDocument/codeLens", "specs/desk.silex");
    let all = lenses.as_array().unwrap().iter();
    let titles: Vec<&str> = all
        .map(|it| it["command"]["title"].as_str().unwrap())
        .collect();
    assert_eq!(titles, ["preview prompt", "2 variants", "run example"]);
    assert_eq!(lenses[0]["command"]["arguments"][1], "desk.answer");
    let plain = "behaviour plain(mail: Mail) -> Reply { must thank \"Thank them.\" }\n";
    client.open("specs/plain.silex", plain);
    let lenses = client.ask_of("textDocument/codeLens", "specs/plain.silex");
    assert_eq!(lenses[1]["command"]["title"], "one variant");
    assert_eq!(lenses[1]["command"]["arguments"][1], "plain.plain");
}

#[test]
fn what_a_condition_rules_out_is_shown_behind_it() {
    let mut client = package();
    let text = DESK.replace(
        "  when reader.plan == pro {",
        "  when reader.tone is some and reader.plan == pro {",
    );
    client.open("specs/desk.silex", &text);
    let uri = client.uri("specs/desk.silex");
    let range =
        json!({ "start": { "line": 10, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": range });
    let hints = client.ask("textDocument/inlayHint", params);
    assert_eq!(hints[0]["label"], ": text 0..20");
    assert_eq!(hints[0]["position"], place_of(&text, " and reader.plan"));
}

#[test]
fn what_a_branch_or_an_arm_knows_of_a_value_is_shown_in_it() {
    let mut client = package();
    let text = "record Note { text: text 0..10? }
enum Verdict { fine, late { days: int 1..30, why: text 0..9 }, lost }
behaviour judge(note: Note?, verdict: Verdict, mail: Mail) -> Reply {
  role \"You judge.\"
  when not note is none {
    when note.text is none or mail.from is none { must ask \"Ask.\" } else { must answer \"Answer.\" }
  }
  match verdict {
    late { must sorry \"Say sorry for {{ verdict.days }} days.\" }
    _ {}
  }
}
";
    client.open("specs/judge.silex", text);
    let uri = client.uri("specs/judge.silex");
    let range =
        json!({ "start": { "line": 3, "character": 0 }, "end": { "line": 99, "character": 0 } });
    let params = json!({ "textDocument": { "uri": uri }, "range": range });
    let hints = client.ask("textDocument/inlayHint", params);
    let shown = |it: &Value| {
        (
            it["label"].as_str().unwrap().to_owned(),
            it["position"].clone(),
        )
    };
    let shown: Vec<(String, Value)> = hints.as_array().unwrap().iter().map(shown).collect();
    let place = |part: &str| place_of(text, part);
    assert_eq!(
        shown,
        [
            (": Note".to_owned(), place(" {\n    when note")),
            ("note.text: text 0..10 ".to_owned(), place("{ must answer")),
            ("mail.from: Address ".to_owned(), place("{ must answer")),
            (
                " { days: int 1..30, why: text 0..9 }".to_owned(),
                place(" { must sorry")
            ),
            (": fine, lost".to_owned(), place(" {}\n  }")),
        ]
    );
}

#[test]
fn a_use_leads_to_its_file_and_an_allow_to_its_page() {
    let mut client = package();
    let text = DESK.replace(
        "\n/// Answers",
        "\nallow vague-words because \"see https://example.org/a.\"\n\n/// Answers",
    );
    client.open("specs/desk.silex", &text);
    let links = client.ask_of("textDocument/documentLink", "specs/desk.silex");
    let all: Vec<(&str, &str)> = links
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (written(&text, &it["range"]), it["target"].as_str().unwrap()))
        .collect();
    let shared = client.uri("specs/shared.silex");
    assert!(all.contains(&("shared", shared.as_str())), "{all:?}");
    assert!(
        all.iter()
            .any(|(name, page)| *name == "vague-words"
                && page.ends_with("/lint/rules/vague_words.md")),
        "{all:?}"
    );
    assert!(
        all.contains(&("https://example.org/a", "https://example.org/a")),
        "{all:?}"
    );
}
