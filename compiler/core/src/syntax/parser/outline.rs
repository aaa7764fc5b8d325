//! What the formatter must know of the grammar: where lines, clauses and lists start.

use pest::iterators::{Pair, Pairs};

use super::grammar::Rule;

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

/// Marks by the bytes that they stand at, in order, one at each.
pub(crate) type Outline = Vec<(usize, Mark)>;

/// The marks of a file.
pub(super) fn outline(file: Pairs<'_, Rule>) -> Outline {
    let mut marks = Vec::new();
    for pair in file.flat_map(Pair::into_inner) {
        if pair.as_rule() == Rule::item {
            let short = pair.clone().into_inner().any(|inner| {
                matches!(inner.as_rule(), Rule::import | Rule::constant | Rule::allow)
            });
            let (start, mark) = (
                pair.as_span().start(),
                if short { Mark::ShortItem } else { Mark::Item },
            );
            walk(pair, &mut marks);
            marks.push((start, mark));
        }
    }
    // Where several stand at a byte, the last is meant.
    marks.reverse();
    marks.sort_by_key(|(at, _)| *at);
    marks.dedup_by_key(|(at, _)| *at);
    marks
}

fn walk(pair: Pair<'_, Rule>, marks: &mut Outline) {
    let rule = pair.as_rule();
    for child in pair.into_inner() {
        let start = child.as_span().start();
        match (rule, child.as_rule()) {
            (Rule::rule_line, Rule::check | Rule::because | Rule::about | Rule::overrides)
            | (Rule::rule_line, Rule::at_least | Rule::allow | Rule::sample) => {
                marks.push((start, Mark::Clause));
            }
            (Rule::enumeration, Rule::open) | (_, Rule::fields) => {
                marks.push((start, Mark::Fields));
            }
            (_, Rule::case | Rule::field) => {
                marks.push((start, Mark::Line));
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
                    marks.push((behind + brace, Mark::Fields));
                }
            }
            (_, Rule::names) => {
                let brace = child.as_str().find('{').unwrap_or_default();
                marks.push((start + brace, Mark::Names));
            }
            (
                _,
                Rule::params | Rule::args | Rule::list_value | Rule::record_value | Rule::pattern,
            ) => {
                marks.push((start, Mark::List));
            }
            (_, Rule::k_where | Rule::k_returns | Rule::k_fails) => {
                marks.push((start, Mark::Break));
            }
            (_, Rule::k_and | Rule::k_or) => {
                marks.push((start, Mark::Join));
            }
            (_, line) if is_line(rule, line) => {
                marks.push((start, Mark::Line));
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
