//! Bytes to text.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::{FileId, Span};

/// The text of a file. Bytes that are not UTF-8 are reported, one line once, and read as
/// U+FFFD; offsets are those of the text that is given back.
pub fn decode(file: FileId, bytes: &[u8], diagnostics: &mut Diagnostics) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut reported = None;
    let mut read = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        read += chunk.valid().len();
        if chunk.invalid().is_empty() {
            continue;
        }
        let start = text.len();
        text.push('\u{FFFD}');
        let line = text.rfind('\n');
        if reported != Some(line) {
            reported = Some(line);
            let span = Span {
                file,
                start: offset(start),
                end: offset(text.len()),
            };
            let message = format!("byte {read} of the file is not UTF-8");
            diagnostics
                .push(Diagnostic::error("not-utf8", span, message).help("save the file as UTF-8"));
        }
        read += chunk.invalid().len();
    }
    text
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_decode(bytes: &[u8], wanted: &str, places: &[(u32, &str)]) {
        let mut diagnostics = Diagnostics::default();
        assert_eq!(decode(FileId(0), bytes, &mut diagnostics), wanted);
        let found = diagnostics.finish();
        let found: Vec<_> = found
            .iter()
            .map(|it| (it.span().start, it.message.as_str()))
            .collect();
        assert_eq!(found, places);
    }

    #[test]
    fn text_is_taken_as_it_is() {
        check_decode("role \"größer\"\n".as_bytes(), "role \"größer\"\n", &[]);
    }

    #[test]
    fn a_line_with_bytes_that_are_not_utf8_is_reported_once() {
        check_decode(
            b"a\nb\xff\xfec\n\xc3",
            "a\nb\u{FFFD}\u{FFFD}c\n\u{FFFD}",
            &[
                (3, "byte 3 of the file is not UTF-8"),
                (11, "byte 7 of the file is not UTF-8"),
            ],
        );
    }
}
