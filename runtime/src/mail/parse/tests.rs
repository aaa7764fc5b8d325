//! Mails of real programs and of hostile strangers.

use std::fs;

use proptest::prelude::*;

use super::*;
use crate::mail::{Limits, record};

fn site() -> Site {
    Site {
        addresses: vec!["write@aleik.example".into()],
        authserv_id: Some("mx.aleik.example".into()),
        ..Site::default()
    }
}

fn read_mail(raw: &str) -> Incoming {
    parse(raw.as_bytes(), &site()).unwrap()
}

/// What was read, with the parts that a snapshot need not repeat left out.
fn check(raw: &str, expected: &[(&str, &str)]) {
    let value = serde_json::to_value(read_mail(raw)).unwrap();
    for (pointer, expected) in expected {
        let found = value.pointer(pointer).map(|found| {
            found
                .as_str()
                .map_or_else(|| found.to_string(), str::to_owned)
        });
        assert_eq!(
            found.as_deref(),
            Some(*expected),
            "{pointer} of {raw}\n{value:#}"
        );
    }
}

fn check_unreadable(raw: &[u8], expected: &str) {
    assert_eq!(parse(raw, &site()).unwrap_err().to_string(), expected);
}

#[test]
fn the_mails_of_the_example_are_read_as_their_programs_meant_them() {
    insta::glob!("../../../../examples/aleik/mail", "*.eml", |path| {
        let incoming = parse(&fs::read(path).unwrap(), &site()).unwrap();
        let mut value = serde_json::to_value(&incoming).unwrap();
        value["html"] = incoming.html.map(|_| "[html]").into();
        value["automatic"] = incoming
            .automatic
            .map(|automatic| automatic.to_string())
            .into();
        insta::assert_json_snapshot!(value);
    });
}

#[test]
fn an_empty_file_and_binary_rubbish_are_no_mail() {
    check_unreadable(b"", "not a mail: it has none of a mail's header fields");
    check_unreadable(
        b"\r\n\r\n",
        "not a mail: it has none of a mail's header fields",
    );
    check_unreadable(
        &[0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70],
        "not a mail: it has none of a mail's header fields",
    );
}

#[test]
fn a_mail_without_from_date_and_id_is_read_and_says_so() {
    let incoming = read_mail("Subject: lost\r\n\r\nhello\r\n");
    assert_eq!(
        (incoming.from, incoming.date, incoming.message_id),
        (None, None, None)
    );
    assert_eq!(
        incoming.problems,
        [
            "no readable `from` field",
            "no readable `date` field",
            "no readable `message-id` field"
        ]
    );
    assert_eq!(incoming.text, "hello");
}

#[test]
fn of_a_repeated_field_the_first_counts_and_two_authors_prove_nothing() {
    check(
        "Authentication-Results: mx.aleik.example; dmarc=pass\r\nFrom: a@b.example\r\nFrom: c@d.example\r\nSubject: one\r\nSubject: two\r\nMessage-ID: <1@x>\r\nMessage-ID: <2@x>\r\n\r\nx",
        &[
            ("/from/address", "a@b.example"),
            ("/subject", "one"),
            ("/message_id", "1@x"),
            ("/authentication/witness", "nobody"),
            (
                "/problems/0",
                "more than one `from` field; the first counts",
            ),
        ],
    );
    assert!(!read_mail("Authentication-Results: mx.aleik.example; dmarc=pass\r\nFrom: a@b.example, c@d.example\r\n\r\nx").verified());
}

#[test]
fn a_megabyte_of_header_is_refused() {
    let raw = format!(
        "From: a@b.example\r\nX-Big: {}\r\n\r\nx",
        "y".repeat(1 << 20)
    );
    check_unreadable(raw.as_bytes(), "more than 262144 header bytes");
    let raw = format!(
        "From: a@b.example\r\n{}\r\nx",
        "References: <1@x>\r\n".repeat(10_000)
    );
    check_unreadable(raw.as_bytes(), "more than 4000 header lines");
}

#[test]
fn a_mail_that_never_ends_its_nesting_is_refused() {
    let nested = |part: &str| format!("From: a@b.example\r\n{}", part.repeat(10_000));
    check_unreadable(
        nested("Content-Type: message/rfc822\r\n\r\n").as_bytes(),
        "more than 60 nested parts",
    );
    let multipart = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n";
    check_unreadable(nested(multipart).as_bytes(), "more than 60 nested parts");
}

