//! `silex render`: what a model would be told, and by whose word.

mod inputs;
mod show;

use std::path::PathBuf;
use std::sync::Arc;

use silex_bundle::render::RenderError;
use silex_runtime::replay;
use silex_runtime::turn::{Next, Turn};

use crate::compile::Compiled;
use crate::report::{Form, Format};
use crate::{Ended, Failure, behaviour};

/// Arguments of `silex render`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex render answer examples/hello --mail 'Are you open?' \\
      --set reader.address=ada@example.org
  silex render assist examples/aleik --example first_contact --why
  silex render assist examples/aleik --input given.json --set thread.turns=3
  silex render book examples/desk --stage paying --example paid

What is not given takes its default, and the stage is the first. The time is always the same, and
`--set now=2027-03-01T18:00:00Z` is another.

Exit status: 0 rendered, 1 an input is missing or the tool failed, 2 errors.")]
pub(crate) struct Arguments {
    /// The behaviour: its name, qualified where two have the same.
    behaviour: String,
    /// The folder of the package.
    #[arg(default_value = ".")]
    folder: PathBuf,
    #[command(flatten)]
    given: Given,
    /// Show the rule and place behind each line, and what is absent and why.
    #[arg(long)]
    why: bool,
    /// How the prompt is written: text, or json, an object a line.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Form,
}

/// Where the inputs come from; the later ones in this list win.
#[derive(Debug, clap::Args)]
struct Given {
    /// Take the inputs of an example of this behaviour.
    #[arg(long, value_name = "NAME")]
    example: Option<String>,
    /// A JSON file with an object of inputs by name.
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// The mail: a file, or its text.
    #[arg(long, value_name = "FILE|TEXT")]
    mail: Option<String>,
    /// One input or a field of one: JSON, or bare text. May be repeated.
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// The stage in which the behaviour is; the first if nothing says which.
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let mut compiled = Compiled::read(&arguments.folder)?;
    let Some(loaded) = compiled.load(Format::Text) else {
        return Ok(Ended::Findings);
    };
    let bundle = loaded.bundle();
    let (name, behaviour) = behaviour::find(bundle, &arguments.behaviour)?;
    let given = inputs::given(bundle, name, behaviour, &arguments.given)?;
    let start = replay::start(bundle, name, behaviour, &given)
        .map_err(|violations| inputs::missing(bundle, name, behaviour, &violations))?;
    let turn = Turn::start(Arc::clone(&loaded), start).map_err(|error| unrendered(&error))?;
    let Next::Ask(request) = turn.next() else {
        return Err(Failure::new(format!("`{name}` asks no model")));
    };
    let shown = show::Shown {
        turn: &turn,
        request: &request,
        places: compiled.places(),
        why: arguments.why,
    };
    match arguments.format {
        Form::Text => shown.text(),
        Form::Json => shown.json(),
    }
    Ok(Ended::Clean)
}

/// Why there is no prompt, with the option that gives what is missing.
fn unrendered(error: &RenderError) -> Failure {
    if let RenderError::NotObserved { name, .. } = error {
        return Failure::new(format!("{error}   --set {name}=…"));
    }
    described(error)
}

/// An error with what lies behind it.
fn described(error: &dyn std::error::Error) -> Failure {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(behind) = source {
        text.push_str(&format!(": {behind}"));
        source = behind.source();
    }
    Failure::new(text)
}
