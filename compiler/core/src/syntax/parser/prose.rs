//! Strings and prose: quotes, escapes, indentation and holes.

use pest::iterators::Pair;

use super::grammar::Rule;
use super::text::{Quotes, unescape};
use super::tree::{Builder, Kids};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{Hole, Piece, Prose, StringLit, Trusting};
use crate::syntax::dedent::{common_indentation, dedent};

impl Builder<'_> {
    pub(super) fn string(&mut self, kids: &mut Kids<'_>) -> StringLit {
        match kids.next() {
            Some(pair) => self.string_of(&pair),
            None => StringLit {
                text: String::new(),
                span: kids.at,
            },
        }
    }

    pub(super) fn string_of(&mut self, pair: &Pair<'_, Rule>) -> StringLit {
        let span = self.span(pair);
        let (quotes, inner) = Quotes::split(pair.as_str());
        let text = match quotes {
            Quotes::Line => self.line(inner, pair.as_span().start() + 1),
            Quotes::Block | Quotes::Raw => dedent(inner, common_indentation(inner), true, true),
        };
        StringLit { text, span }
    }

    /// The value of a stretch of a one-line string that starts at a byte of the text.
    fn line(&mut self, text: &str, start: usize) -> String {
        if !text.contains('\\') {
            return text.to_owned();
        }
        let (value, unknown) = unescape(text);
        for at in unknown {
            let span = self.place(start + at, start + at + 2);
            self.report(
                Diagnostic::error("unknown-escape", span, "this escape means nothing")
                    .help("one-line strings know `\\\"`, `\\\\`, `\\n` and `\\{`; a raw block `'''…'''` has no escapes"),
            );
        }
        value
    }

    pub(super) fn prose(&mut self, kids: &mut Kids<'_>) -> Prose {
        match kids.next() {
            Some(pair) => self.prose_of(pair),
            None => Prose {
                pieces: Box::default(),
                span: kids.at,
            },
        }
    }

    /// Refuses a one-line string whose hole goes over several lines.
    fn refuse_lines(&mut self, written: &str, span: Span) {
        let lines = written.lines().map(str::trim);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let finding = Diagnostic::error("unclosed-string", span, "this string is not on one line")
            .help("a hole of a string in one pair of quotes ends on its line");
        self.report(match written.contains("//") {
            true => finding,
            false => finding.fix(span, lines.join(" "), "write it on one line"),
        });
    }

    fn prose_of(&mut self, pair: Pair<'_, Rule>) -> Prose {
        let span = self.span(&pair);
        let whole = pair.as_span();
        let (quotes, inner) = Quotes::split(whole.as_str());
        if quotes == Quotes::Line && inner.contains('\n') {
            self.refuse_lines(whole.as_str(), span);
        }
        let (start, end) = (whole.start() + quotes.width(), whole.end() - quotes.width());
        let indentation = if quotes == Quotes::Line {
            ""
        } else {
            common_indentation(inner)
        };
        let mut pieces = Vec::new();
        for pair in pair.into_inner() {
            let at = pair.as_span();
            let span = self.place(at.start(), at.end());
            let text = match (pair.as_rule(), quotes) {
                (Rule::hole, _) => {
                    pieces.push(Piece::Hole(Box::new(self.hole(pair))));
                    continue;
                }
                (Rule::junk_prose, _) => continue,
                // The words of a raw block are all that stands between its quotes.
                (Rule::raw, _) => dedent(inner, indentation, true, true),
                (_, Quotes::Line) => {
                    self.refuse_half_holes(at.as_str(), at.start());
                    self.line(at.as_str(), at.start())
                }
                _ => dedent(
                    at.as_str(),
                    indentation,
                    at.start() == start,
                    at.end() == end,
                ),
            };
            if !text.is_empty() {
                pieces.push(Piece::Words { text, span });
            }
        }
        Prose {
            pieces: pieces.into(),
            span,
        }
    }

    /// `{ name }}`: nobody means the braces.
    fn refuse_half_holes(&mut self, words: &str, start: usize) {
        let Some(close) = words.find("}}") else {
            return;
        };
        let Some(open) = words[..close].rfind('{') else {
            return;
        };
        let of_a_value = |c: char| c.is_ascii_alphanumeric() || " _.|(),:".contains(c);
        let inside = &words[open + 1..close];
        if words[..open].ends_with(['{', '\\']) {
            return;
        }
        if inside.trim().starts_with(|c: char| c.is_ascii_lowercase())
            && inside.chars().all(of_a_value)
        {
            let brace = self.place(start + open, start + open + 1);
            self.report(
                Diagnostic::error("half-hole", brace, "a hole opens with two braces")
                    .help("to write the braces themselves, use a raw block `'''…'''`")
                    .fix(brace, "{{", "write `{{`"),
            );
        }
    }

    fn hole(&mut self, pair: Pair<'_, Rule>) -> Hole {
        let text = pair.as_str();
        let source = text
            .strip_prefix("{{")
            .and_then(|rest| rest.strip_suffix("}}"));
        let source = source.unwrap_or(text).trim().to_owned();
        let mut kids = self.kids(pair);
        let span = kids.at;
        let keyword = kids.take(Rule::k_trusting).map(|word| self.span(&word));
        let expr = self.piped(&mut kids);
        let trusting = keyword.map(|keyword| {
            kids.take(Rule::k_because);
            Trusting {
                keyword,
                because: self.string(&mut kids),
            }
        });
        Hole {
            expr,
            trusting,
            source,
            span,
        }
    }
}
