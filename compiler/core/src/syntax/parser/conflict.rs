//! Marks of a merge that was not finished: two versions of the same lines.

use std::borrow::Cow;

use super::place;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::FileId;

/// The text with blanks in the place of the marks and of the second versions, each conflict told.
///
/// They are looked for in strings too, where the grammar would take them for words.
pub(super) fn settled<'t>(
    file: FileId,
    text: &'t str,
    diagnostics: &mut Diagnostics,
) -> Cow<'t, str> {
    let has_marks = ["<<<<<<< ", "\n=======", "\n>>>>>>> "];
    if !has_marks.iter().all(|mark| text.contains(mark)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut theirs = None;
    for line in text.split_inclusive('\n') {
        let words = line.trim_end();
        let (before, start) = (theirs, out.len());
        theirs = match before {
            None if words.starts_with("<<<<<<< ") => Some(false),
            Some(_) if words.starts_with(">>>>>>> ") => None,
            Some(false) if words == "=======" || words.starts_with("||||||| ") => Some(true),
            _ => before,
        };
        if before.is_none() && theirs.is_some() {
            let span = place(file, start, start + words.len());
            let message = "a merge was not finished: two versions of these lines stand here";
            diagnostics.push(Diagnostic::error("conflict-marker", span, message).help(
                "keep what is meant, and take out the lines `<<<<<<<`, `=======` and `>>>>>>>`",
            ));
        }
        if before == theirs && before != Some(true) {
            out.push_str(line);
        } else {
            out.push_str(&" ".repeat(words.len()));
            out.push_str(&line[words.len()..]);
        }
    }
    Cow::Owned(out)
}
