//! Narrowing: what the conditions around a place say about the paths in it.
//!
//! Conditions become [`Formula`]s: questions about paths (is there a value, which case is it, how
//! does the number compare) joined by and, or and not. Whether something is possible or certain
//! under some formulas is decided by looking for values of the paths that make all of them true.
//! That is exact: it raises no false alarm and misses nothing, because each path has only as many
//! values that matter as the formulas name literals. What cannot be looked into (a function's
//! result) counts as a free choice of its own.

use silex_bundle::Path;
use silex_bundle::expr::Compare;

/// Values tried before a search gives up and calls its formulas possible.
const MOST_TRIES: u32 = 4_000;

/// What a condition says.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// Always or never true.
    Always(bool),
    /// A question about one path.
    Ask(Question),
    /// The opposite.
    Not(Box<Formula>),
    /// All of these.
    All(Vec<Formula>),
    /// One of these.
    Any(Vec<Formula>),
}

/// A question about one path.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// About what.
    pub of: Subject,
    /// Which values it can have.
    pub domain: Domain,
    /// What is asked.
    pub test: Test,
}

/// What a question is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// Whether the path has a value.
    Presence(Path),
    /// The value behind the path.
    Value(Path),
    /// The number of items, or whether a text is empty.
    Length(Path),
    /// Something that is not looked into, by its spelling.
    Opaque(String),
}

/// Which values a subject can have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Domain {
    /// One of so many: cases of an enum, `false` and `true`, none and some.
    Choice(u32),
    /// A number between bounds.
    Number {
        /// Whether it is whole.
        whole: bool,
        /// Least.
        min: Option<f64>,
        /// Greatest.
        max: Option<f64>,
    },
    /// Any text.
    Text,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Whether it is this choice.
    Is(u32),
    /// How it compares with a number.
    Compares(Compare, f64),
    /// Whether it is this text.
    Reads(String),
}

/// A value that a search tries.
#[derive(Debug, Clone, PartialEq)]
enum Value<'f> {
    Choice(u32),
    Number(f64),
    /// `None` stands for all texts that no formula names.
    Text(Option<&'f str>),
}

impl Formula {
    /// Whether a path has a value.
    #[must_use]
    pub fn present(path: Path) -> Self {
        Self::choice(Subject::Presence(path), 1, 2)
    }

    /// Whether a subject is one of so many choices.
    #[must_use]
    pub fn choice(of: Subject, is: u32, among: u32) -> Self {
        Self::Ask(Question {
            of,
            domain: Domain::Choice(among),
            test: Test::Is(is),
        })
    }

    /// Something that is not looked into.
    #[must_use]
    pub fn opaque(spelling: String) -> Self {
        Self::choice(Subject::Opaque(spelling), 1, 2)
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Always(value) => Self::Always(!value),
            Self::Not(inner) => *inner,
            Self::Ask(_) | Self::All(_) | Self::Any(_) => Self::Not(Box::new(self)),
        }
    }

    fn visit<'f>(&'f self, see: &mut impl FnMut(&'f Question)) {
        match self {
            Self::Always(_) => {}
            Self::Ask(question) => see(question),
            Self::Not(inner) => inner.visit(see),
            Self::All(list) | Self::Any(list) => list.iter().for_each(|it| it.visit(see)),
        }
    }

    fn asks_about(&self, subjects: &[&Subject]) -> bool {
        match self {
            Self::Always(_) => false,
            Self::Ask(question) => subjects.contains(&&question.of),
            Self::Not(inner) => inner.asks_about(subjects),
            Self::All(list) | Self::Any(list) => list.iter().any(|it| it.asks_about(subjects)),
        }
    }
}

/// Whether all facts and the claim can hold together.
pub fn possible<'f>(facts: impl Iterator<Item = &'f Formula>, claim: &'f Formula) -> bool {
    let mut open: Vec<&Formula> = facts.collect();
    let mut subjects = Vec::new();
    claim.visit(&mut |question| subjects.push(&question.of));
    let mut chosen = vec![claim];
    // Facts that share no subject with the claim, however indirectly, have no say in it.
    loop {
        let (near, far): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|fact| fact.asks_about(&subjects));
        if near.is_empty() {
            break;
        }
        for fact in &near {
            fact.visit(&mut |question| subjects.push(&question.of));
        }
        chosen.extend(near);
        open = far;
    }
    satisfiable(&chosen)
}

