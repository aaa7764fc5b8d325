//! `silex snapshot` as reviewers and build servers call it.

use serde_json::Value;

use crate::place::{Place, lines};

/// A package whose snapshot was written before a rule was added.
fn stale() -> Place {
    let place = Place::hello();
    place.run(&["snapshot", "hello"]).ok();
    place.edit(
        "hello/specs/hello.silex",
        "  must be_brief",
        "  must be_kind \"Be kind.\"\n  must be_brief",
    );
    place
}

const FILE: &str = "hello/snapshots/hello.answer.md";

/// The line of the kept file from which on it is another.
fn line(place: &Place) -> usize {
    let kept = place.read(FILE);
    place.run(&["snapshot", "hello"]).ok();
    let now = place.read(FILE);
    place.write(FILE, &kept);
    let mut both = kept.lines().zip(now.lines());
    both.position(|(kept, now)| kept != now).unwrap() + 1
}

#[test]
fn a_snapshot_that_is_stale_or_of_no_behaviour_fails() {
    let place = Place::empty();
    place.run(&["new", "letters"]).ok();
    place.run(&["snapshot", "letters", "--check"]).findings();
    place.run(&["snapshot", "letters"]).ok();
    place.run(&["snapshot", "letters", "--check"]).ok();
    let kept = place.read("letters/snapshots/letters.answer.md");
    assert!(kept.contains("## Variants"), "{kept}");
    place.write("letters/snapshots/letters.gone.md", &kept);
    let gone = place.run(&["snapshot", "letters", "--check"]).findings();
    assert!(gone.contains("its behaviour is gone"), "{gone}");
    place.run(&["snapshot", "letters"]).ok();
    place.run(&["snapshot", "letters", "--check"]).ok();
}

#[test]
fn a_stale_snapshot_is_a_finding_at_its_first_line_that_differs() {
    let place = stale();
    let line = line(&place);
    let check = |format| place.run(&["snapshot", "hello", "--check", "--format", format]);
    let json = lines(&check("json").findings());
    let found = json
        .iter()
        .find(|it| it["code"] == "stale-snapshot")
        .unwrap();
    assert_eq!(found["severity"], "error");
    assert_eq!(found["labels"][0]["at"]["file"], FILE);
    assert_eq!(found["labels"][0]["at"]["line"], line);
    let github = check("github").findings();
    let start = format!("::error file={FILE},line={line},");
    let command = github.lines().find(|it| it.starts_with(&start));
    assert!(
        command.is_some_and(|it| it.contains("title=stale-snapshot")),
        "{github}"
    );
    let sarif: Value = serde_json::from_str(&check("sarif").findings()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let result = results
        .iter()
        .find(|it| it["ruleId"] == "stale-snapshot")
        .unwrap();
    let place_of = &result["locations"][0]["physicalLocation"];
    assert_eq!(place_of["artifactLocation"]["uri"], FILE);
    assert_eq!(place_of["region"]["startLine"], line);
    let junit = check("junit").findings();
    assert!(
        junit.contains("<failure") && junit.contains(FILE),
        "{junit}"
    );
}

#[test]
fn one_that_is_missing_or_of_no_behaviour_is_told_at_its_file() {
    let place = stale();
    place.run(&["snapshot", "hello"]).ok();
    let check = |format| place.run(&["snapshot", "hello", "--check", "--format", format]);
    assert!(!check("json").ok().contains("stale-snapshot"));
    let text = place.read(FILE);
    std::fs::rename(
        place.path(FILE),
        place.path("hello/snapshots/hello.gone.md"),
    )
    .unwrap();
    let found = lines(&check("json").findings());
    let found = found.iter().filter(|it| it["code"] == "stale-snapshot");
    let said: Vec<_> = found
        .map(|it| format!("{} {}", it["labels"][0]["at"]["file"], it["message"]))
        .collect();
    assert_eq!(
        said,
        [
            format!("\"{FILE}\" \"the snapshot is missing\""),
            "\"hello/snapshots/hello.gone.md\" \"the behaviour of the snapshot is gone\""
                .to_owned(),
        ]
    );
    place.write(FILE, &text);
}

#[test]
fn a_mistake_is_told_in_the_same_format() {
    let place = stale();
    place.edit(
        "hello/specs/hello.silex",
        "words(reply.body)",
        "words(reply.bdy)",
    );
    for format in ["json", "sarif", "github", "junit"] {
        let said = place
            .run(&["snapshot", "hello", "--check", "--format", format])
            .findings();
        assert!(said.contains("bdy"), "{format}: {said}");
    }
}
