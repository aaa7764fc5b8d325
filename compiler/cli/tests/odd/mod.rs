//! `silex check` on what no author means to write: each is told at its place, at once, and without
//! a panic. Big inputs are made here.

use std::fs;

use serde_json::Value;

use crate::place::{Place, lines};

const MANIFEST: &str = "name: odd\nversion: 0.1.0\nsilex: \"0.1\"\n";

/// A package of one module.
fn package(text: &[u8]) -> Place {
    let place = Place::empty();
    place.write("silex.yaml", MANIFEST);
    place.write("specs/odd.silex", "");
    fs::write(place.path("specs/odd.silex"), text).unwrap();
    place
}

/// `FILE:LINE:COLUMN CODE: MESSAGE` of each finding, at most so many.
#[track_caller]
fn told(place: &Place) -> Vec<String> {
    let found = place.run(&["check", "--format", "json"]);
    assert!(!found.stderr.contains("panicked"), "{}", found.stderr);
    lines(&found.stdout).iter().map(shown).collect()
}

fn shown(finding: &Value) -> String {
    let at = &finding["labels"][0]["at"];
    format!(
        "{}:{}:{} {}: {}",
        at["file"].as_str().unwrap(),
        at["line"],
        at["column"],
        finding["code"].as_str().unwrap(),
        finding["message"].as_str().unwrap()
    )
}

#[track_caller]
fn check(text: &[u8], wanted: &[&str]) {
    assert_eq!(told(&package(text)), wanted);
}

/// The first finding starts so, and there are few.
#[track_caller]
fn check_big(text: &str, wanted: &str) {
    let found = told(&package(text.as_bytes()));
    assert!(
        found.first().is_some_and(|it| it.starts_with(wanted)) && found.len() <= 70,
        "{} findings, first {:?}",
        found.len(),
        found.first()
    );
    // The drawing of a finding for people does not repeat megabytes.
    let drawn = package(text.as_bytes()).run(&["check"]).stderr;
    assert!(drawn.len() < 200_000, "{} bytes are shown", drawn.len());
}

#[test]
fn bytes_that_are_not_utf8_are_told_and_the_rest_is_checked() {
    check(
        b"enum T { a }\nenum U { \xff b }\nrecord R { t: V }\n",
        &[
            "specs/odd.silex:2:10 extra-sign: `\u{FFFD}` has no place here",
            "specs/odd.silex:2:10 not-utf8: byte 22 of the file is not UTF-8",
            "specs/odd.silex:3:15 unknown-name: unknown type `V`",
        ],
    );
}

#[test]
fn a_file_in_utf16_is_one_mistake() {
    let text = "behaviour a(mail: Mail) -> Reply {\n  must \"Thank them.\"\n}\n";
    let units = || text.encode_utf16();
    let wanted = ["specs/odd.silex:1:1 not-utf8: the file is UTF-16, not UTF-8"];
    let marked: Vec<u8> = [0xFEFF]
        .into_iter()
        .chain(units())
        .flat_map(u16::to_le_bytes)
        .collect();
    check(&marked, &wanted);
    let bare: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    check(&bare, &wanted);
}

#[test]
fn braces_that_close_nothing_are_told_once() {
    let wanted = ["specs/odd.silex:1:1 extra-brace: these `}` close too much"];
    check("}".repeat(100_000).as_bytes(), &wanted);
    check("}\n".repeat(100_000).as_bytes(), &wanted);
}

#[test]
fn a_nul_is_told() {
    check(
        b"enum T { a }\n\0\nenum U { b }\n",
        &["specs/odd.silex:2:1 control-character: a control character (U+0000) stands here"],
    );
}

#[test]
fn a_lone_carriage_return_ends_no_line_and_harms_nothing() {
    check(b"enum T { a }\r\renum U { b }\r\n", &[]);
    check(
        b"enum T { a }\r\nrecord R { t: V }\r\n",
        &["specs/odd.silex:2:15 unknown-name: unknown type `V`"],
    );
}

#[test]
fn a_mark_and_tabs_are_warnings() {
    check(
        "\u{FEFF}enum T {\n\ta\n}\n".as_bytes(),
        &[
            "specs/odd.silex:1:1 byte-order-mark: the file starts with a byte-order mark",
            "specs/odd.silex:2:1 tab: the file holds a tab",
        ],
    );
}

#[test]
fn an_empty_file_is_a_module() {
    check(b"", &[]);
    check(b"\n\n", &[]);
    check(
        "\u{FEFF}".as_bytes(),
        &["specs/odd.silex:1:1 byte-order-mark: the file starts with a byte-order mark"],
    );
}

