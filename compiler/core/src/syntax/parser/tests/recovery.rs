//! Mistakes, and what is said about each: line, code, message.

use super::parsed;

/// What is said about a file, one finding a line: `line code: message`.
fn told(text: &str) -> String {
    let (_, diagnostics) = parsed(text);
    let found = diagnostics.finish();
    let lines = found.iter().map(|it| {
        let line = text[..it.span().start as usize].matches('\n').count() + 1;
        format!("{line} {}: {}", it.code, it.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn check(text: &str, wanted: &str) {
    assert_eq!(told(text), wanted, "in\n{text}");
}

/// A mistake in the body of a behaviour, which starts at line 2.
fn check_body(body: &str, wanted: &str) {
    check(
        &format!(
            "behaviour a(mail: Mail) -> Reply {{\n{body}\n}}\n\nenum Tone {{ formal, warm }}\n"
        ),
        wanted,
    );
}

#[test]
fn a_misspelt_when_is_read_as_when() {
    check_body(
        r#"  wehn mail is none {
    must x "X."
  } else {
    must y "Y."
  }"#,
        "2 unknown-word: unknown word `wehn`",
    );
}

#[test]
fn a_misspelt_strength_is_read_as_it() {
    check_body(
        r#"  mst answer "Answer."
  must b "B.""#,
        "2 unknown-word: unknown word `mst`",
    );
}

#[test]
fn a_misspelt_clause_is_read_as_it() {
    check_body(
        r#"  must a "A."
    becuase "b"
    chek words(reply.body) < 3
    god "g""#,
        "3 unknown-word: unknown word `becuase`
4 unknown-word: unknown word `chek`
5 unknown-word: unknown word `god`",
    );
}

#[test]
fn a_misspelt_word_inside_a_line_is_found() {
    check_body(
        r#"  must a "A." abuot tool x
  must b "B." about tol y"#,
        "2 unknown-word: unknown word `abuot`
3 unknown-word: unknown word `tol`",
    );
}

#[test]
fn a_misspelt_role_is_read_as_role() {
    check_body(
        r#"  rol "You are."
  goal "G.""#,
        "2 unknown-word: unknown word `rol`",
    );
}

#[test]
fn a_misspelt_tools_is_read_as_tools() {
    check_body(
        "  tols a, b
  modle writer
  limt turns 3",
        "2 unknown-word: unknown word `tols`
3 unknown-word: unknown word `modle`
4 unknown-word: unknown word `limt`",
    );
}

#[test]
fn an_unknown_line_is_junk() {
    check_body(
        r#"  must a "A."
  banana split today
  must b "B.""#,
        "3 syntax: expected a statement, found `banana`",
    );
}

#[test]
fn an_unknown_line_with_a_body_keeps_its_statements() {
    check_body(
        r#"  banana x {
    must a "A."
    frobnicate
  } else {
    must b "B."
  }
  must c "C.""#,
        "2 syntax: expected a statement, found `banana`
4 syntax: expected a statement, found `frobnicate`",
    );
}

#[test]
fn a_rule_without_prose() {
    check_body(
        r#"  must a
  must b "B.""#,
        "2 syntax: expected a string behind this",
    );
}

#[test]
fn a_rule_without_name() {
    check_body(
        r#"  must "A."
  must b "B.""#,
        "2 missing-name: a name is missing behind this",
    );
}

#[test]
fn a_string_without_its_end() {
    check_body(
        r#"  must a "A.
  must b "B.""#,
        "2 unclosed-string: this string is not closed",
    );
}

#[test]
fn a_string_without_its_end_before_a_brace() {
    check_body(
        r#"  match mail.kind {
    x { must a "A. }
    y { must b "B." }
  }
  must c "C.""#,
        "3 unclosed-string: this string is not closed",
    );
}

#[test]
fn a_block_without_its_end() {
    check_body(
        r#"  must a """
    Some words.
  must b "B."
  must c """
    More.
    """"#,
        "2 unclosed-string: this string is not closed",
    );
}

#[test]
fn a_hole_without_its_end() {
    check_body(
        r#"  must a "Hi {{ mail.subject | inline(3) there."
  must b "B.""#,
        "2 unclosed-hole: this hole is not closed",
    );
}

#[test]
fn a_hole_with_quotes_without_its_end() {
    check_body(
        r#"  must a "Hi {{ mail.subject | default("a") there."
  must b "B.""#,
        "2 unclosed-hole: this hole is not closed",
    );
}

#[test]
fn a_hole_that_computes() {
    check_body(
        r#"  must a "Hi {{ 1 + 2 }} there."
  must b "B.""#,
        "2 hole: this hole holds no value",
    );
}

#[test]
fn and_as_an_operator() {
    check_body(
        r#"  when a && b {
    must a "A."
  }
  when a || b {
    must b "B."
  }"#,
        "2 other-operator: `&&` is written `and`
5 other-operator: `||` is written `or`",
    );
}

#[test]
fn one_equals_sign() {
    check_body(
        r#"  when a = 3 {
    must a "A."
  }"#,
        "2 other-operator: two values are compared with `==`",
    );
}

