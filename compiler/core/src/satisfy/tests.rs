//! The engine against a walk through every world.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use silex_bundle::expr::{Compare, Scope};
use silex_bundle::schema::{Declarations, Field};
use silex_bundle::{Expr, Path, Type};

use super::*;

/// Declarations of a small world: an enum of three cases, an enum with fields, a record with
/// optional fields.
fn declarations() -> Declarations {
    let span = json!({ "source": 0, "start": 0, "end": 0 });
    serde_json::from_value(json!({
        "Plan": { "span": span, "shape": { "enum": { "cases": [{ "name": "free" }, { "name": "plus" }, { "name": "pro" }] } } },
        "Verdict": { "span": span, "shape": { "enum": { "cases": [
            { "name": "allow" },
            { "name": "block", "fields": [{ "name": "weight", "type": { "int": { "min": 0, "max": 2 } } }] },
        ] } } },
        "Taste": { "span": span, "shape": { "record": { "fields": [
            { "name": "plan", "type": { "named": "Plan" } },
            { "name": "sure", "type": { "optional": "bool" } },
        ] } } },
    }))
    .unwrap()
}

fn inputs() -> Vec<Field> {
    serde_json::from_value(json!([
        { "name": "plan", "type": { "named": "Plan" } },
        { "name": "vip", "type": "bool" },
        { "name": "taste", "type": { "optional": { "named": "Taste" } } },
        { "name": "verdict", "type": { "optional": { "named": "Verdict" } } },
        { "name": "turns", "type": { "int": { "min": 0, "max": 3 } } },
        { "name": "tags", "type": { "list": { "of": "bool", "max": 2 } } },
    ]))
    .unwrap()
}

/// Every input that the world allows.
static CONTEXTS: LazyLock<Vec<serde_json::Map<String, Json>>> = LazyLock::new(|| {
    let plans = || vec![json!("free"), json!("plus"), json!("pro")];
    let taste: Vec<Json> = plans()
        .iter()
        .flat_map(|plan| {
            [Json::Null, json!(false), json!(true)]
                .map(|sure| json!({ "plan": plan, "sure": sure }))
        })
        .chain([Json::Null])
        .collect();
    let verdict = vec![
        Json::Null,
        json!({ "kind": "allow" }),
        json!({ "kind": "block", "weight": 0 }),
        json!({ "kind": "block", "weight": 1 }),
        json!({ "kind": "block", "weight": 2 }),
    ];
    let values = [
        ("plan", plans()),
        ("vip", vec![json!(false), json!(true)]),
        ("taste", taste),
        ("verdict", verdict),
        ("turns", (0..=3).map(Json::from).collect()),
        ("tags", vec![json!([]), json!([true]), json!([true, true])]),
    ];
    values
        .into_iter()
        .fold(vec![serde_json::Map::new()], |all, (name, values)| {
            let with = |context: &serde_json::Map<String, Json>, value: &Json| {
                let mut context = context.clone();
                context.insert(name.to_owned(), value.clone());
                context
            };
            all.iter()
                .flat_map(|context| {
                    values
                        .iter()
                        .map(|value| with(context, value))
                        .collect::<Vec<_>>()
                })
                .collect()
        })
});

fn path(text: &str) -> Expr {
    Expr::Path(Path::from(text.to_owned()))
}

fn condition_on(kind: u8, of: &'static str, with: &str) -> Expr {
    serde_json::from_value(match kind {
        0 => json!({ "compare": { "op": "==", "order": "case", "left": { "path": of }, "right": { "case": with } } }),
        1 => json!({ "compare": { "op": "!=", "order": "case", "left": { "path": of }, "right": { "case": with } } }),
        2 => json!({ "one_of": { "value": { "path": of }, "of": [{ "case": with }, { "case": "pro" }] } }),
        3 => json!({ "is": { "value": { "path": of }, "what": "none" } }),
        _ => json!({ "is": { "value": { "path": of }, "what": "some" } }),
    })
    .unwrap()
}

