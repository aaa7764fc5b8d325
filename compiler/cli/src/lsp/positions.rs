//! Places as the protocol counts them: lines, and in a line units of UTF-16 or bytes of UTF-8.

use lsp_types::{InitializeParams, Position, PositionEncodingKind, Range};

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// Units of UTF-16.
    Utf16,
}

impl Encoding {
    /// What the editor would have: bytes if it can, which cost nothing.
    pub(super) fn agreed(params: &InitializeParams) -> Self {
        let general = params.capabilities.general.as_ref();
        let offered = general.and_then(|it| it.position_encodings.as_ref());
        match offered {
            Some(offered) if offered.contains(&PositionEncodingKind::UTF8) => Self::Utf8,
            Some(_) | None => Self::Utf16,
        }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    /// How long a text is.
    pub(super) fn width(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// A text and where its lines begin.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str, encoding: Encoding) -> Self {
        let behind = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(behind).collect(),
            encoding,
        }
    }

    /// The place of a byte.
    pub(super) fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = self.text.get(self.starts[line]..offset).unwrap_or_default();
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Position {
            line: number(line),
            character: number(self.encoding.width(before)),
        }
    }

    /// The range of a span.
    pub(super) fn range(&self, span: silex_compiler::source::Span) -> Range {
        Range {
            start: self.position(span.start),
            end: self.position(span.end),
        }
    }

    /// The byte at a place. One behind the end of a line is at the end, and one inside of a sign at
    /// its beginning.
    pub(super) fn offset(&self, position: Position) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line).copied() else {
            return self.text.len();
        };
        let end = self
            .starts
            .get(line + 1)
            .map_or(self.text.len(), |next| next - 1);
        let text = self.text.get(start..end).unwrap_or_default();
        let mut left = position.character as usize;
        for (at, sign) in text.char_indices() {
            let width = match self.encoding {
                Encoding::Utf8 => sign.len_utf8(),
                Encoding::Utf16 => sign.len_utf16(),
            };
            if left < width {
                return start + at;
            }
            left -= width;
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(encoding: Encoding, text: &str, offset: u32, line: u32, character: u32) {
        let lines = Lines::of(text, encoding);
        let position = Position { line, character };
        assert_eq!(lines.position(offset), position);
        assert_eq!(lines.offset(position), offset as usize);
    }

    #[test]
    fn a_column_counts_what_was_agreed() {
        let text = "a\nß𝄞b\n";
        check(Encoding::Utf8, text, 8, 1, 6);
        check(Encoding::Utf16, text, 8, 1, 3);
        check(Encoding::Utf16, text, 9, 1, 4);
        check(Encoding::Utf16, text, 10, 2, 0);
    }

    #[test]
    fn a_place_that_is_none_is_the_nearest_before_it() {
        let lines = Lines::of("ß𝄞\nb", Encoding::Utf16);
        let at = |line, character| lines.offset(Position { line, character });
        assert_eq!(at(0, 2), 2);
        assert_eq!(at(0, 99), 6);
        assert_eq!(at(7, 0), 8);
        assert_eq!(
            lines.position(99),
            Position {
                line: 1,
                character: 1
            }
        );
    }
}
