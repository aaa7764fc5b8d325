//! `silex fmt` as authors, editors and hooks call it.

use std::io::Write;
use std::process::Stdio;

use crate::place::{Place, lines};

const LOOSE: &str = "enum   T{a,b}\n";
const FORM: &str = "enum T { a, b }\n";

/// Standard output and status of `silex fmt -` for some bytes.
#[track_caller]
fn check_pipe(arguments: &[&str], given: &[u8], wanted: &str, status: i32) -> String {
    let mut command = Place::empty().command(&[&["fmt", "-"], arguments].concat());
    command.current_dir(std::env::temp_dir());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(given).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), wanted, "{said}");
    assert_eq!(output.status.code(), Some(status), "{said}");
    said
}

#[test]
fn standard_input_goes_to_standard_output() {
    check_pipe(&[], LOOSE.as_bytes(), FORM, 0);
    check_pipe(&[], FORM.as_bytes(), FORM, 0);
    check_pipe(&["--check"], FORM.as_bytes(), "", 0);
    check_pipe(&[], b"", "", 0);
}

#[test]
fn what_cannot_be_read_gives_findings_and_no_text() {
    let said = check_pipe(&[], b"enum T { a\n", "", 2);
    assert!(
        said.contains("this `{` is not closed") && said.contains("-:1:8"),
        "{said}"
    );
    let said = check_pipe(&[], b"enum T {\n  a \xff\n}\n", "", 2);
    assert!(
        said.contains("byte 13 of the file is not UTF-8") && said.contains("-:2:5"),
        "{said}"
    );
}

#[test]
fn check_shows_a_diff_and_writes_nothing() {
    let place = Place::empty();
    place.write("a.silex", LOOSE);
    place.write("b.silex", FORM);
    let shown = place
        .run(&["fmt", "--check", "a.silex", "b.silex"])
        .findings();
    assert_eq!(
        shown,
        "a.silex\n@@ -1 +1 @@\n-enum   T{a,b}\n+enum T { a, b }\n"
    );
    assert_eq!(place.read("a.silex"), LOOSE);
    let shown = place
        .run(&["fmt", "--check", "--format", "json", "."])
        .findings();
    assert_eq!(
        lines(&shown),
        [serde_json::json!({ "file": "./a.silex", "changed": true })]
    );
}

#[test]
fn a_file_that_is_broken_does_not_keep_the_others_from_their_form() {
    let place = Place::empty();
    place.write("a.silex", LOOSE);
    place.write("b.silex", "enum\n");
    place.write("c.silex", LOOSE);
    place.run(&["fmt", "."]).findings();
    assert_eq!(
        (place.read("a.silex"), place.read("c.silex")),
        (FORM.into(), FORM.into())
    );
    assert_eq!(place.read("b.silex"), "enum\n");
}

#[test]
fn a_mark_tabs_and_carriage_returns_go() {
    let place = Place::empty();
    place.write("a.silex", "\u{FEFF}enum T {\r\n\ta\r\n}\r\n");
    place.run(&["fmt", "a.silex"]).ok();
    assert_eq!(place.read("a.silex"), "enum T {\n  a\n}\n");
}

#[test]
fn a_package_means_the_same_when_it_is_formatted() {
    let place = Place::hello();
    let digest = |name: &str| {
        place.run(&["build", "hello", "-o", name]).ok();
        let bundle = silex_bundle::Bundle::read(place.read(name).as_bytes())
            .unwrap()
            .0;
        (bundle.meaning_digest(), bundle.digest())
    };
    let before = digest("before.json");
    place.edit(
        "hello/specs/hello.silex",
        "  model clerk\n",
        "  model\n clerk // who answers\n",
    );
    place.run(&["fmt", "hello"]).ok();
    let after = digest("after.json");
    assert_eq!(before.0, after.0);
    assert_ne!(before.1, after.1, "the sources are another");
}
