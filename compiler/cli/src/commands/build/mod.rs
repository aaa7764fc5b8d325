//! `silex build`: a package compiled into a bundle.

mod outline;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use silex_bundle::schema::Dialect;
use silex_bundle::{Bundle, Tool, Type, manifest};

use crate::compile::Compiled;
use crate::report::{self, Form};
use crate::{Ended, Failure, files};

/// Arguments of `silex build`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex build examples/aleik -o aleik.json
  silex build examples/aleik --emit prompts,tools

Exit status: 0 built, 1 the tool failed, 2 errors, and nothing was written.")]
pub(crate) struct Arguments {
    /// The folder of the package.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// The bundle file [default: PACKAGE.bundle.json].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Readable forms to write beside the bundle: prompts, tools, schemas.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        hide_possible_values = true,
        value_name = "FORMS"
    )]
    emit: Vec<Emit>,
    /// How findings are written: text, or json, an object a line.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Emit {
    /// What each behaviour can say, with its conditions.
    Prompts,
    /// Tool manifests for each provider.
    Tools,
    /// JSON Schemas of all types.
    Schemas,
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
        .unwrap_or_else(|| format!("{}.bundle.json", bundle.package).into());
    let (bytes, digest) = (bundle.to_bytes(), bundle.digest());
    files::write(&output, &bytes)?;
    let folder = output.with_file_name(format!("{}.readable", bundle.package));
    for emit in &arguments.emit {
        match emit {
            Emit::Prompts => prompts(&bundle, &folder)?,
            Emit::Tools => tools(&bundle, &folder)?,
            Emit::Schemas => schemas(&bundle, &folder)?,
        }
    }
    match arguments.format {
        Form::Text => {
            report::note(&format!(
                "{}: {} bytes, digest {digest}",
                output.display(),
                bytes.len()
            ));
            if !arguments.emit.is_empty() {
                report::note(&format!("{}: the readable forms", folder.display()));
            }
        }
        Form::Json => report::print(&json!({ "bundle": output, "digest": digest }).to_string()),
    }
    Ok(ended)
}

fn prompts(bundle: &Bundle, folder: &Path) -> Result<(), Failure> {
    for (name, behaviour) in &bundle.behaviours {
        let text = outline::behaviour(name, behaviour);
        files::write(&folder.join(format!("prompts/{name}.md")), text.as_bytes())?;
    }
    Ok(())
}

fn tools(bundle: &Bundle, folder: &Path) -> Result<(), Failure> {
    let all = |of: &dyn Fn(&Tool) -> Value| {
        let tools = bundle
            .tools
            .iter()
            .map(|(name, tool)| (name.clone(), of(tool)));
        Value::Object(tools.collect::<Map<_, _>>())
    };
    write_json(
        &folder.join("tools/anthropic.json"),
        &all(&|tool| manifest::anthropic(tool, &bundle.declarations)),
    )?;
    write_json(
        &folder.join("tools/openai.json"),
        &all(&|tool| manifest::openai(tool, &bundle.declarations)),
    )?;
    write_json(
        &folder.join("tools/mcp.json"),
        &all(&|tool| manifest::mcp(tool, bundle)),
    )
}

fn schemas(bundle: &Bundle, folder: &Path) -> Result<(), Failure> {
    for name in bundle.declarations.keys() {
        let schema = Type::Named(name.clone()).json_schema(&bundle.declarations, Dialect::Full);
        write_json(&folder.join(format!("schemas/{name}.json")), &schema)?;
    }
    Ok(())
}

fn write_json(path: &Path, value: &Value) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(value).map_err(Failure::new)?;
    text.push('\n');
    files::write(path, text.as_bytes())
}
