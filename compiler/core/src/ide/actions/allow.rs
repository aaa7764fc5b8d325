//! `allow CODE because "…"`, as near to a finding as it can stand.

use super::indentation;
use crate::diagnostic::{Diagnostic, Fix};
use crate::ide::Analysis;
use crate::source::Span;
use crate::syntax::ast;

/// The `allow` for a finding: behind the rule in which it lies, else first in its declaration, else
/// before that.
pub(super) fn add(analysis: &Analysis, finding: &Diagnostic) -> Option<Fix> {
    let at = finding.span();
    let (_, module) = analysis.module(at.file)?;
    let line = format!("allow {} because \"\"", finding.code);
    let (offset, replacement) = place(analysis, &module.file, at, &line);
    Some(Fix {
        span: Span {
            file: at.file,
            start: offset,
            end: offset,
        },
        replacement,
        title: format!("write `allow {} because …`", finding.code),
    })
}

fn place(analysis: &Analysis, file: &ast::File, at: Span, line: &str) -> (u32, String) {
    let Some(item) = file.item_at(at) else {
        return (0, format!("{line}\n\n"));
    };
    if let Some(rule) = rule_around(item, at) {
        let behind = rule.clauses.last().map_or(rule.prose.span, |it| it.span);
        let indented = indentation(analysis, rule.name.span);
        return (behind.end, format!("\n{indented}  {line}"));
    }
    let has_lines = item.kind.body().is_some()
        || matches!(
            item.kind,
            ast::ItemKind::Tool(_)
                | ast::ItemKind::Agent(_)
                | ast::ItemKind::Record(_)
                | ast::ItemKind::Entity(_)
        );
    let written = analysis.written(item.span);
    match written.find("{\n").filter(|_| has_lines) {
        Some(brace) => {
            let brace = u32::try_from(brace).unwrap_or_default();
            (item.span.start + brace + 1, format!("\n  {line}"))
        }
        None => {
            let start = item
                .docs
                .as_ref()
                .map_or(item.span.start, |docs| docs.span.start);
            (start, format!("{line}\n\n"))
        }
    }
}

/// The rule in which a place lies.
fn rule_around(item: &ast::Item, at: Span) -> Option<&ast::Rule> {
    let mut found = None;
    item.kind.body()?.visit(&mut |statement| {
        if let ast::StatementKind::Rule(rule) = &statement.kind
            && statement.span.holds(at)
        {
            found = Some(rule);
        }
    });
    found
}
