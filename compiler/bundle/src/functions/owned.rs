//! `owned(ENTITY)`: the contact's own documents.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "owned",
    doc: "Up to fifty of the entity that the contact owns, newest first.",
    params: &[Param::required("entity", Takes::Entity)],
    returns: Returns::Entities,
    taint: Taint::Untrusted,
    place: Place::AgentArguments,
    samples: &[
        Sample {
            args: r#"["aleik.Document"]"#,
            gives: r#"[{"id":"d1"}]"#,
        },
        Sample {
            args: r#"["aleik.Invoice"]"#,
            gives: "[]",
        },
    ],
    eval,
};

/// Most documents that it gives.
const MOST: usize = 50;

fn eval(args: &[Cow<'_, Value>], scope: &Scope<'_>) -> Result<Value, EvalError> {
    let entity = text(&FUNCTION, &args[0])?;
    let documents = scope.owned().ok_or(EvalError::NoFacts("owned"))?;
    let documents = documents.get(entity).and_then(Value::as_array);
    Ok(documents
        .into_iter()
        .flatten()
        .take(MOST)
        .cloned()
        .collect())
}
