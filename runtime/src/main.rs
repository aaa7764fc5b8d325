//! The `silexd` program: what production runs. It loads a bundle and cannot compile one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use silex_runtime::agent::{Deployment, guard, receive, review};
use silex_runtime::bundle::Loaded;
use silex_runtime::config::{Config, Variables};
use silex_runtime::mail::inbound::{Source, raw};
use silex_runtime::store::drafts::{self, Decision, DraftState};
use silex_runtime::store::jobs::{self, Filter};
use silex_runtime::store::mails::{self, Accepted, MailState};
use silex_runtime::store::{Access, threads};
use silex_runtime::tools::Natives;
use silex_runtime::{Running, fault, telemetry};

/// Carries out the agents of a bundle.
#[derive(Debug, Parser)]
#[command(name = "silexd", version)]
#[command(after_help = "Examples:
  silexd serve                        run the bundle that silexd.yaml names
  silexd ingest mail/*.eml            take in mail from files
  silexd drafts list                  what waits for a person
  silexd drafts approve 3 --revision 1

Exit status: 0 done, 1 failed.")]
struct Arguments {
    /// The configuration file.
    #[arg(long, short, global = true, default_value = "silexd.yaml")]
    config: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run until SIGTERM or SIGINT.
    Serve,
    /// Check the configuration and the bundle.
    Check,
    /// Take in mail from files.
    Ingest {
        /// Files with one mail each (RFC 5322).
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Drafts that wait for a person.
    #[command(subcommand)]
    Drafts(Drafts),
    /// Mail that was put aside.
    #[command(subcommand)]
    Mails(Mails),
    /// Jobs and their states.
    #[command(subcommand)]
    Jobs(Jobs),
    /// The threads in which something happened last.
    Threads,
}

#[derive(Debug, Subcommand)]
enum Drafts {
    /// List drafts, held ones unless `--all`.
    List {
        /// Decided ones too.
        #[arg(long)]
        all: bool,
    },
    /// Show a draft with the mail it answers.
    Show {
        /// Its number.
        id: i64,
    },
    /// Send a draft as it was read.
    Approve(Decided),
    /// Do not send a draft.
    Reject(Decided),
    /// Give a draft another text, from a file or standard input.
    Edit {
        #[command(flatten)]
        decided: Decided,
        /// The new text; `-` for standard input.
        #[arg(long, default_value = "-")]
        body: PathBuf,
        /// Another subject.
        #[arg(long)]
        subject: Option<String>,
    },
}

#[derive(Debug, clap::Args)]
struct Decided {
    /// The draft's number.
    id: i64,
    /// The revision that was read; what `show` says.
    #[arg(long)]
    revision: i64,
    /// Who decides.
    #[arg(long, env = "USER", default_value = "operator")]
    by: String,
    /// A word about it.
    #[arg(long)]
    note: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Mails {
    /// List mail that was put aside, and why.
    List,
    /// Let a mail go on that a guard put aside.
    Release {
        /// Its number.
        id: i64,
        /// Who decides.
        #[arg(long, env = "USER", default_value = "operator")]
        by: String,
    },
}

#[derive(Debug, Subcommand)]
enum Jobs {
    /// List the newest jobs.
    List {
        /// Only those that gave up or wait for a person.
        #[arg(long)]
        stuck: bool,
    },
    /// Run a job again that gave up or waits.
    Retry {
        /// Its number.
        id: i64,
    },
}

fn main() -> ExitCode {
    fault::init();
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("silexd: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let config = read(&arguments.config)?;
    let filter = std::env::var("SILEX_LOG").unwrap_or_else(|_| "info".to_owned());
    telemetry::init(config.json_logs, &filter, config.telemetry.otlp.as_deref())?;
    let loaded = load(&config.bundle)?;
    match arguments.command {
        Command::Serve => serve(config, loaded),
        Command::Check => {
            silex_runtime::accept(loaded.bundle())?;
            print(&format!(
                "the configuration and the bundle ({}) are usable",
                loaded.digest()
            ));
            Ok(())
        }
        Command::Ingest { files } => beside(config, loaded, async |deployment| {
            ingest(deployment, &files).await
        }),
        Command::Drafts(command) => beside(config, loaded, async |deployment| {
            of_drafts(deployment, command).await
        }),
        Command::Mails(command) => beside(config, loaded, async |deployment| {
            of_mails(deployment, command).await
        }),
        Command::Jobs(command) => beside(config, loaded, async |deployment| {
            of_jobs(deployment, command).await
        }),
        Command::Threads => beside(config, loaded, of_threads),
    }
}

fn read(path: &Path) -> anyhow::Result<Config> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => bail!("{}: {error} (--config names another file)", path.display()),
    };
    Config::parse(&text, &Variables::of_process()).with_context(|| path.display().to_string())
}

fn load(path: &Path) -> anyhow::Result<Arc<Loaded>> {
    let bytes = std::fs::read(path).with_context(|| format!("the bundle {}", path.display()))?;
    let (bundle, digest) = silex_bundle::Bundle::read(&bytes)
        .with_context(|| format!("the bundle {}", path.display()))?;
    Ok(Arc::new(Loaded::new(bundle, digest)))
}

fn serve(config: Config, loaded: Arc<Loaded>) -> anyhow::Result<()> {
    let running = Running::start(config, loaded, Natives::standard())?;
    print(&format!("silexd listens on http://{}", running.address()));
    let ended = running.deployment().stop.clone();
    running.block_on(async {
        tokio::select! {
            signal = stop_signal() => signal,
            // A part of it ended by itself: the others stop too, and `stop` says why.
            () = ended.cancelled() => Ok(()),
        }
    })?;
    running.stop()?;
    Ok(())
}

async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    Ok(())
}

/// Runs a command beside a `silexd` that may be running.
fn beside(
    config: Config,
    loaded: Arc<Loaded>,
    command: impl AsyncFnOnce(&Deployment) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let deployment =
            silex_runtime::open(config, loaded, Natives::standard(), Access::Shared).await?;
        let done = command(&deployment).await;
        deployment.store().close().await;
        done
    })
}

async fn ingest(deployment: &Deployment, files: &[PathBuf]) -> anyhow::Result<()> {
    for path in files {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        let accepted =
            receive::accept(deployment, raw::receive(bytes, Source::File, None, &[])).await?;
        let said = match accepted {
            Accepted::New(_) => "taken in",
            Accepted::Known(_) => "known already",
        };
        print(&format!("{}: {said}", path.display()));
    }
    Ok(())
}

async fn of_drafts(deployment: &Deployment, command: Drafts) -> anyhow::Result<()> {
    match command {
        Drafts::List { all } => {
            let mut reader = deployment.store().read().await?;
            let state = (!all).then_some(DraftState::Held);
            for draft in drafts::list(&mut reader, state, 1000).await? {
                let whose = draft.reviewer.as_deref().unwrap_or("nobody yet");
                print(&format!(
                    "{:>5}  {:<9}  revision {}  {whose:<12}  {}",
                    draft.id,
                    word(&draft.state),
                    draft.revision,
                    draft.subject
                ));
            }
            Ok(())
        }
        Drafts::Show { id } => show(deployment, id).await,
        Drafts::Approve(decided) => act(deployment, decided, review::Act::Approve).await,
        Drafts::Reject(decided) => act(deployment, decided, review::Act::Reject).await,
        Drafts::Edit {
            decided,
            body,
            subject,
        } => {
            let body = if body.as_os_str() == "-" {
                std::io::read_to_string(std::io::stdin())?
            } else {
                std::fs::read_to_string(&body).with_context(|| body.display().to_string())?
            };
            let subject = match subject {
                Some(subject) => subject,
                None => draft(deployment, decided.id).await?.subject,
            };
            act(deployment, decided, review::Act::Edit { subject, body }).await
        }
    }
}

async fn act(deployment: &Deployment, decided: Decided, act: review::Act) -> anyhow::Result<()> {
    let Decided {
        id,
        revision,
        by,
        note,
    } = decided;
    let revision = review::act(
        deployment,
        Decision {
            draft_id: id,
            revision,
            by,
            note,
        },
        act,
    )
    .await?;
    print(&format!(
        "draft {id} is {} at revision {revision}",
        word(&draft(deployment, id).await?.state)
    ));
    Ok(())
}

async fn draft(deployment: &Deployment, id: i64) -> anyhow::Result<drafts::Draft> {
    let mut reader = deployment.store().read().await?;
    drafts::find(&mut reader, id)
        .await?
        .with_context(|| format!("there is no draft {id}"))
}

async fn show(deployment: &Deployment, id: i64) -> anyhow::Result<()> {
    let draft = draft(deployment, id).await?;
    let mut reader = deployment.store().read().await?;
    let mail = mails::find(&mut reader, draft.mail_id)
        .await?
        .with_context(|| format!("draft {id} answers no mail"))?;
    print(&format!(
        "draft {id}, revision {}, {}",
        draft.revision,
        word(&draft.state)
    ));
    for reason in draft
        .hold_reasons
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|reason| reason.as_str())
    {
        print(&format!("held because {reason}"));
    }
    print(&format!(
        "\n--- {} <{}> wrote: {}\n{}",
        mail.from_name, mail.from_address, mail.subject, mail.body
    ));
    print(&format!(
        "\n--- the draft: {}\n{}",
        draft.subject, draft.body
    ));
    Ok(())
}

async fn of_mails(deployment: &Deployment, command: Mails) -> anyhow::Result<()> {
    match command {
        Mails::List => {
            let mut reader = deployment.store().read().await?;
            for mail in mails::in_state(&mut reader, MailState::Quarantined, 1000).await? {
                let reason = mail.reason.unwrap_or_default();
                print(&format!(
                    "{:>5}  {:<30}  {}\n       {reason}",
                    mail.id, mail.from_address, mail.subject
                ));
            }
        }
        Mails::Release { id, by } => {
            guard::release(deployment, id, &by).await?;
            print(&format!("mail {id} goes on"));
        }
    }
    Ok(())
}

async fn of_jobs(deployment: &Deployment, command: Jobs) -> anyhow::Result<()> {
    match command {
        Jobs::List { stuck } => {
            let mut reader = deployment.store().read().await?;
            let listed = match stuck {
                true => jobs::stuck(&mut reader, 1000).await?,
                false => jobs::list(&mut reader, &Filter::default(), 1000).await?,
            };
            for job in listed {
                let error = job.error.unwrap_or_default();
                print(&format!(
                    "{:>5}  {:<8}  {:<9}  attempt {}  {}  {error}",
                    job.id,
                    job.kind,
                    word(&job.state),
                    job.attempt,
                    job.args
                ));
            }
        }
        Jobs::Retry { id } => {
            let now = deployment.clock().now_ms();
            deployment
                .store()
                .write("", move |tx| {
                    Box::pin(async move { jobs::rerun(tx, id, now).await })
                })
                .await?;
            print(&format!("job {id} runs again"));
        }
    }
    Ok(())
}

async fn of_threads(deployment: &Deployment) -> anyhow::Result<()> {
    let mut reader = deployment.store().read().await?;
    for summary in threads::list(&mut reader, 100).await? {
        let thread = &summary.thread;
        print(&format!(
            "{:>5}  {:<8}  {:<30}  {}",
            thread.id,
            word(&summary.state),
            thread.contact_key,
            thread.subject
        ));
    }
    Ok(())
}

/// The name of a state as the store writes it.
fn word<T: serde::Serialize>(state: &T) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "the results of commands")]
fn print(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "why a command failed")]
fn complain(text: &str) {
    eprintln!("{text}");
}
