//! The kinds of values that questions can tell apart, one value of each.

use silex_bundle::expr::Compare;

use super::{Domain, Subject, Test, Value};

/// One value of each kind. Absence stands first, where it is possible.
pub(super) fn of(subject: &Subject, domain: &Domain, tests: &[&Test]) -> Vec<Value> {
    let mut classes = Vec::new();
    if subject.optional || subject.under.is_some() {
        classes.push(Value::Absent);
    }
    match domain {
        Domain::Thing => classes.push(Value::There),
        Domain::Choice(cases) => {
            let named = named(tests);
            let (asked, other): (Vec<&String>, Vec<&String>) = cases
                .iter()
                .partition(|case| named.contains(&case.as_str()));
            let chosen = other.first().copied().into_iter().chain(asked);
            classes.extend(chosen.cloned().map(Value::Is));
        }
        Domain::Number {
            whole, min, max, ..
        } => {
            classes.extend(
                numbers(tests, *whole, *min, *max)
                    .into_iter()
                    .map(Value::Number),
            );
        }
        Domain::Text { min, max, pattern } => {
            let named = named(tests);
            // Of a text that no question names there are more than enough, unless all are empty.
            if *max != Some(0) {
                classes.push(Value::Other(
                    named.iter().map(|&text| text.to_owned()).collect(),
                ));
            }
            let regex = pattern
                .as_ref()
                .and_then(|pattern| regex::Regex::new(pattern).ok());
            let fits = |text: &str| {
                let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
                length >= *min
                    && max.is_none_or(|max| length <= max)
                    && regex.as_ref().is_none_or(|regex| regex.is_match(text))
            };
            let named = named.into_iter().filter(|text| fits(text));
            classes.extend(named.map(|text| Value::Is(text.to_owned())));
        }
    }
    classes
}

/// The cases or texts that are named, each once.
fn named<'t>(tests: &[&'t Test]) -> Vec<&'t str> {
    let mut named: Vec<&str> = tests
        .iter()
        .filter_map(|test| match test {
            Test::Is(text) => Some(text.as_str()),
            Test::There | Test::Compares(..) => None,
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    named
}

fn numbers(tests: &[&Test], whole: bool, min: Option<f64>, max: Option<f64>) -> Vec<f64> {
    let mut cuts: Vec<f64> = tests
        .iter()
        .filter_map(|test| match test {
            Test::Compares(_, number) => Some(*number),
            Test::There | Test::Is(_) => None,
        })
        .chain(min)
        .chain(max)
        .collect();
    if cuts.is_empty() {
        cuts.push(0.0);
    }
    cuts.sort_by(f64::total_cmp);
    cuts.dedup();
    let mut all = Vec::with_capacity(cuts.len() * 2 + 1);
    let (first, last) = (cuts[0], cuts[cuts.len() - 1]);
    all.push(if whole {
        first.ceil() - 1.0
    } else {
        first - 1.0
    });
    for (at, cut) in cuts.iter().enumerate() {
        all.push(*cut);
        all.push(match cuts.get(at + 1) {
            _ if whole => cut.floor() + 1.0,
            Some(next) => f64::midpoint(*cut, *next),
            None => last + 1.0,
        });
    }
    all.retain(|number| {
        min.is_none_or(|min| *number >= min)
            && max.is_none_or(|max| *number <= max)
            && (!whole || number.fract() == 0.0)
    });
    all.sort_by(f64::total_cmp);
    let answers = |number: f64| {
        tests
            .iter()
            .map(move |test| answer(test, &Value::Number(number)))
    };
    all.dedup_by(|a, b| answers(*a).eq(answers(*b)));
    all
}

/// Whether a value passes a test.
pub(super) fn answer(test: &Test, value: &Value) -> bool {
    match (test, value) {
        (_, Value::Absent) => false,
        (Test::There, _) => true,
        (Test::Is(wanted), Value::Is(text)) => wanted == text,
        (Test::Compares(compare, with), Value::Number(number)) => match compare {
            Compare::Eq => number == with,
            Compare::Ne => number != with,
            Compare::Lt => number < with,
            Compare::Le => number <= with,
            Compare::Gt => number > with,
            Compare::Ge => number >= with,
        },
        (Test::Is(_) | Test::Compares(..), _) => false,
    }
}
