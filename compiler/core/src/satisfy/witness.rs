//! Witnesses: values for which formulas hold, in the words of the language.

use std::fmt;
use std::sync::Arc;

use super::{Domain, Subject, Unit, moment};

/// Values for which formulas hold. What it does not name may be anything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Witness {
    /// Each subject that matters, in the order in which the formulas ask.
    pub values: Vec<(Arc<Subject>, Value)>,
}

/// The value of a subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// It is none, or what it stands behind is.
    Absent,
    /// A record.
    There,
    /// A case, `true`, `false`, or a text.
    Is(String),
    /// A number, or a moment as one.
    Number(f64),
    /// Any text but these.
    Other(Vec<String>),
}

impl Witness {
    /// Both together; where they differ the first counts.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let new = other
            .values
            .into_iter()
            .filter(|(of, _)| self.values.iter().all(|(known, _)| known.name != of.name));
        let new: Vec<_> = new.collect();
        self.values.extend(new);
        self
    }

    fn of(&self, subject: &Subject) -> Option<&Value> {
        let found = self.values.iter().find(|(of, _)| of.name == subject.name);
        found.map(|(_, value)| value)
    }

    /// Whether the value around a subject says already what the subject is.
    fn follows(&self, subject: &Subject, value: &Value) -> bool {
        let around = subject.under.as_ref().and_then(|under| self.of(&under.of));
        let is_around = |(of, value): &(Arc<Subject>, Value)| {
            *value != Value::Absent
                && of
                    .under
                    .as_ref()
                    .is_some_and(|under| under.of.name == subject.name && under.cases.is_empty())
        };
        match value {
            Value::Absent => around.is_some_and(|around| *around == Value::Absent),
            Value::There => self.values.iter().any(is_around),
            Value::Is(_) | Value::Number(_) | Value::Other(_) => false,
        }
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (subject, value) in &self.values {
            if !self.follows(subject, value) {
                write!(f, "{separator}{}", said(subject, value))?;
                separator = ", ";
            }
        }
        if separator.is_empty() {
            f.write_str("any inputs")?;
        }
        Ok(())
    }
}

fn said(subject: &Subject, value: &Value) -> String {
    let name = &subject.name;
    match (value, &subject.domain) {
        (Value::Absent, _) => format!("{name} is none"),
        (Value::There, _) => format!("{name} is some"),
        (Value::Is(sign), Domain::Choice(_)) if name.contains(" ? ") => {
            name.replace(" ? ", &format!(" {sign} "))
        }
        (Value::Is(value), Domain::Choice(cases)) if is_boolean(cases) => {
            if value == "true" {
                name.clone()
            } else {
                format!("not {name}")
            }
        }
        (Value::Is(text), Domain::Text { .. }) if text.is_empty() => format!("{name} is empty"),
        (Value::Is(text), Domain::Text { .. }) => format!("{name} == {text:?}"),
        (Value::Is(case), _) => format!("{name} == {case}"),
        (
            Value::Number(number),
            Domain::Number {
                unit: Unit::Count, ..
            },
        ) => {
            format!("count({name}) == {number}")
        }
        (Value::Number(number), Domain::Number { unit, .. }) => {
            let text = moment::write(*number, *unit);
            format!("{name} == {}", text.unwrap_or_else(|| number.to_string()))
        }
        (Value::Number(number), _) => format!("{name} == {number}"),
        (Value::Other(named), _) => match named.as_slice() {
            [] => format!("{name} is some"),
            [one] if one.is_empty() => format!("not {name} is empty"),
            [one] => format!("{name} != {one:?}"),
            _ => format!("not {name} in {named:?}"),
        },
    }
}

fn is_boolean(cases: &[String]) -> bool {
    matches!(cases, [no, yes] if no == "false" && yes == "true")
}
