//! `inline(text, max)`: a short quoted line in a prompt. Rendering carries it out.

use super::{Function, Param, Place, Returns, Taint, Takes};
use crate::expr::EvalError;

pub(super) static FUNCTION: Function = Function {
    name: "inline",
    doc: "The text as one quoted line, cut at `max` characters.",
    params: &[
        Param::required("text", Takes::Text),
        Param::required("max", Takes::Int),
    ],
    returns: Returns::Prose,
    taint: Taint::Clean,
    place: Place::HoleEnd,
    samples: &[],
    eval: |_, _| Err(EvalError::NoFacts("inline")),
};
