//! Variants, tokens, snapshots and questions about them, against prompts that are really rendered.

#![expect(
    clippy::unwrap_used,
    reason = "what a test cannot set up has to stop the test"
)]

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use silex_bundle::Bundle;
use silex_bundle::expr::Scope;
use silex_bundle::render::{Prepared, Prompt, Setting};
use silex_bundle::schema::check_fields;
use silex_bundle::tokenizer::Tokenizer;
use silex_compiler::analysis::facts::Facts;
use silex_compiler::analysis::listing::Listing;
use silex_compiler::analysis::snapshot;
use silex_compiler::satisfy::World;
use silex_compiler::{Package, SourceFile, ask, build};

const SPEC: &str = r#"//! Prompts.

enum Plan { free, plus, pro }
entity Reader key address { address: email, plan: Plan = free, tone: Tone?, spent: int 0..100 = 0 }
enum Tone { formal, warm }
model m { provider openai name "gpt-4o" }
model other { provider anthropic name "x" }
/// Looks.
tool look(/// For what.
  query: text 1..20) -> Found { via http GET "desk" }
/// Sends.
tool post(/// What.
  words: text 1..20) -> Found { via http POST "desk" }
record Found { count: int }

behaviour answer(reader: Reader, thread: Thread, mail: Mail) -> Reply {
  model m
  role "You answer letters."
  must newest "Answer the newest letter."
  when reader.tone is none { must ask_tone "Ask which tone they like." }
  else { should match_tone "Write in a {{ reader.tone }} tone." }
  match reader.plan {
    free { never series "Offer a series." about topic series tools look }
    plus { may offer "Offer a series." tools look }
    pro { may offer_more "Offer two." }
  }
  when thread.turns > 3 { must sum_up "Sum up." }
  when thread.turns > 9 { must hurry "Come to an end." }
  when reader.spent >= 50 or thread.turns > 3 { tools post }
  when count(mail.attachments) in 1..2 { must name_files "Name the files." }
}
"#;

fn compile(spec: &str) -> (Option<Bundle>, Vec<String>) {
    let package = Package {
        manifest: "name: prompts\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: vec![SourceFile::new("specs/p.silex", spec)],
        ..Package::default()
    };
    let (bundle, found) = build(&package);
    let found = found
        .into_iter()
        .filter(|it| it.severity == silex_compiler::Severity::Error);
    (
        bundle,
        found
            .map(|it| format!("{}: {}", it.code, it.message))
            .collect(),
    )
}

fn bundle(spec: &str) -> Bundle {
    let (bundle, found) = compile(spec);
    bundle.unwrap_or_else(|| panic!("{found:?}"))
}

fn render(bundle: &Bundle, inputs: &Map<String, Value>) -> Prompt {
    let behaviour = &bundle.behaviours["p.answer"];
    let given: Map<String, Value> = inputs
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "now" | "today"))
        .map(|(a, b)| (a.clone(), b.clone()))
        .collect();
    let valid = check_fields(&behaviour.inputs, &given.into(), &bundle.declarations).unwrap();
    let mut scope = Scope::of(valid.as_object().unwrap());
    scope.set("now", json!("2027-03-01T09:00:00Z"));
    scope.set("today", json!("2027-03-01"));
    let setting = Setting {
        seed: "",
        own: &[],
        without: None,
    };
    Prepared::new(bundle, "p.answer")
        .unwrap()
        .render(&scope, &setting)
        .unwrap()
}

/// What tells two prompts apart: the segments, and the tools by name.
fn said(bundle: &Bundle, prompt: &Prompt) -> (Vec<bool>, BTreeSet<String>) {
    let offers = &bundle.behaviours["p.answer"].tools;
    (
        prompt.active.clone(),
        prompt
            .tools
            .iter()
            .map(|at| offers[*at].tool.clone())
            .collect(),
    )
}

/// The prompts of every input that conditions can tell apart.
fn every_prompt(bundle: &Bundle) -> BTreeSet<(Vec<bool>, BTreeSet<String>)> {
    let mut all = BTreeSet::new();
    let file = json!({ "name": "a", "kind": "text/plain", "bytes": 1 });
    for plan in ["free", "plus", "pro"] {
        for tone in [Value::Null, json!("warm")] {
            for turns in [1, 4, 10] {
                for spent in [0, 50] {
                    for files in 0..4 {
                        let inputs = json!({
                            "reader": { "address": "a@example.org", "plan": plan, "tone": tone, "spent": spent },
                            "thread": { "turns": turns },
                            "mail": { "body": "Hello", "attachments": vec![file.clone(); files] },
                        });
                        all.insert(said(bundle, &render(bundle, inputs.as_object().unwrap())));
                    }
                }
            }
        }
    }
    all
}

