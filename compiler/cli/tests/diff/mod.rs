//! `silex diff` as reviewers and build servers call it.

use std::process::Command;

use crate::place::{Place, lines};

/// A repository with the package `hello` in it, and a first commit.
fn repository() -> Place {
    let place = Place::hello();
    git(&place, &["init", "-q", "-b", "main"]);
    commit(&place);
    place
}

fn commit(place: &Place) {
    git(place, &["add", "-A"]);
    git(
        place,
        &[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "commit",
            "-q",
            "-m",
            "a",
        ],
    );
}

fn git(place: &Place, arguments: &[&str]) {
    let done = Command::new("git")
        .current_dir(place.path("."))
        // What whoever runs the tests has set up makes no difference.
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

const SPEC: &str = "hello/specs/hello.silex";

/// Takes the check of a rule away.
fn weaken(place: &Place) {
    place.edit(SPEC, "    check words(reply.body) <= 120\n", "");
}

/// What changed, as `CODE SUBJECT`.
fn said(output: &str) -> Vec<String> {
    let lines = lines(output);
    let changes = lines.iter().filter(|it| it["code"].is_string());
    let said = changes.map(|it| {
        let word = |key: &str| it[key].as_str().unwrap().to_owned();
        format!("{} {}", word("code"), word("subject"))
    });
    said.collect()
}

#[test]
fn a_revision_is_compared_with_the_working_tree() {
    let place = repository();
    weaken(&place);
    let changes = place
        .run(&["diff", "HEAD", "hello", "--format", "json"])
        .ok();
    assert_eq!(said(&changes), ["check-removed hello.answer.be_brief"]);
    let change = &lines(&changes)[0];
    assert_eq!(change["old"]["file"], "HEAD:hello/specs/hello.silex");
    assert_eq!(change["new"]["file"], "hello/specs/hello.silex");
    assert_eq!(change["fails"], false);
    assert_eq!(change["affects"]["examples"].as_array().unwrap().len(), 1);
}

#[test]
fn revisions_folders_and_bundles_say_the_same() {
    let place = repository();
    place.run(&["build", "hello", "-o", "old.json"]).ok();
    weaken(&place);
    place.run(&["build", "hello", "-o", "new.json"]).ok();
    commit(&place);
    let expected = ["check-removed hello.answer.be_brief"];
    for sides in [
        ["HEAD~1:hello", "HEAD:hello"],
        ["main~1", "hello"],
        ["old.json", "new.json"],
        ["old.json", "hello"],
        ["HEAD~1:hello", "new.json"],
        ["HEAD~1:./hello/", "hello"],
    ] {
        let changes = place
            .run(&["diff", sides[0], sides[1], "--format", "json"])
            .ok();
        assert_eq!(said(&changes), expected, "{sides:?}");
    }
}

#[test]
fn a_package_that_uses_another_is_read_whole_from_a_revision() {
    let place = Place::empty();
    place.write(
        "house/silex.yaml",
        "name: house\nversion: 0.1.0\nsilex: \"0.1\"\n",
    );
    place.write(
        "house/specs/style.silex",
        "ruleset polite { must greet \"Greet.\" }\n",
    );
    place.write(
        "desk/silex.yaml",
        "name: desk\nversion: 0.1.0\nsilex: \"0.1\"\nuse:\n  house:\n    path: ../house\n",
    );
    place.write(
        "desk/specs/desk.silex",
        "use house.style.{polite}\nbehaviour answer(mail: Mail) -> Reply { role \"A desk.\" follow polite }\n",
    );
    git(&place, &["init", "-q", "-b", "main"]);
    commit(&place);
    place.edit("house/specs/style.silex", "must greet", "may greet");
    let changes = place
        .run(&["diff", "main", "desk", "--format", "json"])
        .ok();
    assert_eq!(
        said(&changes),
        ["strength-lowered house.style.polite.greet"]
    );
}

#[test]
fn what_fails_is_chosen() {
    let place = repository();
    weaken(&place);
    let diff = |fail_on| place.run(&["diff", "HEAD", "hello", "--fail-on", fail_on]);
    diff("breaking").ok();
    diff("none").ok();
    diff("weakened").findings();
    let text = diff("any").findings();
    assert!(
        text.contains("weakened") && text.contains("drafts are no longer checked"),
        "{text}"
    );
    assert!(text.contains("- words(reply.body) <= 120"), "{text}");
}

#[test]
fn nothing_changes_by_a_remark() {
    let place = repository();
    place.edit(SPEC, "/// Answers", "// A remark.\n\n/// Answers");
    let outcome = place.run(&["diff", "HEAD", "hello", "--fail-on", "any"]);
    assert_eq!(outcome.stderr, "no change\n");
    assert_eq!(outcome.ok(), "");
}

#[test]
fn what_was_agreed_to_does_not_fail_until_it_runs_out() {
    let place = repository();
    weaken(&place);
    let diff = |waivers: &str| {
        place.write("waivers.yaml", waivers);
        place.run(&[
            "diff",
            "HEAD",
            "hello",
            "--fail-on",
            "weakened",
            "--waivers",
            "waivers.yaml",
        ])
    };
    let waiver = |code: &str, expires: &str| {
        format!(
            "- code: {code}\n  subject: hello.answer.be_brief\n  reason: the desk counts\n  expires: {expires}\n"
        )
    };
    let waived = diff(&waiver("check-removed", "9999-01-01"));
    assert!(
        waived.stderr.contains("1 of them waived"),
        "{}",
        waived.stderr
    );
    assert!(waived.ok().contains("waived: the desk counts"));
    let over = diff(&waiver("check-removed", "2020-01-01"));
    assert!(
        over.stderr
            .contains("ran out on 2020-01-01 and does not count"),
        "{}",
        over.stderr
    );
    over.findings();
    let unused = diff(&waiver("gate-removed", "9999-01-01"));
    assert!(
        unused.stderr.contains("is not needed; take it out"),
        "{}",
        unused.stderr
    );
    unused.findings();
    for (wrong, said) in [
        (
            waiver("check-remved", "9999-01-01"),
            "did you mean `check-removed`?",
        ),
        (waiver("check-removed", "soon"), "waivers.yaml"),
        (
            waiver("check-removed", "9999-01-01") + "  until: 3\n",
            "until",
        ),
        (
            waiver("check-removed", "9999-01-01").replace("the desk counts", "\" \""),
            "gives no reason",
        ),
    ] {
        let failed = diff(&wrong).failed();
        assert!(failed.contains(said), "{failed}");
    }
    diff("# nothing yet\n").findings();
}

#[test]
fn a_change_names_the_variants_that_show_it_as_they_are_listed() {
    let place = repository();
    place.edit(
        SPEC,
        "  must be_brief",
        "  when reader.name == \"\" {\n    must sum_up \"Begin with what is settled.\"\n  }\n  must be_brief",
    );
    let listed = lines(
        &place
            .run(&["variants", "answer", "hello", "--format", "json"])
            .ok(),
    );
    let of = listed.len();
    let is_with = |it: &&serde_json::Value| it["adds"].to_string().contains("must sum_up");
    let with: Vec<_> = listed.iter().filter(is_with).collect();
    assert!(!with.is_empty() && with.len() < of);
    let diff = |format| {
        place
            .run(&["diff", "HEAD", "hello", "--format", format])
            .ok()
    };
    let json = lines(&diff("json"));
    let shown = &json[0]["affects"]["variants"][0];
    assert_eq!(shown["behaviour"], "hello.answer");
    assert_eq!(shown["count"], with.len());
    assert_eq!(shown["of"], of);
    assert_eq!(shown["first"][0], with[0]["hash"]);
    let prompts = json.iter().find(|it| it["prompts"].is_object()).unwrap();
    assert_eq!(prompts["prompts"]["new"]["counted"], "estimated");
    let words = format!(
        "it shows in {} of {of} variants of `hello.answer`: `{}`",
        with.len(),
        with[0]["hash"].as_str().unwrap()
    );
    for format in ["text", "markdown", "github", "sarif"] {
        let said = diff(format);
        assert!(said.contains(&words), "{format}: {said}");
    }
    assert!(
        diff("text").contains("(estimated), before "),
        "{}",
        diff("text")
    );
}

#[test]
fn what_cannot_be_compared_says_why() {
    let place = repository();
    let failed = |sides: &[&str]| place.run(&[&["diff"], sides].concat()).failed();
    assert!(failed(&["nowhere", "hello"]).contains("git knows no revision of this name"));
    assert!(failed(&["main:nowhere", "hello"]).contains("no package in `nowhere` at `main`"));
    assert!(failed(&["HEAD", "hello/specs"]).contains("is no package"));
    place.write("broken.json", "[]");
    assert!(failed(&["broken.json", "hello"]).contains("not a bundle file"));
    let lone = Place::hello();
    let said = lone.run(&["diff", "main", "hello"]).failed();
    assert!(said.contains("not a git repository"), "{said}");
    let mut without = place.command(&["diff", "main", "hello"]);
    let output = without.env("PATH", "").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`git` was not found"), "{said}");
}

#[test]
fn a_package_with_errors_is_not_compared() {
    let place = repository();
    place.edit(SPEC, "words(reply.body)", "words(reply.bdy)");
    let found = place
        .run(&["diff", "HEAD", "hello", "--format", "json"])
        .findings();
    assert_eq!(lines(&found)[0]["severity"], "error");
    commit(&place);
    place.edit(SPEC, "words(reply.bdy)", "words(reply.body)");
    let failed = place.run(&["diff", "HEAD", "hello"]).failed();
    assert!(
        failed.contains("the package at `HEAD` has errors"),
        "{failed}"
    );
}

#[test]
fn the_comment_holds_the_words_of_authors_as_words() {
    let place = repository();
    place.edit(
        SPEC,
        "  must be_brief",
        "  may shout \"Call <b>@everybody</b> and write ``` often.\"\n  must be_brief",
    );
    let comment = place
        .run(&["diff", "HEAD", "hello", "--format", "markdown"])
        .ok();
    assert!(comment.starts_with("<!-- silex diff -->\n"), "{comment}");
    assert!(comment.contains("| permission widened | 1 |"), "{comment}");
    let outside = comment.split("  ````").step_by(2).collect::<String>();
    assert!(
        comment.contains(
            "  ````diff\n  + may \"Call <b>@everybody</b> and write ``` often.\"\n  ````\n"
        ),
        "{comment}"
    );
    assert!(
        !outside.contains("@everybody") && !outside.contains("<b>"),
        "{outside}"
    );
}
