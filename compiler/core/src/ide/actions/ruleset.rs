//! Rules of a behaviour, taken out into a ruleset that it follows.

use super::{Action, Purpose, indentation};
use crate::diagnostic::Fix;
use crate::ide::names::{self, Symbol};
use crate::ide::{Analysis, Change};
use crate::source::Span;
use crate::syntax::ast;

/// The selected rules as a ruleset before their behaviour. A ruleset sees none of the behaviour's
/// inputs, so rules that name one stay.
pub(super) fn extract(analysis: &Analysis, part: Span) -> Option<Action> {
    let (id, module) = analysis.module(part.file)?;
    let item = module.file.item_at(Span {
        end: part.start,
        ..part
    })?;
    let ast::ItemKind::Behaviour(behaviour) = &item.kind else {
        return None;
    };
    let selected = |it: &&ast::Statement| it.span.start < part.end && part.start < it.span.end;
    let statements: Vec<&ast::Statement> =
        behaviour.body.statements.iter().filter(selected).collect();
    let are_rules = statements
        .iter()
        .all(|it| matches!(it.kind, ast::StatementKind::Rule(_)));
    let (first, last) = (statements.first()?, statements.last()?);
    let whole = first.span.to(last.span);
    let names = analysis.names();
    let all = names::of_module(&names, id, module);
    let mut inside = all.iter().filter(|it| whole.holds(it.span));
    let bound = inside.any(|it| matches!(it.symbol, Symbol::Local { .. }));
    if !are_rules || bound {
        return None;
    }
    let name = format!("{}_rules", behaviour.name.text);
    names.lookup(id, &name).is_none().then(|| {
        let outer = indentation(analysis, first.span);
        let rules = analysis
            .written(whole)
            .replace(&format!("\n{outer}"), "\n  ");
        let start = item
            .docs
            .as_ref()
            .map_or(item.span.start, |docs| docs.span.start);
        let title = format!("take the rules out into the ruleset `{name}`");
        Action {
            title: title.clone(),
            purpose: Purpose::Rewrite,
            finding: None,
            change: Change {
                edits: vec![
                    Fix {
                        span: Span {
                            start,
                            end: start,
                            ..whole
                        },
                        replacement: format!("ruleset {name} {{\n  {rules}\n}}\n\n"),
                        title: title.clone(),
                    },
                    Fix {
                        span: whole,
                        replacement: format!("follow {name}"),
                        title,
                    },
                ],
            },
        }
    })
}
