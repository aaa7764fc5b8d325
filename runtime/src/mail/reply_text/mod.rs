//! Separates what somebody newly wrote from what their mail program quoted below it, and from the
//! signature.
//!
//! Programs mark history in many ways and none of them is a standard, so this is a set of rules
//! over lines. They err towards keeping text in `new`; and every line ends in exactly one of the
//! three parts, so that nothing is lost when a rule errs.

mod words;

use words::{CERTAIN, DEVICE, DIVIDER, FIELD, INTRODUCTION};

/// A text in its three parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// What was newly written, answers between quoted lines included.
    pub new: String,
    /// What was quoted, with the lines that introduce it.
    pub quoted: String,
    /// The signature, with its `-- ` line.
    pub signature: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    New,
    Quoted,
    Signature,
}

/// Lines below a `-- ` that still are a signature.
const SIGNATURE_LINES: usize = 20;
/// Lines over which a program may wrap `On …, … wrote:`.
const WRAPPED: usize = 4;

/// Separates a text whose lines end in `\n`.
#[must_use]
pub fn separate(text: &str) -> Parts {
    let lines: Vec<&str> = text.split('\n').collect();
    let mut parts: Vec<Part> = lines
        .iter()
        .map(|line| {
            if is_marked(line) {
                Part::Quoted
            } else {
                Part::New
            }
        })
        .collect();
    mark_history(&lines, &mut parts);
    mark_signature(&lines, &mut parts);
    Parts {
        new: collect(&lines, &parts, Part::New),
        quoted: collect(&lines, &parts, Part::Quoted),
        signature: collect(&lines, &parts, Part::Signature),
    }
}

/// A line that a program marked as quoted.
fn is_marked(line: &str) -> bool {
    let line = line.trim_start();
    // `>:(` and `>.<` are faces, `>=` is a comparison; a quotation goes on with a letter or space.
    line.strip_prefix('>')
        .is_some_and(|rest| !rest.starts_with([':', '.', '=', '_']))
}

/// Marks the lines that introduce history, and everything below when the history is unmarked.
fn mark_history(lines: &[&str], parts: &mut [Part]) {
    let mut at = 0;
    while at < lines.len() {
        if parts.get(at) != Some(&Part::New) {
            at += 1;
            continue;
        }
        let rest = lines.get(at..).unwrap_or_default();
        if is_divider(rest) || is_header_block(rest) {
            quote(parts, at, lines.len());
            return;
        }
        let length = introduction(rest);
        let below = at + length;
        if length > 0 {
            let next = (below..lines.len())
                .find(|&i| lines.get(i).is_some_and(|line| !line.trim().is_empty()));
            let marked = next.is_some_and(|next| parts.get(next) == Some(&Part::Quoted));
            let joined = join(rest.get(..length).unwrap_or_default());
            if marked {
                quote(parts, at, below);
            } else if CERTAIN.is_match(&joined) {
                quote(parts, at, lines.len());
                return;
            }
        }
        at = below.max(at + 1);
    }
}

fn quote(parts: &mut [Part], from: usize, to: usize) {
    let quoted = parts.iter_mut().take(to).skip(from);
    quoted.for_each(|part| *part = Part::Quoted);
}

/// How many lines at the start introduce a quotation: `On …, … wrote:`; zero if they do not.
fn introduction(lines: &[&str]) -> usize {
    let Some(first) = lines.first().map(|line| line.trim()) else {
        return 0;
    };
    if first.is_empty() {
        return 0;
    }
    for length in 1..=WRAPPED.min(lines.len()) {
        let taken = lines.get(..length).unwrap_or_default();
        if taken
            .iter()
            .any(|line| line.trim().is_empty() || is_marked(line))
        {
            return 0;
        }
        let joined = join(taken);
        if joined.len() > 400 {
            return 0;
        }
        if joined.ends_with([':', '：'])
            && INTRODUCTION.is_match(&joined)
            && joined.contains(|c: char| c.is_numeric() || c == '@')
        {
            return length;
        }
        // A paragraph that begins like one but ends a sentence on the way is prose.
        if joined.ends_with(['.', '!', '?']) && !joined.contains('@') && length > 1 {
            return 0;
        }
    }
    0
}

fn join(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| line.trim())
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_divider(lines: &[&str]) -> bool {
    lines.first().is_some_and(|line| DIVIDER.is_match(line))
}

