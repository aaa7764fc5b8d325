//! `silex tools`: tools as a model's provider, or a client of MCP, is told of them.

use std::path::PathBuf;

use serde_json::{Value, json};
use silex_bundle::manifest::{self, Reader};
use silex_bundle::{Bundle, Tool};

use crate::compile::Compiled;
use crate::report::{self, Format};
use crate::{Ended, Failure, behaviour};

/// Arguments of `silex tools`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex tools examples/aleik --for mcp             all tools, as `tools/list`
  silex tools assist examples/aleik --for openai   those of a behaviour, as sent
  silex tools assist --for anthropic --strict      held to their schemas

What a behaviour offers under a condition is listed too; `silex render` shows
what one prompt offers.

Exit status: 0 printed, 1 the tool failed, 2 errors in the package.")]
pub(crate) struct Arguments {
    /// A behaviour, for its tools alone; the folder of the package [default: .].
    #[arg(value_names = ["BEHAVIOUR", "FOLDER"], num_args = 0..=2)]
    names: Vec<String>,
    /// Who reads them.
    #[arg(long = "for", value_enum, value_name = "READER")]
    reader: For,
    /// The form in which the provider holds the model to the schema.
    #[arg(long)]
    strict: bool,
}

/// Who reads a manifest, as it is said on the command line.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum For {
    /// The Anthropic Messages API.
    Anthropic,
    /// OpenAI chat completions.
    Openai,
    /// The Model Context Protocol.
    Mcp,
}

impl For {
    fn reader(self) -> Reader {
        match self {
            Self::Anthropic => Reader::Anthropic,
            Self::Openai => Reader::OpenAi,
            Self::Mcp => Reader::Mcp,
        }
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let (wanted, folder) = named(&arguments.names);
    let compiled = Compiled::read(&folder)?;
    let ended = compiled.report(Format::Text);
    let Some(bundle) = &compiled.bundle else {
        return Ok(ended);
    };
    let reader = arguments.reader.reader();
    let tools = match wanted {
        Some(wanted) => offered(bundle, wanted)?,
        None => all(bundle, reader),
    };
    let written = tools
        .iter()
        .map(|tool| form(arguments, tool, bundle))
        .collect::<Result<Vec<Value>, Failure>>()?;
    let printed = match reader {
        Reader::Anthropic | Reader::OpenAi => Value::Array(written),
        Reader::Mcp => json!({ "tools": written }),
    };
    report::print(&serde_json::to_string_pretty(&printed).map_err(Failure::new)?);
    Ok(Ended::Clean)
}

/// The behaviour and the folder: one name alone is a folder if there is a package in it.
fn named(names: &[String]) -> (Option<&str>, PathBuf) {
    match names {
        [] => (None, PathBuf::from(".")),
        [one] if PathBuf::from(one).join("silex.yaml").is_file() => (None, PathBuf::from(one)),
        [one] => (Some(one), PathBuf::from(".")),
        [one, folder, ..] => (Some(one), PathBuf::from(folder)),
    }
}

/// The tools of a behaviour, in the author's order.
fn offered(bundle: &Bundle, wanted: &str) -> Result<Vec<Tool>, Failure> {
    let (name, behaviour) = behaviour::find(bundle, wanted)?;
    let offers = behaviour.tools.iter();
    let tools: Vec<Tool> = offers
        .filter_map(|offer| bundle.tools.get(&offer.tool).cloned())
        .collect();
    if tools.is_empty() {
        report::note(&format!("`{name}` offers no tools"));
    }
    Ok(tools)
}

/// All tools, each under a name of its own.
fn all(bundle: &Bundle, reader: Reader) -> Vec<Tool> {
    let names = manifest::names(reader, &bundle.tools);
    let tools = bundle.tools.iter().zip(names.into_values());
    tools
        .map(|((_, tool), name)| Tool {
            name,
            ..tool.clone()
        })
        .collect()
}

fn form(arguments: &Arguments, tool: &Tool, bundle: &Bundle) -> Result<Value, Failure> {
    let declarations = &bundle.declarations;
    let reader = arguments.reader.reader();
    if arguments.strict {
        return manifest::strict(reader, tool, declarations).ok_or_else(|| {
            Failure::new(match reader {
                Reader::Mcp => "MCP has no strict form: leave `--strict` out".to_owned(),
                Reader::Anthropic | Reader::OpenAi => format!(
                    "`{}` has no strict form: its parameters are nested too deep, or too many",
                    tool.name
                ),
            })
        });
    }
    Ok(match reader {
        Reader::Anthropic => manifest::anthropic(tool, declarations),
        Reader::OpenAi => manifest::openai(tool, declarations),
        Reader::Mcp => manifest::mcp(tool, bundle),
    })
}