/// Whether the facts leave no way but the claim.
pub fn certain<'f>(facts: impl Iterator<Item = &'f Formula>, claim: Formula) -> bool {
    let opposite = claim.negated();
    // The facts outlive the opposite, so the shorter life is taken for both.
    let facts: Vec<&Formula> = facts.collect();
    !possible(facts.into_iter(), &opposite)
}

/// Whether some values make all formulas true.
pub fn satisfiable(formulas: &[&Formula]) -> bool {
    let mut subjects: Vec<(&Subject, Vec<Value<'_>>)> = Vec::new();
    for formula in formulas {
        formula.visit(&mut |question| {
            if !subjects.iter().any(|(of, _)| *of == &question.of) {
                subjects.push((
                    &question.of,
                    candidates(&question.of, question.domain, formulas),
                ));
            }
        });
    }
    let mut search = Search {
        formulas,
        chosen: vec![None; subjects.len()],
        subjects,
        tries: 0,
    };
    search.run()
}

/// The values of a subject that formulas can tell apart, one of each kind.
fn candidates<'f>(of: &Subject, domain: Domain, formulas: &[&'f Formula]) -> Vec<Value<'f>> {
    let mut tests: Vec<&'f Test> = Vec::new();
    for formula in formulas {
        formula.visit(&mut |question| {
            if &question.of == of {
                tests.push(&question.test);
            }
        });
    }
    match domain {
        Domain::Choice(among) => choices(&tests, among),
        Domain::Number { whole, min, max } => numbers(&tests, whole, min, max),
        Domain::Text => {
            let mut named: Vec<&str> = tests
                .iter()
                .filter_map(|test| match test {
                    Test::Reads(text) => Some(text.as_str()),
                    Test::Is(_) | Test::Compares(..) => None,
                })
                .collect();
            named.sort_unstable();
            named.dedup();
            named
                .into_iter()
                .map(Some)
                .chain([None])
                .map(Value::Text)
                .collect()
        }
    }
}