#[test]
fn a_mail_nested_as_deep_as_allowed_is_read() {
    let limit = Limits::default().containers;
    for part in [
        "Content-Type: message/rfc822\r\n\r\n",
        "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n",
    ] {
        let raw = format!(
            "From: a@b.example\r\n{}Subject: x\r\n\r\ndeep",
            part.repeat(limit)
        );
        assert_eq!(read_mail(&raw).from.unwrap().address, "a@b.example");
    }
}

#[test]
fn a_hundred_thousand_parts_are_refused() {
    let raw = format!(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\n\r\nx\r\n".repeat(100_000)
    );
    check_unreadable(raw.as_bytes(), "more than 20000 boundary lines");
    let raw = format!(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}",
        "--b\r\n\r\nx\r\n".repeat(1_000)
    );
    check_unreadable(raw.as_bytes(), "more than 500 parts");
}

#[test]
fn boundaries_that_are_missing_empty_or_within_each_other_are_survived() {
    for kind in [
        "multipart/mixed",
        "multipart/mixed; boundary=\"\"",
        "multipart/mixed; boundary=\"--\"",
        "multipart/mixed; boundary=absent",
        "multipart/alternative; boundary=b",
    ] {
        let raw = format!(
            "From: a@b.example\r\nContent-Type: {kind}\r\n\r\n--b\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n--bb\r\n\r\ninner\r\n--b--\r\n--bb--\r\n--\r\n"
        );
        assert!(read_mail(&raw).from.is_some());
    }
}

#[test]
fn no_control_character_survives() {
    let raw = "From: \"An\0na\x07\" <a@b.example>\r\nSubject: a\0b\x1b[31m\r\nContent-Type: text/plain\r\n\r\nx\0y\x08z\u{202e}";
    check(
        raw,
        &[
            ("/from/name", "Anna"),
            ("/subject", "ab[31m"),
            ("/text", "xyz"),
        ],
    );
}

#[test]
fn an_unknown_or_wrong_charset_loses_only_what_it_must() {
    let with = |charset: &str, body: &[u8]| {
        let mut raw =
            format!("From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n\r\n")
                .into_bytes();
        raw.extend(body);
        parse(&raw, &site()).unwrap().text
    };
    assert_eq!(with("x-unknown", b"caf\xc3\xa9 \xff"), "café \u{fffd}");
    assert_eq!(
        with("utf-8", b"a\xed\xa0\x80b"),
        "a\u{fffd}\u{fffd}\u{fffd}b"
    );
    assert_eq!(with("iso-8859-1", b"caf\xe9"), "café");
    assert_eq!(with("\"\"", b"plain"), "plain");
}

#[test]
fn an_unknown_or_broken_encoding_keeps_the_text() {
    check(
        "From: a@b.example\r\nContent-Transfer-Encoding: x-uue\r\n\r\nas it is",
        &[("/text", "as it is")],
    );
    let broken = read_mail(
        "From: a@b.example\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!! not base64 ????",
    );
    assert!(broken.text.contains("not base64"), "{broken:?}");
}

#[test]
fn encoded_words_cannot_break_out_of_their_field() {
    check(
        "From: =?utf-8?Q?write=40aleik.example=0D=0ABcc:_x=40y.example?= <eve@evil.example>\r\nSubject: =?utf-8?B?YQ0KQmNjOiBiQGMuZXhhbXBsZQ==?=\r\n\r\nx",
        &[
            ("/from/address", "eve@evil.example"),
            ("/from/name", ""),
            ("/subject", "a Bcc: b@c.example"),
            ("/to", "[]"),
            ("/cc", "[]"),
        ],
    );
    check(
        "From: a@b.example\r\nSubject: =?utf-8?Q?=ZZ?= =?no-such?X?abc?= =?utf-8?B?*?=\r\n\r\nx",
        &[("/from/address", "a@b.example")],
    );
}

#[test]
fn an_attachments_name_names_one_file_in_one_folder() {
    let named = |disposition: &str| {
        let raw = format!(
            "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; {disposition}\r\n\r\nx\r\n--b--\r\n"
        );
        read_mail(&raw).attachments.pop().unwrap()
    };
    assert_eq!(
        named("filename=\"../../etc/passwd\"").name,
        "_.._etc_passwd"
    );
    assert_eq!(
        named("filename*=utf-8''%2e%2e%5Ca%00%0D%0Ab.pdf").name,
        "_a b.pdf"
    );
    assert_eq!(
        named("filename*0*=utf-8''a%20; filename*1*=%C3%A9; filename*2=.pdf").name,
        "a é.pdf"
    );
    let endless: String = (0..3_000)
        .map(|n| format!(" filename*{n}*=a%20;\r\n"))
        .collect();
    assert!(named(&endless).name.chars().count() <= record::ATTACHMENT_NAME);
    assert_eq!(named("x=y").kind, "application/pdf");
}

