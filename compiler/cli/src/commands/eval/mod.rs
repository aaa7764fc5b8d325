//! `silex eval`: examples against real models, many times, with rates that say how sure they are.

mod report;
mod tally;
mod tapes;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

use silex_bundle::{Bundle, Example, Model};
use silex_runtime::bundle::Loaded;
use silex_runtime::clock::Clock;
use silex_runtime::config::Config;
use silex_runtime::eval::{self, Run, Source};
use silex_runtime::model::Models;
use tokio::task::JoinSet;

use crate::compile::Compiled;
use crate::report as findings;
use crate::{Ended, Failure, behaviour, deployment};
use report::Format;
use tally::Tally;
use tapes::Tapes;

/// Arguments of `silex eval`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex eval examples/aleik --runs 20             every example, 20 times
  silex eval --behaviour assist --at-least 90     hold every rate to 90 in 100
  silex eval --example first_contact --model openai/gpt-4.1-mini
  silex eval --runs 20 --record runs              keep what was answered
  silex eval --runs 20 --replay runs              judge it again, for nothing

Keys come from the environment; a `silexd.yaml` in the folder gives base URLs
and prices. Tools answer what the examples say, so nothing is stored or sent.

Exit status: 0 no rate is surely below its bound, 1 the tool failed or a run
got no answer, 2 one is, or the package has errors.")]
pub(crate) struct Arguments {
    /// The folder of the package.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Only examples of this behaviour.
    #[arg(long, value_name = "NAME")]
    behaviour: Option<String>,
    /// Only examples whose name contains this.
    #[arg(long, value_name = "NAME")]
    example: Option<String>,
    /// Runs of each example.
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    runs: u32,
    /// Another model: one of the package, or PROVIDER/NAME.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Keep each run in a file of this folder.
    #[arg(long, value_name = "DIR", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Take the answers from such a folder; no model is asked.
    #[arg(long, value_name = "DIR")]
    replay: Option<PathBuf>,
    /// Only examples that are shown to the model, each left out of its prompt.
    #[arg(long)]
    leave_one_out: bool,
    /// Hold each rate that has no `at least N%` of its own to this share in 100.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    at_least: Option<u8>,
    /// Runs at a time; a provider's own limit holds as well.
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// How the result is written: text, json (an object a line) or junit.
    #[arg(long, value_enum, default_value_t, hide_possible_values = true)]
    format: Format,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let mut compiled = Compiled::read(&arguments.folder)?;
    compiled.report(findings::Format::Text);
    let Some(mut bundle) = compiled.bundle.take() else {
        return Ok(Ended::Findings);
    };
    if let Some(name) = &arguments.model {
        use_model(&mut bundle, name)?;
    }
    let digest = bundle.digest();
    let loaded = Arc::new(Loaded::new(bundle, digest));
    let config = deployment::read(&arguments.folder)?;
    let chosen = chosen(arguments, &loaded)?;
    let tapes = Tapes::new(arguments.record.as_deref(), arguments.replay.as_deref())?;
    let models = match &arguments.replay {
        Some(_) => None,
        None => Some(models(&config, &loaded, &chosen)?),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::new)?;
    let plan = Plan {
        arguments,
        loaded: &loaded,
        models,
        tapes,
    };
    let mut tally = Tally::new(arguments.at_least);
    runtime.block_on(plan.carry_out(&chosen, &mut tally))?;
    tally.price(&loaded, &config);
    report::write(&tally, compiled.places(), arguments.format);
    if let Some(problem) = tally.broken_off() {
        return Err(Failure::new(problem));
    }
    Ok(if tally.is_below() {
        Ended::Findings
    } else {
        Ended::Clean
    })
}

/// Puts one model in place of all: its own, or one that only the command line names.
fn use_model(bundle: &mut Bundle, name: &str) -> Result<(), Failure> {
    let of_package = bundle
        .models
        .keys()
        .find(|known| *known == name || known.rsplit('.').next() == Some(name))
        .cloned();
    let chosen = match (of_package, name.split_once('/')) {
        (Some(known), _) => known,
        (None, Some((provider, model))) => {
            if !silex_bundle::model::PROVIDERS.contains(&provider) {
                let known = silex_bundle::model::PROVIDERS.join(", ");
                return Err(Failure::new(format!(
                    "there is no provider `{provider}`; there are: {known}"
                )));
            }
            let model = Model {
                provider: provider.to_owned(),
                name: model.to_owned(),
                temperature: None,
                max_tokens: silex_bundle::model::default_max_tokens(),
                timeout_ms: silex_bundle::model::default_timeout_ms(),
                retry: None,
                fallback: None,
            };
            bundle.models.insert(name.to_owned(), model);
            name.to_owned()
        }
        (None, None) => {
            let known: Vec<&str> = bundle.models.keys().map(String::as_str).collect();
            let known = if known.is_empty() {
                "the package names none".to_owned()
            } else {
                format!("there are: {}", known.join(", "))
            };
            return Err(Failure::new(format!(
                "there is no model `{name}`: {known}; another is said as PROVIDER/NAME"
            )));
        }
    };
    for behaviour in bundle.behaviours_mut() {
        behaviour.model = Some(chosen.clone());
    }
    Ok(())
}

