//! `fence(value, max)`: a block of data in a prompt. Rendering carries it out.

use super::{Function, Param, Place, Returns, Taint, Takes};
use crate::expr::EvalError;

pub(super) static FUNCTION: Function = Function {
    name: "fence",
    doc: "The value in a block with a delimiter drawn for this render, and a sentence saying that what stands \
          inside is data. Cut at `max` characters, the declared length when it is not given.",
    params: &[
        Param::required("value", Takes::Any),
        Param {
            name: "max",
            takes: Takes::Int,
            optional: true,
        },
    ],
    returns: Returns::Prose,
    taint: Taint::Clean,
    place: Place::HoleEnd,
    samples: &[],
    eval: |_, _| Err(EvalError::NoFacts("fence")),
};
