//! What a model returned → a typed value.
//!
//! The text is read in every way that it can be: as JSON, strict or broken, in a fence, in prose, in
//! tags, as lines of `name: value`, as a bare word. Each reading is made to fit the type, and the one
//! that needs the least repair is taken ([`Kind::cost`] is the table). Of two that need the same, the
//! later one: models end with their answer. Every repair is named, so a trace can show it.
//!
//! What was not said is never made up: a value that was cut off is left out, and a required field
//! that is missing is an error. No text panics, and each byte of it is looked at a few times at most.
//!
//! [`Partial`] reads an answer that is still being written.
//!
//! ```
//! use silex_bundle::{Type, coerce::coerce, schema::Declarations};
//!
//! let number = Type::Int { min: Some(1), max: Some(10) };
//! let read = coerce("The answer is ```json\n\"5\"\n```", &number, &Declarations::new())?;
//! assert_eq!(read.value, 5);
//! # Ok::<(), silex_bundle::coerce::CoerceError>(())
//! ```

mod candidates;
mod fit;
mod lines;
mod node;
mod parser;
mod partial;
mod quoted;
mod repair;
#[cfg(test)]
mod tests;

use serde_json::Value;
use thiserror::Error;

use crate::schema::{Declarations, Field, Shape, Type, Violation, check_fields};
use candidates::{Candidate, Origin, Wanted};
use fit::Fit;
use node::Node;

pub use partial::{Partial, SoFar};
pub use repair::{Kind, Repair};

/// A value of the type, and what was done to get it.
#[derive(Debug, Clone, PartialEq)]
pub struct Coerced {
    /// The value, with defaults.
    pub value: Value,
    /// What was repaired, in order; empty when the model answered as asked.
    pub repairs: Vec<Repair>,
}

impl Coerced {
    /// What the repairs cost together.
    #[must_use]
    pub fn cost(&self) -> u32 {
        repair::cost(&self.repairs)
    }
}

/// Why an answer is no value of the type. The messages can be told to the model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CoerceError {
    /// There is no value in the text.
    #[error("there is no JSON in the answer")]
    Nothing,
    /// The best reading has problems.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Wrong(Vec<Violation>),
    /// The best reading has problems, and the answer ends before it is whole.
    #[error("the answer was cut off: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    CutOff(Vec<Violation>),
}

/// The typed value of an answer.
///
/// # Errors
/// When no reading of it is of the type; the problems are those of the reading with the fewest.
pub fn coerce(text: &str, ty: &Type, declarations: &Declarations) -> Result<Coerced, CoerceError> {
    best(
        candidates::all(text, wanted(ty, declarations)),
        |node, repairs| {
            let fitted = Fit::new(declarations, repairs).value(ty, node);
            ty.check(&fitted, declarations)
        },
    )
}

/// The typed fields of an answer: the arguments of a tool.
///
/// # Errors
/// As [`coerce`].
pub fn coerce_fields(
    text: &str,
    fields: &[Field],
    declarations: &Declarations,
) -> Result<Coerced, CoerceError> {
    let wanted = Wanted {
        text: false,
        scalar: false,
        fields,
    };
    best(candidates::all(text, wanted), |node, repairs| {
        let fitted = Fit::new(declarations, repairs).arguments(fields, node);
        check_fields(fields, &fitted, declarations)
    })
}

/// The typed fields of a value that is JSON already.
///
/// # Errors
/// As [`coerce`].
pub fn fit_fields(
    value: &Value,
    fields: &[Field],
    declarations: &Declarations,
) -> Result<Coerced, CoerceError> {
    if let Value::String(text) = value {
        return coerce_fields(text, fields, declarations);
    }
    let mut repairs = Vec::new();
    let fitted = Fit::new(declarations, &mut repairs).arguments(fields, &Node::from(value));
    match check_fields(fields, &fitted, declarations) {
        Ok(value) => Ok(Coerced { value, repairs }),
        Err(violations) => Err(CoerceError::Wrong(violations)),
    }
}

/// What a type asks of the text.
fn wanted<'a>(ty: &Type, declarations: &'a Declarations) -> Wanted<'a> {
    let mut inner = ty;
    while let Type::Optional(of) = inner {
        inner = of;
    }
    let mut fields: &[Field] = &[];
    if let Type::Named(name) = inner
        && let Some(Shape::Record { fields: own } | Shape::Entity { fields: own, .. }) =
            declarations.get(name).map(|known| &known.shape)
    {
        fields = own;
    }
    Wanted {
        text: matches!(inner, Type::Text { .. }),
        scalar: !matches!(
            inner,
            Type::List { .. } | Type::Optional(_) | Type::Named(_)
        ),
        fields,
    }
}

/// Fits every candidate and keeps the one with the least repair; of two, the later one.
fn best(
    candidates: Vec<Candidate>,
    fit: impl Fn(&Node, &mut Vec<Repair>) -> Result<Value, Vec<Violation>>,
) -> Result<Coerced, CoerceError> {
    let mut best: Option<(Origin, Coerced)> = None;
    let mut structures: Vec<Result<Value, Vec<Violation>>> = Vec::new();
    let mut fewest: Option<(bool, Vec<Violation>)> = None;
    for candidate in candidates {
        if candidate.origin == Origin::Broken {
            structures.push(Err(Vec::new()));
            continue;
        }
        let mut repairs = candidate.repairs;
        let fitted = fit(&candidate.node, &mut repairs);
        if candidate.origin == Origin::Structure && !structures.contains(&fitted) {
            structures.push(fitted.clone());
        }
        match fitted {
            Ok(value) => {
                let read = Coerced { value, repairs };
                let less = |(_, best): &(_, Coerced)| read.cost() <= best.cost();
                if best.as_ref().is_none_or(less) {
                    best = Some((candidate.origin, read));
                }
            }
            Err(found) => {
                let fewer = |(_, fewest): &(bool, Vec<Violation>)| found.len() <= fewest.len();
                if fewest.as_ref().is_none_or(fewer) {
                    let cut = repairs.iter().any(|repair| repair.kind == Kind::CutOff);
                    fewest = Some((cut, found));
                }
            }
        }
    }
    let Some((origin, mut read)) = best else {
        return Err(match fewest {
            Some((true, found)) => CoerceError::CutOff(found),
            Some((false, found)) => CoerceError::Wrong(found),
            None => CoerceError::Nothing,
        });
    };
    let passed_over = match origin {
        Origin::Structure => structures.len() > 1,
        Origin::Words => !structures.is_empty(),
        Origin::Several | Origin::Broken => false,
    };
    if passed_over {
        read.repairs.push(Repair::new(Kind::PassedOver, ""));
    }
    Ok(read)
}

/// Letters and digits alone, in small letters: `Max words`, `maxWords` and `max_words` are one.
fn folded(name: &str) -> String {
    name.chars()
        .filter(|sign| sign.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
