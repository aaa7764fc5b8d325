//! The quotes and escapes of strings.

/// The kinds of quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// `"…"`
    Line,
    /// `"""…"""`
    Block,
    /// `'''…'''`
    Raw,
}

impl Quotes {
    /// The quotes of a string, and what stands between them.
    pub(super) fn split(text: &str) -> (Self, &str) {
        for (quotes, mark) in [
            (Self::Raw, "'''"),
            (Self::Block, "\"\"\""),
            (Self::Line, "\""),
        ] {
            let inner = text
                .strip_prefix(mark)
                .and_then(|rest| rest.strip_suffix(mark));
            if let Some(inner) = inner {
                return (quotes, inner);
            }
        }
        (Self::Line, text)
    }

    /// How many bytes open or close it.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Line => 1,
            Self::Block | Self::Raw => 3,
        }
    }
}

/// The value of a one-line string, and the offsets of escapes that mean nothing.
pub(super) fn unescape(text: &str) -> (String, Vec<usize>) {
    let mut value = String::with_capacity(text.len());
    let mut unknown = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let mut behind = rest[at + 1..].chars();
        match behind.next() {
            Some('n') => value.push('\n'),
            Some(sign @ ('"' | '\\' | '{')) => value.push(sign),
            Some(other) => {
                unknown.push(text.len() - rest.len() + at);
                value.push(other);
            }
            None => value.push('\\'),
        }
        rest = behind.as_str();
    }
    value.push_str(rest);
    (value, unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_mean_what_they_say_and_others_are_found() {
        assert_eq!(
            unescape(r#"a\"b\\c\nd\{{"#),
            ("a\"b\\c\nd{{".into(), vec![])
        );
        assert_eq!(unescape(r"a\qb"), ("aqb".into(), vec![1]));
    }
}
