//! Bytes to text.

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};

/// The text of a file, and what is wrong with its bytes, by position. Bytes that are not UTF-8 are
/// reported, one line once, and read as U+FFFD; offsets are those of the text that is given back. A file
/// in UTF-16, or with the line ends of an old system, is reported once and read as it was meant.
#[must_use]
pub fn decode(file: FileId, bytes: &[u8]) -> (String, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let text = read(file, bytes, &mut diagnostics);
    diagnostics.sort_by_key(Diagnostic::span);
    (text, diagnostics)
}

fn read(file: FileId, bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> String {
    if let Some(text) = utf16(bytes) {
        let start = Span {
            file,
            start: 0,
            end: 0,
        };
        diagnostics.push(
            Diagnostic::error("not-utf8", start, "the file is UTF-16, not UTF-8")
                .help("save the file as UTF-8"),
        );
        return text;
    }
    let text = without_control(file, utf8(file, bytes, diagnostics), diagnostics);
    match text.find('\r').filter(|_| !text.contains('\n')) {
        Some(at) => {
            let span = Span {
                file,
                start: offset(at),
                end: offset(at + 1),
            };
            let message = "lines end with a carriage return alone";
            diagnostics.push(
                Diagnostic::error("line-end", span, message)
                    .help("save the file with the line ends of Unix (LF) or Windows (CRLF)"),
            );
            text.replace('\r', "\n")
        }
        None => text,
    }
}

/// The text with a blank for each sign that only controls a machine; one in each line is told.
fn without_control(file: FileId, text: String, diagnostics: &mut Vec<Diagnostic>) -> String {
    let is_control = |sign: char| sign.is_ascii_control() && !matches!(sign, '\t' | '\n' | '\r');
    if !text.bytes().any(|byte| is_control(char::from(byte))) {
        return text;
    }
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some((at, sign)) = line.char_indices().find(|(_, sign)| is_control(*sign)) {
            let span = Span {
                file,
                start: offset(start + at),
                end: offset(start + at + 1),
            };
            let message = format!(
                "a control character (U+{:04X}) stands here",
                u32::from(sign)
            );
            diagnostics.push(
                Diagnostic::error("control-character", span, message)
                    .help("no editor shows it: take it out")
                    .fix(span, "", "take it out"),
            );
        }
        start += line.len();
    }
    text.replace(is_control, " ")
}

/// The text of a file that is UTF-16, as its first bytes say or show: every other is none.
fn utf16(bytes: &[u8]) -> Option<String> {
    let (mark, rest) = bytes.split_first_chunk()?;
    let head = || {
        bytes
            .get(..bytes.len().min(64))
            .unwrap_or_default()
            .chunks_exact(2)
    };
    let (little, rest) = match mark {
        [0xFF, 0xFE] => (true, rest),
        [0xFE, 0xFF] => (false, rest),
        [_, 0] if head().all(|pair| pair[0] != 0 && pair[1] == 0) => (true, bytes),
        [0, _] if head().all(|pair| pair[0] == 0 && pair[1] != 0) => (false, bytes),
        [_, _] => return None,
    };
    let units = rest.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if little {
            u16::from_le_bytes(pair)
        } else {
            u16::from_be_bytes(pair)
        }
    });
    let signs = char::decode_utf16(units);
    Some(signs.map(|sign| sign.unwrap_or('\u{FFFD}')).collect())
}

fn utf8(file: FileId, bytes: &[u8], diagnostics: &mut Vec<Diagnostic>) -> String {
    if let Ok(text) = str::from_utf8(bytes) {
        return text.to_owned();
    }
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
        let (text, found) = decode(FileId(0), bytes);
        assert_eq!(text, wanted);
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
    fn a_sign_that_controls_a_machine_is_told_once_a_line_and_read_as_a_blank() {
        let told = [
            (1, "a control character (U+0000) stands here"),
            (5, "a control character (U+007F) stands here"),
        ];
        check_decode(b"a\0b\x01\n\x7f\tc\r\n", "a b \n \tc\r\n", &told);
    }

    #[test]
    fn a_file_in_utf16_is_read_and_told_once() {
        let told = [(0, "the file is UTF-16, not UTF-8")];
        check_decode(b"\xff\xfea\0\n\0", "a\n", &told);
        check_decode(b"a\0b\0", "ab", &told);
        check_decode(b"\0a\0b", "ab", &told);
        check_decode(b"\xfe\xff\0a\0\n", "a\n", &told);
    }

    #[test]
    fn carriage_returns_alone_are_told_once() {
        let told = [(1, "lines end with a carriage return alone")];
        check_decode(b"a\rb\rc", "a\nb\nc", &told);
        check_decode(b"a\r\nb", "a\r\nb", &[]);
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
