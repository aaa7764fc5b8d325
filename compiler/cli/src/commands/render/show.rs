//! A prompt on a terminal, and for programs.

use serde_json::{Value, json};
use silex_bundle::render::Message;
use silex_bundle::render::why::{Absent, Named};
use silex_bundle::tokenizer::Tokenizer;
use silex_runtime::model::Request;
use silex_runtime::turn::Turn;

use crate::compile::Places;
use crate::report;
use crate::style::{bold, dim};
use silex_compiler::condition;

/// A prompt as it would be sent.
pub(super) struct Shown<'a> {
    pub(super) turn: &'a Turn,
    pub(super) request: &'a Request,
    pub(super) places: &'a Places,
    pub(super) why: bool,
}

/// Lines of one origin.
struct Block<'a> {
    text: &'a str,
    origin: String,
}

impl Shown<'_> {
    /// Writes it for people.
    pub(super) fn text(&self) {
        let stage = self.turn.stage();
        let stage = stage.map_or_else(String::new, |it| format!(", in stage {}", it.name));
        let (tokenizer, tokens) = self.tokens();
        heading("system", &format!("{}{stage}", tokenizer.words(tokens)));
        if self.why {
            self.system_with_origins()
        } else {
            report::print(self.request.system.trim_end())
        }
        for message in &self.request.messages {
            match message {
                Message::User { text } => part("user", text),
                Message::Assistant { text, .. } => part("assistant", text),
                Message::Results(results) => {
                    results
                        .iter()
                        .for_each(|result| part(&format!("result {}", result.id), &result.content));
                }
            }
        }
        if !self.request.tools.is_empty() {
            heading("tools", "");
        }
        for tool in &self.request.tools {
            let params = tool
                .input_schema
                .get("properties")
                .and_then(Value::as_object);
            let names: Vec<_> = params
                .into_iter()
                .flat_map(|params| params.keys().map(String::as_str))
                .collect();
            report::print(&format!("{}({})", bold(&tool.name), names.join(", ")));
            tool.description
                .lines()
                .for_each(|line| report::print(&dim(&format!("  {line}"))));
        }
        if let Some(output) = &self.request.output {
            heading("the form of the answer", "");
            report::print(&serde_json::to_string_pretty(&output.schema).unwrap_or_default());
        }
        if self.why {
            self.absent();
        }
    }

    /// Writes it for programs.
    pub(super) fn json(&self) {
        let prompt = self.turn.prompt();
        let (tokenizer, tokens) = self.tokens();
        let mut value = json!({
            "behaviour": self.turn.given().behaviour,
            "tokens": tokens, "counted": tokenizer.name(),
            "system": self.request.system, "messages": self.request.messages,
            "tools": self.request.tools, "output": self.request.output,
        });
        if let Some(stage) = self.turn.stage() {
            value["stage"] = json!(stage.name);
        }
        if self.why {
            let origins = prompt.origins(self.turn.behaviour()).into_iter().map(|origin| {
                json!({ "text": origin.text, "segment": origin.segment.as_ref().map(|named| self.named(named)) })
            });
            value["origins"] = Value::Array(origins.collect());
            let absent = prompt
                .absent(self.turn.behaviour())
                .into_iter()
                .map(|absent| {
                    let mut segment = self.named(&absent.segment);
                    segment["because"] = json!(self.condition(&absent));
                    segment
                });
            value["absent"] = Value::Array(absent.collect());
        }
        report::print(&value.to_string());
    }

    /// The tokens of the system prompt, and what counted them.
    fn tokens(&self) -> (Tokenizer, u64) {
        let bundle = self.turn.bundle().bundle();
        let tokenizer = Tokenizer::of_behaviour(bundle, self.turn.behaviour());
        (tokenizer, tokenizer.count(&self.request.system))
    }

    fn named(&self, named: &Named<'_>) -> Value {
        json!({
            "kind": named.kind, "id": named.id, "strength": named.strength, "via": named.via,
            "at": self.places.line(named.span),
        })
    }

    /// Each line with whose word it is, in a column of its own.
    fn system_with_origins(&self) {
        let blocks = self.blocks();
        let width = blocks
            .iter()
            .map(|block| block.origin.chars().count())
            .max()
            .unwrap_or(0);
        for block in blocks {
            for (number, line) in block.text.lines().enumerate() {
                let origin = if number == 0 {
                    block.origin.as_str()
                } else {
                    ""
                };
                report::print(format!("{} {line}", dim(&format!("{origin:<width$} │"))).trim_end());
            }
        }
    }

    /// The system prompt in blocks of whole lines. A part that begins in the middle of a line, as
    /// the words of a rule behind a layout's dash, gives the line its origin.
    fn blocks(&self) -> Vec<Block<'_>> {
        let behaviour = self.turn.behaviour();
        let system = self.request.system.trim_end();
        let mut starts: Vec<(usize, String)> = Vec::new();
        let mut at = 0;
        for origin in self.turn.prompt().origins(behaviour) {
            let lead = origin.text.len() - origin.text.trim_start_matches('\n').len();
            let first = (at + lead).min(system.len());
            let line = system[..first].rfind('\n').map_or(0, |end| end + 1);
            at += origin.text.len();
            let said = match &origin.segment {
                Some(named) => self.origin(named),
                // What stands between two segments on one line belongs to neither.
                None if line < first || origin.text.trim().is_empty() => continue,
                None => String::new(),
            };
            match starts.last_mut() {
                Some((last, known)) if *last == line => {
                    if known.is_empty() {
                        *known = said;
                    }
                }
                _ => starts.push((line, said)),
            }
        }
        if let Some(rest) = system.get(at..).filter(|rest| !rest.is_empty()) {
            let lead = rest.len() - rest.trim_start_matches('\n').len();
            starts.push((at + lead, "the runtime".to_owned()));
        }
        let ends: Vec<_> = starts
            .iter()
            .skip(1)
            .map(|(start, _)| *start)
            .chain([system.len()])
            .collect();
        let blocks = starts.into_iter().zip(ends);
        blocks
            .map(|((start, origin), end)| Block {
                text: &system[start..end.max(start)],
                origin,
            })
            .collect()
    }

    fn origin(&self, named: &Named<'_>) -> String {
        let name = if named.id.is_empty() {
            named.kind
        } else {
            named.id
        };
        format!("{name}  {}", self.places.short_line(named.span))
    }

    fn absent(&self) {
        let absent = self.turn.prompt().absent(self.turn.behaviour());
        if absent.is_empty() {
            return;
        }
        heading("not in this prompt", "");
        for absent in absent {
            report::print(&format!(
                "{}  {}",
                self.origin(&absent.segment),
                dim(&self.condition(&absent))
            ));
        }
    }

    /// What kept a segment out.
    fn condition(&self, absent: &Absent<'_>) -> String {
        let (Some(at), Some(span)) = (absent.condition, absent.span) else {
            return "its list is empty".to_owned();
        };
        let condition = condition::own(self.turn.behaviour(), at);
        format!("only when {condition}, {}", self.places.short_line(span))
    }
}

fn part(name: &str, text: &str) {
    heading(name, "");
    report::print(text);
}

fn heading(name: &str, note: &str) {
    let note = if note.is_empty() {
        String::new()
    } else {
        format!(" {}", dim(note))
    };
    report::print(&format!("{} {}{note}", dim("──"), bold(name)));
}
