//! `silex lint`: what compiles, and is probably not what the author meant.

mod audit;
mod list;

use std::path::PathBuf;

use serde_json::json;
use silex_compiler::lint::{LINTS, find};
use silex_compiler::package::Package;
use silex_compiler::{Diagnostic, Severity};

use crate::compile::{Compiled, Places};
use crate::report::{self, Format, Output};
use crate::style::{bold, dim};
use crate::{Ended, Failure, files};

/// Arguments of `silex lint`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex lint examples/aleik             what its lints find
  silex lint --fix                      make the changes that they offer
  silex lint --code reasonless-never    one of them, on or off
  silex lint --list                     all of them, with their levels
  silex lint --audit                    who can reach whom with what

Exit status: 0 clean or warnings alone, 1 the tool failed, 2 errors.")]
pub(crate) struct Arguments {
    /// The folder of the package.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Make the changes that the lints offer, as long as they help.
    #[arg(long, conflicts_with_all = ["list", "audit"])]
    fix: bool,
    /// Only these lints, also those that are off.
    #[arg(long, value_name = "CODE", num_args = 1.., conflicts_with_all = ["list", "audit"])]
    code: Vec<String>,
    /// Show all lints and their levels in the package.
    #[arg(long, conflicts_with = "audit")]
    list: bool,
    /// Show the security reviewer's page.
    #[arg(long)]
    audit: bool,
    /// How it is written: text, json, github, sarif, junit, or for the pages
    /// markdown.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Output,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let is_page = arguments.list || arguments.audit;
    if is_page
        && !matches!(
            arguments.format,
            Output::Text | Output::Json | Output::Markdown
        )
    {
        return Err(Failure::new(
            "what is no finding is written as text, json or markdown",
        ));
    }
    if arguments.list {
        return list::show(&arguments.folder, arguments.format);
    }
    if arguments.audit {
        return audit::show(&arguments.folder, arguments.format);
    }
    let codes = known(&arguments.code)?;
    let mut package = files::package(&arguments.folder)?;
    if arguments.fix {
        package = fix(&package, &codes, arguments)?;
    }
    let found = silex_compiler::lint(&package, &codes);
    let places = Places::of(&package, &arguments.folder);
    let format = Format::from(arguments.format);
    if found.iter().any(|it| find(it.code).is_none()) && format == Format::Text {
        report::note("there are errors, and so most lints did not look:\n");
    }
    let ended = report::findings(&found, &places, format);
    if format == Format::Text {
        conclude(&found, codes.len());
    }
    Ok(ended)
}

/// The codes, if there are such lints.
fn known(codes: &[String]) -> Result<Vec<&str>, Failure> {
    let mut known = Vec::new();
    for code in codes {
        if find(code).is_none() {
            let all = LINTS.iter().map(|lint| lint.code);
            let near = silex_compiler::edit_distance::nearest(code, all);
            let advice = near.map_or_else(
                || "`silex lint --list` names them all".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            return Err(Failure::new(format!("there is no lint `{code}`: {advice}")));
        }
        known.push(code.as_str());
    }
    Ok(known)
}

/// The package with its changes, which are written.
fn fix(package: &Package, codes: &[&str], arguments: &Arguments) -> Result<Package, Failure> {
    let fixed = silex_compiler::fix(package, codes);
    for (before, after) in package.files.iter().zip(&fixed.package.files) {
        if before.bytes != after.bytes {
            files::write(&arguments.folder.join(&after.path), &after.bytes)?;
        }
    }
    for done in &fixed.done {
        match arguments.format {
            Output::Json => report::print(
                &json!({ "fixed": done.code, "title": done.title, "file": done.path, "line": done.line })
                    .to_string(),
            ),
            // Only findings stand in these.
            Output::Github | Output::Sarif | Output::Junit => {}
            Output::Text | Output::Markdown => report::print(&format!(
                "{}  {} {}",
                bold(&done.title),
                done.code,
                dim(&format!("{}:{}", done.path, done.line))
            )),
        }
    }
    if arguments.format != Output::Json {
        report::note(&format!(
            "{} made",
            report::counted(fixed.done.len(), "change")
        ));
    }
    Ok(fixed.package)
}

fn conclude(found: &[Diagnostic], asked: usize) {
    let fixes = found
        .iter()
        .filter(|it| it.fix.is_some() && find(it.code).is_some())
        .count();
    if found.is_empty() {
        let looked = if asked == 0 {
            "the lints".to_owned()
        } else {
            report::counted(asked, "lint")
        };
        report::note(&format!("{looked} found nothing"));
    } else if fixes > 0 && found.iter().all(|it| it.severity != Severity::Error) {
        report::note(&format!(
            "`silex lint --fix` makes {}",
            report::counted(fixes, "change")
        ));
    }
}

/// The bundle of a package; what is wrong is written if there is none.
fn compiled(
    folder: &std::path::Path,
    format: Format,
) -> Result<Option<silex_bundle::Bundle>, Failure> {
    let mut compiled = Compiled::read(folder)?;
    if compiled.bundle.is_none() {
        compiled.report(format);
    }
    Ok(compiled.bundle.take())
}
