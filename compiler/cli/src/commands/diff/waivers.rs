//! Waivers: changes that somebody agreed to, why, and until when.
//!
//! A waiver that ran out, or that no change needed, is told: a list of exceptions that nobody reads
//! is a hole.

use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use silex_compiler::diff::{self, Change};
use silex_compiler::edit_distance::nearest;

use crate::{Failure, files};

/// A change that somebody agreed to.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waiver {
    /// The kind of change.
    pub(super) code: String,
    /// What changed; anything when it is left out.
    #[serde(default)]
    pub(super) subject: Option<String>,
    /// Why it is agreed to.
    pub(super) reason: String,
    /// The last day on which it counts.
    pub(super) expires: Date,
}

impl Waiver {
    /// What it waives, in words.
    fn name(&self) -> String {
        let of = self
            .subject
            .as_ref()
            .map(|subject| format!(" of `{subject}`"));
        format!("the waiver for `{}`{}", self.code, of.unwrap_or_default())
    }

    fn is_for(&self, change: &Change) -> bool {
        let is_subject = |subject: &String| *subject == change.subject;
        self.code == change.kind.code && self.subject.as_ref().is_none_or(is_subject)
    }
}

/// A change and, if somebody agreed to it, why.
pub(super) struct Judged {
    pub(super) change: Change,
    pub(super) waived: Option<String>,
}

/// Reads a file of waivers.
pub(super) fn read(path: &Path) -> Result<Vec<Waiver>, Failure> {
    let text = String::from_utf8(files::bytes(path)?).map_err(|error| Failure::at(path, error))?;
    // A file of comments alone waives nothing.
    let waivers: Option<Vec<Waiver>> = serde_yaml::from_str(&text).map_err(|error| {
        if text.lines().any(|line| line.starts_with('-')) {
            Failure::at(path, error)
        } else {
            Failure::at(path, "it is no list: each waiver begins with `- code: …`")
        }
    })?;
    let waivers = waivers.unwrap_or_default();
    for waiver in &waivers {
        if diff::of_code(&waiver.code).is_none() {
            let near = nearest(&waiver.code, diff::kinds().map(|kind| kind.code));
            let near = near.map(|code| format!("; did you mean `{code}`?"));
            let message = format!(
                "no change is called `{}`{}",
                waiver.code,
                near.unwrap_or_default()
            );
            return Err(Failure::at(path, message));
        }
        if waiver.reason.trim().is_empty() {
            return Err(Failure::at(
                path,
                format!("{} gives no reason", waiver.name()),
            ));
        }
    }
    Ok(waivers)
}

/// The changes with the waivers applied, and what there is to say about the waivers.
pub(super) fn apply(
    changes: Vec<Change>,
    waivers: &[Waiver],
    today: Date,
) -> (Vec<Judged>, Vec<String>) {
    let judged = changes.into_iter().map(|change| {
        let mut fitting = waivers
            .iter()
            .filter(|it| it.is_for(&change) && it.expires >= today);
        let waived = fitting.next().map(|it| it.reason.clone());
        Judged { change, waived }
    });
    let judged: Vec<Judged> = judged.collect();
    let notes = waivers.iter().filter_map(|waiver| {
        let is_needed = judged.iter().any(|it| waiver.is_for(&it.change));
        let name = waiver.name();
        match (waiver.expires < today, is_needed) {
            (true, true) => Some(format!(
                "{name} ran out on {} and does not count",
                waiver.expires
            )),
            (true, false) => Some(format!(
                "{name} ran out on {} and is not needed; take it out",
                waiver.expires
            )),
            (false, false) => Some(format!("{name} is not needed; take it out")),
            (false, true) => None,
        }
    });
    let notes = notes.collect();
    (judged, notes)
}
