//! What is of no spec at all: the fences of Markdown, tags of templates, blanks of a word processor.

use super::Piece;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::FileId;
use crate::syntax::lexer::{Token, TokenKind, tokens};
use crate::syntax::parser::place;

/// The text with blanks in the place of fences that stand around it, which are told.
pub(super) fn without_fences(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> String {
    let mut out = text.to_owned();
    let ticks = tokens(text).filter(|it| it.kind == TokenKind::Sign);
    let fences = ticks.filter(|it| {
        let is_first = text[..it.start].ends_with('\n') || it.start == 0;
        is_first && text[it.start..].starts_with("```")
    });
    for fence in fences {
        let line = text[fence.start..].lines().next().unwrap_or_default();
        let end = fence.start + line.trim_end().len();
        let span = |end: usize| place(file, fence.start, end);
        diagnostics.push(
            Diagnostic::error(
                "extra-sign",
                span(fence.start + 3),
                "the fence of a Markdown block has no place here",
            )
            .help("a file holds nothing but the spec")
            .fix(span(end), "", "remove the line"),
        );
        out.replace_range(fence.start..end, &" ".repeat(end - fence.start));
    }
    out
}

/// Writes tags of templates as the statements that they are meant as: `{% if c %}` as `when c {`.
pub(super) fn write_tags(piece: &mut Piece, diagnostics: &mut Diagnostics) {
    while let Some((start, end)) = tag(&piece.text) {
        let was = piece.text[start..end].to_owned();
        let inner = was.trim_matches(['{', '}', '%', '-', ' ']);
        let (word, rest) = inner.split_once(' ').unwrap_or((inner, ""));
        let (before, kept, after) = match word {
            "if" => ("when ", rest, " {"),
            "elif" | "elsif" => ("} else when ", rest, " {"),
            "for" => ("each ", rest, " {"),
            "else" => ("} else {", "", ""),
            "endif" | "endfor" => ("}", "", ""),
            _ => ("", "", ""),
        };
        let with = format!("{before}{kept}{after}");
        let span = piece.span(start, end);
        diagnostics.push(if with.is_empty() {
            let message = format!("`{was}` has no place here");
            Diagnostic::error("extra-word", span, message).fix(span, "", "remove it")
        } else {
            let message = format!("`{was}` is written `{with}`");
            let title = format!("write `{with}`");
            Diagnostic::error("other-word", span, message).fix(span, with, title)
        });
        // What the author wrote between the two stays where it is, so its own mistakes are found there.
        let from = start + was.rfind(kept).unwrap_or(was.len());
        piece.replace(from + kept.len(), end, after);
        piece.replace(start, from, before);
    }
}

/// The first tag outside of strings, on one line.
fn tag(text: &str) -> Option<(usize, usize)> {
    let mut opens = tokens(text).filter(|it| it.kind == TokenKind::Open(b'{'));
    opens.find_map(|open| {
        let line = text[open.start..].lines().next()?;
        let length = line.strip_prefix("{%")?.find("%}")?;
        Some((open.start, open.start + length + 4))
    })
}

/// Puts blanks in the place of signs that look like one, each line told once.
pub(super) fn blank_signs(piece: &mut Piece, diagnostics: &mut Diagnostics) {
    let text = piece.text.clone();
    let looks_blank = |it: &Token| {
        let sign = text[it.start..].chars().next();
        let sign = sign.filter(|sign| !sign.is_ascii() && it.kind == TokenKind::Sign);
        let sign = sign.filter(|it| it.is_whitespace() || matches!(it, '\u{200B}' | '\u{FEFF}'))?;
        Some((it.start, sign))
    };
    let signs: Vec<(usize, char)> = tokens(&text).filter_map(|it| looks_blank(&it)).collect();
    for line in signs.chunk_by(|one, next| !text[one.0..next.0].contains('\n')) {
        let (Some((start, sign)), Some((last, other))) = (line.first(), line.last()) else {
            continue;
        };
        let end = last + other.len_utf8();
        let mut with = text[*start..end].to_owned();
        for (_, sign) in line {
            with = with.replace(*sign, " ");
        }
        let code = u32::from(*sign);
        let message = format!("this is no blank but U+{code:04X}, which looks like one");
        let report = Diagnostic::error(
            "extra-sign",
            piece.span(*start, start + sign.len_utf8()),
            message,
        );
        diagnostics.push(report.fix(piece.span(*start, end), with, "write blanks"));
    }
    for (start, sign) in signs {
        let width = sign.len_utf8();
        piece.replace(start, start + width, &" ".repeat(width));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    #[track_caller]
    fn check_told(text: &str, wanted: &[(&str, u32)]) {
        let mut diagnostics = Diagnostics::default();
        let tree = parse(FileId(0), text, &mut diagnostics);
        let found = diagnostics.finish();
        let found: Vec<(&str, u32)> = found.iter().map(|it| (it.code, it.span().start)).collect();
        assert_eq!(found, wanted);
        assert_eq!(tree.items.len(), 1, "the rest is read");
    }

    #[test]
    fn fences_of_markdown_are_told_and_what_they_hold_is_read() {
        let text = "```silex\n//! Docs.\n\nenum Plan { free, pro }\n```\n";
        check_told(text, &[("extra-sign", 0), ("extra-sign", 44)]);
    }

    #[test]
    fn a_mistake_in_a_tag_is_told_where_it_is() {
        let text = "behaviour f(a: A) -> Reply {\n  {% if a.b is\u{fffd} some %}\n    must x \"X.\"\n  {% endif %}\n}\n";
        check_told(
            text,
            &[("other-word", 31), ("extra-sign", 43), ("other-word", 73)],
        );
    }

    #[test]
    fn a_fence_in_a_block_is_the_authors() {
        let text = "behaviour f(mail: Mail) -> Reply {\n  role \"\"\"\n```\nx\n```\n  \"\"\"\n}\n";
        check_told(text, &[]);
    }

    #[test]
    fn blanks_of_a_word_processor_are_told_once_a_line() {
        let text = "enum\u{a0}Plan\u{a0}{\n\u{a0}\u{a0}free\n  pro\n}\n";
        check_told(text, &[("extra-sign", 4), ("extra-sign", 14)]);
    }
}
