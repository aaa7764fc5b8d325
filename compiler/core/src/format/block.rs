//! The indentation of block strings, which is no part of their text.

use crate::syntax::dedent::{common_indentation, dedent};

/// A string with its block, if it is one, moved to an indentation.
pub(super) fn indented(text: &str, indentation: usize) -> String {
    let Some((mark, inner)) = inner(text) else {
        return text.to_owned();
    };
    // Words straight behind the quotes have no indentation: such a block is left alone.
    let Some((_, lines)) = inner
        .split_once('\n')
        .filter(|(first, _)| first.trim().is_empty())
    else {
        return text.to_owned();
    };
    let common = common_indentation(inner);
    let blank = " ".repeat(indentation);
    let mut out = format!("{mark}\n");
    let last = lines.split('\n').count() - 1;
    for (at, line) in lines.split('\n').enumerate() {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line = line.strip_prefix(common).unwrap_or(line.trim_start());
        let closing = at == last;
        if !line.trim().is_empty() || closing {
            out.push_str(&blank);
            out.push_str(if line.trim().is_empty() { "" } else { line });
        }
        if !closing {
            out.push('\n');
        }
    }
    out.push_str(mark);
    out
}

/// Whether two strings differ in nothing but the indentation of a block.
pub(super) fn same(a: &str, b: &str) -> bool {
    let text = |string| {
        inner(string)
            .map(|(mark, inner)| (mark, dedent(inner, common_indentation(inner), true, true)))
    };
    text(a).is_some() && text(a) == text(b)
}

/// The quotes of a block, and what stands between them.
fn inner(text: &str) -> Option<(&'static str, &str)> {
    ["\"\"\"", "'''"]
        .into_iter()
        .find_map(|mark| Some((mark, text.strip_prefix(mark)?.strip_suffix(mark)?)))
}
