//! `near-topic`: a topic that only one rule speaks of is spelled almost like another.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::edit_distance::distance;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::resolve::ModuleId;
use crate::syntax::ast::{AboutKind, Name};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "near-topic",
    level: Level::Warn,
    explain: include_str!("near_topic.md"),
    check: Check::Written(check),
};

/// The topics of a module: how often each is spoken of, and where first.
type Topics<'a> = BTreeMap<&'a str, (usize, &'a Name)>;

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut modules: BTreeMap<ModuleId, Topics<'_>> = BTreeMap::new();
    for (item, about) in &index.abouts {
        let module = index.item(*item).map(|item| item.module);
        if let (AboutKind::Topic, Some(module)) = (about.kind, module) {
            let topics = modules.entry(module).or_default();
            topics.entry(&about.name.text).or_insert((0, &about.name)).0 += 1;
        }
    }
    modules.values().flat_map(near).collect()
}

fn near(topics: &Topics<'_>) -> Vec<Diagnostic> {
    let alone = topics.iter().filter(|(_, (count, _))| *count == 1);
    alone
        .filter_map(|(topic, (_, name))| {
            let (other, (_, first)) = topics.iter().find(|(other, (count, first))| {
                *other != topic
                    && topic.len().min(other.len()) > 3
                    && distance(topic, other) <= 1 + topic.len() / 8
                    // Of two that stand alone the later is the slip.
                    && (*count > 1 || first.span < name.span)
            })?;
            let message = format!("only this rule speaks of `{topic}`");
            Some(
                Diagnostic::warning(LINT.code, name.span, message)
                    .label(first.span, format!("`{other}` is almost the same"))
                    .did_you_mean(Some(other)),
            )
        })
        .collect()
}
