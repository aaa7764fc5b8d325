//! The indentation of block strings.

/// The white space that all lines of a block have in common. A first line straight behind the
/// quotes and blank lines do not count.
pub(crate) fn common_indentation(block: &str) -> &str {
    let mut common: Option<&str> = None;
    for line in block.split('\n').skip(1) {
        let rest = line.trim_start_matches([' ', '\t']);
        if rest.trim_end_matches('\r').is_empty() {
            continue;
        }
        let indentation = &line[..line.len() - rest.len()];
        common = Some(match common {
            None => indentation,
            Some(before) => {
                let same = before
                    .bytes()
                    .zip(indentation.bytes())
                    .take_while(|(a, b)| a == b);
                &before[..same.count()]
            }
        });
    }
    common.unwrap_or_default()
}

/// A stretch of a block without its indentation. `first` and `last` say whether the quotes
/// stand before and behind it: a line that holds only quotes is no part of the text.
pub(crate) fn dedent(stretch: &str, indentation: &str, first: bool, last: bool) -> String {
    let mut lines: Vec<&str> = stretch
        .split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect();
    let count = lines.len();
    for (at, line) in lines.iter_mut().enumerate() {
        let starts_line = at > 0;
        // Before a hole the last line is only a beginning: its blanks are words.
        let ends_line = at + 1 < count || last;
        if starts_line {
            *line = match line.strip_prefix(indentation) {
                Some(rest) => rest,
                None => line.trim_start_matches([' ', '\t']),
            };
        }
        if ends_line && (starts_line || first) && line.trim_matches([' ', '\t']).is_empty() {
            *line = "";
        }
    }
    let from = usize::from(first && count > 1 && lines.first().is_some_and(|line| line.is_empty()));
    let to = if last && count > from + 1 && lines.last().is_some_and(|line| line.is_empty()) {
        count - 1
    } else {
        count
    };
    lines[from..to].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_block(block: &str, wanted: &str) {
        assert_eq!(dedent(block, common_indentation(block), true, true), wanted);
    }

    #[test]
    fn common_indentation_is_removed_and_more_is_kept() {
        check_block("\n    a\n      b\n\n    c\n    ", "a\n  b\n\nc");
    }

    #[test]
    fn text_straight_behind_the_quotes_is_a_line_of_its_own() {
        check_block("a\n  b", "a\nb");
        check_block("", "");
        check_block("\n", "");
    }

    #[test]
    fn blank_lines_of_any_width_are_empty() {
        check_block("\n  a\n \n     \n  b\n", "a\n\n\nb");
    }

    #[test]
    fn carriage_returns_do_not_reach_the_text() {
        check_block("\r\n  a\r\n  b\r\n", "a\nb");
    }

    #[test]
    fn blanks_before_a_hole_are_words() {
        assert_eq!(dedent("\n  a\n  b ", "  ", true, false), "a\nb ");
        assert_eq!(dedent(" c\n  ", "  ", false, true), " c");
    }
}