#[test]
fn is_not_none() {
    check_body(
        r#"  when a.b is not none {
    must a "A."
  }
  when a is not empty {
    must b "B."
  }"#,
        "2 is-not: `is not none` is written `is some`
5 is-not: `a is not empty` is written `not a is empty`",
    );
}

#[test]
fn not_in() {
    check_body(
        r#"  when a.b not in [x, y] {
    must a "A."
  }"#,
        "2 not-in: `a.b not in` is written `not a.b in`",
    );
}

#[test]
fn mixed_and_or() {
    check_body(
        r#"  when a and b or c {
    must a "A."
  }"#,
        "2 mixed-and-or: `and` and `or` stand side by side",
    );
}

#[test]
fn a_rule_with_when() {
    check_body(
        r#"  must a "A." when b is some
  must c "C.""#,
        "2 rule-when: a rule has no `when`",
    );
}

#[test]
fn a_clause_behind_a_sample() {
    check_body(
        r#"  must a "A."
    good "g"
    check words(reply.body) < 3
  must b "B.""#,
        "4 clause-behind-sample: samples end a rule",
    );
}

#[test]
fn docs_on_a_statement() {
    check_body(
        r#"  /// Nothing.
  must a "A.""#,
        "2 dangling-doc: this documents nothing",
    );
}

#[test]
fn numbers_without_a_digit() {
    check_body(
        r#"  must a "A."
    check x < 1.
  must b "B."
    check x > .5"#,
        "3 number: a number has a digit behind its point
5 number: a number has a digit before its point",
    );
}

#[test]
fn a_missing_brace_of_when() {
    check_body(
        r#"  when a {
    must a "A."
  must b "B."
  must c "C.""#,
        "2 unclosed-brace: this `{` is not closed",
    );
}

#[test]
fn a_missing_opening_brace() {
    check_body(
        r#"  when a
    must a "A."
  }
  must b "B.""#,
        "2 missing-sign: a `{` is missing behind this",
    );
}

#[test]
fn a_brace_too_many() {
    check_body(
        r#"  when a {
    must a "A."
  }
  }
  must b "B.""#,
        "5 extra-brace: this `}` closes too much",
    );
}

#[test]
fn an_argument_that_is_none() {
    check_body(
        r#"  follow a(max: , x)
  must b "B.""#,
        "2 extra-sign: `,` has no place here",
    );
}

#[test]
fn an_argument_list_that_is_open() {
    check_body(
        r#"  follow a(max: 3
  must b "B.""#,
        "2 missing-sign: a `)` is missing behind this",
    );
}

#[test]
fn a_missing_comma_in_arguments() {
    check_body(
        r#"  follow a(max: 3 min: 4)
  must b "B.""#,
        "2 missing-sign: a `,` is missing behind this",
    );
}

#[test]
fn a_trailing_comma_in_a_bare_list() {
    check_body(
        r#"  tools a, b,
  must b "B.""#,
        "2 extra-sign: `,` has no place here",
    );
}

#[test]
fn a_semicolon() {
    check_body(
        r#"  model writer;
  must b "B.""#,
        "2 extra-sign: `;` has no place here",
    );
}

#[test]
fn a_missing_comma_in_a_list() {
    check_body(
        r#"  when a in [x y] {
    must a "A."
  }"#,
        "2 missing-sign: a `,` is missing behind this",
    );
}

#[test]
fn two_mistakes() {
    check_body(
        r#"  mst a "A."
  must b "B."
  limit turn 3"#,
        "2 unknown-word: unknown word `mst`
4 unknown-word: unknown word `turn`",
    );
}

