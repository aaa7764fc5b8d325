//! Changes for people on a terminal.

use std::cmp::Ordering;

use silex_compiler::diff::{Change, Class, Cost, Shown, Size};

use super::{Compared, Judged};
use crate::report;
use crate::style::{bold, dim, green, red};

/// Most behaviours, and most examples, that are named; the rest is counted.
const NAMED: usize = 5;

/// Writes all changes by class, and a summary beside them.
pub(super) fn write(compared: &Compared) {
    let mut lines = Vec::new();
    for class in Class::ALL {
        let changes = compared.of(class);
        if changes.is_empty() {
            continue;
        }
        let heading = bold(class.name());
        lines.push(match class {
            Class::Breaking | Class::Widened | Class::Weakened => red(&heading),
            Class::Narrowed | Class::Strengthened => green(&heading),
            Class::Interface | Class::Reworded | Class::Renamed => heading,
        });
        for it in changes {
            one(it, compared, &mut lines);
        }
        lines.push(String::new());
    }
    if !compared.costs.is_empty() {
        lines.push(bold("prompts, in tokens"));
        let costs = compared.costs.iter();
        lines.extend(costs.map(|it| format!("  {}  {}", bold(&it.behaviour), tokens(it))));
        lines.push(String::new());
    }
    report::print_lines(&lines);
    for note in &compared.notes {
        report::note(note);
    }
    report::note(&compared.summary());
}

/// How long the prompts of a behaviour were and are, and what of them can be cached.
pub(super) fn tokens(cost: &Cost) -> String {
    let (old, new) = (cost.old, cost.new);
    let taken = |size: Size| {
        let most = size.most;
        let range = match size.least == most {
            true => most.to_string(),
            false => format!("{}..{most}", size.least),
        };
        format!("{range} ({})", size.counted)
    };
    let taken = match taken(old) == taken(new) {
        true => taken(new),
        false => format!("{}, before {}", taken(new), taken(old)),
    };
    let (before, now) = (old.cached, new.cached);
    let cached = match now.cmp(&before) {
        Ordering::Equal => String::new(),
        Ordering::Less => format!("; {} fewer at the beginning can be cached", before - now),
        Ordering::Greater => format!("; {} more at the beginning can be cached", now - before),
    };
    let cached = match cached.is_empty() {
        true => cached,
        false => format!("{cached}: {now}, before {before} (estimated)"),
    };
    format!("{taken}{cached}")
}

fn one(it: &Judged, compared: &Compared, lines: &mut Vec<String>) {
    let change = &it.change;
    let new = change.new.as_ref().map(|side| (side, &compared.new));
    let at = new.or(change.old.as_ref().map(|side| (side, &compared.old)));
    let at = at.filter(|(side, _)| !side.path.is_empty());
    let at = at.map(|(side, source)| format!("  {}:{}", source.path(&side.path), side.line));
    let place = dim(&format!("{}  {}", at.unwrap_or_default(), change.kind.code));
    lines.push(format!("  {}{place}", bold(&change.subject)));
    lines.push(format!("    {}", change.message));
    for (sign, side, colour) in [
        ("-", &change.old, red as fn(&str) -> String),
        ("+", &change.new, green),
    ] {
        let stood = side.iter().flat_map(|side| side.text.lines());
        lines.extend(stood.map(|line| format!("    {}", colour(&format!("{sign} {line}")))));
    }
    let details = details(change).into_iter();
    lines.extend(details.map(|line| dim(&format!("    {line}"))));
    let waived = it.waived.as_ref();
    lines.extend(waived.map(|why| green(&format!("    waived: {why}"))));
}

/// What else is known of a change, a line each.
pub(super) fn details(change: &Change) -> Vec<String> {
    let affects = &change.affects;
    let witness = change.witness.as_ref();
    let witness = witness.map(|it| format!("it makes a difference for: {it}"));
    let variants = affects.variants.iter().take(NAMED).map(shown);
    let is_told = |name: &String| {
        let mut told = affects.variants.iter().take(NAMED);
        change.subject == *name || told.any(|it| it.behaviour == *name)
    };
    let others = affects.behaviours.iter().filter(|it| !is_told(it));
    let others: Vec<_> = others.collect();
    let behaviours = (!others.is_empty()).then(|| format!("it touches {}", named(&others)));
    let examples: Vec<_> = affects.examples.iter().collect();
    let examples = (!examples.is_empty()).then(|| format!("run again: {}", named(&examples)));
    let first = witness.into_iter().chain(variants);
    first.chain(behaviours).chain(examples).collect()
}

/// In which variants of a behaviour a change shows.
fn shown(it: &Shown) -> String {
    let least = if it.exact { "" } else { "at least " };
    let stands = if it.gone {
        "it stood in"
    } else {
        "it shows in"
    };
    let behaviour = &it.behaviour;
    let numbers = match (it.count, it.of) {
        (1, 1) if it.exact => "the one variant".to_owned(),
        (count, of) if it.exact && count == of => format!("all {of} variants"),
        (count, of) => format!("{least}{count} of {least}{of} variants"),
    };
    let more = it.count.saturating_sub(it.first.len() as u64);
    let more = (more > 0 && !it.first.is_empty()).then(|| format!("{more} more"));
    let hashes = it.first.iter().map(|hash| format!("`{hash}`"));
    let hashes: Vec<_> = hashes.chain(more).collect();
    let hashes = match hashes.is_empty() {
        true => String::new(),
        false => format!(": {}", hashes.join(", ")),
    };
    format!("{stands} {numbers} of `{behaviour}`{hashes}")
}

fn named(names: &[&String]) -> String {
    let first = names.iter().take(NAMED).map(|name| format!("`{name}`"));
    let more = names.len().saturating_sub(NAMED);
    let more = (more > 0).then(|| format!("{more} more"));
    first.chain(more).collect::<Vec<_>>().join(", ")
}
