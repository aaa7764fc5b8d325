//! Where the declarations of a file start.

use std::ops::Range;

use super::wording::keywords;
use crate::edit_distance::distance;
use crate::syntax::lexer::tokens;

/// The words that open a declaration. `allow` is missing: it is a statement as well.
const DECLARATIONS: [&str; 11] = [
    "use",
    "const",
    "enum",
    "record",
    "entity",
    "tool",
    "model",
    "ruleset",
    "behaviour",
    "agent",
    "example",
];

/// The file cut before each line that starts with a declaration word; comments and docs
/// straight before it go with it.
pub(super) fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut starts = vec![0];
    let mut from = 0;
    let mut lexed = tokens(text);
    let mut current = lexed.next();
    let mut leading: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if line.starts_with("//") && !line.starts_with("//!") {
            leading = leading.or(Some(start));
            continue;
        }
        let cut = leading.take().unwrap_or(start);
        let likely = likelihood(line);
        if likely == Likelihood::No {
            continue;
        }
        while current.is_some_and(|token| from + token.end <= start) {
            current = lexed.next();
        }
        let in_string = current.is_some_and(|token| from + token.start < start);
        if in_string && likely != Likelihood::Head {
            continue;
        }
        if in_string {
            from = start;
            lexed = tokens(&text[start..]);
            current = lexed.next();
        }
        if cut > 0 {
            starts.push(cut);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| start..end)
        .collect()
}

/// Whether a line opens a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likelihood {
    No,
    /// It starts with the word.
    Word,
    /// The name and what stands behind it are those of a declaration too.
    Head,
}

fn likelihood(line: &str) -> Likelihood {
    let word = leading_word(line);
    if word.is_empty() {
        return Likelihood::No;
    }
    let behind = line[word.len()..].trim_start();
    let name = leading_word(behind);
    let rest = behind[name.len()..].trim_start();
    let headed = !name.is_empty()
        && (rest.starts_with(['(', '{', ':', '=', '.'])
            || ["key ", "for ", "->"]
                .iter()
                .any(|next| rest.starts_with(next)));
    if DECLARATIONS.contains(&word) {
        // A statement is called so too, but has no braces.
        if word == "model" && !rest.starts_with('{') {
            return Likelihood::No;
        }
        return match (headed, name.is_empty()) {
            (true, _) => Likelihood::Head,
            (false, false) => Likelihood::Word,
            (false, true) => Likelihood::No,
        };
    }
    let misspelt = headed
        && word.len() >= 4
        && !keywords().any(|(_, keyword)| keyword == word)
        && DECLARATIONS
            .iter()
            .any(|known| known.len() >= 4 && distance(word, known) <= 2);
    if misspelt {
        Likelihood::Head
    } else {
        Likelihood::No
    }
}

fn leading_word(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_pieces(text: &str, wanted: &[&str]) {
        let found: Vec<&str> = pieces(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_declaration_takes_its_docs_along() {
        check_pieces(
            "//! m\nuse a.{b}\n/// d\nenum A { x }\n",
            &["//! m\n", "use a.{b}\n", "/// d\nenum A { x }\n"],
        );
    }

    #[test]
    fn a_model_statement_is_no_declaration() {
        check_pieces(
            "agent a {\nmodel x\n}\nmodel x {\n}\n",
            &["agent a {\nmodel x\n}\n", "model x {\n}\n"],
        );
    }

    #[test]
    fn prose_in_a_block_is_no_declaration_but_the_head_of_one_is() {
        check_pieces(
            "const a = \"\"\"\ntool is a word\n\"\"\"\n",
            &["const a = \"\"\"\ntool is a word\n\"\"\"\n"],
        );
        check_pieces(
            "const a = \"\"\"\nx\ntool b() {\n",
            &["const a = \"\"\"\nx\n", "tool b() {\n"],
        );
    }

    #[test]
    fn a_misspelt_declaration_word_counts() {
        check_pieces(
            "enum A {\nbehavour b() {\n",
            &["enum A {\n", "behavour b() {\n"],
        );
    }
}
