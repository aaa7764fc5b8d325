//! Changes that an author can ask for at a place: what findings offer, and what only an author can
//! decide.

mod allow;
mod arms;
mod guard;
mod ruleset;

use super::{Analysis, Change};
use crate::diagnostic::{Diagnostic, Fix};
use crate::lint;
use crate::source::Span;

/// What an action is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It mends a finding.
    Mend,
    /// It says that a finding is meant so.
    Allow,
    /// It changes how something is written, and not what it says.
    Rewrite,
    /// It makes all changes of its kind in the file.
    All,
}

/// A change that is offered.
#[derive(Debug, Clone, PartialEq)]
pub struct Action {
    /// What it does, as an imperative.
    pub title: String,
    /// What it is for.
    pub purpose: Purpose,
    /// The number, among the findings of the package, of the one that it answers.
    pub finding: Option<usize>,
    /// What it changes.
    pub change: Change,
}

/// What is offered for a part of a file.
#[must_use]
pub fn at(analysis: &Analysis, part: Span) -> Vec<Action> {
    let mut actions = Vec::new();
    for (number, finding) in analysis.found().iter().enumerate() {
        let at = finding.span();
        let meets = at.file == part.file && at.start <= part.end && part.start <= at.end;
        if meets {
            actions.extend(of_finding(analysis, number, finding));
        }
    }
    actions.extend(ruleset::extract(analysis, part));
    actions.extend(all_in_file(analysis, part));
    actions
}

fn of_finding(analysis: &Analysis, number: usize, finding: &Diagnostic) -> Vec<Action> {
    let mend = |title: String, edits: Vec<Fix>| Action {
        title,
        purpose: Purpose::Mend,
        finding: Some(number),
        change: Change { edits },
    };
    let mut actions = Vec::new();
    if let Some(fix) = &finding.fix {
        actions.push(mend(fix.title.clone(), vec![fix.clone()]));
    }
    if finding.code == "missing-cases" {
        actions.extend(arms::add(analysis, finding).map(|fix| mend(fix.title.clone(), vec![fix])));
    }
    if finding.code == "maybe-none" {
        let guards = guard::add(analysis, finding).into_iter();
        actions.extend(guards.map(|(title, edits)| mend(title, edits)));
    }
    if lint::find(finding.code).is_some() && finding.code != "unused-allow" {
        actions.extend(allow::add(analysis, finding).map(|fix| Action {
            purpose: Purpose::Allow,
            ..mend(fix.title.clone(), vec![fix])
        }));
    }
    actions
}

/// All changes that lints offer in the file, if they offer some that do not meet.
fn all_in_file(analysis: &Analysis, part: Span) -> Option<Action> {
    let of_lints = analysis
        .found()
        .iter()
        .filter(|it| lint::find(it.code).is_some());
    let mut fixes: Vec<&Fix> = of_lints.filter_map(|it| it.fix.as_ref()).collect();
    fixes.retain(|fix| fix.span.file == part.file);
    fixes.sort_by_key(|fix| fix.span);
    let mut edits: Vec<Fix> = Vec::new();
    for fix in fixes {
        if edits
            .last()
            .is_none_or(|last| last.span.end < fix.span.start)
        {
            edits.push(fix.clone());
        }
    }
    (edits.len() > 1).then(|| Action {
        title: format!(
            "make all {} changes that lints offer in this file",
            edits.len()
        ),
        purpose: Purpose::All,
        finding: None,
        change: Change { edits },
    })
}

/// The blanks before the line of a place.
fn indentation(analysis: &Analysis, at: Span) -> &str {
    let text = analysis.text(at.file);
    let before = text.get(..at.start as usize).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(line..).unwrap_or_default();
    &line[..line.len() - line.trim_start_matches(' ').len()]
}
