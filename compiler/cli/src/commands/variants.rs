//! `silex variants`: the distinct prompts of a behaviour, with their tokens and inputs for each.

use std::path::PathBuf;

use serde_json::json;
use silex_bundle::{Behaviour, Bundle};
use silex_compiler::analysis::listing::{Described, Listing};
use silex_compiler::analysis::snapshot::{counted, tokens};
use silex_compiler::ask;
use silex_compiler::satisfy::{Formula, World};

use crate::behaviour::find;
use crate::compile::Compiled;
use crate::report::{self, Form, Format};
use crate::style::{bold, dim};
use crate::{Ended, Failure};

/// Arguments of `silex variants`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex variants                                    how many each behaviour has
  silex variants assist examples/aleik
  silex variants assist examples/aleik --when 'plan == pro'
  silex variants assist examples/aleik --show 3f2a91c0

Above `limits: variants` of `silex.yaml` a cover is listed, in which every two
choices meet. Tokens are exact for OpenAI's models and estimated for others.

Exit status: 0 listed, 1 the tool failed, 2 errors.")]
pub(crate) struct Arguments {
    /// The behaviour: its name, qualified where two have the same; all, in short, without one.
    behaviour: Option<String>,
    /// The folder of the package.
    folder: Option<PathBuf>,
    /// Only what inputs lead to for which this holds; the ends of paths will do.
    #[arg(long, value_name = "CONDITION")]
    when: Option<String>,
    /// Print the prompt of a variant, by its hash or the beginning of it.
    #[arg(long, value_name = "HASH")]
    show: Option<String>,
    /// How variants are written: text, or json, an object a line.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Form,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let (wanted, folder) = arguments.asked();
    let mut compiled = Compiled::read(&folder)?;
    compiled.report(Format::Text);
    let Some(bundle) = compiled.bundle.take() else {
        return Ok(Ended::Findings);
    };
    let cap = compiled.manifest.variants;
    let Some(wanted) = wanted else {
        return summary(&bundle, cap, arguments.format);
    };
    let (name, behaviour) = find(&bundle, &wanted)?;
    let given = given(&bundle, behaviour, arguments.when.as_deref())?;
    let is_filtered = given.is_some();
    let listing = Listing::of(&bundle, name, cap, given).map_err(Failure::new)?;
    match (&arguments.show, arguments.format) {
        (Some(hash), _) => show(&listing, hash)?,
        (None, Form::Text) => table(name, behaviour, &listing, is_filtered),
        (None, Form::Json) => listing
            .variants
            .iter()
            .for_each(|variant| line(name, &listing, variant)),
    }
    Ok(Ended::Clean)
}

impl Arguments {
    /// The behaviour and the folder. A folder alone means all behaviours in it.
    fn asked(&self) -> (Option<String>, PathBuf) {
        let here = || PathBuf::from(".");
        match (&self.behaviour, &self.folder) {
            (Some(behaviour), Some(folder)) => (Some(behaviour.clone()), folder.clone()),
            (Some(alone), None) if PathBuf::from(alone).is_dir() => (None, PathBuf::from(alone)),
            (behaviour, _) => (behaviour.clone(), here()),
        }
    }
}

fn given(
    bundle: &Bundle,
    behaviour: &Behaviour,
    when: Option<&str>,
) -> Result<Option<Formula>, Failure> {
    let Some(when) = when else { return Ok(None) };
    let condition = ask::condition(bundle, behaviour, when)
        .map_err(|problems| Failure::new(format!("--when {}", problems.join("\n--when "))))?;
    Ok(Some(
        World::of_behaviour(bundle, behaviour).formula(&condition),
    ))
}

/// All behaviours, a line each.
fn summary(bundle: &Bundle, cap: u32, format: Form) -> Result<Ended, Failure> {
    let longest = bundle.behaviours.keys().map(String::len).max().unwrap_or(0);
    for (name, behaviour) in &bundle.behaviours {
        let listing = Listing::of(bundle, name, cap, None).map_err(Failure::new)?;
        match format {
            Form::Json => report::print(
                &json!({
                    "behaviour": name, "variants": listing.count, "exact": listing.exact,
                    "tokens": bounds(&listing), "limit": behaviour.limits.tokens,
                })
                .to_string(),
            ),
            Form::Text => report::print(&format!(
                "{}  {:>15}  {}, limit {}",
                bold(&format!("{name:longest$}")),
                counted(&listing),
                tokens(listing.tokens(), listing.tokenizer),
                behaviour.limits.tokens,
            )),
        }
    }
    Ok(Ended::Clean)
}

fn bounds(listing: &Listing) -> serde_json::Value {
    let all = listing.tokens();
    json!({ "least": all.least, "most": all.most, "counted": listing.tokenizer.name() })
}

/// The variants of one behaviour, what all share first.
fn table(name: &str, behaviour: &Behaviour, listing: &Listing, is_filtered: bool) {
    let such = if is_filtered {
        " for which this can hold"
    } else {
        ""
    };
    report::print(&format!(
        "{}: {}{such}, {}, limit {}",
        bold(name),
        counted(listing),
        tokens(listing.tokens(), listing.tokenizer),
        behaviour.limits.tokens,
    ));
    if !listing.all {
        report::print(&dim(&format!(
            "these {} are a cover: every two choices meet in one of them",
            listing.variants.len()
        )));
    }
    if !listing.always.is_empty() {
        report::print(&format!("always    {}", listing.always.join(", ")));
    }
    for variant in &listing.variants {
        let tokens = format!("{}..{}", variant.tokens.least, variant.tokens.most);
        report::print(&format!(
            "{}  {tokens:<12}  {}",
            bold(&variant.hash),
            variant.witness
        ));
        if !variant.adds.is_empty() {
            report::print(&format!(
                "          {}",
                dim(&format!("+ {}", variant.adds.join(", ")))
            ));
        }
    }
}

fn line(name: &str, listing: &Listing, variant: &Described) {
    report::print(
        &json!({
            "behaviour": name, "hash": variant.hash,
            "tokens": { "least": variant.tokens.least, "most": variant.tokens.most, "counted": listing.tokenizer.name() },
            "always": listing.always, "adds": variant.adds,
            "where": variant.witness.to_string(), "inputs": variant.context,
        })
        .to_string(),
    );
}

fn show(listing: &Listing, hash: &str) -> Result<(), Failure> {
    let mut found = listing
        .variants
        .iter()
        .filter(|variant| variant.hash.starts_with(hash));
    match (found.next(), found.next()) {
        (Some(variant), None) => {
            report::print(&variant.text);
            Ok(())
        }
        (None, _) => Err(Failure::new(format!(
            "no variant has the hash `{hash}`; `silex variants` without `--show` lists them"
        ))),
        (Some(_), Some(_)) => Err(Failure::new(format!(
            "several hashes begin with `{hash}`: write more of it"
        ))),
    }
}
