//! The demo's side of a conversation: look things up, have the piece written, answer.
//!
//! It calls only tools that look something up, remember what the mail plainly says, or write; a
//! tool that spends, sends or changes something else is left alone. No tool is called twice.

use serde_json::Value;
use silex_bundle::pattern::compiled;

use super::Planned;
use super::fill::Filler;
use super::matter::{Matter, one_line};
use crate::model::{Request, ToolChoice, ToolSpec};

/// The last line of every answer.
const NOTICE: &str =
    "(This answer was written by the scripted model. Set a key and use --live for a real one.)";

/// Most calls of one turn.
const CALLS: usize = 6;

/// What a tool is for, by the verb that begins its description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    LookUp,
    Remember,
    Write,
    LeaveAlone,
}

/// Answers any request.
pub(super) fn answer(request: &Request) -> Planned {
    let matter = Matter::of(request);
    if let Some(wanted) = &request.output {
        let filler = Filler {
            matter: &matter,
            root: &wanted.schema,
            answering: true,
        };
        let value = filler
            .fill(&wanted.schema, &wanted.name, 0)
            .map_or(Value::Null, |filled| filled.value);
        return Planned::Text(value.to_string());
    }
    let calls = if matter.sent_back || request.tool_choice == ToolChoice::None {
        Vec::new()
    } else {
        calls(&matter)
    };
    if calls.is_empty() {
        Planned::Text(reply(&matter))
    } else {
        Planned::Calls(calls)
    }
}

fn calls(matter: &Matter<'_>) -> Vec<(String, Value)> {
    let called = matter.called();
    if called.len() >= CALLS {
        return Vec::new();
    }
    let mut tools: Vec<&ToolSpec> = matter
        .request
        .tools
        .iter()
        .filter(|tool| !called.contains(&tool.name.as_str()))
        .collect();
    // What the instructions name first is wanted first.
    tools.sort_by_key(|tool| {
        matter
            .request
            .system
            .find(tool.name.as_str())
            .unwrap_or(usize::MAX)
    });
    let tools = &tools;
    let fill = |wanted: Use| {
        tools
            .iter()
            .filter(move |tool| use_of(tool) == wanted)
            .filter_map(move |tool| {
                let filler = Filler {
                    matter,
                    root: &tool.input_schema,
                    answering: false,
                };
                let filled = filler.fill(&tool.input_schema, &tool.name, 0)?;
                (wanted != Use::Remember || filled.evident)
                    .then(|| (tool.name.clone(), filled.value))
            })
    };
    let mut now: Vec<_> = fill(Use::LookUp).take(2).collect();
    now.extend(fill(Use::Remember).take(1));
    if now.is_empty() {
        now.extend(fill(Use::Write).take(1));
    }
    now
}

fn use_of(tool: &ToolSpec) -> Use {
    let verb = tool
        .description
        .split(|c: char| !c.is_alphabetic())
        .find(|word| !word.is_empty());
    match verb
        .unwrap_or_default()
        .to_lowercase()
        .trim_end_matches('s')
    {
        "find" | "search" | "look" | "see" | "list" | "get" | "read" | "show" | "fetch" | "ask"
        | "open" => Use::LookUp,
        "remember" | "note" | "learn" => Use::Remember,
        "write" | "draft" | "compose" | "translate" | "summarise" | "summarize" => Use::Write,
        _ => Use::LeaveAlone,
    }
}

