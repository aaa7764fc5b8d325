//! Examples that the model is shown: what came, what was called, what was answered.
//!
//! All of it is the author's own text, so nothing is fenced.

use crate::example::{CallOutcome, Event, Example};
use crate::{Bundle, Tool};

/// The shown examples of a behaviour by their qualified names, as the model reads them. `mail` is
/// the input that is the mail.
pub(super) fn of(bundle: &Bundle, behaviour: &str, mail: Option<&str>) -> Vec<(String, String)> {
    let shown = bundle
        .examples
        .iter()
        .filter(|(_, example)| example.shown && example.behaviour == behaviour);
    shown
        .map(|(name, example)| (name.clone(), told(bundle, example, mail)))
        .collect()
}

fn told(bundle: &Bundle, example: &Example, mail: Option<&str>) -> String {
    let mut text = String::from("\n\n### Example");
    if !example.doc.is_empty() {
        text.push_str(": ");
        text.push_str(example.doc.trim());
    }
    if let Some(mail) = mail.and_then(|input| body(example, input)) {
        text.push_str("\n\nThe mail:\n\n");
        text.push_str(mail.trim());
    }
    for event in &example.script {
        match event {
            Event::Calls {
                tool,
                args,
                outcome,
            } => {
                let Some(tool) = bundle.tools.get(tool) else {
                    continue;
                };
                let args = args.witness_fields(&tool.params, &bundle.declarations);
                text.push_str(&format!("\n\nYou call `{}` with {args}, ", tool.name));
                text.push_str(&gives(tool, outcome));
            }
            Event::Replies(answer) => {
                let answer = answer
                    .as_str()
                    .map_or_else(|| answer.to_string(), |text| text.trim().to_owned());
                text.push_str(&format!("\n\nYou answer:\n\n{answer}"));
            }
        }
    }
    text
}

fn gives(tool: &Tool, outcome: &CallOutcome) -> String {
    match outcome {
        CallOutcome::Returns(value) => format!("and it gives {value}."),
        CallOutcome::Fails(why) => format!("and `{}` fails: {why}.", tool.name),
    }
}

/// The body of the example's mail, given whole or as a field of an input.
fn body<'e>(example: &'e Example, input: &str) -> Option<&'e str> {
    let given = example.given.iter().rev();
    given
        .filter(|(path, _)| path.root == input)
        .find_map(|(path, value)| match path.fields.as_slice() {
            [] => value.get("body")?.as_str(),
            [field] if field == "body" => value.as_str(),
            _ => None,
        })
}
