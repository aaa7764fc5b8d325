//! `mentions(text, phrase)`: whether a text has a phrase as whole words.

use std::borrow::Cow;

use serde_json::Value;

use super::{Function, Param, Place, Returns, Sample, Taint, Takes, text, words};
use crate::expr::{EvalError, Scope};

pub(super) static FUNCTION: Function = Function {
    name: "mentions",
    doc: "Whether the text has the phrase as whole words, in any case and across line breaks.",
    params: &[
        Param::required("text", Takes::Text),
        Param::required("phrase", Takes::TrustedText),
    ],
    returns: Returns::Bool,
    taint: Taint::Clean,
    place: Place::Expressions,
    samples: &[
        Sample {
            args: r#"["It is FREE\nof charge.", "free of charge"]"#,
            gives: "true",
        },
        Sample {
            args: r#"["Freedom", "free"]"#,
            gives: "false",
        },
    ],
    eval,
};

fn eval(args: &[Cow<'_, Value>], _: &Scope<'_>) -> Result<Value, EvalError> {
    let (text, phrase) = (text(&FUNCTION, &args[0])?, text(&FUNCTION, &args[1])?);
    let lower = |text: &str| {
        words::split(text)
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    };
    let sought = lower(phrase);
    if sought.is_empty() {
        // A phrase of signs alone, such as `§`, has no words to compare.
        let found = !phrase.trim().is_empty() && text.contains(phrase.trim());
        return Ok(Value::Bool(found));
    }
    let found = lower(text)
        .windows(sought.len())
        .any(|window| window == sought);
    Ok(Value::Bool(found))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;

    #[test]
    fn signs_are_found_as_they_stand() {
        check("mentions", r#"["See § 5.", "§"]"#, "true");
        check("mentions", r#"["See 5.", ""]"#, "false");
    }

    #[test]
    fn other_scripts_have_cases_too() {
        check("mentions", r#"["ÜBER die Brücke", "über"]"#, "true");
    }
}