#[test]
fn five_mistakes() {
    check_body(
        r#"  rol "R."
  must a
  banana
  must b "B.
  tools a b
  must c "C." chck words(reply.body) < 3"#,
        "2 unknown-word: unknown word `rol`
3 syntax: expected a string behind this
4 syntax: expected a statement, found `banana`
5 unclosed-string: this string is not closed
6 missing-sign: a `,` is missing behind this
7 unknown-word: unknown word `chck`",
    );
}

#[test]
fn an_if() {
    check_body(
        r#"  if a {
    must a "A."
  }
  must b "B.""#,
        "2 other-word: `if` is written `when`",
    );
}

#[test]
fn a_condition_that_ends_early() {
    check_body(
        r#"  when a == {
    must a "A."
  }
  must b "B.""#,
        "2 syntax: expected a value or an expression, found `{`",
    );
}

#[test]
fn steps_with_a_mistake() {
    check_body(
        r#"  steps {
    find "Find." about tol x
    write
    send "Send."
  }"#,
        "3 unknown-word: unknown word `tol`
4 syntax: expected a string behind this",
    );
}

#[test]
fn a_match_arm_without_body() {
    check_body(
        r#"  match a {
    x must a "A."
    y { must b "B." }
  }"#,
        "3 syntax: expected `{`, found `must`",
    );
}

#[test]
fn a_wrong_quota() {
    check_body(
        r#"  limit turns 8, tokns 6000
  must b "B.""#,
        "2 unknown-word: unknown word `tokns`",
    );
}

#[test]
fn a_missing_number() {
    check_body(
        r#"  limit turns
  must b "B.""#,
        "2 syntax: expected a number behind this",
    );
}

#[test]
fn a_misspelt_behaviour() {
    check(
        r#"behavour a(mail: Mail) -> Reply {
  must a "A."
}

enum T { a }
"#,
        "1 unknown-word: unknown word `behavour`",
    );
}

#[test]
fn a_missing_brace_between_declarations() {
    check(
        r#"behaviour a() -> Reply {
  must a "A."

behaviour b() -> Reply {
  must b "B."
}
"#,
        "1 unclosed-brace: this `{` is not closed",
    );
}

#[test]
fn a_missing_brace_between_declarations_and_more() {
    check(
        r#"behaviour a() -> Reply {
  when x {
    must a "A."

behaviour b() -> Reply {
  mst b "B."
}
"#,
        "2 unclosed-brace: this `{` is not closed
6 unknown-word: unknown word `mst`",
    );
}

#[test]
fn a_missing_arrow() {
    check(
        r#"behaviour a() Reply {
  must a "A."
}
"#,
        "1 missing-sign: a `->` is missing behind this",
    );
}

#[test]
fn a_missing_colon_of_a_parameter() {
    check(
        r#"behaviour a(mail Mail) -> Reply {
  must a "A."
}
"#,
        "1 missing-sign: a `:` is missing behind this",
    );
}

#[test]
fn a_missing_parenthesis() {
    check(
        r#"behaviour a(mail: Mail -> Reply {
  must a "A."
}
enum T { a }
"#,
        "1 missing-sign: a `)` is missing behind this",
    );
}

#[test]
fn a_wrong_type() {
    check(
        "record R {
  a: txt 1..3
  b: strng
  c: int
}
",
        "2 unknown-word: unknown word `txt`
3 name: `strng` is no type",
    );
}

#[test]
fn a_field_without_type() {
    check(
        "record R {
  a
  b: int
}
",
        "2 syntax: expected `:` behind this",
    );
}

#[test]
fn a_misspelt_tool_line() {
    check(
        "tool t(a: int) -> Saved {
  red Document
  via serch Document
  timout 5s
  retry 3 form 1s to 5s
}
",
        "2 unknown-word: unknown word `red`
3 unknown-word: unknown word `serch`
4 unknown-word: unknown word `timout`
5 unknown-word: unknown word `form`",
    );
}

#[test]
fn a_misspelt_model_line() {
    check(
        r#"model m {
  provder anthropic
  name "x"
  temprature 0.4
}
"#,
        "2 unknown-word: unknown word `provder`
4 unknown-word: unknown word `temprature`",
    );
}

#[test]
fn a_misspelt_agent_line() {
    check(
        r#"agent a {
  inbx "a@b.example"
  contact s: Subscriber bye address
  review {
    hold wen a
    othrwise hold
  }
}
"#,
        "2 unknown-word: unknown word `inbx`
3 unknown-word: unknown word `bye`
5 unknown-word: unknown word `wen`
6 unknown-word: unknown word `othrwise`",
    );
}

