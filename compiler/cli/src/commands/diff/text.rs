//! Changes for people on a terminal.

use silex_compiler::diff::{Change, Class, Cost};

use super::{Compared, Judged};
use crate::report;
use crate::style::{bold, dim, green, red};

/// Most examples that are named; the rest is counted.
const NAMED: usize = 5;

/// Writes all changes by class, and a summary beside them.
pub(super) fn write(compared: &Compared) {
    for class in Class::ALL {
        let changes = compared.of(class);
        if changes.is_empty() {
            continue;
        }
        let heading = bold(class.name());
        report::print(&match class {
            Class::Breaking | Class::Widened | Class::Weakened => red(&heading),
            Class::Narrowed | Class::Strengthened => green(&heading),
            Class::Interface | Class::Reworded | Class::Renamed => heading,
        });
        for it in changes {
            one(it, compared);
        }
        report::print("");
    }
    if !compared.costs.is_empty() {
        report::print(&bold("prompts, in estimated tokens of words"));
    }
    for cost in &compared.costs {
        report::print(&format!("  {}  {}", bold(&cost.behaviour), tokens(cost)));
    }
    if !compared.costs.is_empty() {
        report::print("");
    }
    for note in &compared.notes {
        report::note(note);
    }
    report::note(&compared.summary());
}

/// How long the prompts of a behaviour were and are, and what of them can be cached.
pub(super) fn tokens(cost: &Cost) -> String {
    let (old, new) = (cost.old, cost.new);
    let cached = match old.cached == new.cached {
        true => String::new(),
        false => format!(
            "; {} at the beginning can be cached, before {}",
            new.cached, old.cached
        ),
    };
    format!("{}, before {}{cached}", new.words, old.words)
}

fn one(it: &Judged, compared: &Compared) {
    let change = &it.change;
    let new = change.new.as_ref().map(|side| (side, &compared.new));
    let at = new.or(change.old.as_ref().map(|side| (side, &compared.old)));
    let at = at.filter(|(side, _)| !side.path.is_empty());
    let at = at.map(|(side, source)| format!("  {}:{}", source.path(&side.path), side.line));
    let place = dim(&format!("{}  {}", at.unwrap_or_default(), change.kind.code));
    report::print(&format!("  {}{place}", bold(&change.subject)));
    report::print(&format!("    {}", change.message));
    for (sign, side, colour) in [
        ("-", &change.old, red as fn(&str) -> String),
        ("+", &change.new, green),
    ] {
        for line in side.iter().flat_map(|side| side.text.lines()) {
            report::print(&format!("    {}", colour(&format!("{sign} {line}"))));
        }
    }
    for line in details(change) {
        report::print(&dim(&format!("    {line}")));
    }
    if let Some(why) = &it.waived {
        report::print(&green(&format!("    waived: {why}")));
    }
}

/// What else is known of a change, a line each.
pub(super) fn details(change: &Change) -> Vec<String> {
    let affects = &change.affects;
    let witness = change.witness.as_ref();
    let witness = witness.map(|it| format!("it makes a difference for: {it}"));
    let is_itself = |name: &&String| change.subject == **name;
    let others: Vec<_> = affects
        .behaviours
        .iter()
        .filter(|it| !is_itself(it))
        .collect();
    let behaviours = (!others.is_empty()).then(|| format!("it touches {}", named(&others)));
    let examples: Vec<_> = affects.examples.iter().collect();
    let examples = (!examples.is_empty()).then(|| format!("run again: {}", named(&examples)));
    let all = [witness, behaviours, examples];
    all.into_iter().flatten().collect()
}

fn named(names: &[&String]) -> String {
    let first = names.iter().take(NAMED).map(|name| format!("`{name}`"));
    let more = names.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("{more} more"));
    first.chain(more).collect::<Vec<_>>().join(", ")
}