#[test]
fn everything_is_bounded() {
    let many = |text: &str, count: usize| text.repeat(count);
    let parts = many(
        "--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment\r\n\r\n1,2\r\n",
        40,
    );
    let raw = format!(
        "From: {} <a@b.example>\r\nTo: {}\r\nReferences: {}\r\nSubject: {}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{}\r\n{parts}--b--\r\n",
        many("n", 500),
        many("c@d.example,", 100),
        many("<x@y>", 300),
        many("s", 900),
        many("text ", 20_000)
    );
    let incoming = read_mail(&raw);
    assert_eq!(incoming.from.unwrap().name.chars().count(), record::NAME);
    assert_eq!(incoming.to.len(), record::TO);
    assert_eq!(incoming.references.len(), 1);
    assert_eq!(incoming.subject.chars().count(), record::SUBJECT);
    assert!(
        incoming.text.chars().count() <= record::BODY
            && incoming.text.ends_with("more characters]")
    );
    assert_eq!(incoming.attachments.len(), record::ATTACHMENTS);
    assert_eq!(
        incoming
            .problems
            .iter()
            .filter(|problem| problem.contains("cut")
                || problem.contains("listed")
                || problem.contains("left out"))
            .count(),
        3,
        "{:?}",
        incoming.problems
    );
}

#[test]
fn a_mail_that_hangs_on_a_mail_is_an_attachment_with_its_text() {
    check(
        "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee this\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\nSubject: inner\r\n\r\ninner text\r\n--b--\r\n",
        &[
            ("/text", "see this"),
            ("/from/address", "a@b.example"),
            ("/attachments/0/kind", "message/rfc822"),
            ("/attachments/0/text", "inner text"),
        ],
    );
}

#[test]
fn the_html_counts_only_when_there_is_no_text() {
    let alternative = |text: &str| {
        format!(
            "From: a@b.example\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>rich</p><p hidden>hidden</p>\r\n--b--\r\n"
        )
    };
    check(
        &alternative("plain"),
        &[("/text", "plain"), ("/attachments", "[]")],
    );
    check(
        &alternative(" "),
        &[("/text", "rich"), ("/attachments", "[]")],
    );
}

#[test]
fn html_that_cannot_be_laid_out_is_a_problem_not_a_crash() {
    let raw = format!(
        "From: a@b.example\r\nContent-Type: text/html\r\n\r\n{}",
        "<div>".repeat(50_000)
    );
    let incoming = read_mail(&raw);
    assert_eq!(incoming.text, "");
    assert!(
        incoming
            .problems
            .iter()
            .any(|problem| problem == "the HTML could not be laid out as text")
    );
}

/// Mails made to cost as much as they can, each below the limit on bytes.
fn poison() -> Vec<(&'static str, Vec<u8>)> {
    let head = "From: a@b.example\r\nSubject: x\r\n";
    let plain = |body: Vec<u8>| [head.as_bytes(), b"\r\n", &body].concat();
    let encoded = |encoding: &str, kind: &str, body: Vec<u8>| {
        let fields =
            format!("{head}Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n");
        [fields.as_bytes(), &body].concat()
    };
    const LARGE: usize = 30 * 1024 * 1024;
    let attached = |name: &str, bytes: &[u8]| {
        let fields = format!(
            "{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\nContent-Type: application/octet-stream; \
             name={name}\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n"
        );
        [fields.as_bytes(), bytes, b"\r\n--b--\r\n"].concat()
    };
    vec![
        ("nothing but line ends", plain(vec![b'\n'; LARGE])),
        ("nothing but carriage returns", plain(vec![b'\r'; LARGE])),
        ("one endless line", plain(vec![b'x'; LARGE])),
        ("nothing but colons", plain(b"a:\n".repeat(LARGE / 3))),
        ("nothing but quotations", plain(b">\n".repeat(LARGE / 2))),
        (
            "nothing but introductions",
            plain(
                "On 1 May 2026 at 10:12, A <a@b.example> wrote:\n"
                    .repeat(100_000)
                    .into_bytes(),
            ),
        ),
        (
            "base64 of line ends",
            encoded("base64", "text/plain", b"CgoK".repeat(LARGE / 4)),
        ),
        (
            "base64 that never ends",
            encoded("base64", "text/plain", vec![b'A'; LARGE]),
        ),
        (
            "quoted-printable of nothing",
            encoded("quoted-printable", "text/plain", b"=\n".repeat(LARGE / 2)),
        ),
        (
            "UTF-16 of one letter",
            encoded(
                "base64",
                "text/plain; charset=utf-16",
                b"YQBhAGEA".repeat(LARGE / 8),
            ),
        ),
        (
            "UTF-7 that shifts without end",
            encoded(
                "7bit",
                "text/plain; charset=utf-7",
                b"+AGE-".repeat(LARGE / 5),
            ),
        ),
        (
            "HTML of open elements",
            encoded("7bit", "text/html", b"<div>".repeat(LARGE / 5)),
        ),
        (
            "HTML of entities",
            encoded("7bit", "text/html", b"&amp;".repeat(LARGE / 5)),
        ),
        (
            "an archive that would unpack to much",
            attached("bomb.zip", &b"UEsDBBQA".repeat(100_000)),
        ),
        (
            "a compressed bomb",
            attached("bomb.gz", &b"H4sIAAAA".repeat(100_000)),
        ),
        (
            "encoded words without end",
            format!("{head}X: {}\r\n\r\nx", "=?utf-8?B?YQ==?= ".repeat(12_000)).into_bytes(),
        ),
    ]
}

