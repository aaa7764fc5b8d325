//! Changes as findings, for the formats that other programs read.

use silex_compiler::diff::{Class, Side};

use super::source::Source;
use super::{Compared, Judged};
use crate::report::{Finding, Level, Place};

/// All changes, and what is to be said about the waivers.
pub(super) fn all(compared: &Compared) -> Vec<Finding> {
    let changes = compared.changes.iter().map(|it| finding(it, compared));
    let notes = compared.notes.iter().map(|note| Finding {
        code: "waiver".to_owned(),
        means: "a waiver ran out or is not needed".to_owned(),
        level: Level::Warning,
        message: note.clone(),
        at: None,
        related: Vec::new(),
        help: String::new(),
        fix: None,
        waived: None,
    });
    changes.chain(notes).collect()
}

fn finding(it: &Judged, compared: &Compared) -> Finding {
    let change = &it.change;
    let old = change.old.as_ref().map(|side| place(side, &compared.old));
    let new = change.new.as_ref().map(|side| place(side, &compared.new));
    let related = match (&new, &old) {
        (Some(_), Some(old)) => vec![(old.clone(), "it stood here".to_owned())],
        (Some(_), None) | (None, _) => Vec::new(),
    };
    Finding {
        code: change.kind.code.to_owned(),
        means: change.kind.means.to_owned(),
        level: level(it, compared),
        message: format!("`{}`: {}", change.subject, change.message),
        at: new.or(old),
        related,
        help: help(it),
        fix: None,
        waived: it.waived.clone(),
    }
}

/// How it was and is, and what else is known.
fn help(it: &Judged) -> String {
    let change = &it.change;
    let said = |word: &str, side: Option<&Side>| {
        let text = side.map_or("", |side| side.text.as_str());
        (!text.is_empty()).then(|| format!("{word}: {text}"))
    };
    let texts = [
        said("was", change.old.as_ref()),
        said("is", change.new.as_ref()),
    ];
    let lines = texts
        .into_iter()
        .flatten()
        .chain(super::text::details(change));
    lines.collect::<Vec<_>>().join("\n")
}

fn level(it: &Judged, compared: &Compared) -> Level {
    match it.change.class() {
        _ if compared.fails(it) => Level::Error,
        Class::Breaking | Class::Widened | Class::Weakened => Level::Warning,
        Class::Interface
        | Class::Narrowed
        | Class::Strengthened
        | Class::Reworded
        | Class::Renamed => Level::Note,
    }
}

fn place(side: &Side, source: &Source) -> Place {
    Place {
        file: source.path(&side.path),
        line: side.line,
        column: side.column,
        end_line: side.line,
        end_column: side.column,
    }
}
