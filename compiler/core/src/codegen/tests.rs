//! Statements as an author writes them, and the flat form that they come to.

use std::fmt::Write as _;

use silex_bundle::behaviour::Kind;

use crate::{Package, SourceFile, build};

/// The conditions, segments and offers of the behaviour `answer`, one a line.
fn check_flat(text: &str, wanted: &[&str]) {
    let package = Package {
        manifest: "name: test\nversion: 0.1.0\nsilex: \"0.1\"\nlints: { all: allow }\n".to_owned(),
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
    for observe in &behaviour.observe {
        let mut line = format!("observe {} = {}", observe.name, observe.call.behaviour);
        let _ = observe.when.map(|when| write!(line, " when {when}"));
        lines.push(line);
    }
    for stage in &behaviour.stages {
        let word = if stage.is_final { " final" } else { "" };
        lines.push(format!("stage {}{word}", stage.name));
        for way in &stage.transitions {
            lines.push(format!(
                "on {} -> {} when {}",
                way.tool, way.target, way.when
            ));
        }
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
behaviour ask_plan(mail: Mail) -> Plan { role "You ask." }
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
fn what_stands_in_a_stage_stands_under_its_name() {
    check_flat(
        r#"behaviour answer(person: Person) -> Reply {
          may a "A."
          stage asking { may b "B." tools find, mine on find -> done when person.vip { on mine -> asking } }
          stage done final { tools find }
        }"#,
        &[
            r#"0: {"compare":{"op":"==","order":"case","left":{"path":"stage"},"right":{"case":"asking"}}}"#,
            r#"1 in 0: {"path":"person.vip"}"#,
            r#"2: {"compare":{"op":"==","order":"case","left":{"path":"stage"},"right":{"case":"done"}}}"#,
            "stage asking",
            "on test.find -> done when 0",
            "on test.mine -> asking when 1",
            "stage done final",
            "a",
            "b when 0",
            "tool test.find when 0",
            "tool test.mine when 0 for person",
            "tool test.find when 2",
        ],
    );
}

#[test]
fn what_is_observed_keeps_its_condition() {
    check_flat(
        r#"behaviour answer(person: Person, mail: Mail) -> Reply {
          observe asked = ask_plan(mail)
          when person.vip { observe again = ask_plan(mail) when again == pro { may a "A." } }
        }"#,
        &[
            r#"0: {"path":"person.vip"}"#,
            r#"1 in 0: {"compare":{"op":"==","order":"case","left":{"path":"again"},"right":{"case":"pro"}}}"#,
            "observe asked = test.ask_plan",
            "observe again = test.ask_plan when 0",
            "a when 1",
        ],
    );
}

#[test]
fn an_overridden_rule_holds_where_the_other_does_not() {
    check_flat(
        r#"behaviour answer(person: Person) -> Reply {
          follow inner(words: 3)
          when person.vip {
            may near "N."
            when person.turns > 3 { may a "A." overrides fit because "one" overrides near because "two" }
          }
        }"#,
        &[
            r#"0: {"path":"person.vip"}"#,
            r#"1 in 0: {"compare":{"op":">","order":"number","left":{"path":"person.turns"},"right":{"literal":3}}}"#,
            r#"2: {"not":{"and":[{"path":"person.vip"},{"compare":{"op":">","order":"number","left":{"path":"person.turns"},"right":{"literal":3}}}]}}"#,
            r#"3 in 0: {"not":{"compare":{"op":">","order":"number","left":{"path":"person.turns"},"right":{"literal":3}}}}"#,
            r#"fit when 2 via test.inner check {"compare":{"op":"<=","order":"number","left":{"call":{"function":"words","args":[{"path":"reply.body"}]}},"right":{"literal":3}}}"#,
            "near when 3",
            "a when 1",
        ],
    );
}

#[test]
fn a_rule_that_is_always_overridden_is_left_out() {
    check_flat(
        r#"behaviour answer(person: Person) -> Reply {
          follow inner(words: 3)
          may longer "L." overrides inner.fit because "one"
          when person.vip { may a "A." }
          match person.plan { pro { may b "B." overrides c because "one" } _ { may c "C." } }
        }"#,
        &[
            r#"0: {"path":"person.vip"}"#,
            r#"1: {"compare":{"op":"==","order":"case","left":{"path":"person.plan"},"right":{"case":"pro"}}}"#,
            r#"2: {"not":{"compare":{"op":"==","order":"case","left":{"path":"person.plan"},"right":{"case":"pro"}}}}"#,
            "longer",
            "a when 0",
            "b when 1",
            "c when 2",
        ],
    );
}

#[test]
fn a_rule_that_is_overridden_itself_overrides_nothing() {
    check_flat(
        r#"behaviour answer(person: Person) -> Reply {
          may last "L."
          may middle "M." overrides last because "one"
          when person.vip { may first "F." overrides middle because "one" }
          may gone "G." overrides kept because "one"
          may kept "K."
          may reason "R." overrides gone because "one"
        }"#,
        &[
            r#"0: {"path":"person.vip"}"#,
            r#"1: {"not":{"path":"person.vip"}}"#,
            r#"2: {"path":"person.vip"}"#,
            "last when 2",
            "middle when 1",
            "first when 0",
            "kept",
            "reason",
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

#[test]
fn a_raw_block_is_taken_as_it_is_wherever_a_string_stands() {
    let places = [
        "role",
        "goal",
        "fact",
        "rule",
        "step",
        "because",
        "check",
        "overrides",
        "good",
        "bad",
        "why",
        "default",
        "constant",
        "mail",
        "matcher",
        "returned",
        "reply",
        "expected",
        "reviewer",
    ];
    let raw = |place: &str| format!("'''\n  {{{{ {place} }}}} \\n \"{place}\"\n  '''");
    let text = r#"
const kept = CONSTANT
entity Person key address { address: email, name: text 0..90 = DEFAULT }
tool find(query: text 1..80) -> Note { via native "find" }
record Note { body: text 0..80 }
behaviour answer(person: Person, mail: Mail) -> Reply {
  role ROLE goal GOAL fact a FACT
  must b RULE because! BECAUSE check not mentions(reply.body, CHECK) and not mentions(reply.body, kept) and not mentions(reply.body, "bad")
    overrides c because OVERRIDES
    good GOOD bad BAD because WHY
  when person.name is empty { may c "C." }
  steps { d STEP }
  tools find
}
agent desk {
  inbox "a@example.org" contact person: Person by address
  route reviewer REVIEWER
  deliver { from "A <a@example.org>" }
}
example one for answer {
  given person = { address: "ada@example.org" }
  mail MAIL
  calls find { query: contains MATCHER } returns { body: RETURNED }
  replies REPLY
  expect prompt contains EXPECTED
}
"#;
    let text = places.iter().fold(text.to_owned(), |text, place| {
        text.replace(&place.to_uppercase(), &raw(place))
    });
    let package = Package {
        manifest: "name: test\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: vec![SourceFile::new("specs/test.silex", &text)],
        ..Package::default()
    };
    let (bundle, found) = build(&package);
    let mut bundle = bundle.unwrap_or_else(|| panic!("{found:#?}"));
    bundle.sources.clear();
    let written = serde_json::to_string(&bundle).unwrap();
    for place in places {
        let value = serde_json::to_string(&format!("{{{{ {place} }}}} \\n \"{place}\"")).unwrap();
        assert!(
            written.contains(value.trim_matches('"')),
            "{place}: {written}"
        );
    }
}
