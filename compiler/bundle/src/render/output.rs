//! What a behaviour that does not reply by mail is asked to answer with.

use serde_json::Value;

use crate::behaviour::Behaviour;
use crate::coerce::{CoerceError, Coerced, coerce, coerce_fields};
use crate::schema::{Declarations, Dialect, Field, Type, fields_schema};

/// The field in which an answer stands that is no record.
const FIELD: &str = "answer";

/// Structured output: the schema for the provider, and how the answer is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// The strict schema; always that of an object, as providers demand.
    pub schema: Value,
    of: Type,
    /// The one field around a type that is no record.
    wrapper: Option<Field>,
}

/// What the model of a behaviour must answer with; none when it writes a `silex.Reply`, whose body
/// is the text of its last message.
#[must_use]
pub fn output_schema(behaviour: &Behaviour, declarations: &Declarations) -> Option<Output> {
    let of = behaviour.returns.clone();
    if of == Type::Named("silex.Reply".to_owned()) {
        return None;
    }
    let schema = of.json_schema(declarations, Dialect::Strict);
    if schema.get("type").and_then(Value::as_str) == Some("object") {
        return Some(Output {
            schema,
            of,
            wrapper: None,
        });
    }
    let field = Field {
        name: FIELD.to_owned(),
        of: of.clone(),
        default: None,
        doc: String::new(),
    };
    let schema = fields_schema(std::slice::from_ref(&field), declarations, Dialect::Strict);
    Some(Output {
        schema,
        of,
        wrapper: Some(field),
    })
}

impl Output {
    /// The typed value of what the model answered, in the schema's form or nearly so.
    ///
    /// # Errors
    /// When it is none; the message can be told to the model.
    pub fn read(&self, answer: &str, declarations: &Declarations) -> Result<Coerced, CoerceError> {
        let bare = || coerce(answer, &self.of, declarations);
        let Some(field) = &self.wrapper else {
            return bare();
        };
        // A model that was not held to the schema may leave the field around its answer out.
        let wrapped = coerce_fields(answer, std::slice::from_ref(field), declarations);
        let unwrapped = wrapped.map(|mut read| {
            let value = read
                .value
                .get_mut(FIELD)
                .map(Value::take)
                .unwrap_or_default();
            Coerced {
                value,
                repairs: read.repairs,
            }
        });
        match (unwrapped, bare()) {
            (Ok(wrapped), Ok(bare)) if bare.repairs.len() < wrapped.repairs.len() => Ok(bare),
            (Ok(wrapped), _) => Ok(wrapped),
            (Err(_), Ok(bare)) => Ok(bare),
            (Err(error), Err(_)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::render::tests::bundle;

    fn triage() -> (Output, Declarations) {
        let bundle = bundle();
        (
            output_schema(&bundle.behaviours["a.triage"], &bundle.declarations).unwrap(),
            bundle.declarations,
        )
    }

    #[test]
    fn a_reply_is_text() {
        let bundle = bundle();
        assert_eq!(
            output_schema(&bundle.behaviours["a.assist"], &bundle.declarations),
            None
        );
    }

    #[test]
    fn an_enum_stands_in_a_field_of_its_own() {
        let (output, _) = triage();
        assert_eq!(output.schema["required"], json!(["answer"]));
        assert_eq!(
            output.schema["properties"]["answer"]["anyOf"]
                .as_array()
                .unwrap()
                .len(),
            2
        );
    }

    #[test]
    fn an_answer_is_read_with_the_field_and_without() {
        let (output, declarations) = triage();
        let read = |text: &str| output.read(text, &declarations).unwrap();
        let block = json!({ "kind": "block", "reason": "no" });
        assert_eq!(
            read(r#"{"answer":{"kind":"block","reason":"no"}}"#),
            Coerced {
                value: block.clone(),
                repairs: vec![]
            }
        );
        assert_eq!(read(r#"{"kind":"block","reason":"no"}"#).value, block);
        assert_eq!(read("allow").value, json!({ "kind": "allow" }));
        let wrong = output
            .read(r#"{"answer":{"kind":"block"}}"#, &declarations)
            .unwrap_err();
        assert_eq!(wrong.to_string(), "answer.reason is missing");
    }
}
