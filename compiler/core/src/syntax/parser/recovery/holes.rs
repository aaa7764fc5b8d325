//! Holes that are not closed, or that hold something else than a value.

use super::Piece;
use super::brackets::{line_end, line_start};
use super::repair::accept;
use super::site::Site;
use crate::diagnostic::Diagnostic;

/// What is wrong with the hole in which the parser stopped.
pub(super) fn hole(piece: &mut Piece, site: &Site) -> Option<Diagnostic> {
    let line = line_start(&piece.text, site.at);
    let open = line + piece.text[line..site.at].rfind("{{")?;
    if piece.text[open..site.at].contains("}}") {
        return None;
    }
    let end = line_end(&piece.text, site.at);
    let close = piece.text[site.at..end]
        .find("}}")
        .map(|found| site.at + found);
    let string = site
        .tokens
        .iter()
        .find(|it| it.start < open && it.end > open)?;
    match close.filter(|close| string.end > *close) {
        Some(close) => filled(piece, open, close),
        None => unclosed(piece, (open, end), string.start),
    }
}

/// A hole that closes, with something else in it than a value.
fn filled(piece: &mut Piece, open: usize, close: usize) -> Option<Diagnostic> {
    let inside = piece.text[open + 2..close].to_owned();
    let span = piece.span(open, close + 2);
    if inside.trim().is_empty() {
        return accept(piece, open + 2, close, "\u{1}", close).then(|| {
            Diagnostic::error("hole", span, "this hole is empty")
                .help("a hole holds a path, a call or a literal, and filters behind `|`; a raw block `'''…'''` has no holes")
        });
    }
    for with in filters(&inside) {
        if accept(piece, open + 2, close, &with, close) {
            let place = piece.span(open + 2, open + 2);
            let place = crate::source::Span {
                end: span.end - 2,
                start: place.start,
                ..span
            };
            let message = format!("`{}` is written `{}`", inside.trim(), with.trim());
            return Some(Diagnostic::error("hole", span, message).fix(
                place,
                with.clone(),
                format!("write `{}`", with.trim()),
            ));
        }
    }
    let trusts = inside.trim_start().starts_with("trusting ");
    if trusts && accept(piece, close, close, " because \"…\" ", close) {
        return Some(
            Diagnostic::error("hole", span, "this hole does not say why it trusts")
                .help(format!("write `{{{{ {} because \"…\" }}}}`", inside.trim())),
        );
    }
    let junk = "\u{1}".repeat(inside.len());
    accept(piece, open + 2, close, &junk, close).then(|| {
        Diagnostic::error("hole", span, "this hole holds no value")
            .help("a hole holds a path, a call or a literal, and filters behind `|`; a raw block `'''…'''` has no holes")
    })
}

/// The insides of a hole with its filters as they are written here.
fn filters(inside: &str) -> Vec<String> {
    let piped = inside.replace("|>", "|").replace("||", "|");
    let called = piped.rsplit_once('|').and_then(|(value, filter)| {
        let filter = filter.trim();
        let end = filter.find([' ', ':'])?;
        let arguments = filter[end..].trim_start_matches([' ', ':']);
        Some(format!("{value}| {}({arguments}) ", &filter[..end]))
    });
    // `name.inline(80)`
    let method = inside.find('(').and_then(|arguments| {
        let dot = inside[..arguments].rfind('.')?;
        Some(format!("{} | {}", &inside[..dot], &inside[dot + 1..]))
    });
    let mut all = vec![piped];
    all.extend(called);
    all.extend(method);
    all.retain(|with| with != inside);
    all
}

/// A hole that its line does not close.
fn unclosed(piece: &mut Piece, (open, end): (usize, usize), string: usize) -> Option<Diagnostic> {
    let span = piece.span(open, open + 2);
    let told = Diagnostic::error("unclosed-hole", span, "this hole is not closed");
    if let Some(half) = piece.text[open..end].find('}').map(|found| open + found) {
        let place = piece.span(half, half + 1);
        if accept(piece, half, half + 1, "}}", half) {
            return Some(told.fix(place, "}}", "write `}}`"));
        }
    }
    let last = piece.text[open..end]
        .rfind('"')
        .map_or(end, |quote| open + quote + 1);
    let junk = "\u{1}".repeat(last - string);
    accept(piece, string, last, &junk, last)
        .then(|| told.help("`}}` closes a hole; to write `{{` itself, use a raw block `'''…'''`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_tried_in_the_ways_that_others_write_them() {
        assert_eq!(filters(" a | inline 80 "), [" a | inline(80) "]);
        assert_eq!(filters(" a | inline: 80 "), [" a | inline(80) "]);
        assert_eq!(filters(" a |> inline(80) ")[0], " a | inline(80) ");
        assert_eq!(filters(" a.b.inline(80) "), [" a.b | inline(80) "]);
    }
}