#[test]
fn a_misspelt_example_line() {
    check(
        r#"example e for a {
  givn x = 3
  mail "M"
  expect rul x
  expct checks pass
}
"#,
        "2 unknown-word: unknown word `givn`
4 unknown-word: unknown word `rul`
5 unknown-word: unknown word `expct`",
    );
}

#[test]
fn text_that_is_no_declaration() {
    check(
        "hello world

enum T { a }
",
        "1 syntax: expected a declaration, found `hello`",
    );
}

#[test]
fn a_statement_outside() {
    check(
        r#"must a "A."

enum T { a }
"#,
        "1 syntax: expected a declaration, found `must`",
    );
}

#[test]
fn an_extra_brace_at_the_end() {
    check(
        "enum T { a }
}

enum U { b }
",
        "2 extra-brace: this `}` closes too much",
    );
}

#[test]
fn a_dangling_doc_at_the_end() {
    check(
        "enum T { a }

/// Nothing.
",
        "3 dangling-doc: this documents nothing",
    );
}

#[test]
fn a_byte_order_mark() {
    check(
        "\u{FEFF}enum T { a }\n",
        "1 byte-order-mark: the file starts with a byte-order mark",
    );
}

#[test]
fn a_tab() {
    check("enum T {\n\ta\n}\n", "2 tab: the file holds a tab");
}

#[test]
fn nesting_too_deep() {
    check(
        "const x = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
",
        "1 nesting: brackets are nested more than 64 deep",
    );
}

#[test]
fn an_unclosed_enum() {
    check(
        "enum A {
  x
  y

enum B { z }
",
        "1 unclosed-brace: this `{` is not closed",
    );
}

#[test]
fn an_entity_without_key() {
    check(
        "entity A {
  x: int
}

enum B { z }
",
        "1 syntax: expected `key`, found `{`",
    );
}

#[test]
fn a_use_without_braces() {
    check(
        "use a.b

enum B { z }
",
        "1 other-word: `b` is written `{b}`",
    );
}

#[test]
fn a_control_character() {
    check(
        "enum A { x }\n\u{1}\nenum B { z }\n",
        "2 control-character: a control character has no meaning here",
    );
}

#[test]
fn a_const_without_value() {
    check(
        "const a =
const b = 3
",
        "1 syntax: expected a value behind this",
    );
}

#[test]
fn a_record_in_example() {
    check(
        "example e for a {
  given x = { a: 1 b: 2 }
  replies { a: 1, }
  calls t { a: } returns 3
}
",
        "2 missing-sign: a `,` is missing behind this
4 syntax: expected a matcher, found `}`",
    );
}

#[test]
fn an_empty_file() {
    check("", "");
}

#[test]
fn only_a_brace() {
    check(
        "{",
        "1 syntax: expected a declaration, found `{`
1 unclosed-brace: this `{` is not closed",
    );
}

#[test]
fn an_else_if() {
    check_body(
        r#"  when a {
    must a "A."
  } else if b {
    must b "B."
  }
  must c "C.""#,
        "4 other-word: `if` is written `when`",
    );
}

#[test]
fn a_type_in_place_of_a_name() {
    check_body(
        r#"  follow Plain(max: 3)
  must b "B.""#,
        "2 name: `Plain` cannot be a name here",
    );
}

#[test]
fn a_misspelt_else() {
    check_body(
        r#"  when a {
    must a "A."
  } esle {
    must b "B."
  }
  must c "C.""#,
        "4 unknown-word: unknown word `esle`",
    );
}

#[test]
fn an_unclosed_regex() {
    check_body(
        r#"  must a "A."
    check matches(reply.body, /abc)
  must b "B.""#,
        "3 unclosed-regex: this regular expression is not closed",
    );
}

#[test]
fn a_misspelt_follow_and_each() {
    check_body(
        r#"  folow x
  eahc y in z { fact y "Y." }
  macth a { b { must c "C." } }"#,
        "2 unknown-word: unknown word `folow`
3 unknown-word: unknown word `eahc`
4 unknown-word: unknown word `macth`",
    );
}

#[test]
fn an_unknown_strength_with_clauses() {
    check_body(
        r#"  absolutely x "X."
    because "y"
    check words(reply.body) < 3
  must b "B.""#,
        "2 syntax: expected a statement, found `absolutely`",
    );
}

#[test]
fn a_fact_without_name() {
    check_body(
        r#"  fact "F."
  must b "B.""#,
        "2 missing-name: a name is missing behind this",
    );
}

