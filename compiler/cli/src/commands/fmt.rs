//! `silex fmt`: specs in their canonical form.

use std::path::{Path, PathBuf};

use serde_json::json;
use silex_compiler::diagnostic::Diagnostic;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::compile::Places;
use crate::report::{self, Format};
use crate::style::{dim, green, red};
use crate::{Ended, Failure, files};

/// Arguments of `silex fmt`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex fmt examples/aleik               rewrite what is not in its form
  silex fmt --check specs/mail.silex     say so, and change nothing

Exit status: 0 in form, 1 the tool failed, 2 errors or, with --check, not in form.")]
pub(crate) struct Arguments {
    /// Folders and `.silex` files.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,
    /// Change nothing: show what would change.
    #[arg(long)]
    check: bool,
    /// How the files and their findings are written: text, or json, an object a line.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
}

/// What the formatter makes of a file.
enum Formed {
    Same,
    Changed {
        before: String,
        after: String,
    },
    Broken {
        found: Vec<Diagnostic>,
        text: String,
    },
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let mut ended = Ended::Clean;
    let (mut count, mut changed) = (0, 0);
    for path in all(&arguments.paths)? {
        count += 1;
        match form(&path)? {
            Formed::Same => {}
            Formed::Changed { before, after } => {
                changed += 1;
                match arguments.format {
                    Format::Text => report::print(&path.display().to_string()),
                    Format::Json => {
                        report::print(&json!({ "file": path, "changed": true }).to_string())
                    }
                }
                if arguments.check {
                    ended = Ended::Findings;
                } else {
                    files::write(&path, after.as_bytes())?;
                }
                if arguments.check && arguments.format == Format::Text {
                    show(&before, &after);
                }
            }
            Formed::Broken { found, text } => {
                ended = Ended::Findings;
                report::findings(&found, &Places::alone(&path, text), arguments.format);
            }
        }
    }
    if arguments.format == Format::Text && ended == Ended::Clean || changed > 0 {
        let would = if arguments.check {
            "not in form"
        } else {
            "rewritten"
        };
        report::note(&match changed {
            0 => format!("{} in form", report::counted(count, "file")),
            changed => format!("{changed} of {} {would}", report::counted(count, "file")),
        });
    }
    Ok(ended)
}

fn all(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let found = if path.is_dir() {
            files::modules(path)?
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

fn form(path: &Path) -> Result<Formed, Failure> {
    let bytes = files::bytes(path)?;
    let before = String::from_utf8(bytes)
        .map_err(|error| Failure::at(path, format!("not UTF-8: {error}")))?;
    Ok(match silex_compiler::format::format(&before) {
        Err(found) => Formed::Broken {
            found,
            text: before,
        },
        Ok(after) if after == before => Formed::Same,
        Ok(after) => Formed::Changed { before, after },
    })
}

/// The lines that would change, as a diff.
fn show(before: &str, after: &str) {
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    for change in capture_diff_slices(Algorithm::Myers, &old, &new) {
        if change.tag() == DiffTag::Equal {
            continue;
        }
        report::print(&dim(&format!("  line {}", change.old_range().start + 1)));
        old[change.old_range()]
            .iter()
            .for_each(|line| report::print(&red(&format!("  - {line}"))));
        new[change.new_range()]
            .iter()
            .for_each(|line| report::print(&green(&format!("  + {line}"))));
    }
    if before.lines().eq(after.lines()) {
        report::print(&dim("  the end of the file, or of its lines"));
    }
}
