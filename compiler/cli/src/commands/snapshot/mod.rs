//! `silex snapshot`: what each behaviour can say, in files that are kept and reviewed.

mod findings;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use silex_bundle::Bundle;
use silex_compiler::analysis::snapshot::{MARK, markdown};
use similar::TextDiff;

use crate::compile::Compiled;
use crate::report::{self, Format};
use crate::style::{green, red};
use crate::{Ended, Failure};

/// Arguments of `silex snapshot`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex snapshot examples/aleik            write the files
  silex snapshot examples/aleik --check    fail where they are stale
  silex snapshot --check --format github   annotations beside the files

They stand in the folder that `snapshots` of `silex.yaml` names, one for each
behaviour. Keep them in version control and read what changes in them.

Exit status: 0 written or up to date, 1 the tool failed, 2 errors or stale.")]
pub(crate) struct Arguments {
    /// The folder of the package.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Write nothing; show what differs and fail.
    #[arg(long)]
    check: bool,
    /// How stale files are written: text, json, github, sarif or junit.
    #[arg(
        long,
        value_enum,
        default_value_t,
        hide_possible_values = true,
        requires = "check"
    )]
    format: Format,
}

/// A file and what should become of it.
#[derive(Debug)]
struct Stale {
    path: PathBuf,
    before: Option<String>,
    /// None if its behaviour is gone.
    after: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let mut compiled = Compiled::read(&arguments.folder)?;
    let format = arguments.format;
    // What is one document is written at the end, with what the compiler found.
    if compiled.bundle.is_none() || !format.is_one_document() {
        compiled.report(format);
    }
    let Some(bundle) = compiled.bundle.take() else {
        return Ok(Ended::Findings);
    };
    let folder = arguments.folder.join(&compiled.manifest.snapshots);
    let wanted = wanted(&bundle, &folder, compiled.manifest.variants)?;
    let all = wanted.len();
    let stale = stale(wanted, &folder)?;
    if arguments.check {
        match format {
            Format::Text => stale.iter().for_each(show),
            Format::Json => findings::json(&stale),
            Format::Github | Format::Sarif | Format::Junit => {
                let mut found = findings::all(&stale);
                if format.is_one_document() {
                    found.splice(0..0, compiled.findings());
                }
                report::document(&found, format);
            }
        }
        return Ok(verdict(&stale, all));
    }
    for file in &stale {
        write(file)?;
    }
    report::note(&format!(
        "{}, {} written",
        report::counted(all, "snapshot"),
        stale.len()
    ));
    Ok(Ended::Clean)
}

/// The files that should be, with their texts.
fn wanted(bundle: &Bundle, folder: &Path, cap: u32) -> Result<BTreeMap<PathBuf, String>, Failure> {
    let files = bundle.behaviours.keys().map(|name| {
        let text = markdown(bundle, name, cap).map_err(Failure::new)?;
        Ok((folder.join(format!("{name}.md")), text))
    });
    files.collect()
}

/// The files that are not as they should be. A file without the mark is not ours.
fn stale(wanted: BTreeMap<PathBuf, String>, folder: &Path) -> Result<Vec<Stale>, Failure> {
    let mut stale = Vec::new();
    let mut known = kept(folder)?;
    for (path, text) in wanted {
        let before = known.remove(&path);
        if before.as_ref() != Some(&text) {
            stale.push(Stale {
                path,
                before,
                after: Some(text),
            });
        }
    }
    let gone = known.into_iter().filter(|(_, text)| text.contains(MARK));
    stale.extend(gone.map(|(path, text)| Stale {
        path,
        before: Some(text),
        after: None,
    }));
    Ok(stale)
}

/// The Markdown files of the folder.
fn kept(folder: &Path) -> Result<BTreeMap<PathBuf, String>, Failure> {
    let mut kept = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Ok(kept);
    };
    for entry in entries {
        let path = entry.map_err(|error| Failure::at(folder, error))?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let text = std::fs::read_to_string(&path).map_err(|error| Failure::at(&path, error))?;
            kept.insert(path, text);
        }
    }
    Ok(kept)
}

fn write(file: &Stale) -> Result<(), Failure> {
    let failed = |error| Failure::at(&file.path, error);
    match &file.after {
        Some(text) => {
            if let Some(folder) = file.path.parent() {
                std::fs::create_dir_all(folder).map_err(failed)?;
            }
            std::fs::write(&file.path, text).map_err(failed)
        }
        None => std::fs::remove_file(&file.path).map_err(failed),
    }
}

/// What differs, as a difference of lines.
fn show(file: &Stale) {
    let path = file.path.display().to_string();
    let (before, after) = match (&file.before, &file.after) {
        (None, _) => {
            report::print(&format!("{path}: missing"));
            return;
        }
        (_, None) => {
            report::print(&format!("{path}: its behaviour is gone"));
            return;
        }
        (Some(before), Some(after)) => (before, after),
    };
    let diff = TextDiff::from_lines(before, after);
    let text = diff
        .unified_diff()
        .context_radius(2)
        .header(&path, "now")
        .to_string();
    for line in text.lines() {
        let line = match line.chars().next() {
            Some('+') => green(line),
            Some('-') => red(line),
            _ => line.to_owned(),
        };
        report::print(&line);
    }
}

fn verdict(stale: &[Stale], all: usize) -> Ended {
    if stale.is_empty() {
        report::note(&format!("{}, up to date", report::counted(all, "snapshot")));
        return Ended::Clean;
    }
    report::note(&format!(
        "{} out of date: read the changes, then `silex snapshot` writes them",
        report::counted(stale.len(), "snapshot")
    ));
    Ended::Findings
}