#[test]
fn a_comment_hides_the_rest() {
    check_body(
        r#"  must a // "A."
  must b "B.""#,
        "2 syntax: expected a string behind this",
    );
}

#[test]
fn a_word_after_a_complete_line() {
    check_body(
        r#"  model writer quickly
  must b "B.""#,
        "2 syntax: expected a statement, found `quickly`",
    );
}

#[test]
fn two_mistakes_on_one_line() {
    check_body(
        r#"  must a "A." abuot tol x
  must b "B.""#,
        "2 unknown-word: unknown word `abuot`
2 unknown-word: unknown word `tol`",
    );
}

#[test]
fn a_line_that_starts_with_a_sign() {
    check_body(
        r#"  - must a "A."
  * must b "B.""#,
        "2 extra-sign: `-` has no place here
3 extra-sign: `*` has no place here",
    );
}

#[test]
fn two_broken_declarations() {
    check(
        "record A {
  a: itn
}

record B {
  b: txt
}

record C { c: int }
",
        "2 unknown-word: unknown word `itn`
6 unknown-word: unknown word `txt`",
    );
}

#[test]
fn a_missing_quote_in_an_agent() {
    check(
        r#"agent a {
  inbox "a@b.example
  guard screen(mail)
  route reviewer "R."
}
"#,
        "2 unclosed-string: this string is not closed",
    );
}

#[test]
fn a_route_with_a_mistake() {
    check(
        r#"agent a {
  route match triage(mail) {
    x -> assist(mail
    y reviewer "R."
    z -> drop
  }
}
"#,
        "3 missing-sign: a `)` is missing behind this
4 missing-sign: a `->` is missing behind this",
    );
}

#[test]
fn a_campaign_with_a_mistake() {
    check(
        "agent a {
  campaign c {
    to s: Subscriber wher s.a is some
    evry monday at 09:00 in s.zone
    every moonday at 09:00 in s.zone
    send x(s)
  }
}
",
        "3 unknown-word: unknown word `wher`
4 unknown-word: unknown word `evry`
5 unknown-word: unknown word `moonday`",
    );
}

#[test]
fn a_deliver_with_a_mistake() {
    check(
        "agent a {
  deliver {
    from a@b.example
    undo 2 minutes
    quiet 21:00..7:00 in s.zone
  }
}
",
        "3 missing-quotes: this text stands in no quotes
4 value: `2 minutes` is written `2m`
5 value: `7:00` is written `07:00`",
    );
}

#[test]
fn an_enum_with_a_type_as_case() {
    check(
        "enum T {
  a
  B
  c { x: int }
}
",
        "3 name: `B` cannot be a name here",
    );
}

#[test]
fn a_lower_case_type() {
    check(
        "record address {
  a: int
}

enum T { a }
",
        "1 name: `address` cannot be a name here",
    );
}

#[test]
fn a_tool_without_return_type() {
    check(
        r#"tool t(a: int) {
  via native "x"
}

enum T { a }
"#,
        "1 missing-type: it is not said what this returns",
    );
}

#[test]
fn carriage_returns() {
    check(
        "enum T { a }\r\n\r\nrecrod R {\r\n  a: int\r\n}\r\n",
        "3 unknown-word: unknown word `recrod`",
    );
}

#[test]
fn a_module_doc_in_the_middle() {
    check(
        "enum T { a }

//! late

enum U { a }
",
        "3 dangling-doc: this documents nothing",
    );
}

#[test]
fn a_misspelt_word_of_a_head() {
    check(
        r#"entity A kye id {
  id: int
}

example e fro a {
  mail "x"
}
"#,
        "1 unknown-word: unknown word `kye`
5 unknown-word: unknown word `fro`",
    );
}

#[test]
fn a_second_file_of_mistakes() {
    check(
        "use a.{B

const x 3

enum T { a, b

record R {
  a: int = 
  b: [text 0..5
  c: float 0..1
}
",
        "1 unclosed-brace: this `{` is not closed
3 missing-sign: a `=` is missing behind this
5 unclosed-brace: this `{` is not closed
8 syntax: something is missing behind this
9 missing-sign: a `]` is missing behind this",
    );
}

#[test]
fn markdown() {
    check(
        "# Title

Some words.

- a
- b
",
        "1 other-comment: a comment starts with `//`, not `#`
3 syntax: expected a declaration, found `Some`
5 syntax: expected a declaration, found `-`
6 syntax: expected a declaration, found `-`",
    );
}