fn number(op: &str, of: Json, with: i64) -> Expr {
    serde_json::from_value(json!({ "compare": { "op": op, "order": "number", "left": of, "right": { "literal": with } } })).unwrap()
}

/// A question whose guard stands before it, as the compiler wants it.
fn question() -> impl Strategy<Value = Expr> {
    let plan = || prop::sample::select(vec!["free", "plus", "pro"]);
    let op = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let guarded = |guard: &str, expr: Expr| {
        Expr::And(vec![
            condition_on(4, Box::leak(guard.to_owned().into_boxed_str()), ""),
            expr,
        ])
    };
    prop_oneof![
        (0..3_u8, plan()).prop_map(|(kind, with)| condition_on(kind, "plan", with)),
        Just(path("vip")),
        (3..5_u8, prop::sample::select(vec!["taste", "verdict"]))
            .prop_map(|(kind, of)| condition_on(kind, of, "")),
        (0..3_u8, plan())
            .prop_map(move |(kind, with)| guarded("taste", condition_on(kind, "taste.plan", with))),
        (3..5_u8).prop_map(move |kind| guarded("taste", condition_on(kind, "taste.sure", ""))),
        Just(Expr::And(vec![
            condition_on(4, "taste", ""),
            condition_on(4, "taste.sure", ""),
            path("taste.sure")
        ])),
        (0..2_u8, prop::sample::select(vec!["allow", "block"]))
            .prop_map(|(kind, with)| condition_on(kind, "verdict", with)),
        (op(), 0..4_i64).prop_map(|(op, with)| Expr::And(vec![
            condition_on(0, "verdict", "block"),
            number(op, json!({ "path": "verdict.weight" }), with),
        ])),
        (op(), -1..5_i64).prop_map(|(op, with)| number(op, json!({ "path": "turns" }), with)),
        (0..3_i32, 0..4_i32).prop_map(|(min, max)| Expr::Within {
            value: Box::new(path("turns")),
            min: Some(f64::from(min)),
            max: Some(f64::from(max)),
        }),
        (op(), 0..4_i64).prop_map(|(op, with)| number(
            op,
            json!({ "call": { "function": "count", "args": [{ "path": "tags" }] } }),
            with
        )),
        Just(Expr::Is {
            value: Box::new(path("tags")),
            what: silex_bundle::expr::Presence::Empty
        }),
        any::<bool>().prop_map(|value| Expr::Literal(value.into())),
    ]
}

fn condition() -> impl Strategy<Value = Expr> {
    question().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(|it| Expr::Not(Box::new(it))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expr::And),
            prop::collection::vec(inner, 2..4).prop_map(Expr::Or),
        ]
    })
}

fn holds(condition: &Expr, context: &serde_json::Map<String, Json>) -> bool {
    condition.holds(&Scope::of(context)).unwrap()
}

