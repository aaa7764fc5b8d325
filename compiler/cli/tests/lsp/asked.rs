//! What is said about a place: hover, completion, signatures.

use serde_json::{Value, json};

use super::client::{Client, MANIFEST, edited, place_of};

pub(super) const SHARED: &str = "//! What the desk shares.

/// What somebody pays for.
enum Plan {
  free
  /// Pays by the year.
  pro
}

/// Somebody who writes.
entity Reader key address {
  address: email
  /// As their mail program wrote it.
  name: text 0..80 = \"\"
  plan: Plan = free
  tone: text 0..20?
}

/// Writes.
model writer { provider anthropic name \"claude-sonnet-4-5\" }

/// Mails are short.
ruleset short(
  /// Most words.
  max: int 1..1000 = 300,
) {
  must fit \"Write at most {{ max }} words.\" check words(reply.body) <= max
}

/// Looks a letter up.
tool find_letter(
  /// What it says.
  query: text 1..200,
) for reader: Reader -> Letter {
  via http POST \"desk\"
}

/// What was found.
record Letter { count: int 0..100 }
";

pub(super) const DESK: &str = "//! The desk.

use shared.{Plan, Reader, find_letter, short, writer}

/// Answers a reader.
behaviour answer(reader: Reader, mail: Mail) -> Reply {
  model writer
  role \"You answer letters.\"
  fact who \"The reader is {{ reader.name | inline(80) }}.\"
  follow short(max: 200)
  when reader.plan == pro {
    should thank \"Thank them for their support.\"
  }
  must look \"Look it up before you answer.\" about tool find_letter
  tools find_letter
}

/// Somebody asks for a letter.
example asks for answer {
  given reader = { address: \"ada@example.org\", plan: pro }
  mail \"Where is my letter?\"
  calls find_letter { query: contains \"letter\" } returns { count: 1 }
  replies \"It is on its way. Thank you for your support.\"
  expect rule thank
  expect tool find_letter
}
";

pub(super) fn package() -> Client {
    Client::of(&[
        ("silex.yaml", MANIFEST),
        ("specs/shared.silex", SHARED),
        ("specs/desk.silex", DESK),
    ])
}

/// What is said about the first place of a part of the desk.
#[track_caller]
fn check_hover(part: &str, inside: usize, wanted: &[&str]) {
    let mut client = package();
    client.open("specs/desk.silex", DESK);
    let mut position = place_of(DESK, part);
    position["character"] = json!(position["character"].as_u64().unwrap() + inside as u64);
    let hover = client.ask_at("textDocument/hover", "specs/desk.silex", &position);
    let text = hover["contents"]["value"].as_str().unwrap_or_default();
    for part in wanted {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn hover_shows_a_declaration_with_its_docs_and_what_it_comes_to() {
    check_hover(
        "short(max",
        0,
        &["ruleset short(", "Mails are short.", "followed by `answer`"],
    );
    check_hover(
        "find_letter\n  tools",
        0,
        &[
            "tool find_letter(",
            "Looks a letter up.",
            "offered by `answer`",
        ],
    );
    check_hover(
        "answer(reader",
        0,
        &["-> Reply", "2 distinct prompts", "tokens"],
    );
    check_hover(
        "Reader, mail",
        0,
        &["entity Reader key address", "Somebody who writes."],
    );
}

#[test]
fn hover_shows_a_rule_as_the_model_reads_it_and_when() {
    let wanted = [
        "`desk.answer.thank`",
        "Thank them for their support.",
        "in `answer`",
        "when `reader.plan == pro`",
    ];
    check_hover("thank \"", 1, &wanted);
    check_hover("rule thank", 6, &wanted);
}

#[test]
fn hover_shows_fields_cases_inputs_functions_and_words() {
    check_hover(
        "name | inline",
        1,
        &["Reader.name: text 0..80", "As their mail program wrote it."],
    );
    check_hover("pro {", 1, &["Plan.pro", "Pays by the year."]);
    check_hover("reader.name", 1, &["reader: Reader"]);
    check_hover("inline(80)", 1, &["inline(", "max"]);
    check_hover("max: 200", 1, &["max: int 1..1000 = 300", "Most words."]);
    check_hover("should thank", 1, &["`should`: a rule that is kept mostly"]);
}

/// The labels that are proposed at the `$0` of a text, and the proposals.
fn proposed(marked: &str) -> (Vec<String>, Vec<Value>, Client) {
    let mut client = package();
    let position = client.open_at("specs/desk.silex", marked);
    let list = client.ask_at("textDocument/completion", "specs/desk.silex", &position);
    let items = list["items"].as_array().unwrap().clone();
    let labels = items
        .iter()
        .map(|it| it["label"].as_str().unwrap().to_owned());
    (labels.collect(), items, client)
}

/// What is proposed first at a place, and something that is not.
#[track_caller]
fn check_completion(before: &str, with: &str, first: &[&str], lacks: &str) {
    let marked = DESK.replacen(before, with, 1);
    assert_ne!(marked, DESK);
    let (labels, ..) = proposed(&marked);
    for name in first {
        assert!(
            labels.iter().any(|it| it == name),
            "{name} is not in {labels:?}"
        );
    }
    assert!(
        !labels.iter().any(|it| it == lacks),
        "{lacks} is in {labels:?}"
    );
}

#[test]
fn completion_knows_what_can_stand_in_a_place() {
    check_completion(
        "/// Somebody asks",
        "$0\n\n/// Somebody asks",
        &["behaviour", "tool", "use"],
        "must",
    );
    check_completion(
        "  tools find_letter",
        "  $0\n  tools find_letter",
        &["must", "when", "follow", "because"],
        "provider",
    );
    check_completion("tools find_letter", "tools $0", &["find_letter"], "short");
    check_completion(
        "follow short(max: 200)",
        "follow $0",
        &["short"],
        "find_letter",
    );
    check_completion("model writer", "model $0", &["writer"], "short");
    check_completion(
        "mail: Mail",
        "mail: $0",
        &["Mail", "Reader", "text"],
        "writer",
    );
    check_completion(
        "expect rule thank",
        "expect rule $0",
        &["thank", "fit", "look"],
        "who",
    );
    check_completion("for answer", "for $0", &["answer"], "find_letter");
    check_completion(
        "  expect tool find_letter",
        "  $0",
        &["expect", "given"],
        "must",
    );
    check_completion(
        "should thank",
        "allow $0\n    should thank",
        &["vague-words"],
        "must",
    );
}

#[test]
fn completion_knows_fields_and_cases_in_conditions_and_holes() {
    check_completion(
        "reader.plan == pro",
        "reader.$0",
        &["plan", "name", "tone"],
        "pro",
    );
    check_completion(
        "reader.plan == pro",
        "reader.plan == $0",
        &["pro", "free"],
        "name",
    );
    check_completion(
        "reader.plan == pro",
        "$0",
        &["reader", "mail", "now"],
        "name",
    );
    check_completion(
        "reader.name | inline(80)",
        "reader.$0",
        &["name", "address"],
        "free",
    );
    check_completion(
        "reader.name | inline(80)",
        "reader.name | $0",
        &["inline", "fence", "lower"],
        "reader",
    );
    check_completion("plan: pro }", "$0 }", &["plan", "name"], "count");
    check_completion("query: contains \"letter\"", "$0", &["query"], "count");
}

#[test]
fn completion_brings_in_what_is_in_another_module() {
    let without = DESK
        .replace("find_letter, ", "")
        .replace("tools find_letter", "tools find$0");
    let (_, items, client) = proposed(&without);
    let item = items
        .iter()
        .find(|it| it["label"] == "find_letter")
        .unwrap();
    let text = without.replace("$0", "");
    let mut edits = item["additionalTextEdits"].as_array().unwrap().clone();
    edits.push(item["textEdit"].clone());
    let after = edited(&text, &Value::Array(edits));
    assert!(
        after.contains("use shared.{Plan, Reader, short, writer, find_letter}"),
        "{after}"
    );
    assert!(after.contains("tools find_letter"), "{after}");
    assert_eq!(client.end(), Some(0));
}

#[test]
fn completion_writes_the_first_use_of_a_file() {
    let (_, items, _) = proposed("behaviour answer(reader: Rea$0) -> Reply {\n}\n");
    let item = items.iter().find(|it| it["label"] == "Reader").unwrap();
    assert_eq!(item["detail"], "shared (use shared.{Reader})");
    let text = "behaviour answer(reader: Rea) -> Reply {\n}\n";
    let after = edited(text, &item["additionalTextEdits"]);
    assert_eq!(after, format!("use shared.{{Reader}}\n\n{text}"));
}

#[test]
fn completion_names_the_arguments_of_a_ruleset() {
    check_completion("short(max: 200)", "short($0)", &["max"], "reader");
    check_completion("short(max: 200)", "short(max: $0)", &["reader"], "max");
}

#[test]
fn completion_writes_modules_and_their_names() {
    check_completion(
        "use shared.{Plan",
        "use $0\nuse shared.{Plan",
        &["shared"],
        "Plan",
    );
    check_completion(
        "{Plan, Reader",
        "{$0, Reader",
        &["Plan", "Letter", "writer"],
        "answer",
    );
}

#[test]
fn signatures_show_the_argument_that_is_written() {
    let mut client = package();
    let marked = DESK.replace("inline(80)", "inline($0");
    let position = client.open_at("specs/desk.silex", &marked);
    let help = client.ask_at("textDocument/signatureHelp", "specs/desk.silex", &position);
    let label = help["signatures"][0]["label"].as_str().unwrap();
    assert!(label.starts_with("inline(text"), "{label}");
    assert_eq!(help["activeParameter"], 1);
    let marked = DESK.replace("short(max: 200)", "short($0)");
    let text = marked.replace("$0", "");
    client.replace("specs/desk.silex", 2, &text);
    let help = client.ask_at(
        "textDocument/signatureHelp",
        "specs/desk.silex",
        &place_of(&marked, "$0"),
    );
    let params = &help["signatures"][0]["parameters"];
    assert_eq!(params[0]["label"], "max: int 1..1000 = 300");
    assert_eq!(help["activeParameter"], 0);
}