#[test]
fn every_poison_is_read_or_refused_and_leaves_little_behind() {
    for (name, raw) in poison() {
        match parse(&raw, &site()) {
            Ok(incoming) => {
                let kept = incoming.text.len() + incoming.quoted.len() + incoming.signature.len();
                assert!(kept < 4 * 3 * record::BODY, "{name}: {kept} bytes");
                assert!(
                    incoming.attachments.iter().all(|one| one.text.is_none()),
                    "{name}: nothing is unpacked"
                );
            }
            Err(why) => assert!(
                matches!(why, Unreadable::TooMuch { .. } | Unreadable::NotMail),
                "{name}: {why}"
            ),
        }
    }
}

#[test]
fn what_is_above_the_limit_on_bytes_is_not_looked_at() {
    let raw = vec![b'x'; Limits::default().total_bytes + 1];
    check_unreadable(&raw, "more than 41943040 bytes");
}

/// A mail with most of what mails have.
const SEED: &str = "Received: from x by y; Tue, 3 Mar 2026 10:12:00 +0000\r\nFrom: =?utf-8?q?J=C3=B6rg?= <j@b.example>\r\nTo: \"A, B\" <a@b.example>, Group: c@d.example;\r\nSubject: =?iso-2022-jp?B?GyRCP14bKEI=?= x\r\nMessage-ID: <1@x>\r\nReferences: <0@x>\r\n <9@x>\r\nDate: Tue, 3 Mar 2026 10:12:00 +0000 (UTC)\r\nAuthentication-Results: mx.aleik.example; dmarc=pass (a(b)) reason=\"x\"\r\nContent-Type: multipart/mixed; boundary=\"b b\"\r\n\r\npreamble\r\n--b b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\nContent-Type: text/plain; charset=utf-7\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nh=C3=A4 +AGE-\r\nOn 1 May 2026, A <a@b.example> wrote:\r\n> q\r\n--c\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\nPHA+aGk8L3A+\r\n--c--\r\n--b b\r\nContent-Type: message/rfc822\r\n\r\nFrom: n@b.example\r\n\r\nnested\r\n--b b\r\nContent-Type: text/csv; name*0=a; name*1*=utf-8''%62\r\nContent-Disposition: attachment; filename=\"a\\\"b.csv\"\r\n\r\n1;2\r\n--b b--\r\n";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_mutated_mail_never_breaks_the_reader(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..12, proptest::collection::vec(
            prop_oneof![any::<u8>(), Just(b'\n'), Just(b'-'), Just(b'='), Just(b'<'), Just(b':'), Just(b'"')], 0..6)), 1..25),
        splice in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let mut raw = SEED.as_bytes().to_vec();
        for (at, remove, insert) in edits {
            if raw.is_empty() { break; }
            let at = at.index(raw.len());
            let end = (at + remove).min(raw.len());
            raw.splice(at..end, insert);
        }
        if !raw.is_empty() {
            let tail = raw[splice.0.index(raw.len())..].to_vec();
            let at = splice.1.index(raw.len());
            raw.splice(at..at, tail);
        }
        match parse(&raw, &site()) {
            Ok(incoming) => {
                prop_assert!(incoming.text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
                prop_assert!(!incoming.subject.contains('\n'));
                let value = record::mail(&incoming, "id", 0);
                prop_assert!(value.is_object());
            }
            Err(why) => prop_assert_ne!(why, Unreadable::Broken),
        }
    }

    #[test]
    fn arbitrary_bytes_never_break_the_reader(raw in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Err(why) = parse(&raw, &site()) {
            prop_assert_ne!(why, Unreadable::Broken);
        }
    }
}
