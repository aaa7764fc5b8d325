//! What the formatter must know of the grammar: where lines, clauses and lists start.

use std::collections::HashMap;

use pest::Parser;
use pest::iterators::Pair;

use super::grammar::{Grammar, Rule};

/// What starts at a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A declaration that may stand close to its like: `use`, `const`, `allow`.
    ShortItem,
    /// Any other declaration.
    Item,
    /// A statement, a field, an arm: what has a line of its own in an open body.
    Line,
    /// A clause or sample of a rule.
    Clause,
    /// The bracket of a list with commas.
    List,
    /// The brace of fields or cases, where commas mean nothing.
    Fields,
    /// The brace of `use`.
    Names,
    /// A word before which a line may be broken.
    Break,
    /// An `and` or `or`: all those of a condition are broken before, or none.
    Join,
}

/// The marks of a text that the grammar accepts, by their offsets.
pub(crate) fn outline(text: &str) -> HashMap<usize, Mark> {
    let mut marks = HashMap::new();
    let file = Grammar::parse(Rule::file, text)
        .ok()
        .and_then(|mut pairs| pairs.next());
    for pair in file.into_iter().flat_map(Pair::into_inner) {
        if pair.as_rule() == Rule::item {
            let short = pair.clone().into_inner().any(|inner| {
                matches!(inner.as_rule(), Rule::import | Rule::constant | Rule::allow)
            });
            let mark = if short { Mark::ShortItem } else { Mark::Item };
            walk(pair.clone(), &mut marks);
            marks.insert(pair.as_span().start(), mark);
        }
    }
    marks
}

fn walk(pair: Pair<'_, Rule>, marks: &mut HashMap<usize, Mark>) {
    let rule = pair.as_rule();
    for child in pair.into_inner() {
        let start = child.as_span().start();
        match (rule, child.as_rule()) {
            (Rule::rule_line, Rule::check | Rule::because | Rule::about | Rule::overrides)
            | (Rule::rule_line, Rule::at_least | Rule::allow | Rule::sample) => {
                marks.insert(start, Mark::Clause);
            }
            (Rule::enumeration, Rule::open) | (_, Rule::fields) => {
                marks.insert(start, Mark::Fields);
            }
            (_, Rule::case | Rule::field) => {
                marks.insert(start, Mark::Line);
                let name = child
                    .clone()
                    .into_inner()
                    .find(|inner| inner.as_rule() == Rule::name);
                let behind = name.map_or(start, |name| name.as_span().end());
                let brace = child
                    .as_str()
                    .get(behind - start..)
                    .and_then(|rest| rest.find('{'));
                if let Some(brace) = brace.filter(|_| child.as_rule() == Rule::case) {
                    marks.insert(behind + brace, Mark::Fields);
                }
            }
            (_, Rule::names) => {
                let brace = child.as_str().find('{').unwrap_or_default();
                marks.insert(start + brace, Mark::Names);
            }
            (
                _,
                Rule::params | Rule::args | Rule::list_value | Rule::record_value | Rule::pattern,
            ) => {
                marks.insert(start, Mark::List);
            }
            (_, Rule::k_where | Rule::k_returns | Rule::k_fails) => {
                marks.insert(start, Mark::Break);
            }
            (_, Rule::k_and | Rule::k_or) => {
                marks.insert(start, Mark::Join);
            }
            (_, line) if is_line(rule, line) => {
                marks.insert(start, Mark::Line);
            }
            _ => {}
        }
        walk(child, marks);
    }
}

/// Whether a part of a body has a line of its own.
fn is_line(parent: Rule, rule: Rule) -> bool {
    match parent {
        Rule::body | Rule::match_on => !matches!(rule, Rule::k_match | Rule::path | Rule::open),
        Rule::steps => rule == Rule::step,
        Rule::fields => rule == Rule::allow,
        _ => matches!(
            rule,
            Rule::tool_line
                | Rule::model_line
                | Rule::agent_line
                | Rule::target_arm
                | Rule::after_line
                | Rule::review_line
                | Rule::deliver_line
                | Rule::relay_line
                | Rule::campaign_line
                | Rule::example_line
        ),
    }
}
