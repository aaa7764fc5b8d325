//! A guard for what may be none.

use super::indentation;
use crate::diagnostic::{Diagnostic, Fix};
use crate::ide::Analysis;
use crate::source::Span;
use crate::syntax::ast;

/// `when … is some` around the statement in which something may be none, and in a hole a default.
pub(super) fn add(analysis: &Analysis, finding: &Diagnostic) -> Vec<(String, Vec<Fix>)> {
    let at = finding.span();
    let mut offered = Vec::new();
    let Some(part) = finding.message.split('`').nth(1) else {
        return offered;
    };
    let Some(item) = analysis
        .module(at.file)
        .and_then(|(_, it)| it.file.item_at(at))
    else {
        return offered;
    };
    let Some(statement) = statement_around(item, at) else {
        return offered;
    };
    let title = format!("put the line under `when {part} is some`");
    let indented = indentation(analysis, statement);
    let deeper = analysis.written(statement).replace('\n', "\n  ");
    let guarded = format!("when {part} is some {{\n{indented}  {deeper}\n{indented}}}");
    offered.push((
        title.clone(),
        vec![Fix {
            span: statement,
            replacement: guarded,
            title,
        }],
    ));
    offered
}

/// The innermost statement in which a place lies, if it is no branch itself.
fn statement_around(item: &ast::Item, at: Span) -> Option<Span> {
    let mut found = None;
    item.kind.body()?.visit(&mut |statement| {
        if statement.span.holds(at) {
            found = Some(statement.span);
        }
    });
    found
}