#[test]
fn the_variants_are_the_prompts_that_inputs_lead_to_and_each_witness_leads_to_its_own() {
    let bundle = bundle(SPEC);
    let listing = Listing::of(&bundle, "p.answer", 4096, None).unwrap();
    let every = every_prompt(&bundle);
    assert_eq!(
        (listing.count, listing.exact, listing.all),
        (every.len() as u128, true, true)
    );
    let mut seen = BTreeSet::new();
    for variant in &listing.variants {
        let prompt = render(&bundle, &variant.context);
        assert!(
            seen.insert(said(&bundle, &prompt)),
            "{} leads to a prompt that was there",
            variant.witness
        );
        // Words without holes stand in the prompt as they stand in the variant.
        let text = prompt.system_text();
        for line in variant
            .text
            .lines()
            .filter(|line| line.starts_with("- ") && !line.contains("{{"))
        {
            assert!(text.contains(line), "{line} for {}", variant.witness);
        }
        let tokens = listing.tokenizer.count(&text);
        assert!(
            (variant.tokens.least..=variant.tokens.most).contains(&tokens),
            "{tokens} in {:?}",
            variant.tokens
        );
    }
    assert_eq!(seen, every);
    let hashes: BTreeSet<&str> = listing.variants.iter().map(|it| it.hash.as_str()).collect();
    assert_eq!(hashes.len(), listing.variants.len());
}

#[test]
fn above_the_cap_every_two_choices_meet_in_a_variant_of_the_cover() {
    let bundle = bundle(SPEC);
    let full = Listing::of(&bundle, "p.answer", 4096, None).unwrap();
    let cover = Listing::of(&bundle, "p.answer", 20, None).unwrap();
    assert_eq!((cover.count, cover.all), (full.count, false));
    assert!(cover.variants.len() < full.variants.len());
    let pairs = |listing: &Listing| -> BTreeSet<(String, String)> {
        let of = |adds: &[String]| -> Vec<(String, String)> {
            adds.iter()
                .flat_map(|a| adds.iter().map(move |b| (a.clone(), b.clone())))
                .collect()
        };
        listing
            .variants
            .iter()
            .flat_map(|it| of(&it.adds))
            .collect()
    };
    assert_eq!(pairs(&cover), pairs(&full));
}

#[test]
fn conditions_that_take_too_long_to_weigh_are_left_open() {
    let turns =
        |at: usize| format!("when thread.turns == {at} {{ must say_{at} \"Say {at}.\" }}\n");
    let body: String = (1..=300).map(turns).collect();
    let spec = format!(
        "behaviour answer(thread: Thread, mail: Mail) -> Reply {{ limit tokens 9000 role \"You.\"\n{body}}}"
    );
    let listing = Listing::of(&bundle(&spec), "p.answer", 4096, None).unwrap();
    assert!(!listing.exact, "{}", listing.count);
    assert!(listing.count > 40, "{}", listing.count);
}

#[test]
fn a_question_keeps_the_variants_for_which_it_can_hold() {
    let bundle = bundle(SPEC);
    let behaviour = &bundle.behaviours["p.answer"];
    let given = |text: &str| {
        let condition = ask::condition(&bundle, behaviour, text)?;
        let formula = World::of_behaviour(&bundle, behaviour).formula(&condition);
        Ok::<_, Vec<String>>(Listing::of(&bundle, "p.answer", 4096, Some(formula)).unwrap())
    };
    let all = Listing::of(&bundle, "p.answer", 4096, None).unwrap();
    let pro = given("plan == pro and tone is some").unwrap();
    assert!(
        pro.variants
            .iter()
            .all(|it| it.adds.contains(&"may offer_more".to_owned())
                && it.adds.contains(&"should match_tone".to_owned()))
    );
    assert_eq!(pro.count * 6, all.count);
    assert_eq!(given("turns > 3 and turns < 2").unwrap().count, 0);
    assert_eq!(given("mail.subject == \"x\"").unwrap().count, all.count);
    let wrong = |text: &str| given(text).unwrap_err().join(" | ");
    assert_eq!(
        wrong("subject == \"x\""),
        "`subject` is unclear: say `thread.subject` or `mail.subject` | `subject == \"x\"`: unknown name `subject`: in scope are `mail`, `now`, `reader`, `thread`, `today`"
    );
    assert_eq!(
        wrong("plan == gold"),
        "`plan == gold`: `Plan` has no case `gold`: its cases are `free`, `plus`, `pro`"
    );
}

