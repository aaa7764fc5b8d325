//! Narrowing against a walk through every input: what the compiler says about a source, and what
//! the runtime's own evaluation says about the same conditions.
//!
//! Bodies are drawn at random: nested `when`, `else`, `match`, `and`, `or`, `not`. Every question
//! stands on a line of its own, so that a finding is known by its line. A question is impossible
//! exactly if it is reached and no input that reaches it makes it true; a field behind something
//! absent is reported exactly if some input that reaches it lacks it. Nothing is missed and no alarm
//! is false.

#![expect(
    clippy::unwrap_used,
    reason = "what a test cannot set up has to stop the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use silex_bundle::Expr;
use silex_bundle::expr::Scope;
use silex_compiler::{Package, SourceFile, check, sources};

type Input = Map<String, Value>;

const HEAD: &str = "//! Generated.

enum Plan { free, plus, pro }
enum Outcome { fine, bad { weight: int 0..2 } }
record Taste { plan: Plan, sure: bool? }
model m { provider anthropic name \"x\" }
behaviour answer(plan: Plan, vip: bool, taste: Taste?, outcome: Outcome?, turns: int 0..3, tags: [bool] 0..2) -> Reply {
  model m
  role \"You.\"
";

static INPUTS: LazyLock<Vec<Input>> = LazyLock::new(|| {
    let plans = || ["free", "plus", "pro"].map(Value::from).to_vec();
    let mut tastes = vec![Value::Null];
    for plan in plans() {
        tastes.extend(
            [Value::Null, json!(false), json!(true)]
                .map(|sure| json!({ "plan": plan, "sure": sure })),
        );
    }
    let bad = |weight: i32| json!({ "kind": "bad", "weight": weight });
    let values = [
        ("plan", plans()),
        ("vip", vec![json!(false), json!(true)]),
        ("taste", tastes),
        (
            "outcome",
            vec![
                Value::Null,
                json!({ "kind": "fine" }),
                bad(0),
                bad(1),
                bad(2),
            ],
        ),
        ("turns", (0..=3).map(Value::from).collect()),
        ("tags", vec![json!([]), json!([true]), json!([true, true])]),
    ];
    let mut all = vec![Input::new()];
    for (name, values) in values {
        let with = |input: &Input, value: &Value| {
            let mut input = input.clone();
            input.insert(name.to_owned(), value.clone());
            input
        };
        all = all
            .iter()
            .flat_map(|input| {
                values
                    .iter()
                    .map(|value| with(input, value))
                    .collect::<Vec<_>>()
            })
            .collect();
    }
    all
});

/// A question: how it is written, what it is for the runtime, what it must have ruled out.
#[derive(Debug, Clone)]
struct Asked {
    text: String,
    expr: Value,
    /// What is said to be impossible if it cannot be true; a bare boolean is never.
    claim: Option<Value>,
    needs: Vec<Need>,
}

/// What must hold for all inputs that reach a place, and the finding if it does not.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Need {
    Taste,
    Bad,
}

#[derive(Debug, Clone)]
enum Condition {
    Ask(Asked),
    Not(Box<Condition>),
    And(Vec<Condition>),
    Or(Vec<Condition>),
}

#[derive(Debug, Clone)]
enum Statement {
    When(Box<Condition>, Vec<Statement>, Vec<Statement>),
    /// An arm for each plan.
    Match(Vec<Vec<Statement>>),
    /// A line that prints a field.
    Print(&'static str, Need),
}

fn path(of: &str) -> Value {
    json!({ "path": of })
}

fn compared(op: &str, order: &str, left: &Value, right: &Value) -> Value {
    json!({ "compare": { "op": op, "order": order, "left": left, "right": right } })
}

fn case(of: &'static str, op: &'static str, case: &'static str, needs: Vec<Need>) -> Asked {
    let right = json!({ "case": case });
    Asked {
        text: format!("{of} {op} {case}"),
        expr: compared(op, "case", &path(of), &right),
        claim: Some(compared("==", "case", &path(of), &right)),
        needs,
    }
}

fn presence(of: &'static str, what: &'static str, needs: Vec<Need>) -> Asked {
    let expr = json!({ "is": { "value": path(of), "what": what } });
    Asked {
        text: format!("{of} is {what}"),
        claim: Some(expr.clone()),
        expr,
        needs,
    }
}

fn number(text: String, op: &str, left: &Value, with: i64) -> Asked {
    let expr = compared(op, "number", left, &json!({ "literal": with }));
    let is_equality = matches!(op, "==" | "!=");
    let claim = compared(
        if is_equality { "==" } else { op },
        "number",
        left,
        &json!({ "literal": with }),
    );
    Asked {
        text,
        expr,
        claim: Some(claim),
        needs: Vec::new(),
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let plan = || prop::sample::select(vec!["free", "plus", "pro"]);
    let equal = || prop::sample::select(vec!["==", "!="]);
    let any = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let what = || prop::sample::select(vec!["none", "some"]);
    let count = json!({ "call": { "function": "count", "args": [path("tags")] } });
    prop_oneof![
        3 => (equal(), plan()).prop_map(|(op, with)| case("plan", op, with, Vec::new())),
        1 => Just(Asked { text: "vip".to_owned(), expr: path("vip"), claim: None, needs: Vec::new() }),
        2 => (prop::sample::select(vec!["taste", "outcome"]), what()).prop_map(|(of, what)| presence(of, what, Vec::new())),
        1 => what().prop_map(|what| presence("taste.sure", what, vec![Need::Taste])),
        1 => (equal(), plan()).prop_map(|(op, with)| case("taste.plan", op, with, vec![Need::Taste])),
        1 => (equal(), prop::sample::select(vec!["fine", "bad"])).prop_map(|(op, with)| case("outcome", op, with, Vec::new())),
        2 => (any(), 0..4_i64).prop_map(|(op, with)| number(format!("turns {op} {with}"), op, &path("turns"), with)),
        1 => (any(), 0..3_i64).prop_map(move |(op, with)| number(format!("count(tags) {op} {with}"), op, &count, with)),
        1 => Just({
            let expr = json!({ "is": { "value": path("tags"), "what": "empty" } });
            Asked { text: "tags is empty".to_owned(), claim: Some(expr.clone()), expr, needs: Vec::new() }
        }),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    asked()
        .prop_map(Condition::Ask)
        .prop_recursive(3, 10, 3, |inner| {
            prop_oneof![
                inner.clone().prop_map(|it| Condition::Not(Box::new(it))),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Condition::And),
                prop::collection::vec(inner, 2..4).prop_map(Condition::Or),
            ]
        })
}

fn body() -> impl Strategy<Value = Vec<Statement>> {
    let print = prop_oneof![
        Just(Statement::Print("taste.plan", Need::Taste)),
        Just(Statement::Print("outcome.weight", Need::Bad)),
    ];
    let statement = print.prop_recursive(4, 20, 3, |inner| {
        let inner = prop::collection::vec(inner, 0..3);
        prop_oneof![
            4 => (condition(), inner.clone(), inner.clone()).prop_map(|(it, then, otherwise)| Statement::When(Box::new(it), then, otherwise)),
            1 => prop::collection::vec(inner, 3).prop_map(Statement::Match),
        ]
    });
    prop::collection::vec(statement, 1..4)
}

/// The source as it is written, and what must be found at which line.
struct Source {
    text: String,
    expected: BTreeSet<(usize, &'static str)>,
    /// Lines that nothing reaches: what is said there is not compared.
    unreached: BTreeSet<usize>,
    facts: usize,
}

impl Source {
    fn line(&mut self, text: &str) -> usize {
        self.text.push('\n');
        self.text.push_str(text);
        self.text.matches('\n').count() + 1
    }

    fn expect(&mut self, line: usize, code: &'static str, found: bool) {
        if found {
            self.expected.insert((line, code));
        }
    }

    fn needs(&mut self, line: usize, need: Need, inputs: &[&Input]) {
        let kind = |input: &Input| input["outcome"]["kind"].as_str().map(str::to_owned);
        match need {
            Need::Taste => {
                let absent = inputs.iter().any(|input| input["taste"].is_null());
                self.expect(line, "maybe-none", absent);
            }
            Need::Bad => {
                let absent = inputs.iter().any(|input| input["outcome"].is_null());
                self.expect(line, "maybe-none", absent);
                let fine = inputs
                    .iter()
                    .any(|input| kind(input).as_deref() == Some("fine"));
                self.expect(line, "case-not-known", fine);
            }
        }
    }

    fn condition(&mut self, condition: &Condition, inputs: &[&Input]) -> Expr {
        match condition {
            Condition::Ask(asked) => {
                // Brackets around it stand inside its span.
                let line = self.line(&format!("({})", asked.text));
                if inputs.is_empty() {
                    self.unreached.insert(line);
                }
                for need in &asked.needs {
                    self.needs(line, *need, inputs);
                }
                if let Some(claim) = &asked.claim {
                    let claim = expr(claim);
                    let impossible =
                        !inputs.is_empty() && !inputs.iter().any(|input| holds(&claim, input));
                    self.expect(line, "impossible-comparison", impossible);
                }
                expr(&asked.expr)
            }
            Condition::Not(inner) => {
                self.text.push_str(" not");
                Expr::Not(Box::new(self.group(inner, inputs)))
            }
            Condition::And(all) => Expr::And(self.joined(all, "and", true, inputs)),
            Condition::Or(any) => Expr::Or(self.joined(any, "or", false, inputs)),
        }
    }

    /// A part of a condition in the brackets that it needs.
    fn group(&mut self, condition: &Condition, inputs: &[&Input]) -> Expr {
        if matches!(condition, Condition::Ask(_)) {
            return self.condition(condition, inputs);
        }
        self.text.push_str(" (");
        let expr = self.condition(condition, inputs);
        self.text.push(')');
        expr
    }

    /// Each part is reached by the inputs for which those before it decide nothing.
    fn joined(
        &mut self,
        all: &[Condition],
        word: &str,
        goes_on: bool,
        inputs: &[&Input],
    ) -> Vec<Expr> {
        let mut left = inputs.to_vec();
        let mut exprs = Vec::new();
        for (at, one) in all.iter().enumerate() {
            if at > 0 {
                self.text.push_str(&format!(" {word}"));
            }
            let expr = self.group(one, &left);
            left.retain(|input| holds(&expr, input) == goes_on);
            exprs.push(expr);
        }
        exprs
    }

    fn body(&mut self, body: &[Statement], inputs: &[&Input]) {
        for statement in body {
            match statement {
                Statement::Print(field, need) => {
                    self.facts += 1;
                    let text = format!("fact f{} \"Is {{{{ {field} }}}}.\"", self.facts);
                    let line = self.line(&text);
                    if inputs.is_empty() {
                        self.unreached.insert(line);
                    }
                    self.needs(line, *need, inputs);
                }
                Statement::When(condition, then, otherwise) => {
                    self.line("when");
                    let expr = self.condition(condition, inputs);
                    let (yes, no): (Vec<_>, Vec<_>) = inputs
                        .iter()
                        .copied()
                        .partition(|input| holds(&expr, input));
                    self.text.push_str(" {");
                    self.body(then, &yes);
                    self.line("} else {");
                    self.body(otherwise, &no);
                    self.line("}");
                }
                Statement::Match(arms) => {
                    self.line("match plan {");
                    for (plan, arm) in ["free", "plus", "pro"].iter().zip(arms) {
                        let taken: Vec<_> = inputs
                            .iter()
                            .copied()
                            .filter(|input| input["plan"] == **plan)
                            .collect();
                        let line = self.line(&format!("{plan} {{"));
                        if inputs.is_empty() {
                            self.unreached.insert(line);
                        }
                        self.expect(
                            line,
                            "impossible-comparison",
                            !inputs.is_empty() && taken.is_empty(),
                        );
                        self.body(arm, &taken);
                        self.line("}");
                    }
                    self.line("}");
                }
            }
        }
    }
}

fn expr(json: &Value) -> Expr {
    serde_json::from_value(json.clone()).unwrap()
}

/// Whether a condition holds; a field behind something absent is nothing, which equals nothing.
fn holds(expr: &Expr, input: &Input) -> bool {
    expr.holds(&Scope::of(input)).unwrap()
}

/// What the compiler says about presence and cases, by line.
fn found(text: &str) -> BTreeMap<(usize, String), String> {
    let package = Package {
        manifest: "name: drawn\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: vec![SourceFile::new("specs/drawn.silex", text)],
        ..Package::default()
    };
    let places = sources(&package);
    let about = ["maybe-none", "impossible-comparison", "case-not-known"];
    let mut found = BTreeMap::new();
    for finding in check(&package) {
        let (_, line, _) = places.place(finding.span());
        if about.contains(&finding.code) {
            found.insert((line, finding.code.to_owned()), finding.message);
        } else {
            assert_eq!(
                finding.severity,
                silex_compiler::Severity::Warning,
                "{}\n{text}",
                finding.message
            );
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(ProptestConfig::default().cases / 4) })]
    #[test]
    fn the_compiler_says_of_conditions_what_every_input_says(body in body()) {
        let mut source = Source {
            text: HEAD.trim_end().to_owned(),
            expected: BTreeSet::new(),
            unreached: BTreeSet::new(),
            facts: 0,
        };
        source.body(&body, &INPUTS.iter().collect::<Vec<_>>());
        source.text.push_str("\n}\n");
        let found: BTreeSet<(usize, String)> = found(&source.text)
            .into_keys()
            .filter(|(line, _)| !source.unreached.contains(line))
            .collect();
        let expected: BTreeSet<(usize, String)> = source
            .expected
            .iter()
            .filter(|(line, _)| !source.unreached.contains(line))
            // What may not be asked is told as that alone.
            .filter(|(line, code)| {
                *code != "impossible-comparison" || !source.expected.contains(&(*line, "maybe-none"))
            })
            .map(|(line, code)| (*line, (*code).to_owned()))
            .collect();
        prop_assert_eq!(found, expected, "{}", source.text);
    }
}
