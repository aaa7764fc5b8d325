//! What a request is about, as far as a script can tell without understanding it.

use std::sync::Arc;

use regex::Regex;
use serde_json::Value;
use silex_bundle::pattern::compiled;
use silex_bundle::render::message::Message;

use super::super::Request;

/// Words that say nothing about a subject.
const COMMON: [&str; 62] = [
    "about",
    "after",
    "again",
    "also",
    "another",
    "because",
    "before",
    "being",
    "best",
    "cannot",
    "could",
    "dear",
    "does",
    "either",
    "every",
    "from",
    "have",
    "hello",
    "here",
    "into",
    "just",
    "kind",
    "like",
    "make",
    "many",
    "more",
    "much",
    "need",
    "only",
    "other",
    "over",
    "please",
    "really",
    "regards",
    "should",
    "some",
    "something",
    "thank",
    "thanks",
    "that",
    "their",
    "them",
    "then",
    "there",
    "they",
    "thing",
    "this",
    "very",
    "want",
    "well",
    "were",
    "what",
    "when",
    "where",
    "which",
    "will",
    "wish",
    "with",
    "would",
    "write",
    "written",
    "your",
];

/// How the runtime begins when it sends a draft or an answer back.
const SENT_BACK: [&str; 2] = ["Your draft breaks", "Your answer cannot be used"];

/// The parts of a request that a script can use.
#[derive(Debug)]
pub(super) struct Matter<'a> {
    /// The request itself.
    pub(super) request: &'a Request,
    /// What was written to us, without headers, quotations and signature.
    pub(super) mail: String,
    /// The given name of who wrote.
    pub(super) name: Option<String>,
    /// Most words of the answer.
    pub(super) most_words: usize,
    /// How the answer closes.
    pub(super) sign_off: Option<String>,
    /// Whether an earlier answer was sent back.
    pub(super) sent_back: bool,
}

impl<'a> Matter<'a> {
    pub(super) fn of(request: &'a Request) -> Self {
        let users = || {
            request
                .messages
                .iter()
                .rev()
                .filter_map(|message| match message {
                    Message::User { text } => Some(text.as_str()),
                    Message::Assistant { .. } | Message::Results(_) => None,
                })
        };
        let is_sent_back = |text: &str| SENT_BACK.iter().any(|start| text.starts_with(start));
        let newest = users().find(|text| !is_sent_back(text)).unwrap_or_default();
        // A behaviour without a mail has its matter among its facts.
        let fenced = last_fenced(newest).or_else(|| last_fenced(&request.system));
        let mail = own_words(fenced.as_deref().unwrap_or(newest));
        Self {
            request,
            name: name(newest, &request.system),
            mail,
            most_words: most_words(&request.system),
            sign_off: first_match(
                &request.system,
                r"(?i)\bclose with [“\x22]?(.{1,60}?)[”\x22]?\.(?:\s|$)",
            ),
            sent_back: users().next().is_some_and(is_sent_back),
        }
    }

    /// The mail in lower case, for looking for words.
    pub(super) fn lower(&self) -> String {
        self.mail.to_lowercase()
    }

    /// The longest uncommon words of the mail, in its order.
    pub(super) fn key_words(&self, most: usize) -> Vec<String> {
        let mut words: Vec<&str> = Vec::new();
        for word in self.mail.split(|c: char| !c.is_alphanumeric()) {
            let lower = word.to_lowercase();
            let known = words.iter().any(|before| before.to_lowercase() == lower);
            if word.chars().count() >= 4 && !COMMON.contains(&lower.as_str()) && !known {
                words.push(word);
            }
        }
        let mut lengths: Vec<usize> = words.iter().map(|word| word.chars().count()).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        let least = lengths.get(most.saturating_sub(1)).copied().unwrap_or(0);
        words
            .into_iter()
            .filter(|word| word.chars().count() >= least)
            .take(most)
            .map(str::to_lowercase)
            .collect()
    }

    /// The names of the tools that were called already.
    pub(super) fn called(&self) -> Vec<&'a str> {
        let calls = self
            .request
            .messages
            .iter()
            .filter_map(|message| match message {
                Message::Assistant { calls, .. } => Some(calls),
                Message::User { .. } | Message::Results(_) => None,
            });
        calls.flatten().map(|call| call.name.as_str()).collect()
    }

    /// What the calls gave, with the name of the tool. Text that is not JSON stays text.
    pub(super) fn results(&self) -> Vec<(&'a str, Option<Value>)> {
        let messages = &self.request.messages;
        let name = |id: &str| {
            messages.iter().find_map(|message| match message {
                Message::Assistant { calls, .. } => calls.iter().find(|call| call.id == id),
                Message::User { .. } | Message::Results(_) => None,
            })
        };
        let results = messages.iter().filter_map(|message| match message {
            Message::Results(results) => Some(results),
            Message::User { .. } | Message::Assistant { .. } => None,
        });
        results
            .flatten()
            .filter_map(|result| {
                let value = serde_json::from_str(&result.content)
                    .unwrap_or(Value::String(result.content.clone()));
                Some((
                    name(&result.id)?.name.as_str(),
                    (!result.is_error).then_some(value),
                ))
            })
            .collect()
    }
}

