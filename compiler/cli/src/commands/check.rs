//! `silex check`: everything that is wrong with a package.

use std::path::PathBuf;

use crate::compile::Compiled;
use crate::report::{self, Format};
use crate::{Ended, Failure};

/// Arguments of `silex check`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex check examples/aleik
  silex check --format json | jq .message

Exit status: 0 clean or warnings alone, 1 the tool failed, 2 errors.")]
pub(crate) struct Arguments {
    /// The folder of the package.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// How findings are written: text, json, github, sarif or junit.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let compiled = Compiled::read(&arguments.folder)?;
    let ended = compiled.report(arguments.format);
    if arguments.format == Format::Text && compiled.found.is_empty() {
        let agents = compiled.bundle.as_ref().map_or(0, |it| it.agents.len());
        report::note(&format!(
            "{}, nothing to complain about{}",
            report::counted(compiled.files, "file"),
            if agents == 0 {
                "; no agent answers mail yet"
            } else {
                ""
            }
        ));
    }
    Ok(ended)
}
