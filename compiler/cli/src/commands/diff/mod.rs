//! `silex diff`: what changed between two packages, and how much it matters.

mod findings;
mod json;
mod markdown;
mod source;
mod text;
mod waivers;

use std::path::{Path, PathBuf};

use silex_compiler::diff::{self, Class, Cost};

use crate::report::{self, Format, Output};
use crate::{Ended, Failure};
use source::{Named, Source};
use waivers::Judged;

/// Arguments of `silex diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex diff HEAD                            the last commit with what is here
  silex diff main HEAD                       two revisions of the package here
  silex diff v1.2:examples/aleik examples/aleik
  silex diff old.bundle.json new.bundle.json
  silex diff main --format markdown          a comment for a pull request

A file of waivers is a list in YAML:
  - code: gate-removed
    subject: tools.credit_account   # may be left out
    reason: the desk credits by hand until the new tool is there
    expires: 2027-03-01

Exit status: 0 nothing that fails, 1 the tool failed, 2 changes that fail, or
errors in the new package.")]
pub(crate) struct Arguments {
    /// A bundle file, a folder, or a revision: `main`, `HEAD~2`, `v1.2:PATH`.
    old: String,
    /// The same for the new side [default: the package in this folder].
    new: Option<String>,
    /// How changes are written: text, json, markdown, github, sarif or junit.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Output,
    /// Changes that fail: breaking, weakened (breaking, weakened and permission
    /// widened), any, or none.
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        value_name = "CLASS"
    )]
    fail_on: FailOn,
    /// Changes that were agreed to, with a reason and a last day.
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
}

/// Which changes fail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    #[default]
    Breaking,
    Weakened,
    Any,
    None,
}

impl FailOn {
    fn holds_for(self, class: Class) -> bool {
        match self {
            Self::None => false,
            Self::Breaking => class == Class::Breaking,
            Self::Weakened => matches!(class, Class::Breaking | Class::Widened | Class::Weakened),
            Self::Any => true,
        }
    }
}

/// Two packages and what changed between them.
struct Compared {
    old: Source,
    new: Source,
    changes: Vec<Judged>,
    costs: Vec<Cost>,
    /// What is to be said about the waivers.
    notes: Vec<String>,
    fail_on: FailOn,
}

impl Compared {
    /// Whether a change makes the command fail.
    fn fails(&self, it: &Judged) -> bool {
        it.waived.is_none() && self.fail_on.holds_for(it.change.class())
    }

    /// The changes of a class.
    fn of(&self, class: Class) -> Vec<&Judged> {
        let changes = self.changes.iter();
        changes.filter(|it| it.change.class() == class).collect()
    }

    /// How many changes of each class there are, and how many are waived.
    fn summary(&self) -> String {
        let classes = Class::ALL.into_iter().filter_map(|class| {
            let count = self.of(class).len();
            (count > 0).then(|| format!("{count} {}", class.name()))
        });
        let waived = self.changes.iter().filter(|it| it.waived.is_some()).count();
        let waived = (waived > 0).then(|| format!("{waived} of them waived"));
        let all: Vec<_> = classes.chain(waived).collect();
        if all.is_empty() {
            "no change".to_owned()
        } else {
            all.join(", ")
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let waivers = match &arguments.waivers {
        Some(path) => waivers::read(path)?,
        None => Vec::new(),
    };
    let here = arguments.new.as_deref().unwrap_or(".");
    let folder = Source::folder(here).or_else(|| Source::folder(&arguments.old));
    let folder = folder.unwrap_or(Path::new("."));
    let (old, new) = source::compile(
        Named::read(&arguments.old, folder)?,
        Named::read(here, folder)?,
    );
    if let (None, Source::Compiled(compiled, _)) = (old.bundle(), &old) {
        compiled.report(Format::Text);
        return Err(Failure::new(format!(
            "the package at `{}` has errors, so nothing can be compared with it",
            arguments.old
        )));
    }
    if let (None, Source::Compiled(compiled, _)) = (new.bundle(), &new) {
        return Ok(compiled.report(arguments.format.into()));
    }
    let (Some(before), Some(now)) = (old.bundle(), new.bundle()) else {
        return Ok(Ended::Findings);
    };
    let difference = diff::compare(before, now, old.cap().max(new.cap()));
    let today = jiff::Zoned::now().date();
    let (changes, notes) = waivers::apply(difference.changes, &waivers, today);
    let compared = Compared {
        old,
        new,
        changes,
        costs: difference.costs,
        notes,
        fail_on: arguments.fail_on,
    };
    match arguments.format {
        Output::Text => text::write(&compared),
        Output::Json => json::write(&compared),
        Output::Markdown => report::print(&markdown::comment(&compared)),
        Output::Github | Output::Sarif | Output::Junit => {
            report::document(&findings::all(&compared), arguments.format.into());
        }
    }
    let fails = compared.changes.iter().any(|it| compared.fails(it));
    Ok(if fails { Ended::Findings } else { Ended::Clean })
}