/// A block that starts with who it is from, below a rule or not, and names two more fields.
fn is_header_block(lines: &[&str]) -> bool {
    let mut lines = lines.iter().map(|line| line.trim()).peekable();
    if lines
        .next_if(|line| line.len() >= 10 && line.chars().all(|c| matches!(c, '_' | '-' | '─')))
        .is_some()
    {
        while lines.next_if(|line| line.is_empty()).is_some() {}
    }
    let block: Vec<&str> = lines.take_while(|line| !line.is_empty()).take(8).collect();
    let starts = block.first().is_some_and(|line| {
        FIELD
            .captures(line)
            .is_some_and(|found| found.name("from").is_some())
    });
    starts
        && block
            .iter()
            .skip(1)
            .filter(|line| FIELD.is_match(line))
            .count()
            >= 2
}

/// Marks the signature that ends the new text.
fn mark_signature(lines: &[&str], parts: &mut [Part]) {
    let new: Vec<usize> = (0..lines.len())
        .filter(|&i| parts.get(i) == Some(&Part::New))
        .collect();
    let line = |i: &usize| lines.get(*i).copied().unwrap_or_default();
    let written = |from: usize| {
        new.iter()
            .skip(from)
            .filter(|i| !line(i).trim().is_empty())
            .count()
    };
    let dashes = new
        .iter()
        .rposition(|i| matches!(line(i), "-- " | "--") && !line(i).trim().is_empty());
    let start = dashes
        .filter(|&at| written(at + 1) <= SIGNATURE_LINES)
        .or_else(|| {
            let last = new.iter().rposition(|i| !line(i).trim().is_empty())?;
            DEVICE.is_match(line(new.get(last)?)).then_some(last)
        });
    if let Some(start) = start {
        for &i in new.iter().skip(start) {
            if let Some(part) = parts.get_mut(i) {
                *part = Part::Signature;
            }
        }
    }
}

/// The lines of one part as a text, with a blank line wherever something stood between them.
fn collect(lines: &[&str], parts: &[Part], wanted: Part) -> String {
    let mut text = String::new();
    let mut next = 0;
    for (at, (line, part)) in lines.iter().zip(parts).enumerate() {
        if *part != wanted || line.trim().is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push_str(if at == next { "\n" } else { "\n\n" });
        }
        next = at + 1;
        text.push_str(line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each case in the corpus is a mail, then `=== new`, `=== quoted` and `=== signature`.
    fn check(case: &str) {
        let (text, rest) = case.split_once("=== new\n").expect("a new part");
        let (new, rest) = rest.split_once("=== quoted\n").expect("a quoted part");
        let (quoted, signature) = rest
            .split_once("=== signature\n")
            .expect("a signature part");
        let parts = separate(text);
        assert_eq!(parts.new, new.trim(), "new text of\n{text}");
        assert_eq!(parts.quoted, quoted.trim(), "quoted text of\n{text}");
        assert_eq!(
            parts.signature,
            signature.trim_end(),
            "signature of\n{text}"
        );
    }

    #[test]
    fn every_mail_of_the_corpus_is_separated_as_written_there() {
        let corpus = include_str!("corpus.txt");
        let cases: Vec<&str> = corpus.split("##### ").skip(1).collect();
        assert!(cases.len() >= 80, "{}", cases.len());
        for case in cases {
            let (name, case) = case.split_once('\n').expect("a name");
            eprintln!("case: {name}");
            check(case);
        }
    }

    fn words(text: &str) -> Vec<String> {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort();
        words
    }

    proptest! {
        #[test]
        fn no_word_is_lost_or_made_up(lines in proptest::collection::vec(prop_oneof![
            Just("> quoted".to_owned()), Just(String::new()), Just("-- ".to_owned()), Just("--".to_owned()),
            Just("On 1 May 2026 at 10:12, A <a@b.example> wrote:".to_owned()), Just("From: A".to_owned()), Just("Sent: today".to_owned()),
            Just("To: B".to_owned()), Just("-----Original Message-----".to_owned()), Just("Sent from my iPhone".to_owned()),
            Just("Am 3. März 2026 um 10:12".to_owned()), Just("schrieb A <a@b.example>:".to_owned()), "[ -~äß>:]{0,30}",
        ], 0..30)) {
            let text = lines.join("\n");
            let parts = separate(&text);
            prop_assert_eq!(words(&format!("{}\n{}\n{}", parts.new, parts.quoted, parts.signature)), words(&text));
        }
    }
}