#[test]
fn a_prompt_over_its_limit_is_refused_with_the_inputs_that_lead_to_it() {
    let over = SPEC
        .replace("  role \"You", "  limit tokens 200\n  role \"You")
        .replace("Ask which tone they like.", &"Ask. ".repeat(200));
    let (bundle, found) = compile(&over);
    assert!(bundle.is_none());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("over-limit: a prompt of `answer` can take "),
        "{found:?}"
    );
    assert!(
        found[0].ends_with(" tokens, over its limit of 200"),
        "{found:?}"
    );
    let wide = SPEC
        .replace("  role \"You", "  limit tokens 2000\n  role \"You")
        .replace("Sum up.", "Sum up {{ mail.body | inline(3000) }}.");
    assert!(
        compile(&wide).1[0].starts_with("over-limit"),
        "holes count with their greatest length"
    );
    assert_eq!(
        compile(&wide.replace("3000", "300")).1,
        Vec::<String>::new()
    );
}

#[test]
fn tokens_of_models_of_openai_are_exact_and_others_are_estimated() {
    let known = bundle(SPEC);
    let known = Facts::new(&known, 4096).tokens("p.answer").unwrap().0;
    let estimated = bundle(&SPEC.replace("  model m\n", "  model other\n"));
    let estimated = Facts::new(&estimated, 4096).tokens("p.answer").unwrap().0;
    assert!(
        known.least < known.most && known != estimated,
        "{known:?} {estimated:?}"
    );
}

/// A spec with every kind of hole, and of a model whose tokenizer is known.
fn with_holes() -> Bundle {
    let spec = SPEC.replace(
        "  must newest",
        r#"  fact about "Reader{{ reader.note | inline(60) }}wrote, and{{ reader.spent }}%: {{ reader.note | inline(9) }}."
  each word in reader.words { fact word "- {{ word | inline(20) }}" }
  fact all "{{ reader.words | json | fence(max: 300) }}"
  must newest"#,
    );
    let spec = spec.replace(
        "spent: int 0..100 = 0 }",
        "spent: int 0..100 = 0, note: text 0..60 = \"\", words: [text 0..20] 0..4 = [] }",
    );
    bundle(&spec)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn no_prompt_takes_more_tokens_than_its_bound(
        note in "[a-z '!0-9\\n]{0,20}|\\PC{0,60}|[\u{10000}-\u{10FFFF}]{0,60}",
        words in proptest::collection::vec("\\PC{0,20}|[\u{20000}-\u{2A6DF}]{0,20}", 0..=4),
        spent in 0..=100,
        plan in proptest::sample::select(vec!["free", "plus", "pro"]),
        turns in 1..20,
    ) {
        let bundle = with_holes();
        let bound = Facts::new(&bundle, 4096).tokens("p.answer").unwrap().0.most;
        let reader = json!({
            "address": "a@example.org", "plan": plan, "spent": spent, "note": note, "words": words,
        });
        let inputs = json!({ "reader": reader, "thread": { "turns": turns }, "mail": { "body": "" } });
        let prompt = render(&bundle, inputs.as_object().unwrap());
        let taken = Tokenizer::O200k.count(&prompt.system_text());
        proptest::prop_assert!(taken <= bound, "{taken} tokens, bound {bound}");
    }
}

#[test]
fn a_cache_keeps_what_stands_before_the_first_text_that_changes() {
    let known = bundle(SPEC);
    let prefix = Facts::new(&known, 4096).prefix("p.answer").unwrap();
    assert_eq!(
        (prefix.stable, prefix.lost, prefix.first_volatile),
        (11, 0, Some(2))
    );
    let fixed = bundle(
        &SPEC
            .replace(
                "role \"You answer letters.\"",
                "role \"You are {{ house }} and answer letters.\"",
            )
            .replace("enum Plan", "const house = \"the desk\"\nenum Plan"),
    );
    let prefix = Facts::new(&fixed, 4096).prefix("p.answer").unwrap();
    assert_eq!(
        (prefix.stable, prefix.first_volatile),
        (16, Some(2)),
        "a constant never changes"
    );
}

#[test]
fn a_snapshot_says_all_that_can_be_said_once() {
    let bundle = bundle(SPEC);
    let text = snapshot::markdown(&bundle, "p.answer", 4096).unwrap();
    insta::assert_snapshot!(text.split("## Variants").next().unwrap());
    assert_eq!(
        text.lines()
            .filter(|line| line.ends_with(" |") && line.contains(".."))
            .count(),
        48
    );
}