/// A match of a pattern: the first group that took part, else the whole.
pub(super) fn first_match(text: &str, pattern: &str) -> Option<String> {
    let found = compiled(pattern).ok()?.captures(text)?;
    let part = found
        .iter()
        .skip(1)
        .flatten()
        .next()
        .or_else(|| found.get(0))?;
    Some(part.as_str().trim().to_owned())
}

/// Text in one line, of at most so many characters, cut between words.
pub(super) fn one_line(text: &str, most: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    let end = cut.rfind(' ').filter(|end| *end > 0).unwrap_or(cut.len());
    format!("{}…", &cut[..end])
}

/// What stands in the last fence of a text: between `[data TOKEN: …]` and `[end TOKEN]`, as the
/// renderer writes them.
fn last_fenced(text: &str) -> Option<String> {
    let begin = compiled(r"\[data ([0-9a-f]{12}): (.*)\]$").ok()?;
    let mut last = None;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((_, [token, label])) = begin.captures(line).map(|found| found.extract()) else {
            continue;
        };
        let end = format!("[end {token}]");
        let inside: Vec<&str> = lines
            .by_ref()
            .take_while(|line| !line.starts_with(&end))
            .collect();
        if !label.starts_with("attachment ") && !inside.concat().trim().is_empty() {
            last = Some(inside.join("\n"));
        }
    }
    last
}

/// A mail without header lines, quoted lines and signature.
fn own_words(text: &str) -> String {
    let header = compiled(
        r"(?i)^(from|to|cc|date|sent|subject|received|message-id|attachments?|verified): ",
    )
    .ok();
    let attribution =
        compiled(r"(?i)^(on .{5,200} wrote:|am .{5,200} schrieb .{0,200}:|le .{5,200} a écrit ?:)")
            .ok();
    let matches = |pattern: &Option<Arc<Regex>>, line: &str| {
        pattern
            .as_ref()
            .is_some_and(|pattern| pattern.is_match(line))
    };
    let lines = text
        .lines()
        .take_while(|line| *line != "-- " && *line != "--" && !matches(&attribution, line))
        .filter(|line| !line.starts_with('>') && !matches(&header, line));
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn name(mail: &str, system: &str) -> Option<String> {
    let from = first_match(mail, r#"(?im)^from: "?([^"<@\n]{1,80}?)"? <"#);
    let known = || first_match(system, r"(?i)\b(?:is|of) [“\x22]([^”\x22@\n]{1,80})[”\x22]");
    let full = from.or_else(known)?;
    let given: String = full
        .split_whitespace()
        .next()?
        .chars()
        .filter(|c| c.is_alphabetic() || *c == '-' || *c == '\'')
        .collect();
    (!given.is_empty()).then_some(given)
}

/// The smallest `at most N words`; a letter's length where nothing is said.
fn most_words(system: &str) -> usize {
    let Ok(pattern) =
        compiled(r"(?i)\b(?:at most|no more than|not more than|under) (\d{1,5}) words")
    else {
        return 250;
    };
    let limits = pattern
        .captures_iter(system)
        .filter_map(|found| found.get(1)?.as_str().parse().ok());
    limits.min().unwrap_or(250)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_fence_that_is_no_attachment_is_the_matter() {
        let text = "[data 9f3ab27c1d12: an earlier mail]\nOld.\n[end 9f3ab27c1d12]\n\n\
                    [data 9f3ab27c1d12: the newest mail]\nSubject: Bees\n\nWrite about bees.\n[end 9f3ab27c1d12]\n\n\
                    [data 9f3ab27c1d12: attachment a.txt]\nMore.\n[end 9f3ab27c1d12]";
        assert_eq!(
            last_fenced(text).as_deref(),
            Some("Subject: Bees\n\nWrite about bees.")
        );
        assert_eq!(
            last_fenced("Text between a line `[data 9f3ab27c1d12: …]` and another."),
            None
        );
    }

    #[test]
    fn headers_quotations_and_signatures_are_not_the_request() {
        let mail = "From: Ada <ada@example.org>\nSubject: Bees\n\nPlease write.\n> old\n\nOn Monday Bob wrote:\n> older\n";
        assert_eq!(own_words(mail), "Please write.");
        assert_eq!(
            own_words("Please write.\n-- \nAda, of the roof"),
            "Please write."
        );
    }

    #[test]
    fn the_name_is_found_in_the_mail_or_in_the_facts() {
        assert_eq!(
            name("From: \"Ada Lovelace\" <a@b.example>\n", ""),
            Some("Ada".to_owned())
        );
        assert_eq!(
            name("", "The subscriber is \"Jean-Luc Noir\", on the free plan."),
            Some("Jean-Luc".to_owned())
        );
        assert_eq!(name("", "The subscriber is \"\", on the free plan."), None);
    }

    #[test]
    fn the_smallest_limit_of_words_holds() {
        assert_eq!(
            most_words("Write at most 300 words. A piece of at most 120 words."),
            120
        );
        assert_eq!(most_words("Be brief."), 250);
    }

    #[test]
    fn a_line_is_cut_between_words() {
        assert_eq!(one_line("one two\n three", 80), "one two three");
        assert_eq!(one_line("one two three", 9), "one two…");
    }
}
