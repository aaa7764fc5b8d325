//! `truncate(text, max)`: the start of a text.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "truncate",
    doc: "The text, or its start and `…` when it has more characters than `max`; never longer than `max`.",
    params: &[
        Param::required("text", Takes::Text),
        Param::required("max", Takes::Int),
    ],
    returns: Returns::Text,
    taint: Taint::AsFirst,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"["bees on roofs", 5]"#,
            gives: r#""bees…""#,
        },
        Sample {
            args: r#"["bees", 4]"#,
            gives: r#""bees""#,
        },
    ],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let text = text(&FUNCTION, &args[0])?;
    let max = args[1].as_u64().and_then(|max| usize::try_from(max).ok());
    let max = max.ok_or_else(|| EvalError::mismatch(FUNCTION.name, "a whole number", &args[1]))?;
    Ok(Value::String(cut(text, max).into_owned()))
}

/// At most `max` characters, the last one `…` when something is missing.
pub(crate) fn cut(text: &str, max: usize) -> Cow<'_, str> {
    // A text with no more bytes than that has no more characters.
    if text.len() <= max || text.chars().nth(max).is_none() {
        return Cow::Borrowed(text);
    }
    let kept = text
        .char_indices()
        .nth(max.saturating_sub(1))
        .map_or(0, |(at, _)| at);
    let dots = if max == 0 { "" } else { "…" };
    Cow::Owned(format!("{}{dots}", &text[..kept]))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_cut_text_fits_and_starts_as_the_text_does(text in ".{0,20}", max in 0_usize..24) {
            let short = cut(&text, max);
            proptest::prop_assert!(short.chars().count() <= max);
            proptest::prop_assert!(text.starts_with(short.trim_end_matches('…')));
        }
    }
}
