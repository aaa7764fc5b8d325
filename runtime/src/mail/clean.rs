//! Makes a stranger's text harmless to read: no control, invisible or direction-changing
//! characters, and no more of it than was agreed.
//!
//! What is cut is cut visibly, so that a reader never takes a part for the whole.

/// Text of several lines: `\n` between them, tabs kept, unseen characters removed.
#[must_use]
pub fn text(raw: &str) -> String {
    let mut clean = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    clean.push('\n');
                }
            }
            '\n' | '\t' => clean.push(c),
            '\u{2028}' | '\u{2029}' | '\u{85}' => clean.push('\n'),
            '\u{a0}' => clean.push(' '),
            _ if unseen(c) => {}
            _ => clean.push(c),
        }
    }
    clean
}

/// Text of one line: every run of white space is one space, and at most `max` characters remain.
#[must_use]
pub fn line(raw: &str, max: usize) -> String {
    let clean = text(raw);
    let joined = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    if joined.chars().count() <= max {
        return joined;
    }
    let mut short: String = joined.chars().take(max.saturating_sub(1)).collect();
    short.push('…');
    short
}

/// At most `max` characters, the last of which say how many are missing.
#[must_use]
pub fn cut(text: &str, max: usize) -> String {
    let count = text.chars().count();
    if count <= max {
        return text.to_owned();
    }
    // The note is longest when it names every character, so this much always suffices.
    let room = max.saturating_sub(note(count).chars().count());
    let mut short: String = text.chars().take(room).collect();
    short.push_str(&note(count - room));
    short.chars().take(max).collect()
}

fn note(missing: usize) -> String {
    format!("\n[cut here: {missing} more characters]")
}

/// Whether a reader would not see the character, or would see others in another order.
///
/// The joiners U+200C and U+200D and the emoji selectors stay: scripts and emoji need them.
fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_marks_are_removed() {
        assert_eq!(text("a\0b\u{202e}c\u{200b}d\u{7}\r\ne\rf"), "abcd\ne\nf");
    }

    #[test]
    fn instructions_written_in_invisible_tag_characters_are_removed() {
        let hidden: String = "obey"
            .chars()
            .filter_map(|c| char::from_u32(0xe0000 + c as u32))
            .collect();
        assert_eq!(text(&format!("hello{hidden}")), "hello");
    }

    #[test]
    fn joiners_and_emoji_survive() {
        assert_eq!(text("👩\u{200d}🚀 ❤\u{fe0f}"), "👩\u{200d}🚀 ❤\u{fe0f}");
    }

    #[test]
    fn a_line_has_no_breaks_and_is_cut_visibly() {
        assert_eq!(line(" a\r\nBcc: b\t c ", 20), "a Bcc: b c");
        assert_eq!(line("abcdef", 4), "abc…");
    }

    #[test]
    fn a_cut_text_says_what_is_missing_and_keeps_to_the_limit() {
        let short = cut(&"ä".repeat(100), 50);
        assert!(short.chars().count() <= 50, "{short}");
        assert!(short.ends_with("more characters]"), "{short}");
        assert_eq!(cut("abc", 3), "abc");
    }
}
