//! What formatting does, and what it never does.

use proptest::prelude::*;

use super::format;
use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::lexer::{TokenKind, tokens};
use crate::syntax::parse;

/// The tree of a text without positions.
fn tree(text: &str) -> String {
    let mut diagnostics = Diagnostics::default();
    let file = parse(FileId(0), text, &mut diagnostics);
    assert!(
        diagnostics.is_clean(),
        "{:?} in\n{text}",
        diagnostics.finish()
    );
    format!("{file:-?}")
}

/// Formats twice; the second time changes nothing, and neither time the tree.
fn check_format(text: &str, wanted: &str) {
    let once = format(text).expect("formats");
    assert_eq!(once, wanted);
    assert_eq!(format(&once).expect("formats again"), once);
    assert_eq!(tree(&once), tree(text));
}

#[test]
fn white_space_is_put_in_order() {
    check_format(
        r#"enum   T{a,b}
record R{
a:int 0 .. 3=1,


b : text ?,}
behaviour  f( mail:Mail ,max : int=3)->Reply{
role"R."
when not(mail . a is some)and count( x )>3{must a"A."}else{must b "B."}
}
"#,
        r#"enum T { a, b }

record R {
  a: int 0..3 = 1

  b: text?
}

behaviour f(mail: Mail, max: int = 3) -> Reply {
  role "R."
  when not (mail.a is some) and count(x) > 3 { must a "A." } else { must b "B." }
}
"#,
    );
}

#[test]
fn a_body_on_one_line_stays_there_and_gets_its_commas() {
    check_format(
        "enum T { a b, c { x: int y: int, } }\n",
        "enum T { a, b, c { x: int, y: int } }\n",
    );
}

#[test]
fn a_body_with_lines_has_one_for_each_and_no_commas() {
    check_format(
        "enum T {
  a, b,
  c { x: int, y: int }, }
",
        "enum T {
  a
  b
  c { x: int, y: int }
}
",
    );
}

#[test]
fn an_empty_body_is_closed_at_once() {
    check_format(
        "ruleset a {
}
ruleset b { }
",
        "ruleset a {}

ruleset b {}
",
    );
}

#[test]
fn declarations_are_set_apart_but_imports_may_stand_close() {
    check_format(
        "use a.{B}
use c.{d,}
const x = 1
const y: int = 2
enum T { a }
enum U { b }



const z = 3
",
        "use a.{B}
use c.{d}
const x = 1
const y: int = 2

enum T { a }

enum U { b }

const z = 3
",
    );
}

#[test]
fn comments_stay_where_they_are() {
    check_format(
        "// file

// of T
enum T { // open
  // first
  a // of a

  // second

  b
  // last
}
// behind
",
        "// file

// of T
enum T {  // open
  // first
  a  // of a

  // second

  b
  // last
}

// behind
",
    );
}

#[test]
fn a_comment_at_the_top_stands_close_to_what_it_is_about() {
    check_format("// of T\nenum T { a }\n", "// of T\nenum T { a }\n");
    check_format(
        "\n//// c0\nenum\n//// c1\nMail\n//// c2\n{\n//// c3\n}\n",
        "//// c0
enum

  //// c1
  Mail

//// c2
{
  //// c3
}
",
    );
}

#[test]
fn comments_in_lists_and_between_words() {
    check_format(
        r#"behaviour f(
  // the mail
  mail: Mail, // newest
  max: int // none
) -> Reply {
  tools a, // one
    b
  when x // why
  {
    must a "A."
  }
  // otherwise
  else { must b "B." }
}
"#,
        r#"behaviour f(
  // the mail
  mail: Mail,  // newest
  max: int  // none
) -> Reply {
  tools a,  // one
    b
  when x  // why
  {
    must a "A."
  }
  // otherwise
  else {
    must b "B."
  }
}
"#,
    );
}

#[test]
fn docs_stand_before_what_they_document() {
    check_format(
        r#"//! m
//! n
/// d
/// e
tool t(
/// q
q: text,
) -> Saved { via native "x" }
"#,
        r#"//! m
//! n

/// d
/// e
tool t(
  /// q
  q: text,
) -> Saved { via native "x" }
"#,
    );
}

#[test]
fn a_block_moves_with_its_line_and_keeps_its_text() {
    check_format(
        r#"behaviour f() -> Reply {
      role """
   One
     two {{ a.b | inline(3) }}

   three
"""
  goal '''
{{ raw }}
  x'''
  fact a """straight
  away"""
}
"#,
        r#"behaviour f() -> Reply {
  role """
    One
      two {{ a.b | inline(3) }}

    three
    """
  goal '''
    {{ raw }}
      x'''
  fact a """straight
  away"""
}
"#,
    );
}

#[test]
fn a_rule_has_its_clauses_on_its_line_or_each_on_its_own() {
    check_format(
        r#"behaviour f() -> Reply {
  must a "A." about tool x
  must b "B." because! "b"
  good "g"
  should c "C." at least 95% check judge
}
"#,
        r#"behaviour f() -> Reply {
  must a "A." about tool x
  must b "B."
    because! "b"
    good "g"
  should c "C." at least 95% check judge
}
"#,
    );
}

