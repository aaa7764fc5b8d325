//! The `silex` program as its users meet it: what it writes, and with which status it ends.
//!
//! What a command decides is tested where it is decided; here it is that the parts are wired.

#![expect(
    clippy::unwrap_used,
    reason = "what a test cannot set up has to stop the test"
)]

mod ci;
mod dev;
mod diff;
mod docs;
mod eval;
mod explain;
mod fmt;
mod formats;
mod lint;
mod odd;
mod place;
mod play;
mod snapshot;

use place::{Place, lines};

/// A behaviour with three mistakes that have nothing to do with each other.
const MISTAKES: &str = "//! Wrong.

/// Answers one mail.
behaviour answer(mail: Mail) -> Replly {
  role \"You answer mail. {{ mail.subject }}\"
  must be_brief \"Answer in at most 120 words.\"
    check words(reply.bdy) <= 120
}
";

#[test]
fn help_fits_eighty_columns_and_shows_an_example_of_every_command() {
    let place = Place::empty();
    let all = place.run(&["--help"]).ok();
    let listed = all.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() > 8, "{all}");
    for command in commands {
        let help = place.run(&[command, "--help"]).ok();
        assert!(help.contains(&format!("  silex {command}")), "{help}");
        let long = help.lines().find(|line| line.chars().count() > 80);
        assert_eq!(long, None, "{command}");
    }
}

#[test]
fn a_new_package_is_checked_formatted_tested_and_built() {
    let place = Place::empty();
    let made = place.run(&["new", "letters"]).ok();
    assert!(
        made.contains("silex test letters") && made.contains("silex dev letters"),
        "{made}"
    );
    assert_eq!(place.run(&["check", "letters"]).ok(), "");
    assert_eq!(place.run(&["fmt", "--check", "letters"]).ok(), "");
    assert!(
        place
            .run(&["test", "letters"])
            .ok()
            .contains("1 passed, 0 failed")
    );
    place.run(&["build", "letters"]).ok();
    assert!(
        place
            .read("letters.bundle.json")
            .starts_with("{\"format\":2,")
    );
}

#[test]
fn new_leaves_a_folder_alone_that_is_not_empty() {
    let place = Place::empty();
    place.write("letters/notes.txt", "mine");
    let said = place.run(&["new", "letters"]).failed();
    assert!(
        said.contains("letters is there already and not empty"),
        "{said}"
    );
    assert_eq!(place.read("letters/notes.txt"), "mine");
    assert!(
        place
            .run(&["new", "Big"])
            .failed()
            .contains("cannot be the name of a package")
    );
}

#[test]
fn a_folder_without_a_manifest_is_no_package() {
    let said = Place::empty().run(&["check", "nowhere"]).failed();
    assert!(
        said.contains("nowhere is no package") && said.contains("silex new"),
        "{said}"
    );
}

#[test]
fn check_shows_every_mistake_of_a_file_at_its_line() {
    let place = Place::hello();
    place.write("hello/specs/wrong.silex", MISTAKES);
    let found = place
        .run(&["check", "hello", "--format", "json"])
        .findings();
    let places: Vec<_> = lines(&found)
        .iter()
        .map(|finding| {
            let at = &finding["labels"][0]["at"];
            format!(
                "{}:{} {}",
                at["file"].as_str().unwrap(),
                at["line"],
                finding["code"].as_str().unwrap()
            )
        })
        .collect();
    let at = |line: u32| format!("hello/specs/wrong.silex:{line} ");
    for line in [4, 5, 7] {
        assert!(
            places.iter().any(|place| place.starts_with(&at(line))),
            "line {line} in {places:?}"
        );
    }
}