/// The examples to play, by name.
fn chosen(arguments: &Arguments, loaded: &Loaded) -> Result<Vec<(String, Example)>, Failure> {
    let bundle = loaded.bundle();
    let of = match &arguments.behaviour {
        Some(wanted) => Some(behaviour::find(bundle, wanted)?.0),
        None => None,
    };
    let text = arguments.example.as_deref().unwrap_or_default();
    let chosen: Vec<(String, Example)> = bundle
        .examples
        .iter()
        .filter(|(name, example)| {
            name.contains(text)
                && of.is_none_or(|of| example.behaviour == of)
                && (example.shown || !arguments.leave_one_out)
        })
        .map(|(name, example)| (name.clone(), example.clone()))
        .collect();
    if chosen.is_empty() {
        let folder = arguments.folder.display();
        return Err(Failure::new(format!("{folder} has no such example")));
    }
    Ok(chosen)
}

/// The models that the chosen examples ask, with their keys.
fn models(
    config: &Config,
    loaded: &Loaded,
    chosen: &[(String, Example)],
) -> Result<Models, Failure> {
    for (_, example) in chosen {
        let Some(behaviour) = loaded.bundle().behaviours.get(&example.behaviour) else {
            continue;
        };
        let model = loaded.model_of(behaviour);
        if model.provider == "scripted" {
            return Err(Failure::new(format!(
                "`{}` names no model that could be judged: `--model PROVIDER/NAME` chooses one",
                example.behaviour
            )));
        }
        deployment::keys(config, std::iter::once((&model.name, model)), "eval")?;
    }
    silex_runtime::models(config, &Clock::system()).map_err(Failure::new)
}

struct Plan<'a> {
    arguments: &'a Arguments,
    loaded: &'a Arc<Loaded>,
    models: Option<Models>,
    tapes: Tapes,
}

impl Plan<'_> {
    /// Plays every example as often as asked, so many at a time.
    async fn carry_out(
        &self,
        chosen: &[(String, Example)],
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let all = chosen.len() * self.arguments.runs as usize;
        // First every example once, so that what is stopped early still says something of each.
        let mut waiting = (1..=self.arguments.runs).flat_map(|number| {
            chosen
                .iter()
                .map(move |(name, example)| (number, name, example))
        });
        let mut running = JoinSet::new();
        let mut done = 0;
        loop {
            while running.len() < usize::from(self.arguments.jobs) {
                let Some((number, name, example)) = waiting.next() else {
                    break;
                };
                let run = self.begin(number, name.clone(), example.clone())?;
                running.spawn(run);
            }
            let Some(ended) = running.join_next().await else {
                break;
            };
            let (number, name, run) = ended.map_err(Failure::new)?;
            let run = run.map_err(|why| Failure::new(format!("{name}: {why}")))?;
            if self.models.is_some() {
                self.tapes.write(&name, number, &run.transcript)?;
            }
            tally.count(&name, &run);
            done += 1;
            progress(done, all);
        }
        Ok(())
    }

    /// One run, as a task of its own.
    fn begin(
        &self,
        number: u32,
        name: String,
        example: Example,
    ) -> Result<impl Future<Output = (u32, String, Result<Run, String>)> + use<>, Failure> {
        let loaded = Arc::clone(self.loaded);
        let models = self.models.clone();
        let recorded = match models {
            Some(_) => None,
            None => Some(self.tapes.read(&name, number)?),
        };
        Ok(async move {
            let run = match (&models, &recorded) {
                (Some(models), _) => {
                    eval::run(&loaded, &name, &example, Source::Live(models)).await
                }
                (None, Some(recorded)) => {
                    eval::run(&loaded, &name, &example, Source::Replay(recorded)).await
                }
                (None, None) => Err("there is nothing to ask".to_owned()),
            };
            (number, name, run)
        })
    }
}

/// How far it is, on a terminal alone.
fn progress(done: usize, all: usize) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let end = if done == all { "\r\u{1b}[K" } else { "" };
        // A terminal that went away does not stop the work.
        let _ = write!(stderr, "\r{done} of {all} runs{end}");
        let _ = stderr.flush();
    }
}
