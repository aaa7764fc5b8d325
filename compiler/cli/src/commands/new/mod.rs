//! `silex new`: a package that works at once.

use std::path::{Path, PathBuf};

use crate::report;
use crate::style::bold;
use crate::{Ended, Failure, files};

/// Arguments of `silex new`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex new letters              a package `letters` in a folder of its name
  silex new agents/letters       the same, elsewhere")]
pub(crate) struct Arguments {
    /// The name of the package, or the path of its folder.
    name: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let folder = &arguments.name;
    let name = folder
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    if !is_name(&name) {
        return Err(Failure::new(format!(
            "`{name}` cannot be the name of a package: lower-case letters, digits, `-` and `_`, a letter first"
        )));
    }
    if is_occupied(folder)? {
        return Err(Failure::new(format!(
            "{} is there already and not empty: take another name, or empty it",
            folder.display()
        )));
    }
    let module = name.replace('-', "_");
    let own = |text: &str| text.replace("PACKAGE", &name);
    let spec = format!("specs/{module}.silex");
    for (path, text) in [
        ("silex.yaml", include_str!("silex.yaml")),
        (spec.as_str(), include_str!("module.silex")),
        ("mail/opening-hours.eml", include_str!("opening-hours.eml")),
        (".gitignore", include_str!("gitignore")),
    ] {
        files::write(&folder.join(path), own(text).as_bytes())?;
    }
    let shown = folder.display();
    report::note(&format!(
        "{shown} is a package: one behaviour, one agent, one example, one mail"
    ));
    report::note("");
    report::print(&format!(
        "  {}   play its example",
        bold(&format!("silex test {shown}"))
    ));
    report::print(&format!(
        "  {}    run it here, with a page in the browser",
        bold(&format!("silex dev {shown}"))
    ));
    Ok(Ended::Clean)
}

fn is_name(name: &str) -> bool {
    // `silex` is the standard library, and a module may not be called as a package is.
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|sign| {
            sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-' || sign == '_'
        })
        && name != "silex"
}

fn is_occupied(folder: &Path) -> Result<bool, Failure> {
    if !folder.exists() {
        return Ok(false);
    }
    let mut entries = std::fs::read_dir(folder).map_err(|error| Failure::at(folder, error))?;
    Ok(entries.next().is_some())
}