/// The witness, if there is one, which must be inputs of the world for which all conditions hold.
fn witness(world: &World<'_>, conditions: &[&Expr]) -> Option<Witness> {
    let formulas: Vec<Formula> = conditions.iter().map(|it| world.formula(it)).collect();
    match solve(&formulas.iter().collect::<Vec<_>>()) {
        Answer::Yes(witness) => {
            let context = world.context(&witness);
            let fields = inputs();
            let context =
                silex_bundle::schema::check_fields(&fields, &context.into(), world.declarations())
                    .unwrap();
            for condition in conditions {
                assert!(
                    holds(condition, context.as_object().unwrap()),
                    "{condition:?} for {witness}: {context:?}"
                );
            }
            Some(witness)
        }
        Answer::No => None,
        Answer::Unknown => panic!("too hard"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn conditions_hold_together_exactly_if_some_inputs_say_so(
        conditions in prop::collection::vec(condition(), 1..4),
    ) {
        let (declarations, inputs) = (declarations(), inputs());
        let world = inputs.iter().fold(World::new(&declarations), |world, input| world.with(&input.name, &input.of));
        let all: Vec<&Expr> = conditions.iter().collect();
        let allowed: Vec<_> = CONTEXTS.iter().filter(|context| all.iter().all(|it| holds(it, context))).collect();
        prop_assert_eq!(witness(&world, &all).is_some(), !allowed.is_empty());
        // What the first alone says is certain or possible among the others.
        let (claim, facts) = conditions.split_first().unwrap();
        let facts: Vec<Formula> = facts.iter().map(|it| world.formula(it)).collect();
        let allowed: Vec<_> = CONTEXTS
            .iter()
            .filter(|context| conditions[1..].iter().all(|it| holds(it, context)))
            .collect();
        if !allowed.is_empty() {
            let claimed = world.formula(claim);
            prop_assert_eq!(possible(facts.iter(), &claimed), allowed.iter().any(|it| holds(claim, it)));
            prop_assert_eq!(certain(facts.iter(), claimed), allowed.iter().all(|it| holds(claim, it)));
        }
    }

    #[test]
    fn relations_are_those_of_the_sets_of_inputs(first in condition(), second in condition()) {
        let (declarations, inputs) = (declarations(), inputs());
        let world = inputs.iter().fold(World::new(&declarations), |world, input| world.with(&input.name, &input.of));
        let (mut only_first, mut only_second, mut both) = (false, false, false);
        for context in CONTEXTS.iter() {
            match (holds(&first, context), holds(&second, context)) {
                (true, true) => both = true,
                (true, false) => only_first = true,
                (false, true) => only_second = true,
                (false, false) => {}
            }
        }
        let relation = relate(&world.formula(&first), &world.formula(&second));
        let expected = match (only_first, only_second) {
            (false, false) => "equivalent",
            (false, true) => "narrower",
            (true, false) => "wider",
            (true, true) if both => "overlapping",
            (true, true) => "disjoint",
        };
        let found = match relation {
            Relation::Equivalent => "equivalent",
            Relation::Narrower(_) => "narrower",
            Relation::Wider(_) => "wider",
            Relation::Overlapping { .. } => "overlapping",
            Relation::Disjoint { .. } => "disjoint",
            Relation::Unknown => "unknown",
        };
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn numbers_are_told_apart_as_a_walk_through_all_of_them_does(
        tests in prop::collection::vec((0..6_usize, -4..5_i32, any::<bool>()), 1..6),
        (min, span) in (-4..4_i32, 0..8_i32),
    ) {
        let ops = [Compare::Eq, Compare::Ne, Compare::Lt, Compare::Le, Compare::Gt, Compare::Ge];
        let subject = Arc::new(number_subject(true, Some(min.into()), Some((min + span).into())));
        let facts: Vec<Formula> = tests.iter().map(|(op, with, not)| {
            let ask = Formula::ask(Arc::clone(&subject), Test::Compares(ops[*op], f64::from(*with)));
            if *not { ask.negated() } else { ask }
        }).collect();
        let expected = (min..=min + span).any(|value| tests.iter().all(|(op, with, not)| {
            classes::answer(&Test::Compares(ops[*op], f64::from(*with)), &Value::Number(f64::from(value))) != *not
        }));
        prop_assert_eq!(solve(&facts.iter().collect::<Vec<_>>()) != Answer::No, expected);
    }
}

fn number_subject(whole: bool, min: Option<f64>, max: Option<f64>) -> Subject {
    Subject {
        path: Some(Path::root("n")),
        ..Subject::expression(
            "n".to_owned(),
            Domain::Number {
                unit: Unit::Plain,
                whole,
                min,
                max,
            },
        )
    }
}

#[test]
fn a_fraction_lies_between_two_neighbours_and_a_whole_number_does_not() {
    let between = |whole: bool| {
        let subject = Arc::new(number_subject(whole, None, None));
        let ask = |op, with| Formula::ask(Arc::clone(&subject), Test::Compares(op, with));
        solve(&[&ask(Compare::Gt, 3.0), &ask(Compare::Lt, 4.0)]) != Answer::No
    };
    assert!(between(false));
    assert!(!between(true));
}

/// A world of a few names with types in JSON.
#[track_caller]
fn check_witness(types: Json, conditions: &[Json], expected: Option<(&str, Json)>) {
    let declarations = declarations();
    let types: BTreeMap<String, Type> = serde_json::from_value(types).unwrap();
    let world = types
        .iter()
        .fold(World::new(&declarations), |world, (name, of)| {
            world.with(name, of)
        });
    let exprs: Vec<Expr> = conditions
        .iter()
        .map(|it| serde_json::from_value(it.clone()).unwrap())
        .collect();
    let formulas: Vec<Formula> = exprs.iter().map(|it| world.formula(it)).collect();
    let found = match solve(&formulas.iter().collect::<Vec<_>>()) {
        Answer::Yes(witness) => Some((witness.to_string(), Json::Object(world.context(&witness)))),
        Answer::No => None,
        Answer::Unknown => panic!("too hard"),
    };
    assert_eq!(
        found,
        expected.map(|(text, context)| (text.to_owned(), context))
    );
}

fn compare(op: &str, order: &str, left: Json, right: Json) -> Json {
    json!({ "compare": { "op": op, "order": order, "left": left, "right": right } })
}

fn at(path: &str) -> Json {
    json!({ "path": path })
}

fn lit(value: Json) -> Json {
    json!({ "literal": value })
}

#[test]
fn a_text_is_one_text_at_most_and_may_be_none_that_is_named() {
    let is = |text: &str| compare("==", "text", at("subject"), lit(json!(text)));
    let types = || json!({ "subject": { "text": {} } });
    check_witness(types(), &[is("a"), is("b")], None);
    check_witness(
        types(),
        &[json!({ "not": is("a") }), json!({ "not": is("text") })],
        Some((
            r#"not subject in ["a", "text"]"#,
            json!({ "subject": "other" }),
        )),
    );
}

#[test]
fn a_text_that_must_hold_something_is_never_empty() {
    let empty = json!({ "is": { "value": at("subject"), "what": "empty" } });
    check_witness(
        json!({ "subject": { "text": { "min": 1 } } }),
        std::slice::from_ref(&empty),
        None,
    );
    check_witness(
        json!({ "subject": { "text": {} } }),
        &[empty],
        Some(("subject is empty", json!({ "subject": "" }))),
    );
}

#[test]
fn a_text_of_a_pattern_is_made_to_match() {
    check_witness(
        json!({ "code": { "text": { "min": 1, "max": 9, "pattern": "^[A-Z]{2}-[0-9]{3}$" } }, "vip": "bool" }),
        &[
            compare("!=", "text", at("code"), lit(json!("AA-000"))),
            at("vip"),
        ],
        Some((
            r#"code != "AA-000", vip"#,
            json!({ "code": "BB-111", "vip": true }),
        )),
    );
}

#[test]
fn two_values_are_less_equal_or_greater() {
    let compared = |op: &str, left: &str, right: &str| compare(op, "number", at(left), at(right));
    let types = || json!({ "a": { "int": {} }, "b": { "int": {} } });
    check_witness(
        types(),
        &[compared("<", "a", "b"), compared("<", "b", "a")],
        None,
    );
    check_witness(
        types(),
        &[
            compared("<=", "a", "b"),
            compared("!=", "b", "a"),
            compared(">=", "a", "b"),
        ],
        None,
    );
}

#[test]
fn what_a_function_returns_is_one_value_wherever_it_is_spelled_alike() {
    let words = json!({ "call": { "function": "words", "args": [at("body")] } });
    let most = |op: &str, most: i64| compare(op, "number", words.clone(), lit(json!(most)));
    check_witness(
        json!({ "body": { "text": {} } }),
        &[most("<=", 200), most(">", 300)],
        None,
    );
}

#[test]
fn moments_are_ordered_and_printed_as_they_are_written() {
    check_witness(
        json!({ "today": "date", "wait": "duration", "at": "time" }),
        &[
            compare(">", "date", at("today"), lit(json!("2028-02-28"))),
            compare("<", "duration", at("wait"), lit(json!("1h"))),
            compare(">=", "duration", at("wait"), lit(json!("30m"))),
            compare(">", "time", at("at"), lit(json!("09:59"))),
        ],
        Some((
            "today == 2028-02-29, wait == 30m, at == 10:00",
            json!({ "at": "10:00", "today": "2028-02-29", "wait": "30m" }),
        )),
    );
}

#[test]
fn facts_that_share_a_path_only_through_others_still_count() {
    let declarations = declarations();
    let (plan, taste) = (
        Type::Named("Plan".to_owned()),
        Type::Optional(Box::new(Type::Named("Taste".to_owned()))),
    );
    let world = World::new(&declarations)
        .with("plan", &plan)
        .with("taste", &taste);
    let present = world.present(&Path::root("taste"));
    let is = |case: &str| world.is_case(&Path::root("plan"), case);
    let facts = [is("plus"), Formula::Any(vec![is("free"), present.clone()])];
    assert!(certain(facts.iter(), present.clone()));
    assert!(!certain(facts[1..].iter(), present));
}

#[test]
fn a_choice_of_hundreds_of_cases_is_searched_too() {
    let cases = || (0..300).map(|at| format!("c{at}"));
    let declarations = Declarations::new();
    let world = World::new(&declarations).with_cases("stage", cases());
    let is = |at: usize| world.is_case(&Path::root("stage"), &format!("c{at}"));
    let not: Vec<Formula> = (0..299).map(|at| is(at).negated()).collect();
    let Answer::Yes(witness) = solve(&not.iter().collect::<Vec<_>>()) else {
        panic!("no case is left")
    };
    assert_eq!(witness.to_string(), "stage == c299");
    let last = is(299).negated();
    assert_eq!(
        solve(&not.iter().chain([&last]).collect::<Vec<_>>()),
        Answer::No
    );
}

/// One pigeon more than holes: no answer is found by looking at single facts.
fn pigeons(holes: usize) -> Vec<Formula> {
    let sits = |pigeon: usize, hole: usize| Formula::opaque(format!("{pigeon} in {hole}"));
    let mut all: Vec<Formula> = (0..=holes)
        .map(|pigeon| Formula::Any((0..holes).map(|hole| sits(pigeon, hole)).collect()))
        .collect();
    for hole in 0..holes {
        for pigeon in 0..=holes {
            for other in 0..pigeon {
                all.push(Formula::Any(vec![
                    sits(pigeon, hole).negated(),
                    sits(other, hole).negated(),
                ]));
            }
        }
    }
    all
}

#[test]
fn a_search_that_grows_too_long_says_that_it_does_not_know() {
    let solved = |holes: usize| solve(&pigeons(holes).iter().collect::<Vec<_>>());
    assert_eq!(solved(5), Answer::No);
    assert_eq!(solved(11), Answer::Unknown);
}

#[test]
fn a_behaviour_is_in_one_of_its_stages_and_sees_what_it_observes() {
    let text = r#"
enum Mood { calm, upset }
tool find() -> Saved { via native "find" }
behaviour read_mood(mail: Mail) -> Mood { role "You read." }
behaviour answer(mail: Mail) -> Reply {
  tools find
  observe mood = read_mood(mail)
  stage asking { on find -> done must a "A." }
  stage done final { must b "B." }
  when mood == upset { must c "C." }
}
"#;
    let package = crate::Package {
        manifest: "name: test\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: vec![crate::SourceFile::new("specs/test.silex", text)],
        ..crate::Package::default()
    };
    let bundle = crate::build(&package).0.unwrap();
    let behaviour = &bundle.behaviours["test.answer"];
    let world = World::of_behaviour(&bundle, behaviour);
    let [asking, done, upset] = [0, 1, 2].map(|at| world.condition(behaviour, at));
    assert_eq!(solve(&[&asking, &done]), Answer::No);
    assert_eq!(
        solve(&[&asking.clone().negated(), &done.clone().negated()]),
        Answer::No
    );
    let Answer::Yes(witness) = solve(&[&done, &upset]) else {
        panic!("they can hold together")
    };
    assert_eq!(witness.to_string(), "stage == done, mood == upset");
    let context = world.context(&witness);
    assert_eq!(
        (&context["stage"], &context["mood"]),
        (&json!("done"), &json!("upset"))
    );
}