#[test]
fn a_rule_that_is_too_long_is_opened() {
    check_format(
        r#"behaviour f() -> Reply {
  must answer_everything "Answer each and every question that the mail asks, however small it may be." about topic everything
  when a { must answer_everything "Answer each and every question that the mail asks, however small." about topic all }
}
"#,
        r#"behaviour f() -> Reply {
  must answer_everything "Answer each and every question that the mail asks, however small it may be."
    about topic everything
  when a {
    must answer_everything "Answer each and every question that the mail asks, however small."
      about topic all
  }
}
"#,
    );
}

#[test]
fn a_list_that_is_too_long_is_opened() {
    check_format(
        r#"tool find_the_documents(query_of_the_search: text 1..200, limit_of_the_search: int 1..10 = 3, order_of_result: Order = newest) -> Saved { via native "x" }
"#,
        r#"tool find_the_documents(
  query_of_the_search: text 1..200,
  limit_of_the_search: int 1..10 = 3,
  order_of_result: Order = newest,
) -> Saved {
  via native "x"
}
"#,
    );
}

#[test]
fn a_condition_that_is_too_long_is_broken_before_its_words() {
    check_format(
        r#"behaviour f() -> Reply {
  when subscriber.preferences is some and subscriber.preferences.confidence >= 0.6 and subscriber.plan == professional {
    must a "A."
  }
}
"#,
        r#"behaviour f() -> Reply {
  when subscriber.preferences is some
    and subscriber.preferences.confidence >= 0.6
    and subscriber.plan == professional {
    must a "A."
  }
}
"#,
    );
}

#[test]
fn an_open_list_ends_with_a_comma() {
    check_format(
        "example e for a {
  given x = [
    1, 2
  ]
  given y = {
    a: 1, b: [1, 2,] }
  calls t {
    a: any } returns { b: none }
}
",
        "example e for a {
  given x = [
    1,
    2,
  ]
  given y = {
    a: 1,
    b: [1, 2],
  }
  calls t {
    a: any,
  } returns { b: none }
}
",
    );
}

#[test]
fn tabs_carriage_returns_and_the_mark_go() {
    check_format(
        "\u{FEFF}enum T {\r\n\ta\r\n\tb\r\n}\r\n",
        "enum T {
  a
  b
}
",
    );
}

#[test]
fn ranges_and_signs() {
    check_format(
        r#"record R { a: int ..5 b: int 0.. = 1 c: [text 1..3] 0..5? d: text 1..9 /a b/i? }
agent a {
  deliver { quiet 21:00 .. 07:00 in "UTC" }
  route drop
}
"#,
        r#"record R { a: int ..5, b: int 0.. = 1, c: [text 1..3] 0..5?, d: text 1..9 /a b/i? }

agent a {
  deliver { quiet 21:00..07:00 in "UTC" }
  route drop
}
"#,
    );
}

#[test]
fn a_clause_with_a_list_that_has_lines() {
    check_format(
        r#"behaviour f() -> Reply {
  must a "A."
    check mentions(
      reply.body,
      "x")
    good """
  Hello.
  """
  must b "B."
}
"#,
        r#"behaviour f() -> Reply {
  must a "A."
    check mentions(
      reply.body,
      "x",
    )
    good """
      Hello.
      """
  must b "B."
}
"#,
    );
}

#[test]
fn nothing() {
    check_format("", "");
}

#[test]
fn only_a_comment() {
    check_format("// c", "// c\n");
}

#[test]
fn every_construct_of_the_language_is_formatted_once_and_for_all() {
    let text = include_str!("../syntax/parser/tests/design.silex");
    let once = format(text).expect("formats");
    check_format(text, &once);
}

#[test]
fn a_file_with_errors_is_refused() {
    let refused = format("enum T { a }\n\nwehn x\n").expect_err("refuses");
    assert_eq!(refused.len(), 1);
}

#[test]
fn prose_is_never_touched() {
    let text = "behaviour f() -> Reply {\n  role \"a   b {{ x }},c\"\n}\n";
    check_format(text, text);
}

/// What changes the look of a file and nothing else.
fn shaken(text: &str, seeds: &[u8]) -> String {
    let mut out = String::new();
    let mut last = 0;
    let mut seeds = seeds.iter().cycle();
    for token in tokens(text) {
        let gap = &text[last..token.start];
        let comment = matches!(token.kind, TokenKind::Comment | TokenKind::Doc);
        let adjacent =
            gap.is_empty() || comment || gap.contains('\n') && text[..last].contains("//");
        match seeds.next() {
            Some(0..40) if !adjacent => out.push('\n'),
            Some(40..80) if !adjacent => out.push_str("   "),
            Some(80..96) if !adjacent => out.push_str("\n\n\n"),
            Some(96..104) if !adjacent => out.push_str(" // note\n"),
            _ => out.push_str(gap),
        }
        out.push_str(&text[token.start..token.end]);
        last = token.end;
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_look_of_a_file_is_formatted_once_and_keeps_its_tree(seeds in prop::collection::vec(any::<u8>(), 1..400)) {
        let text = shaken(include_str!("../syntax/parser/tests/design.silex"), &seeds);
        let once = format(&text).expect("formats");
        check_format(&text, &once);
    }
}
