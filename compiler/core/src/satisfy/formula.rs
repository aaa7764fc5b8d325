//! Formulas: questions about values, joined by and, or and not.

use std::sync::Arc;

use silex_bundle::Path;
use silex_bundle::expr::Compare;

/// What a condition says.
#[derive(Debug, Clone, PartialEq)]
pub enum Formula {
    /// Always or never true.
    Always(bool),
    /// A question about one value.
    Ask(Question),
    /// The opposite.
    Not(Box<Formula>),
    /// All of these.
    All(Vec<Formula>),
    /// One of these.
    Any(Vec<Formula>),
}

/// A question about one value. What is absent answers every question with no.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// About what.
    pub of: Arc<Subject>,
    /// What is asked.
    pub test: Test,
}

/// What a question is about: a path, or an expression that is not looked into. Subjects of one
/// name are one.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// Its spelling.
    pub name: String,
    /// The path, if it is one.
    pub path: Option<Path>,
    /// Which values it can have when it is there.
    pub domain: Domain,
    /// Whether it may be absent where its [`Under`] holds.
    pub optional: bool,
    /// Where it stands; it is absent elsewhere.
    pub under: Option<Under>,
}

/// What a field stands behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Under {
    /// The value around it.
    pub of: Arc<Subject>,
    /// Cases that have the field; if there are none, the value around must only be there.
    pub cases: Vec<String>,
}

/// Which values a subject can have.
#[derive(Debug, Clone, PartialEq)]
pub enum Domain {
    /// A record: there is nothing to ask but whether it is there.
    Thing,
    /// One of these: cases of an enum, `false` and `true`.
    Choice(Vec<String>),
    /// A number between bounds.
    Number {
        /// What it measures.
        unit: Unit,
        /// Whether it is whole.
        whole: bool,
        /// Least.
        min: Option<f64>,
        /// Greatest.
        max: Option<f64>,
    },
    /// A text.
    Text {
        /// Least length.
        min: u32,
        /// Greatest length.
        max: Option<u32>,
        /// A regular expression that it matches.
        pattern: Option<String>,
    },
}

/// What a number measures, for printing and reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Itself.
    Plain,
    /// The items of a list.
    Count,
    /// Days.
    Date,
    /// Minutes of a day.
    Time,
    /// Milliseconds since 1970.
    Datetime,
    /// Milliseconds.
    Duration,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Whether it is there.
    There,
    /// Whether it is this case or text.
    Is(String),
    /// How it compares with a number.
    Compares(Compare, f64),
}

impl Formula {
    /// A question.
    #[must_use]
    pub fn ask(of: Arc<Subject>, test: Test) -> Self {
        Self::Ask(Question { of, test })
    }

    /// Something that is not looked into: it may be true or false, alike wherever it is spelled so.
    #[must_use]
    pub fn opaque(spelling: String) -> Self {
        let subject = Subject::expression(spelling, Domain::boolean());
        Self::ask(Arc::new(subject), Test::Is("true".to_owned()))
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

    /// Calls a function with every question in it.
    pub fn visit<'f>(&'f self, see: &mut impl FnMut(&'f Question)) {
        match self {
            Self::Always(_) => {}
            Self::Ask(question) => see(question),
            Self::Not(inner) => inner.visit(see),
            Self::All(list) | Self::Any(list) => list.iter().for_each(|it| it.visit(see)),
        }
    }
}

impl Subject {
    /// Something that is no path.
    pub(super) fn expression(name: String, domain: Domain) -> Self {
        Self {
            name,
            path: None,
            domain,
            optional: false,
            under: None,
        }
    }
}

impl Domain {
    /// `false` and `true`.
    #[must_use]
    pub fn boolean() -> Self {
        Self::Choice(vec!["false".to_owned(), "true".to_owned()])
    }

    /// The values of either, for a subject that two packages declare differently.
    pub(super) fn joined(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Choice(a), Self::Choice(b)) => {
                let new = b.iter().filter(|case| !a.contains(case));
                Self::Choice(a.iter().chain(new).cloned().collect())
            }
            (
                Self::Number {
                    unit,
                    whole,
                    min,
                    max,
                },
                Self::Number {
                    unit: other_unit,
                    whole: other_whole,
                    min: other_min,
                    max: other_max,
                },
            ) if unit == other_unit => Self::Number {
                unit: *unit,
                whole: *whole && *other_whole,
                min: min.zip(*other_min).map(|(a, b)| a.min(b)),
                max: max.zip(*other_max).map(|(a, b)| a.max(b)),
            },
            (
                Self::Text { min, max, pattern },
                Self::Text {
                    min: other_min,
                    max: other_max,
                    pattern: other_pattern,
                },
            ) => Self::Text {
                min: *min.min(other_min),
                max: max.zip(*other_max).map(|(a, b)| a.max(b)),
                pattern: pattern.clone().filter(|_| pattern == other_pattern),
            },
            (Self::Thing | Self::Choice(_) | Self::Number { .. } | Self::Text { .. }, _) => {
                self.clone()
            }
        }
    }
}