#[test]
fn findings_for_people_show_the_text_and_nothing_else_writes_to_the_result() {
    let place = Place::hello();
    place.edit(
        "hello/specs/hello.silex",
        "words(reply.body)",
        "words(reply.bdy)",
    );
    let outcome = place.run(&["check", "hello"]);
    assert_eq!(outcome.stdout, "");
    assert!(
        outcome.stderr.contains("specs/hello.silex:14"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("did you mean `body`?") && outcome.stderr.contains("1 error"));
    assert!(!outcome.stderr.contains('\u{1b}'), "colour in a pipe");
    outcome.findings();
}

#[test]
fn the_same_package_builds_the_same_bytes() {
    let place = Place::hello();
    place.run(&["build", "hello", "-o", "one.json"]).ok();
    place.run(&["build", "hello", "-o", "two.json"]).ok();
    assert_eq!(place.read("one.json"), place.read("two.json"));
}

#[test]
fn a_package_with_errors_builds_nothing() {
    let place = Place::hello();
    place.edit("hello/specs/hello.silex", "reply.body", "reply.bdy");
    place.run(&["build", "hello", "-o", "out.json"]).findings();
    assert!(!place.has("out.json"));
}

#[test]
fn the_readable_forms_stand_beside_the_bundle() {
    let place = Place::hello();
    place
        .run(&[
            "build",
            "hello",
            "-o",
            "out/hello.json",
            "--emit",
            "prompts,tools,schemas",
        ])
        .ok();
    let prompt = place.read("out/hello.readable/prompts/hello.answer.md");
    assert!(
        prompt.contains("- must `hello.answer.be_brief`: Answer in at most 120 words."),
        "{prompt}"
    );
    assert!(
        place
            .read("out/hello.readable/schemas/hello.Reader.json")
            .contains("\"address\"")
    );
    assert_eq!(place.read("out/hello.readable/tools/openai.json"), "{}\n");
}

#[test]
fn fmt_rewrites_once_and_is_then_content() {
    let place = Place::hello();
    let form = place.read("hello/specs/hello.silex");
    place.edit(
        "hello/specs/hello.silex",
        "  model clerk\n",
        "      model   clerk\n",
    );
    let shown = place.run(&["fmt", "--check", "hello"]).findings();
    assert!(
        shown.contains("-      model   clerk\n+  model clerk\n"),
        "{shown}"
    );
    assert_ne!(place.read("hello/specs/hello.silex"), form);
    place.run(&["fmt", "hello"]).ok();
    assert_eq!(place.read("hello/specs/hello.silex"), form);
    assert_eq!(place.run(&["fmt", "hello"]).ok(), "");
}

#[test]
fn render_says_which_inputs_are_missing_and_how_to_give_them() {
    let place = Place::hello();
    let said = place.run(&["render", "answer", "hello"]).failed();
    assert!(
        said.contains("reader.address: email is missing   --set reader.address=…"),
        "{said}"
    );
    assert!(
        said.contains("--mail") && said.contains("opening_hours"),
        "{said}"
    );
    assert!(
        place
            .run(&["render", "anwser", "hello"])
            .failed()
            .contains("did you mean `answer`?")
    );
}

#[test]
fn a_prompt_is_rendered_in_a_stage_with_what_is_observed() {
    let place = Place::desk();
    let given = ["render", "serve", "desk", "--why", "--mail", "Hello?"];
    let given = [&given[..], &["--set", "customer.address=ada@example.org"]].concat();
    let run = |more: &[&str]| place.run(&[&given[..], more].concat());
    let said = run(&[]).failed();
    assert!(
        said.contains("`mood`, which `desk.read_mood` finds out, has no value   --set mood=…"),
        "{said}"
    );
    let said = run(&["--set", "mood=calm", "--stage", "bookt"]).failed();
    assert!(
        said.contains("has no stage `bookt`; it has asking, agreeing, booked, closed"),
        "{said}"
    );
    let shown = run(&["--set", "mood=upset", "--stage", "booked"]).ok();
    assert!(shown.contains("in stage booked"), "{shown}");
    let (present, absent) = shown.split_once("not in this prompt").unwrap();
    assert!(present.contains("desk.serve.book_again"), "{present}");
    assert!(
        absent.contains("desk.serve.one_question")
            && absent.contains("only when stage == asking")
            && absent.contains("house.house.two_paragraphs")
            && absent.contains("only when mood != upset"),
        "{absent}"
    );
    let first = run(&["--set", "mood=calm"]).ok();
    assert!(first.contains("in stage asking"), "{first}");
}

#[test]
fn the_stages_that_no_example_reaches_are_listed() {
    let place = Place::desk();
    let covered = place.run(&["test", "desk", "--coverage"]).ok();
    assert!(
        covered.contains("stages in which no example is played: 0 of 4"),
        "{covered}"
    );
    let some = place
        .run(&["test", "desk", "fault", "--coverage", "--format", "json"])
        .ok();
    let unreached = &lines(&some)[2]["unreached"]["stages"];
    let ids: Vec<_> = unreached.as_array().unwrap().iter().collect();
    assert_eq!(ids.len(), 3, "{some}");
    assert_eq!(ids[0]["id"], "desk.serve.agreeing");
}

#[test]
fn a_prompt_is_rendered_as_it_would_be_sent() {
    let place = Place::hello();
    let given = [
        "render",
        "answer",
        "hello",
        "--mail",
        "Open on Sundays?",
        "--set",
        "reader.address=ada@example.org",
    ];
    let prompt = place
        .run(&[&given[..], &["--format", "json"]].concat())
        .ok();
    let prompt = lines(&prompt).remove(0);
    assert!(
        prompt["system"]
            .as_str()
            .unwrap()
            .contains("- MUST: Answer in at most 120 words.")
    );
    let mail = prompt["messages"][0]["user"]["text"].as_str().unwrap();
    assert!(
        mail.contains("Open on Sundays?") && mail.starts_with("[data "),
        "{mail}"
    );
}

#[test]
fn why_names_the_rule_and_the_place_of_each_line_and_what_is_absent() {
    let place = Place::hello();
    place.edit(
        "hello/specs/hello.silex",
        "  never promise_books",
        "  when mail.subject is empty { must ask_subject \"Ask what it is about.\" }\n  never promise_books",
    );
    let shown = place
        .run(&[
            "render",
            "answer",
            "hello",
            "--why",
            "--example",
            "opening_hours",
            "--set",
            "mail.subject=Hours",
        ])
        .ok();
    let line = shown
        .lines()
        .find(|line| line.contains("Answer in at most 120 words"))
        .unwrap();
    assert!(
        line.starts_with("hello.answer.be_brief  specs/hello.silex:13"),
        "{line}"
    );
    let absent = shown.split("not in this prompt").nth(1).unwrap();
    assert!(
        absent.contains("hello.answer.ask_subject")
            && absent.contains("only when mail.subject is empty"),
        "{absent}"
    );
}

#[test]
fn a_failing_example_points_at_its_line() {
    let place = Place::hello();
    place.edit(
        "hello/specs/hello.silex",
        "  expect rule be_brief",
        "  expect prompt contains \"bakery\"",
    );
    let outcome = place.run(&["test", "hello"]);
    assert!(
        outcome.stderr.contains("specs/hello.silex:34"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.findings().contains("0 passed, 1 failed"));
    let results = place.run(&["test", "hello", "--format", "json"]).findings();
    let results = lines(&results);
    assert_eq!(results[0]["failures"][0]["labels"][0]["at"]["line"], 34);
    assert_eq!(
        (&results[1]["passed"], &results[1]["failed"]),
        (&0.into(), &1.into())
    );
}

#[test]
fn coverage_lists_what_no_example_reaches() {
    let place = Place::hello();
    place.edit(
        "hello/specs/hello.silex",
        "  never promise_books",
        "  when count(mail.attachments) > 0 { must thank \"Thank for the files.\" }\n  never promise_books",
    );
    let shown = place.run(&["test", "hello", "--coverage"]).ok();
    assert!(
        shown.contains("rules in no example's prompt: 1 of 3\n  hello.answer.thank"),
        "{shown}"
    );
    assert!(
        place
            .run(&["test", "hello", "nothing_like_it"])
            .failed()
            .contains("no example whose name contains")
    );
}

#[test]
fn variants_are_listed_filtered_and_shown() {
    let place = Place::empty();
    place.run(&["new", "letters"]).ok();
    assert!(
        place
            .run(&["variants", "letters"])
            .ok()
            .contains("letters.answer  ")
    );
    let all = place
        .run(&["variants", "answer", "letters", "--format", "json"])
        .ok();
    assert!(all.contains("\"hash\":\""), "{all}");
    let hash = all
        .split("\"hash\":\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let shown = place
        .run(&["variants", "answer", "letters", "--show", &hash])
        .ok();
    assert!(shown.contains("# Rules"), "{shown}");
    let wrong = place.run(&[
        "variants",
        "answer",
        "letters",
        "--when",
        "nobody.plan == pro",
    ]);
    let wrong = wrong.failed();
    assert!(wrong.contains("unknown name `nobody`"), "{wrong}");
}

#[test]
fn tools_are_printed_as_their_reader_is_told_of_them() {
    let place = Place::hello();
    place.edit(
        "hello/specs/hello.silex",
        "behaviour answer",
        "tool find_book(title: text 1..80) -> text 1..200 {\n  via native \"shelf\"\n}\n\nbehaviour answer",
    );
    let print = |arguments: &[&str]| -> serde_json::Value {
        serde_json::from_str(&place.run(arguments).ok()).unwrap()
    };
    let listed = print(&["tools", "hello", "--for", "mcp"]);
    assert_eq!(listed["tools"][0]["name"], "find_book");
    assert_eq!(listed["tools"][0]["annotations"]["openWorldHint"], true);
    let strict = print(&["tools", "hello", "--for", "openai", "--strict"]);
    assert_eq!(strict[0]["function"]["strict"], true);
    let none = print(&["tools", "answer", "hello", "--for", "anthropic"]);
    assert_eq!(none, serde_json::json!([]), "the behaviour offers none");
    let said = place
        .run(&["tools", "anwser", "hello", "--for", "mcp"])
        .failed();
    assert!(said.contains("did you mean"), "{said}");
}