fn choices<'f>(tests: &[&Test], among: u32) -> Vec<Value<'f>> {
    let mut named: Vec<u32> = tests
        .iter()
        .filter_map(|test| match test {
            Test::Is(choice) => Some(*choice),
            Test::Compares(..) | Test::Reads(_) => None,
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    let other = (0..among).find(|choice| !named.contains(choice));
    named.into_iter().chain(other).map(Value::Choice).collect()
}

fn numbers<'f>(tests: &[&Test], whole: bool, min: Option<f64>, max: Option<f64>) -> Vec<Value<'f>> {
    let mut named: Vec<f64> = tests
        .iter()
        .filter_map(|test| match test {
            Test::Compares(_, number) => Some(*number),
            Test::Is(_) | Test::Reads(_) => None,
        })
        .chain(min)
        .chain(max)
        .collect();
    named.sort_by(f64::total_cmp);
    named.dedup();
    let mut all = named.clone();
    if let (Some(first), Some(last)) = (named.first(), named.last()) {
        all.push(if whole {
            first.ceil() - 1.0
        } else {
            first - 1.0
        });
        all.push(if whole {
            last.floor() + 1.0
        } else {
            last + 1.0
        });
    }
    for pair in named.windows(2) {
        let between = f64::midpoint(pair[0], pair[1]);
        all.push(if whole {
            pair[0].floor() + 1.0
        } else {
            between
        });
    }
    all.retain(|number| {
        min.is_none_or(|min| *number >= min)
            && max.is_none_or(|max| *number <= max)
            && (!whole || number.fract() == 0.0)
    });
    all.sort_by(f64::total_cmp);
    all.dedup();
    all.into_iter().map(Value::Number).collect()
}

/// A search for values that make all formulas true.
struct Search<'f, 's> {
    formulas: &'s [&'f Formula],
    subjects: Vec<(&'f Subject, Vec<Value<'f>>)>,
    /// Which candidate each subject has, if it has one yet.
    chosen: Vec<Option<usize>>,
    tries: u32,
}

impl Search<'_, '_> {
    fn run(&mut self) -> bool {
        let mut undecided = None;
        for formula in self.formulas {
            match self.value(formula) {
                Some(false) => return false,
                Some(true) => {}
                None => undecided = undecided.or(Some(*formula)),
            }
        }
        let Some(formula) = undecided else {
            return true;
        };
        let Some(subject) = self.open_subject(formula) else {
            return false;
        };
        for candidate in 0..self.subjects[subject].1.len() {
            self.tries += 1;
            if self.tries > MOST_TRIES {
                return true;
            }
            self.chosen[subject] = Some(candidate);
            if self.run() {
                return true;
            }
        }
        self.chosen[subject] = None;
        false
    }

    /// The value of a formula, if the choices made so far decide it.
    fn value(&self, formula: &Formula) -> Option<bool> {
        match formula {
            Formula::Always(value) => Some(*value),
            Formula::Ask(question) => {
                let at = self.position(&question.of)?;
                let candidate = self.chosen[at]?;
                Some(answer(&question.test, &self.subjects[at].1[candidate]))
            }
            Formula::Not(inner) => self.value(inner).map(|value| !value),
            Formula::All(list) => self.joined(list, false),
            Formula::Any(list) => self.joined(list, true),
        }
    }

    /// The value of a list of which one `decisive` value settles the whole.
    fn joined(&self, list: &[Formula], decisive: bool) -> Option<bool> {
        let mut value = Some(!decisive);
        for formula in list {
            match self.value(formula) {
                Some(it) if it == decisive => return Some(decisive),
                Some(_) => {}
                None => value = None,
            }
        }
        value
    }

    /// A subject of the formula that has no value yet.
    fn open_subject(&self, formula: &Formula) -> Option<usize> {
        let mut open = None;
        formula.visit(&mut |question| {
            if open.is_none() {
                open = self
                    .position(&question.of)
                    .filter(|at| self.chosen[*at].is_none());
            }
        });
        open
    }

    fn position(&self, of: &Subject) -> Option<usize> {
        self.subjects.iter().position(|(subject, _)| *subject == of)
    }
}

fn answer(test: &Test, value: &Value<'_>) -> bool {
    match (test, value) {
        (Test::Is(wanted), Value::Choice(choice)) => choice == wanted,
        (Test::Compares(compare, with), Value::Number(number)) => match compare {
            Compare::Eq => number == with,
            Compare::Ne => number != with,
            Compare::Lt => number < with,
            Compare::Le => number <= with,
            Compare::Gt => number > with,
            Compare::Ge => number >= with,
        },
        (Test::Reads(wanted), Value::Text(text)) => *text == Some(wanted),
        (Test::Is(_) | Test::Compares(..) | Test::Reads(_), _) => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The paths of a small world: an enum of three cases, an optional record, a boolean in it, and
    /// an enum of two cases.
    const WORLD: [(&str, u32); 4] = [("plan", 3), ("taste", 2), ("sure", 2), ("tone", 2)];

    fn subject(at: usize) -> Subject {
        let path = Path::root(WORLD[at].0);
        if at == 1 {
            Subject::Presence(path)
        } else {
            Subject::Value(path)
        }
    }

    fn question() -> impl Strategy<Value = Formula> {
        (0..WORLD.len(), 0..3_u32)
            .prop_map(|(at, is)| Formula::choice(subject(at), is % WORLD[at].1, WORLD[at].1))
    }

    fn condition() -> impl Strategy<Value = Formula> {
        let leaf = prop_oneof![8 => question(), 1 => any::<bool>().prop_map(Formula::Always)];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                inner.clone().prop_map(Formula::negated),
                prop::collection::vec(inner.clone(), 1..4).prop_map(Formula::All),
                prop::collection::vec(inner, 1..4).prop_map(Formula::Any),
            ]
        })
    }

    /// All values that the paths of the world can have.
    fn worlds() -> Vec<[u32; 4]> {
        let mut all = vec![[0; 4]];
        for at in 0..WORLD.len() {
            all = all
                .into_iter()
                .flat_map(|world| {
                    (0..WORLD[at].1).map(move |value| {
                        let mut world = world;
                        world[at] = value;
                        world
                    })
                })
                .collect();
        }
        all
    }

    /// The meaning of a formula, told without the search.
    fn holds(formula: &Formula, world: &[u32; 4]) -> bool {
        match formula {
            Formula::Always(value) => *value,
            Formula::Ask(question) => {
                let at = (0..WORLD.len())
                    .find(|at| subject(*at) == question.of)
                    .unwrap();
                question.test == Test::Is(world[at])
            }
            Formula::Not(inner) => !holds(inner, world),
            Formula::All(all) => all.iter().all(|it| holds(it, world)),
            Formula::Any(all) => all.iter().any(|it| holds(it, world)),
        }
    }

    proptest! {
        #[test]
        fn nothing_is_missed_and_no_alarm_is_false(
            facts in prop::collection::vec(condition(), 0..5),
            claim in condition(),
        ) {
            let allowed: Vec<_> =
                worlds().into_iter().filter(|world| facts.iter().all(|fact| holds(fact, world))).collect();
            prop_assert_eq!(
                satisfiable(&facts.iter().collect::<Vec<_>>()),
                !allowed.is_empty()
            );
            // Where the facts themselves cannot hold, facts that do not touch the claim are not asked.
            if !allowed.is_empty() {
                prop_assert_eq!(
                    possible(facts.iter(), &claim),
                    allowed.iter().any(|world| holds(&claim, world))
                );
                prop_assert_eq!(
                    certain(facts.iter(), claim.clone()),
                    allowed.iter().all(|world| holds(&claim, world))
                );
            }
        }

        #[test]
        fn numbers_are_told_apart_as_a_walk_through_all_of_them_does(
            tests in prop::collection::vec((0..6_u8, -4..5_i32, any::<bool>()), 1..6),
            (min, span) in (-4..4_i32, 0..8_i32),
        ) {
            let facts: Vec<Formula> = tests.iter().map(|(op, with, not)| {
                let ask = number(operator(*op), f64::from(*with), f64::from(min), f64::from(min + span));
                if *not { ask.negated() } else { ask }
            }).collect();
            let expected = (min..=min + span).any(|value| tests.iter().all(|(op, with, not)| {
                answer(&Test::Compares(operator(*op), f64::from(*with)), &Value::Number(f64::from(value))) != *not
            }));
            prop_assert_eq!(satisfiable(&facts.iter().collect::<Vec<_>>()), expected);
        }
    }

    fn operator(number: u8) -> Compare {
        match number {
            0 => Compare::Eq,
            1 => Compare::Ne,
            2 => Compare::Lt,
            3 => Compare::Le,
            4 => Compare::Gt,
            _ => Compare::Ge,
        }
    }

    fn number(op: Compare, with: f64, min: f64, max: f64) -> Formula {
        Formula::Ask(Question {
            of: Subject::Value(Path::root("n")),
            domain: Domain::Number {
                whole: true,
                min: Some(min),
                max: Some(max),
            },
            test: Test::Compares(op, with),
        })
    }

    fn reads(text: &str) -> Formula {
        Formula::Ask(Question {
            of: Subject::Value(Path::root("subject")),
            domain: Domain::Text,
            test: Test::Reads(text.to_owned()),
        })
    }

    #[test]
    fn a_text_is_one_text_at_most_and_may_be_none_that_is_named() {
        assert!(!satisfiable(&[&reads("a"), &reads("b")]));
        assert!(satisfiable(&[&reads("a").negated(), &reads("b").negated()]));
    }

    #[test]
    fn a_fraction_lies_between_two_neighbours_and_a_whole_number_does_not() {
        let between = |whole: bool| {
            let ask = |op, with| {
                Formula::Ask(Question {
                    of: Subject::Value(Path::root("n")),
                    domain: Domain::Number {
                        whole,
                        min: None,
                        max: None,
                    },
                    test: Test::Compares(op, with),
                })
            };
            satisfiable(&[&ask(Compare::Gt, 3.0), &ask(Compare::Lt, 4.0)])
        };
        assert!(between(false));
        assert!(!between(true));
    }

    #[test]
    fn facts_that_share_a_path_only_through_others_still_count() {
        let plan = |is| Formula::choice(subject(0), is, 3);
        let either = Formula::Any(vec![plan(0), Formula::present(Path::root("taste"))]);
        let facts = [plan(1), either];
        assert!(certain(facts.iter(), Formula::present(Path::root("taste"))));
        assert!(!certain(
            facts[1..].iter(),
            Formula::present(Path::root("taste"))
        ));
    }

    #[test]
    fn a_search_that_grows_too_long_calls_it_possible() {
        let opaque = |at: usize| Formula::opaque(at.to_string());
        // One pigeon more than holes: no answer is found by looking at single facts.
        let pigeons: Vec<Formula> = (0..8)
            .map(|p| Formula::Any((0..7).map(|h| opaque(p * 7 + h)).collect()))
            .collect();
        let holes = (0..7).flat_map(|h| {
            (0..8).flat_map(move |p| {
                (0..p).map(move |q| {
                    Formula::Any(vec![
                        opaque(p * 7 + h).negated(),
                        opaque(q * 7 + h).negated(),
                    ])
                })
            })
        });
        let all: Vec<Formula> = pigeons.into_iter().chain(holes).collect();
        assert!(satisfiable(&all.iter().collect::<Vec<_>>()));
    }
}
