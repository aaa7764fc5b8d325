//! Findings for programs: one JSON object a line.

use serde_json::{Value, json};
use silex_compiler::diagnostic::Diagnostic;
use silex_compiler::source::Span;

use crate::compile::Places;

/// A finding.
pub(crate) fn finding(finding: &Diagnostic, places: &Places) -> Value {
    let place = |span: Span| {
        let (line, column) = places.line_column(span);
        let (end_line, end_column) = places.line_column(Span {
            start: span.end,
            ..span
        });
        json!({
            "file": places.path(span.file), "line": line, "column": column,
            "end_line": end_line, "end_column": end_column, "start": span.start, "end": span.end,
        })
    };
    let labels: Vec<_> = finding
        .labels
        .iter()
        .map(|label| json!({ "at": place(label.span), "text": label.text }))
        .collect();
    let fix = finding.fix.as_ref();
    let fix = fix.map(
        |fix| json!({ "at": place(fix.span), "replacement": fix.replacement, "title": fix.title }),
    );
    json!({
        "code": finding.code, "severity": finding.severity, "message": finding.message,
        "labels": labels, "help": finding.help, "fix": fix,
    })
}
