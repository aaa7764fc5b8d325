//! `silex docs`: a site that explains an agent, made of its bundle.
//!
//! Plain files that any web server or browser shows: no script, nothing from elsewhere.

mod site;

use std::path::PathBuf;

use serde_json::json;

use crate::compile::Compiled;
use crate::report::{self, Form};
use crate::{Ended, Failure, files};

/// Arguments of `silex docs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex docs examples/aleik                  writes examples/aleik/site/index.html
  silex docs examples/aleik -o public        into another folder

Exit status: 0 written, 1 the tool failed, 2 errors, and nothing was written.")]
pub(crate) struct Arguments {
    /// The folder of the package.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The folder of the site [default: site, in the package].
    #[arg(short, long, value_name = "FOLDER")]
    output: Option<PathBuf>,
    /// How findings are written: text, or json, an object a line.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Form,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let compiled = Compiled::read(&arguments.folder)?;
    let ended = compiled.report(arguments.format.into());
    let Some(bundle) = compiled.bundle else {
        return Ok(ended);
    };
    let output = arguments
        .output
        .clone()
        .unwrap_or_else(|| arguments.folder.join("site"));
    let pages = site::pages(&bundle).map_err(Failure::new)?;
    for (name, text) in &pages {
        files::write(&output.join(name), text.as_bytes())?;
    }
    let index = output.join("index.html");
    match arguments.format {
        Form::Text => report::note(&format!(
            "{}: {}",
            index.display(),
            report::counted(pages.len(), "file")
        )),
        Form::Json => report::print(&json!({ "site": index, "files": pages.len() }).to_string()),
    }
    Ok(ended)
}
