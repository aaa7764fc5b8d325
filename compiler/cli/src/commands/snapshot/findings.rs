//! Stale snapshots as findings, for the formats that other programs read.

use serde_json::json;
use similar::{ChangeTag, TextDiff};

use super::Stale;
use crate::report::{self, Finding, Level, Place};

/// What a stale snapshot is known by.
const CODE: &str = "stale-snapshot";
/// What to do about it.
const HELP: &str = "read what changed, then `silex snapshot` writes it";

/// A finding for each file.
pub(super) fn all(stale: &[Stale]) -> Vec<Finding> {
    stale.iter().map(finding).collect()
}

/// The same, an object a line, as other commands write what they find.
pub(super) fn json(stale: &[Stale]) {
    for it in all(stale) {
        let at = it.at.as_ref().map(|at| {
            json!({
                "file": at.file, "line": at.line, "column": at.column,
                "end_line": at.end_line, "end_column": at.end_column,
            })
        });
        let labels: Vec<_> = at
            .iter()
            .map(|at| json!({ "at": at, "text": "" }))
            .collect();
        let line = json!({
            "code": it.code, "severity": "error", "message": it.message,
            "labels": labels, "help": it.help, "fix": null,
        });
        report::print(&line.to_string());
    }
}

fn finding(file: &Stale) -> Finding {
    let (message, line) = match (&file.before, &file.after) {
        (None, _) => ("the snapshot is missing".to_owned(), 1),
        (_, None) => ("the behaviour of the snapshot is gone".to_owned(), 1),
        (Some(before), Some(after)) => differs(before, after),
    };
    Finding {
        code: CODE.to_owned(),
        means: "a snapshot does not say what its behaviour says".to_owned(),
        level: Level::Error,
        message,
        at: Some(Place {
            file: file.path.display().to_string(),
            line,
            column: 1,
            end_line: line,
            end_column: 1,
        }),
        related: Vec::new(),
        help: HELP.to_owned(),
        fix: None,
        waived: None,
    }
}

/// How much differs, and the first line of the file that does.
fn differs(before: &str, after: &str) -> (String, usize) {
    let diff = TextDiff::from_lines(before, after);
    let (mut gone, mut come, mut first, mut line) = (0, 0, None, 1);
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Equal => line += 1,
            ChangeTag::Delete => {
                first.get_or_insert(line);
                (gone, line) = (gone + 1, line + 1);
            }
            ChangeTag::Insert => {
                first.get_or_insert(line);
                come += 1;
            }
        }
    }
    let message = format!(
        "the snapshot is stale: {} too many, {} missing",
        report::counted(gone, "line"),
        come
    );
    // What is missing at the end stands behind the last line.
    let lines = before.lines().count().max(1);
    (message, first.unwrap_or(1).min(lines))
}
