//! `silexd jobs`: looking at jobs, and moving them on.

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use silex_runtime::agent::Deployment;
use silex_runtime::jobs::{Kind, by_hand};
use silex_runtime::store::jobs::{self, EVERY_KIND, Failed, Filter, Job, JobState};

use super::by::By;
use super::{print, word};

/// Attempts of a job that are shown.
const FAILED: i64 = 50;

#[derive(Debug, Subcommand)]
pub(crate) enum Jobs {
    /// List the newest jobs, and what is paused.
    #[command(after_help = "Examples:
  silexd jobs list --stuck
  silexd jobs list --state dead --kind deliver
  silexd jobs list --format json | jq '.jobs[].error'")]
    List {
        /// Only those that gave up or wait for a person.
        #[arg(long, conflicts_with_all = ["state", "kind", "line"])]
        stuck: bool,
        /// Only those in this state.
        #[arg(long, value_parser = state)]
        state: Option<JobState>,
        /// Only those of this kind.
        #[arg(long, value_parser = Kind::NAMES)]
        kind: Option<String>,
        /// Only those of this line: `thread 7`.
        #[arg(long)]
        line: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// How to print them.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show all of a job.
    #[command(after_help = "Example:\n  silexd jobs show 12")]
    Show {
        /// Its number.
        id: i64,
        /// How to print it.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Run jobs again that gave up, wait or were cancelled, with all their attempts.
    #[command(after_help = "Examples:
  silexd jobs retry 12 15
  silexd jobs retry --dead --kind deliver      after what they died of was set right")]
    Retry {
        /// Their numbers.
        #[arg(required_unless_present = "dead")]
        ids: Vec<i64>,
        /// All that gave up.
        #[arg(long, conflicts_with = "ids")]
        dead: bool,
        /// Of those, only this kind.
        #[arg(long, requires = "dead", value_parser = Kind::NAMES)]
        kind: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Take jobs back. One that runs keeps nothing of what it was about to write.
    #[command(after_help = "Example:\n  silexd jobs cancel 12 --reason 'sent by hand'")]
    Cancel {
        /// Their numbers.
        #[arg(required = true)]
        ids: Vec<i64>,
        /// Why.
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        by: By,
    },
    /// Start no more jobs of a kind, on any node, until `resume`. What runs goes on.
    #[command(after_help = "Examples:
  silexd jobs pause deliver      nothing is sent for now
  silexd jobs pause              nothing is done for now; mail is still taken in")]
    Pause {
        /// The kind; every kind if it is left out.
        #[arg(value_parser = Kind::NAMES)]
        kind: Option<String>,
        #[command(flatten)]
        by: By,
    },
    /// Let a kind go on that was paused.
    #[command(after_help = "Example:\n  silexd jobs resume deliver")]
    Resume {
        /// The kind; what was said to `pause`.
        #[arg(default_value = EVERY_KIND, hide_default_value = true)]
        kind: String,
        #[command(flatten)]
        by: By,
    },
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

fn state(word: &str) -> Result<JobState, String> {
    serde_json::from_value(word.into()).map_err(|_| {
        "the states are scheduled, blocked, ready, running, waiting, done, dead and cancelled"
            .to_owned()
    })
}

pub(crate) async fn run(deployment: &Deployment, command: Jobs) -> anyhow::Result<()> {
    match command {
        Jobs::List {
            stuck,
            state,
            kind,
            line,
            limit,
            format,
        } => {
            let filter = Filter {
                state,
                kind,
                order_key: line,
                before: None,
            };
            let mut reader = deployment.store().read().await?;
            let listed = match stuck {
                true => jobs::stuck(&mut reader, limit).await?,
                false => jobs::list(&mut reader, &filter, limit).await?,
            };
            let paused = jobs::paused(&mut reader).await?;
            print_list(&listed, &paused, format)
        }
        Jobs::Show { id, format } => {
            let mut reader = deployment.store().read().await?;
            let job = jobs::find(&mut reader, id).await?;
            let job = job.with_context(|| format!("there is no job {id}"))?;
            let failed = jobs::failed(&mut reader, id, FAILED).await?;
            print_job(&job, &failed, format)
        }
        Jobs::Retry {
            ids,
            dead,
            kind,
            by,
        } => {
            let ids = match dead {
                true => dead_jobs(deployment, kind).await?,
                false => ids,
            };
            for id in &ids {
                by_hand::retry(deployment, *id, &by.by).await?;
                print(&format!("job {id} runs again"));
            }
            if ids.is_empty() {
                print("no job gave up");
            }
            Ok(())
        }
        Jobs::Cancel { ids, reason, by } => {
            for id in ids {
                by_hand::cancel(deployment, id, &reason, &by.by).await?;
                print(&format!("job {id} is cancelled"));
            }
            Ok(())
        }
        Jobs::Pause { kind, by } => {
            let kind = kind.unwrap_or_else(|| EVERY_KIND.to_owned());
            let said = paused_word(&kind);
            print(&match by_hand::pause(deployment, &kind, &by.by).await? {
                true => format!("{said} paused"),
                false => format!("{said} paused already"),
            });
            Ok(())
        }
        Jobs::Resume { kind, by } => {
            let said = paused_word(&kind);
            print(&match by_hand::resume(deployment, &kind, &by.by).await? {
                true => format!("{said} no longer paused"),
                false => format!("{said} not paused; `silexd jobs list` says what is"),
            });
            Ok(())
        }
    }
}

async fn dead_jobs(deployment: &Deployment, kind: Option<String>) -> anyhow::Result<Vec<i64>> {
    let filter = Filter {
        state: Some(JobState::Dead),
        kind,
        ..Filter::default()
    };
    let mut reader = deployment.store().read().await?;
    let mut dead = jobs::list(&mut reader, &filter, 10_000).await?;
    // The oldest first, so that lines keep their order.
    dead.reverse();
    Ok(dead.into_iter().map(|job| job.id).collect())
}

fn paused_word(kind: &str) -> String {
    match kind {
        EVERY_KIND => "every kind of job is".to_owned(),
        kind => format!("jobs of the kind `{kind}` are"),
    }
}

#[derive(Serialize)]
struct Listed<'a> {
    jobs: &'a [Job],
    paused: &'a [jobs::Paused],
}

fn print_list(listed: &[Job], paused: &[jobs::Paused], format: Format) -> anyhow::Result<()> {
    if format == Format::Json {
        let all = Listed {
            jobs: listed,
            paused,
        };
        print(&serde_json::to_string_pretty(&all)?);
        return Ok(());
    }
    for job in listed {
        let error = job.error.as_deref().unwrap_or_default();
        print(&format!(
            "{:>5}  {:<8}  {:<9}  attempt {}  {}  {error}",
            job.id,
            job.kind,
            word(&job.state),
            job.attempt,
            job.args
        ));
    }
    for paused in paused {
        let said = paused_word(&paused.kind);
        print(&format!("{said} paused by {}", paused.paused_by));
    }
    Ok(())
}

fn print_job(job: &Job, failed: &[Failed], format: Format) -> anyhow::Result<()> {
    let mut value = serde_json::to_value(job)?;
    if format == Format::Json {
        value["failed"] = serde_json::to_value(failed)?;
        print(&serde_json::to_string_pretty(&value)?);
        return Ok(());
    }
    for (name, value) in value.as_object().into_iter().flatten() {
        let said = match value {
            serde_json::Value::Null => continue,
            serde_json::Value::Number(ms) if name.ends_with("_at") || name == "lease_until" => {
                moment(ms.as_i64().unwrap_or_default())
            }
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Bool(_)
            | serde_json::Value::Number(_)
            | serde_json::Value::Array(_)
            | serde_json::Value::Object(_) => value.to_string(),
        };
        print(&format!("{name:<13} {said}"));
    }
    for one in failed {
        let (attempt, ended_at) = (one.attempt, moment(one.ended_at));
        print(&format!("attempt {attempt:<5} {ended_at}: {}", one.error));
    }
    Ok(())
}

/// A time as people write it, in UTC.
fn moment(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| ms.to_string(), |time| time.to_string())
}
