//! Statements as an author writes them, and the flat form that they come to.

use std::fmt::Write as _;

use silex_bundle::behaviour::Kind;

use crate::{Package, SourceFile, build};

/// The conditions, segments and offers of the behaviour `answer`, one a line.
fn check_flat(text: &str, wanted: &[&str]) {
    let package = Package {
        manifest: "name: test\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: vec![SourceFile::new(
            "specs/test.silex",
            &format!("{SHARED}{text}"),
        )],
        ..Package::default()
    };
    let (bundle, diagnostics) = build(&package);
    let told: Vec<&str> = diagnostics.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(told, [""; 0]);
    let behaviour = &bundle.unwrap().behaviours["test.answer"];
    let mut lines: Vec<String> = Vec::new();
    for (at, condition) in behaviour.conditions.iter().enumerate() {
        let within = condition
            .parent
            .map_or(String::new(), |parent| format!(" in {parent}"));
        lines.push(format!(
            "{at}{within}: {}",
            serde_json::to_string(&condition.expr).unwrap()
        ));
    }
    for segment in &behaviour.segments {
        let name = match &segment.kind {
            Kind::Role => "role",
            Kind::Goal => "goal",
            Kind::Fact { name } | Kind::Step { name, .. } => name,
            Kind::Rule(rule) => &rule.name,
        };
        let mut line = name.to_owned();
        let _ = segment.when.map(|when| write!(line, " when {when}"));
        for via in &segment.via {
            let _ = write!(line, " via {via}");
        }
        for each in &segment.each {
            let _ = write!(line, " each {} in {}", each.var, each.of);
        }
        if let Kind::Rule(rule) = &segment.kind {
            for check in &rule.checks {
                let _ = write!(line, " check {}", serde_json::to_string(check).unwrap());
            }
        }
        lines.push(line);
    }
    for offer in &behaviour.tools {
        let mut line = format!("tool {}", offer.tool);
        let _ = offer.when.map(|when| write!(line, " when {when}"));
        let _ = offer
            .owner
            .as_ref()
            .map(|owner| write!(line, " for {owner}"));
        lines.push(line);
    }
    assert_eq!(lines, wanted);
}

const SHARED: &str = r#"
enum Plan { free, plus, pro }
entity Person key address { address: email, plan: Plan = free, vip: bool = false, tags: [text 1..9] 0..9 = [], turns: int = 0 }
tool find(query: text 1..90) -> Saved { via native "find" }
tool mine(query: text 1..90) for person: Person -> Saved { via native "mine" }
ruleset inner(words: int) { must fit "Fit." check words(reply.body) <= words }
ruleset outer(max: int = 3, vip: bool = false) {
  follow inner(words: max)
  when vip { may linger "Linger." }
}
"#;

#[test]
fn the_arms_of_a_match_need_no_word_about_each_other() {
    check_flat(
        r#"behaviour answer(person: Person) -> Reply {
          match person.plan { free { may a "A." } plus { may b "B." } _ { may c "C." } }
        }"#,
        &[
            r#"0: {"compare":{"op":"==","order":"case","left":{"path":"person.plan"},"right":{"case":"free"}}}"#,
            r#"1: {"compare":{"op":"==","order":"case","left":{"path":"person.plan"},"right":{"case":"plus"}}}"#,
            r#"2: {"and":[{"not":{"compare":{"op":"==","order":"case","left":{"path":"person.plan"},"right":{"case":"free"}}}},{"not":{"compare":{"op":"==","order":"case","left":{"path":"person.plan"},"right":{"case":"plus"}}}}]}"#,
            "a when 0",
            "b when 1",
            "c when 2",
        ],
    );
}

#[test]
fn a_later_branch_says_that_the_earlier_do_not_hold() {
    check_flat(
        r#"behaviour answer(person: Person) -> Reply {
          when person.vip { may a "A." } else when person.turns > 3 { may b "B." } else { may c "C." }
        }"#,
        &[
            r#"0: {"path":"person.vip"}"#,
            r#"1: {"and":[{"not":{"path":"person.vip"}},{"compare":{"op":">","order":"number","left":{"path":"person.turns"},"right":{"literal":3}}}]}"#,
            r#"2: {"and":[{"not":{"path":"person.vip"}},{"not":{"compare":{"op":">","order":"number","left":{"path":"person.turns"},"right":{"literal":3}}}}]}"#,
            "a when 0",
            "b when 1",
            "c when 2",
        ],
    );
}

#[test]
fn a_parent_stands_before_its_child() {
    check_flat(
        r#"behaviour answer(person: Person) -> Reply {
          when person.vip { when person.turns > 3 { may a "A." } may b "B." }
        }"#,
        &[
            r#"0: {"path":"person.vip"}"#,
            r#"1 in 0: {"compare":{"op":">","order":"number","left":{"path":"person.turns"},"right":{"literal":3}}}"#,
            "a when 1",
            "b when 0",
        ],
    );
}

#[test]
fn a_ruleset_is_put_in_place_with_what_it_was_given() {
    check_flat(
        "behaviour answer(person: Person) -> Reply { follow outer(max: 9, vip: person.vip) }",
        &[
            r#"0: {"path":"person.vip"}"#,
            r#"fit via test.outer via test.inner check {"compare":{"op":"<=","order":"number","left":{"call":{"function":"words","args":[{"path":"reply.body"}]}},"right":{"literal":9}}}"#,
            "linger when 0 via test.outer",
        ],
    );
}

#[test]
fn a_ruleset_that_is_followed_twice_counts_once() {
    check_flat(
        "behaviour answer(person: Person) -> Reply { follow inner(words: 3) follow outer }",
        &[
            r#"0: {"literal":false}"#,
            r#"fit via test.inner check {"compare":{"op":"<=","order":"number","left":{"call":{"function":"words","args":[{"path":"reply.body"}]}},"right":{"literal":3}}}"#,
            "linger when 0 via test.outer",
        ],
    );
}

#[test]
fn a_tool_that_is_always_offered_is_offered_once() {
    check_flat(
        r#"behaviour answer(person: Person) -> Reply {
          when person.vip { tools mine }
          match person.plan { free { tools find } _ { } }
          tools find
        }"#,
        &[
            r#"0: {"path":"person.vip"}"#,
            r#"1: {"compare":{"op":"==","order":"case","left":{"path":"person.plan"},"right":{"case":"free"}}}"#,
            r#"2: {"not":{"compare":{"op":"==","order":"case","left":{"path":"person.plan"},"right":{"case":"free"}}}}"#,
            "tool test.mine when 0 for person",
            "tool test.find",
        ],
    );
}

#[test]
fn what_is_said_for_each_item_stays_one_segment() {
    check_flat(
        r#"behaviour answer(person: Person) -> Reply {
          each tag in person.tags { fact tagged "Tagged {{ tag | inline(9) }}." }
        }"#,
        &["tagged each tag in person.tags"],
    );
}

#[test]
fn a_list_that_a_ruleset_was_given_is_said_item_by_item() {
    check_flat(
        r#"ruleset known(words: [trusted text 1..9] 1..3) { each word in words { fact said "Say {{ word }}." } }
        behaviour answer(person: Person) -> Reply { follow known(words: ["a", "b"]) }"#,
        &["said via test.known", "said via test.known"],
    );
}
