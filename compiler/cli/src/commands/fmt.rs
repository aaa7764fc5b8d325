//! `silex fmt`: specs in their canonical form.
//!
//! Nothing is written before all is formed, and a package is written only if the bundle that it
//! builds means what it meant before.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::json;
use silex_compiler::diagnostic::Diagnostic;
use silex_compiler::source::FileId;
use silex_compiler::syntax::decode;
use similar::TextDiff;

use crate::compile::Places;
use crate::report::{self, Form};
use crate::style::{dim, green, red};
use crate::{Ended, Failure, files};

/// Arguments of `silex fmt`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex fmt examples/aleik               rewrite what is not in its form
  silex fmt --check specs/mail.silex     say so, show it, and change nothing
  silex fmt - < specs/mail.silex         from standard input to standard output

Exit status: 0 in form, 1 the tool failed, 2 errors or, with --check, not in form.")]
pub(crate) struct Arguments {
    /// Folders and `.silex` files; `-` is standard input.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Change nothing: show what would change.
    #[arg(long)]
    check: bool,
    /// How the files and their findings are written: text, or json, an object a line.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Form,
}

/// A file and what the formatter makes of it.
struct Formed {
    path: PathBuf,
    before: String,
    /// Its form, or why it has none.
    after: Result<String, Vec<Diagnostic>>,
}

impl Formed {
    fn of(path: PathBuf, bytes: &[u8]) -> Self {
        let (before, wrong) = decode(FileId(0), bytes);
        let after = if wrong.is_empty() {
            silex_compiler::format::format(&before)
        } else {
            Err(wrong)
        };
        Self {
            path,
            before,
            after,
        }
    }

    /// The new text of a file that is not in its form.
    fn change(&self) -> Option<&str> {
        let after = self.after.as_deref().ok()?;
        (after != self.before).then_some(after)
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    if arguments.paths == [Path::new("-")] {
        return pass_through(arguments);
    }
    let mut all = Vec::new();
    for path in paths(&arguments.paths)? {
        let bytes = files::bytes(&path)?;
        all.push(Formed::of(path, &bytes));
    }
    prove(&all)?;
    let mut ended = Ended::Clean;
    for formed in &all {
        if let Err(found) = &formed.after {
            ended = Ended::Findings;
            let places = Places::alone(&formed.path, formed.before.clone());
            report::findings(found, &places, arguments.format.into());
        }
        let Some(after) = formed.change() else {
            continue;
        };
        tell(formed, arguments);
        if arguments.check {
            ended = Ended::Findings;
        } else {
            files::write(&formed.path, after.as_bytes())?;
        }
    }
    sum_up(&all, arguments, ended);
    Ok(ended)
}

/// Standard input to standard output.
fn pass_through(arguments: &Arguments) -> Result<Ended, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(format!("standard input: {error}")))?;
    let formed = Formed::of(PathBuf::from("-"), &bytes);
    match &formed.after {
        Err(found) => {
            let places = Places::alone(&formed.path, formed.before.clone());
            report::findings(found, &places, arguments.format.into());
            Ok(Ended::Findings)
        }
        Ok(_) if arguments.check && formed.change().is_none() => Ok(Ended::Clean),
        Ok(_) if arguments.check => {
            tell(&formed, arguments);
            Ok(Ended::Findings)
        }
        Ok(after) => {
            report::print_as_it_is(after);
            Ok(Ended::Clean)
        }
    }
}

fn paths(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in given {
        if path == Path::new("-") {
            return Err(Failure::new("`-` is standard input and stands alone"));
        }
        let found = if path.is_dir() {
            files::modules(&files::Disk, path)?
        } else {
            vec![path.clone()]
        };
        if found.is_empty() {
            return Err(Failure::new(format!(
                "there are no `.silex` files in {}",
                path.display()
            )));
        }
        all.extend(found);
    }
    Ok(all)
}

/// Builds every package that would change before and after, and compares what they mean.
fn prove(all: &[Formed]) -> Result<(), Failure> {
    let mut changes: BTreeMap<PathBuf, Vec<(PathBuf, &str)>> = BTreeMap::new();
    for formed in all {
        let Some(after) = formed.change() else {
            continue;
        };
        let path =
            fs::canonicalize(&formed.path).map_err(|error| Failure::at(&formed.path, error))?;
        if let Some(root) = files::root(&path) {
            changes.entry(root).or_default().push((path, after));
        }
    }
    for (root, changes) in changes {
        // A package that cannot be read has no bundle; each file has kept its tree.
        let Ok(before) = files::package(&root) else {
            continue;
        };
        let mut after = before.clone();
        for (path, text) in changes {
            let file = after
                .files
                .iter_mut()
                .find(|file| root.join(&file.path) == path);
            if let Some(file) = file {
                file.bytes = text.as_bytes().to_vec();
            }
        }
        if !silex_compiler::keeps_meaning(&before, &after) {
            return Err(Failure::new(format!(
                "formatting would change the bundle of {}: nothing was written, and this is a mistake in silex",
                root.display()
            )));
        }
    }
    Ok(())
}

/// Says that a file is not in its form, and with `--check` how.
fn tell(formed: &Formed, arguments: &Arguments) {
    match arguments.format {
        Form::Json => {
            report::print(&json!({ "file": formed.path, "changed": true }).to_string());
        }
        Form::Text => {
            report::print(&formed.path.display().to_string());
            if let Some(after) = formed.change().filter(|_| arguments.check) {
                show(&formed.before, after);
            }
        }
    }
}

/// The lines that would change, as a diff.
fn show(before: &str, after: &str) {
    let diff = TextDiff::from_lines(before, after);
    for line in diff.unified_diff().context_radius(1).to_string().lines() {
        report::print(&match line.as_bytes().first() {
            Some(b'@') => dim(line),
            Some(b'-') => red(line),
            Some(b'+') => green(line),
            _ => line.to_owned(),
        });
    }
}

fn sum_up(all: &[Formed], arguments: &Arguments, ended: Ended) {
    let changed = all.iter().filter(|it| it.change().is_some()).count();
    if arguments.format != Form::Text || ended != Ended::Clean && changed == 0 {
        return;
    }
    let count = report::counted(all.len(), "file");
    report::note(&match (changed, arguments.check) {
        (0, _) => format!("{count} in form"),
        (changed, true) => format!("{changed} of {count} not in form"),
        (changed, false) => format!("{changed} of {count} rewritten"),
    });
}
