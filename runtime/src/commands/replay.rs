//! `silexd replay`: what would another bundle have answered? Nothing is stored, nothing is sent.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::ValueEnum;
use silex_runtime::agent::Deployment;
use silex_runtime::agent::dry_run::{self, Change, Compared, Difference, Fate, Replayed};
use silex_runtime::store::inbox::{self, Asked};
use silex_runtime::swap;

use super::{Untried, print};

/// How many threads `--all` looks at.
const NEWEST: i64 = 100_000;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silexd replay 12                                 does thread 12 come out as it did?
  silexd replay 12 --bundle next.json              and on another bundle?
  silexd replay --all --since 7d --bundle next.json   before a roll-out
  silexd replay 12 --bundle next.json --format json

What the journal holds is not asked or done again. Other requests go to the models, and cost what they
cost; other calls are answered by stand-ins, and said so.

Exit status: 0 all the same, 1 something differs, 2 it could not be played.")]
pub(crate) struct Replay {
    /// The number of a thread.
    #[arg(required_unless_present = "all")]
    thread: Option<i64>,
    /// The bundle to play it on; the one in use when absent.
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// Every thread.
    #[arg(long, conflicts_with = "thread")]
    all: bool,
    /// Only threads in which something happened within this time: `12h`, `7d`.
    #[arg(long, requires = "all")]
    since: Option<String>,
    /// How the result is written.
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
}

/// What keeps a thread from being played says nothing about whether it differs.
pub(crate) async fn run(deployment: &Deployment, asked: Replay) -> anyhow::Result<ExitCode> {
    Ok(play(deployment, asked).await.map_err(Untried)?)
}

async fn play(deployment: &Deployment, asked: Replay) -> anyhow::Result<ExitCode> {
    let bundle = match &asked.bundle {
        Some(path) => swap::read(path)?,
        None => deployment.bundles().current(),
    };
    let mut played = Vec::new();
    for thread in chosen(deployment, &asked).await? {
        let replayed = dry_run::replay(deployment, &bundle, thread).await?;
        if matches!(asked.format, Format::Table) {
            table(&replayed);
        }
        played.push(replayed);
    }
    match asked.format {
        Format::Json => print(&serde_json::to_string_pretty(&played)?),
        Format::Table => total(&played),
    }
    let unknown = |mail: &Compared| matches!(mail.after, Fate::Unknown(_));
    Ok(if played.iter().any(|one| one.mails.iter().any(unknown)) {
        ExitCode::from(2)
    } else if played.iter().any(Replayed::differs) {
        ExitCode::from(1)
    } else {
        ExitCode::SUCCESS
    })
}

async fn chosen(deployment: &Deployment, asked: &Replay) -> anyhow::Result<Vec<i64>> {
    if let Some(thread) = asked.thread {
        return Ok(vec![thread]);
    }
    let since = match &asked.since {
        None => i64::MIN,
        Some(text) => {
            let back = silex_bundle::duration::read(text)
                .with_context(|| format!("`{text}` is no duration such as 12h or 7d"))?;
            deployment.clock().now_ms() - i64::try_from(back).unwrap_or(i64::MAX)
        }
    };
    let mut reader = deployment.store().read().await?;
    let listed = inbox::page(&mut reader, &Asked::default(), NEWEST).await?;
    let mut chosen: Vec<_> = listed
        .into_iter()
        .map(|summary| summary.thread)
        .filter(|thread| thread.updated_at >= since)
        .map(|thread| thread.id)
        .collect();
    chosen.sort_unstable();
    Ok(chosen)
}

fn table(replayed: &Replayed) {
    for mail in &replayed.mails {
        let verdict = if mail.differs { "differs" } else { "the same" };
        print(&format!(
            "thread {}  mail {}  {verdict}  {}",
            replayed.thread, mail.mail, mail.subject
        ));
        if let Some(seen) = seen(mail) {
            print(&format!("  {seen}"));
        }
        if mail.differs {
            print(&format!("  before: {}", said(&mail.before)));
            print(&format!("  now:    {}", said(&mail.after)));
            if !mail.words.is_none() {
                print(&indented(&words(&mail.words)));
            }
        }
        if !mail.prompt.is_none() {
            print("  the prompt:");
            print(&indented(&lines(&mail.prompt)));
        }
        effort(mail);
    }
}

/// The stage of the answer and what was observed before it, in words.
fn seen(mail: &Compared) -> Option<String> {
    let stage = mail.stage.iter().map(|stage| format!("stage {stage}"));
    let observed = mail.observed.iter();
    let observed = observed.map(|(name, value)| format!("{name}: {value}"));
    let seen: Vec<_> = stage.chain(observed).collect();
    (!seen.is_empty()).then(|| seen.join("; "))
}

fn effort(mail: &Compared) {
    let effort = &mail.effort;
    if effort.asked > 0 {
        print(&format!(
            "  {} answers asked for, {} known; {} tokens read, {} written, cost {:.4}",
            effort.asked,
            effort.known,
            effort.usage.input + effort.usage.cache_read + effort.usage.cache_write,
            effort.usage.output,
            effort.cost
        ));
    }
    if !effort.stand_ins.is_empty() {
        print(&format!(
            "  answered by a stand-in: {}",
            effort.stand_ins.join(", ")
        ));
    }
}

fn total(played: &[Replayed]) {
    let mails = || played.iter().flat_map(|one| &one.mails);
    // The sum of no floats is -0.
    let cost = 0.0 + mails().map(|mail| mail.effort.cost).sum::<f64>();
    print(&format!(
        "{} mails of {} threads: {} differ; cost {cost:.4}",
        mails().count(),
        played.len(),
        mails().filter(|mail| mail.differs).count(),
    ));
}

fn said(fate: &Fate) -> String {
    match fate {
        Fate::Answered { holds, .. } if holds.is_empty() => "answered".to_owned(),
        Fate::Answered { holds, .. } => format!("answered, held: {}", holds.join("; ")),
        Fate::Person(why) => format!("a person answers: {why}"),
        Fate::Dropped => "not answered".to_owned(),
        Fate::Aside(why) => format!("put aside, {why}"),
        Fate::Unknown(why) => format!("not known: {why}"),
    }
}

/// What is gone stands in `[- -]`, what is new in `{+ +}`.
fn words(difference: &Difference) -> String {
    let changes = difference.0.iter().map(|change| match change {
        Change::Kept(text) => text.clone(),
        Change::Gone(text) => format!("[-{text}-]"),
        Change::New(text) => format!("{{+{text}+}}"),
    });
    changes.collect()
}

/// Changed lines alone, with a sign before each.
fn lines(difference: &Difference) -> String {
    let mut shown = String::new();
    for change in &difference.0 {
        let (sign, text) = match change {
            Change::Kept(_) => continue,
            Change::Gone(text) => ('-', text),
            Change::New(text) => ('+', text),
        };
        for line in text.lines() {
            shown.push_str(&format!("{sign} {line}\n"));
        }
    }
    shown
}

fn indented(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}
