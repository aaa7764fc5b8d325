//! `silex lint`: what it finds, changes, lists and audits.

use super::place::{Place, lines};

const SPEC: &str = "hello/specs/hello.silex";

/// The package with three things that lints change, and one that they only tell.
fn sloppy() -> Place {
    let place = Place::hello();
    place.edit(
        SPEC,
        "\"Answer in at most",
        "\"You must try to answer in at most",
    );
    place.edit(SPEC, "\"Promise that", "\"Don't promise that");
    place.edit(
        SPEC,
        "on the shelf.\"\n    because",
        "on the shelf, etc.\"\n    because",
    );
    place
}

#[test]
fn what_lints_find_is_told_and_is_no_failure() {
    let place = sloppy();
    let found = place.run(&["lint", "hello", "--format", "json"]).ok();
    let codes: Vec<_> = lines(&found)
        .iter()
        .map(|it| it["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        codes,
        [
            "repeated-strength",
            "hedged-rule",
            "double-negative",
            "vague-words"
        ]
    );
    let one = place.run(&["lint", "hello", "--code", "vague-words", "--format", "json"]);
    assert_eq!(lines(&one.ok()).len(), 1);
    let off = place.run(&[
        "lint",
        "hello",
        "--code",
        "unguarded-agent",
        "--format",
        "json",
    ]);
    assert_eq!(lines(&off.ok()).len(), 1);
    assert!(
        place
            .run(&["lint", "hello", "--code", "vague-word"])
            .failed()
            .contains("did you mean `vague-words`?")
    );
}

#[test]
fn fix_makes_the_changes_and_tells_what_is_left() {
    let place = sloppy();
    let outcome = place.run(&["lint", "hello", "--fix"]);
    assert!(
        outcome.stderr.contains("3 changes made") && outcome.stderr.contains("1 warning"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stdout.contains("hedged-rule specs/hello.silex:13"),
        "{}",
        outcome.stdout
    );
    let text = place.read(SPEC);
    assert!(
        text.contains("\"Answer in at most 120 words.\"") && text.contains("\"Promise that a book"),
        "{text}"
    );
    outcome.ok();
    assert!(
        place
            .run(&["lint", "hello", "--fix"])
            .stderr
            .contains("0 changes made")
    );
}

#[test]
fn errors_are_told_though_the_lints_could_not_look() {
    let place = sloppy();
    place.edit(SPEC, "words(reply.body)", "words(reply.bdy)");
    let outcome = place.run(&["lint", "hello", "--fix"]);
    assert!(
        outcome.stderr.contains("did you mean `body`?"),
        "{}",
        outcome.stderr
    );
    assert!(
        place.read(SPEC).contains("reply.bdy"),
        "an error is the author's to mend"
    );
    outcome.findings();
}

#[test]
fn the_list_has_the_levels_of_the_package() {
    let place = Place::hello();
    let level = |place: &Place| {
        let list = place
            .run(&["lint", "hello", "--list", "--format", "json"])
            .ok();
        let all = lines(&list);
        assert!(all.len() > 50, "{}", all.len());
        let one = all.iter().find(|it| it["code"] == "reasonless-never");
        one.unwrap()["level"].as_str().unwrap().to_owned()
    };
    assert_eq!(level(&place), "allow");
    let manifest = place.read("hello/silex.yaml") + "lints: { reasonless-never: deny }\n";
    place.write("hello/silex.yaml", &manifest);
    assert_eq!(level(&place), "deny");
}

#[test]
fn the_audit_says_who_reaches_whom() {
    let place = Place::hello();
    place.edit(
        SPEC,
        "fact who \"",
        "fact who \"{{ trusting mail.subject because \"we wrote it\" }} ",
    );
    place.edit(SPEC, "  must be_brief", "  tools pay_back\n  must be_brief");
    let spec = place.read(SPEC)
        + "/// Give money back.\ntool pay_back(\n  /// How much.\n  amount: int 1..100,\n) -> Saved {\n  \
           spends amount\n  gate reviewer when amount > 20\n  via http POST \"billing\"\n  \
           allow unsampled-check because \"there is none\"\n}\n";
    place.write(SPEC, &spec);
    let text = place.run(&["lint", "hello", "--audit"]).ok();
    for wanted in [
        "no guard: every mail is let in",
        "comes to hello.answer by route",
        "hello.pay_back spends `amount`: gate reviewer when amount > 20",
        "mail.subject in hello.answer: we wrote it  specs/hello.silex:12",
        "unsampled-check: there is none",
        "endpoint and its secret: billing",
        "otherwise hold",
    ] {
        assert!(text.contains(wanted), "no {wanted:?} in {text}");
    }
    let markdown = place
        .run(&["lint", "hello", "--audit", "--format", "markdown"])
        .ok();
    assert!(
        markdown.contains("\n## What reaches outside\n\n- hello.pay_back"),
        "{markdown}"
    );
    let json = place
        .run(&["lint", "hello", "--audit", "--format", "json"])
        .ok();
    let page: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(page["gates"][0]["when"], "amount > 20");
}