#[test]
fn a_line_of_ten_megabytes() {
    check_big(
        &"a".repeat(10 << 20),
        "specs/odd.silex:1:1 syntax: expected a declaration",
    );
    check_big(
        &"a ".repeat(1 << 19),
        "specs/odd.silex:1:1 syntax: expected a declaration",
    );
}

#[test]
fn a_string_of_ten_megabytes() {
    let text = format!(
        "const x = \"{}\"\nrecord R {{ t: V }}\n",
        "a".repeat(10 << 20)
    );
    check_big(&text, "specs/odd.silex:2:15 unknown-name");
    let open = format!("const x = \"{}\n", "a".repeat(10 << 20));
    check_big(&open, "specs/odd.silex:1:11 unclosed-string");
}

#[test]
fn brackets_without_end() {
    for bracket in ["(", "[", "{", "{ a: ", "{{"] {
        let text = format!("const x = {}\n", bracket.repeat(100_000));
        check_big(&text, "specs/odd.silex:1:");
    }
    let whens = "when a {\n".repeat(10_000);
    check_big(
        &format!("behaviour f() -> Reply {{\n{whens}"),
        "specs/odd.silex:65:8 nesting",
    );
}

#[test]
fn names_without_end() {
    let name = "a".repeat(1 << 20);
    let found = told(&package(
        format!("record R {{ {name}: {name} }}\n").as_bytes(),
    ));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].contains("syntax: expected a type") && found[0].len() < 200,
        "{}",
        &found[0][..200]
    );
}

#[test]
fn a_hundred_thousand_declarations() {
    let mut text = String::new();
    for number in 0..100_000 {
        text += &format!("const c{number} = {number}\n");
    }
    check(text.as_bytes(), &[]);
}

#[test]
fn modules_that_differ_in_case_and_names_that_are_none() {
    let place = package(b"");
    for name in ["A.silex", "my-file.silex", "1st.silex", "a b.silex"] {
        place.write(&format!("specs/{name}"), "");
    }
    place.write("elsewhere/wrong.silex", "wrong\n");
    assert_eq!(
        told(&place),
        [
            "specs/1st.silex:1:1 module-name: `specs/1st.silex` cannot be the name of a module",
            "specs/A.silex:1:1 module-name: `specs/A.silex` cannot be the name of a module",
            "specs/a b.silex:1:1 module-name: `specs/a b.silex` cannot be the name of a module",
            "specs/my-file.silex:1:1 module-name: `specs/my-file.silex` cannot be the name of a module",
        ]
    );
}

#[test]
fn a_folder_that_is_called_like_a_file_is_a_folder() {
    let place = package(b"");
    fs::create_dir(place.path("specs/folder.silex")).unwrap();
    assert_eq!(told(&place), [""; 0]);
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_told_and_circles_are_not_followed() {
    let place = package(b"");
    std::os::unix::fs::symlink("..", place.path("specs/circle")).unwrap();
    assert_eq!(told(&place), [""; 0]);
    std::os::unix::fs::symlink("loop.silex", place.path("specs/loop.silex")).unwrap();
    let said = place.run(&["check"]).failed();
    assert!(said.contains("loop.silex"), "{said}");
}

#[test]
fn a_manifest_tells_every_mistake_at_its_place() {
    let place = package(b"");
    place.write(
        "silex.yaml",
        "nmae: odd\nversion: one\nsilex: \"0.1\"\nlints:\n  all: loud\nspecs: 3\n",
    );
    let found = told(&place);
    let starts = [
        "silex.yaml:1:1 unknown-key",
        "silex.yaml:2:10 wrong-value",
        "silex.yaml:5:8 wrong-value",
        "silex.yaml:6:8 wrong-value",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found} is not {start}");
    }
    place.write("silex.yaml", "");
    assert!(told(&place)[0].starts_with("silex.yaml:1:1 "));
    place.write("silex.yaml", "name: [odd\n");
    assert!(
        told(&place)[0].contains("manifest-syntax"),
        "{:?}",
        told(&place)
    );
    place.write("silex.yaml", "name: odd\nversion: 0.1.0\nlimits\n");
    assert!(told(&place)[0].starts_with("silex.yaml:3:1 manifest-syntax"));
    fs::write(place.path("silex.yaml"), b"name: \xffodd\nversion: 0.1.0\n").unwrap();
    let wanted = "silex.yaml:1:7 not-utf8: here the file is not UTF-8";
    assert_eq!(told(&place), [wanted]);
}