fn reply(matter: &Matter<'_>) -> String {
    let greeting = matter
        .name
        .as_ref()
        .map_or_else(|| "Hello,".to_owned(), |name| format!("Dear {name},"));
    let mut closing = Vec::new();
    closing.extend(matter.sign_off.clone());
    closing.push(NOTICE.to_owned());
    let mut left = matter
        .most_words
        .saturating_sub(words(&greeting) + closing.iter().map(|text| words(text)).sum::<usize>());
    let mut parts = vec![greeting];
    // What was quoted may be what broke a rule, so a second draft quotes nothing.
    let said = if matter.sent_back {
        vec!["Thank you for your mail. We have read it, and a person will look at it.".to_owned()]
    } else {
        said(matter)
    };
    for part in said {
        let part = plain(&part);
        match words(&part) {
            count if count <= left => {
                left -= count;
                parts.push(part);
            }
            _ if left >= 12 => {
                parts.push(first_words(&part, left));
                left = 0;
            }
            _ => {}
        }
    }
    parts.extend(closing);
    parts.join("\n\n")
}

/// What the answer says, most important first.
fn said(matter: &Matter<'_>) -> Vec<String> {
    let mut parts = Vec::new();
    let asked = one_line(&matter.mail, 240);
    parts.push(if asked.is_empty() {
        "Thank you for your mail.".to_owned()
    } else {
        format!("Thank you for your mail. You wrote: “{asked}”")
    });
    let results = matter.results();
    let mut pieces: Vec<String> = results
        .iter()
        .filter_map(|(_, value)| piece(value.as_ref()?))
        .collect();
    parts.extend(pieces.pop());
    parts.extend(
        results
            .iter()
            .filter_map(|(tool, value)| fact(tool, value.as_ref()?)),
    );
    if results.iter().any(|(_, value)| value.is_none()) {
        parts.push(
            "One thing could not be looked up, so a person may want to check this answer."
                .to_owned(),
        );
    }
    parts.push("One question: what should the next version do differently?".to_owned());
    parts
}

/// A text that a tool wrote: title and body.
fn piece(value: &Value) -> Option<String> {
    let body = ["body", "text", "content"]
        .iter()
        .find_map(|key| value.get(*key)?.as_str())?;
    let title = value.get("title").and_then(Value::as_str);
    Some(title.map_or_else(|| body.to_owned(), |title| format!("{title}\n\n{body}")))
}

/// What another tool found, in one sentence.
fn fact(tool: &str, value: &Value) -> Option<String> {
    let tool = tool.replace('_', " ");
    match value {
        Value::Array(items) if items.is_empty() => Some(format!("I found nothing with “{tool}”.")),
        Value::Array(items) => {
            let titles: Vec<_> = items
                .iter()
                .filter_map(|item| {
                    ["title", "name", "id"]
                        .iter()
                        .find_map(|key| item.get(*key)?.as_str())
                })
                .collect();
            (!titles.is_empty()).then(|| format!("I looked at: {}.", titles.join("; ")))
        }
        Value::Object(map) if piece(value).is_none() => {
            let facts: Vec<_> = map
                .iter()
                .filter(|(_, value)| value.is_number() || value.is_string())
                .map(|(key, value)| {
                    let value = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    format!("{}: {}", key.replace('_', " "), one_line(&value, 60))
                })
                .collect();
            (!facts.is_empty()).then(|| format!("What I found: {}.", facts.join("; ")))
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            None
        }
    }
}

/// Text as a plain mail carries it: no marks of Markdown, no tags, no links.
fn plain(text: &str) -> String {
    let mut text = text.replace("**", "").replace('`', "");
    for pattern in [
        r"</?[A-Za-z][^>]{0,200}>",
        r"(?m)^#{1,6} ",
        r"(?i)\b(?:https?://|www\.)\S+",
    ] {
        if let Ok(pattern) = compiled(pattern) {
            text = pattern.replace_all(&text, "").into_owned();
        }
    }
    text
}

fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The first words of a text, with its paragraphs.
fn first_words(text: &str, most: usize) -> String {
    let mut left = most;
    let mut kept = String::new();
    for piece in text.split_inclusive(char::is_whitespace) {
        if !piece.trim().is_empty() {
            if left == 0 {
                break;
            }
            left -= 1;
        }
        kept.push_str(piece);
    }
    format!("{} …", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use silex_bundle::render::message::{Message, ToolCall, ToolResult};

    use super::*;

    const MAIL: &str = "[data 9f3ab27c1d12: the newest mail]\nSubject: Bees\n\n\
                        Could you write something about the bees on my roof? Playful, please.\n[end 9f3ab27c1d12]";

    fn tool(name: &str, description: &str, schema: Value) -> ToolSpec {
        ToolSpec {
            name: name.to_owned(),
            description: description.to_owned(),
            input_schema: schema,
        }
    }

    fn object(properties: &Value) -> Value {
        let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
        json!({ "type": "object", "properties": properties, "required": required })
    }

    fn ask() -> Request {
        let model =
            serde_json::from_value(json!({ "provider": "scripted", "name": "demo" })).unwrap();
        let system = "The subscriber is \"Ada Lovelace\", on the free plan.\nWrite at most 120 words.\n\
                      Close with The editors of Aleik.\nFind with select_document, then author_content.";
        let text = || json!({ "type": "string", "maxLength": 200 });
        Request {
            tools: vec![
                tool(
                    "credit_account",
                    "Credit the account.",
                    object(&json!({ "amount": { "type": "number", "minimum": 1 } })),
                ),
                tool(
                    "author_content",
                    "Write a finished piece from a brief.",
                    object(&json!({ "brief": text() })),
                ),
                tool(
                    "see_allowance",
                    "See what is left of the month.",
                    object(&json!({})),
                ),
                tool(
                    "select_document",
                    "Find the subscriber's documents.",
                    object(&json!({ "query": text() })),
                ),
                tool(
                    "find_order",
                    "Ask where an order stands.",
                    object(&json!({ "order": { "type": "string", "pattern": "^AL-[0-9]+$" } })),
                ),
                tool(
                    "save_taste",
                    "Remember the taste.",
                    object(&json!({ "tone": { "enum": ["warm", "playful"] } })),
                ),
            ],
            ..Request::new(&model, system, vec![Message::user(MAIL)])
        }
    }

    /// Plays a whole turn; tools give `results` by name.
    fn play(
        mut request: Request,
        results: &dyn Fn(&str) -> Result<Value, String>,
    ) -> (Vec<Vec<String>>, String) {
        let mut rounds = Vec::new();
        loop {
            match answer(&request) {
                Planned::Text(text) => return (rounds, text),
                Planned::Calls(calls) => {
                    assert!(rounds.len() < 8, "no end: {rounds:?}");
                    let id = |index: usize| format!("{}-{index}", rounds.len());
                    let made = calls
                        .iter()
                        .enumerate()
                        .map(|(index, (name, input))| ToolCall {
                            id: id(index),
                            name: name.clone(),
                            input: input.clone(),
                        });
                    request.messages.push(Message::Assistant {
                        text: String::new(),
                        calls: made.collect(),
                    });
                    let given =
                        calls
                            .iter()
                            .enumerate()
                            .map(|(index, (name, _))| match results(name) {
                                Ok(value) => ToolResult {
                                    id: id(index),
                                    content: value.to_string(),
                                    is_error: false,
                                },
                                Err(content) => ToolResult {
                                    id: id(index),
                                    content,
                                    is_error: true,
                                },
                            });
                    request.messages.push(Message::Results(given.collect()));
                    rounds.push(
                        calls
                            .into_iter()
                            .map(|(name, input)| format!("{name} {input}"))
                            .collect(),
                    );
                }
            }
        }
    }

    fn found(tool: &str) -> Result<Value, String> {
        Ok(match tool {
            "author_content" => {
                json!({ "title": "Upstairs neighbours", "body": "I have **forty** thousand of them." })
            }
            "see_allowance" => json!({ "pieces_left": 1 }),
            "save_taste" => json!({ "saved": true }),
            _ => json!([]),
        })
    }

    #[test]
    fn it_looks_up_remembers_and_writes_but_spends_nothing() {
        let (rounds, text) = play(ask(), &found);
        assert_eq!(rounds, [
            vec![
                r#"select_document {"query":"bees roof playful"}"#.to_owned(),
                "see_allowance {}".to_owned(),
                r#"save_taste {"tone":"playful"}"#.to_owned(),
            ],
            vec![
                r#"author_content {"brief":"Could you write something about the bees on my roof? Playful, please."}"#
                    .to_owned(),
            ],
        ]);
        assert_eq!(
            text,
            "Dear Ada,\n\n\
            Thank you for your mail. You wrote: “Could you write something about the bees on my roof? Playful, please.”\n\n\
            Upstairs neighbours\n\nI have forty thousand of them.\n\n\
            I found nothing with “select document”.\n\n\
            What I found: pieces left: 1.\n\n\
            One question: what should the next version do differently?\n\n\
            The editors of Aleik\n\n\
            (This answer was written by the scripted model. Set a key and use --live for a real one.)"
        );
    }

    #[test]
    fn an_order_is_looked_up_when_the_mail_names_one() {
        let mut request = ask();
        request.messages = vec![Message::user("Where is AL-1042?")];
        let (rounds, _) = play(request, &found);
        assert!(
            rounds
                .concat()
                .contains(&r#"find_order {"order":"AL-1042"}"#.to_owned()),
            "{rounds:?}"
        );
    }

    #[test]
    fn the_limit_of_words_holds_for_a_long_piece() {
        let long = |tool: &str| match tool {
            "author_content" => Ok(json!({ "title": "Long", "body": "word ".repeat(900) })),
            _ => Err("the endpoint is not configured".to_owned()),
        };
        let (_, text) = play(ask(), &long);
        assert!(words(&text) <= 121, "{}", words(&text));
        assert!(
            text.ends_with(NOTICE) && text.contains("The editors of Aleik"),
            "{text}"
        );
    }

    #[test]
    fn a_failed_look_up_is_said() {
        let mut request = ask();
        request.tools.truncate(3);
        let (_, text) = play(request, &|_| Err("no".to_owned()));
        assert!(text.contains("could not be looked up"), "{text}");
    }

    #[test]
    fn a_draft_that_was_sent_back_is_answered_without_quotations() {
        let mut request = ask();
        request
            .messages
            .push(Message::assistant("You will have it by Monday."));
        request.messages.push(Message::user(
            "Your draft breaks these rules:\n- never: Promise a date.",
        ));
        let Planned::Text(text) = answer(&request) else {
            panic!("it calls tools again")
        };
        assert!(
            text.contains("Dear Ada,") && !text.contains('“') && text.ends_with(NOTICE),
            "{text}"
        );
    }

    #[test]
    fn what_a_plain_mail_cannot_carry_is_left_out() {
        assert_eq!(
            plain("# Title\n**Bold** <b>tag</b> `code` see https://a.example/x now"),
            "Title\nBold tag code see  now"
        );
    }

    #[test]
    fn an_answer_without_a_mail_is_made_of_the_facts() {
        let model =
            serde_json::from_value(json!({ "provider": "scripted", "name": "demo" })).unwrap();
        let system =
            "The brief: [data 9f3ab27c1d12: brief]\nBees on a roof in winter.\n[end 9f3ab27c1d12]";
        let request = Request {
            output: Some(crate::model::OutputSchema {
                name: "result".to_owned(),
                schema: object(
                    &json!({ "title": { "type": "string" }, "body": { "type": "string" } }),
                ),
            }),
            ..Request::new(
                &model,
                system,
                vec![Message::user("Carry out your goal now.")],
            )
        };
        let Planned::Text(text) = answer(&request) else {
            panic!("it calls tools")
        };
        let piece: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(piece["title"], "Bees and roof");
        assert!(
            piece["body"]
                .as_str()
                .unwrap()
                .contains("Bees on a roof in winter."),
            "{text}"
        );
    }
}
