//! `silex dev`: a package at work on this machine, read again whenever it changes.
//!
//! Everything is local: mail comes from a folder, goes to a folder, and no model is asked unless
//! `--live` says so. What it keeps lies in `.silex/` in the package.

mod changes;
mod feed;
mod follow;
mod set_up;
mod state;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use silex_runtime::bundle::Loaded;
use silex_runtime::tools::Natives;
use silex_runtime::{Running, telemetry};

use crate::browser;
use crate::compile::Compiled;
use crate::report::{self, Format};
use crate::style::{bold, dim, green, red};
use crate::{Ended, Failure};
use feed::Feeder;
use follow::Follower;
use state::State;

/// How often the log of what happens is read.
const FOLLOW: Duration = Duration::from_millis(200);

/// Arguments of `silex dev`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex dev examples/aleik           the scripted model: no key, no network
  silex dev examples/aleik --live    the models of the spec, with their keys

Drop a mail (.eml) into FOLDER/.silex/mail/ and it is answered. Keys come from
the environment; a `silexd.yaml` in the folder gives endpoints and time zone.

Exit status: 0 stopped, 1 it could not start.")]
pub(crate) struct Arguments {
    /// The folder of the package.
    #[arg(default_value = ".")]
    folder: PathBuf,
    /// Ask the models of the spec in place of the script.
    #[arg(long)]
    live: bool,
    /// The port of the page; 0 takes any [default: 8025 or the next free].
    #[arg(long)]
    port: Option<u16>,
    /// Go on with the mail and drafts of the last time.
    #[arg(long)]
    keep: bool,
    /// Open the page in the browser [default: on a terminal].
    #[arg(long, overrides_with = "no_open")]
    open: bool,
    /// Do not open the page.
    #[arg(long)]
    no_open: bool,
}

/// Something that the loop acts on.
#[derive(Debug)]
enum Notice {
    /// A file of the package changed.
    Changed,
    /// It is to end.
    Stop,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Ended, Failure> {
    let filter = std::env::var("SILEX_LOG").unwrap_or_else(|_| "warn,sqlx=error".to_owned());
    telemetry::init(false, &filter, None).map_err(Failure::new)?;
    let (sender, notices) = mpsc::channel();
    stop_on_signal(sender.clone())?;
    report::print(&dim(&format!("compiling {}", arguments.folder.display())));
    let compiled = Compiled::read(&arguments.folder)?;
    // INVARIANT: dropping the watcher would end the notices.
    let _watcher = watch::start(&arguments.folder, sender)?;
    let Some(loaded) = first(compiled, arguments, &notices)? else {
        report::print("stopped");
        return Ok(Ended::Clean);
    };
    let digest = loaded.digest().get(..8).unwrap_or_default();
    report::print(&dim(&format!(
        "compiled: bundle {digest}, {}",
        contents(&loaded)
    )));
    let state = State::make(&arguments.folder, arguments.keep)?;
    let natives = Natives::standard();
    let set_up = set_up::set_up(arguments, &state, &loaded, &natives)?;
    let reviewers = set_up.config.reviewers.len();
    let running =
        Running::start(set_up.config, Arc::clone(&loaded), natives).map_err(Failure::new)?;
    let page = format!("http://{}", running.address());
    welcome(&page, &state, &set_up.notes, reviewers);
    let follower = Follower::new(&running);
    let feeder = Feeder::new(&state)?;
    if browser::wanted(arguments.open, arguments.no_open) && !browser::open(&page) {
        report::print(&dim("no browser was found: open the page yourself"));
    }
    let session = Session {
        arguments,
        running: &running,
        loaded,
        follower,
        feeder,
    };
    session.serve(&notices);
    report::print("stopping: what runs may end");
    running.stop().map_err(Failure::new)?;
    report::print("stopped");
    Ok(Ended::Clean)
}

fn contents(loaded: &Loaded) -> String {
    let bundle = loaded.bundle();
    let agents: Vec<_> = bundle
        .agents
        .values()
        .flat_map(|agent| &agent.inbox)
        .map(String::as_str)
        .collect();
    let behaviours = report::counted(bundle.behaviours.len(), "behaviour");
    format!(
        "{behaviours}, {}, mail for {}",
        report::counted(bundle.tools.len(), "tool"),
        agents.join(", ")
    )
}

/// The first bundle without errors; none when it was stopped before there was one.
fn first(
    mut compiled: Compiled,
    arguments: &Arguments,
    notices: &Receiver<Notice>,
) -> Result<Option<Arc<Loaded>>, Failure> {
    loop {
        if let Some(loaded) = compiled.load(Format::Text) {
            return Ok(Some(loaded));
        }
        report::print("waiting for a change");
        match notices.recv() {
            Ok(Notice::Changed) => compiled = Compiled::read(&arguments.folder)?,
            Ok(Notice::Stop) | Err(_) => return Ok(None),
        }
    }
}

/// A package at work.
struct Session<'a> {
    arguments: &'a Arguments,
    running: &'a Running,
    loaded: Arc<Loaded>,
    follower: Follower,
    feeder: Feeder,
}

impl Session<'_> {
    /// Follows mail and specs until it is told to stop.
    fn serve(mut self, notices: &Receiver<Notice>) {
        loop {
            if let Err(failure) = self.feeder.feed() {
                report::failure(&failure);
            }
            match notices.recv_timeout(FOLLOW) {
                Ok(Notice::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(Notice::Changed) => self.reload(),
                Err(RecvTimeoutError::Timeout) => {}
            }
            // A part of it ended by itself; stopping says why.
            if self.running.deployment().stop.is_cancelled() {
                return;
            }
            self.follower.tell(self.running);
        }
    }

    /// Takes a changed package into use. One with errors changes nothing.
    fn reload(&mut self) {
        match self.replace() {
            Ok(None) => {}
            Ok(Some(what)) => report::print(&format!("{} {what}", green("reloaded:"))),
            Err(why) => report::print(&format!("{} {why}", red("not reloaded:"))),
        }
    }

    /// What changed, if anything did, or why the last bundle stays in use.
    fn replace(&mut self) -> Result<Option<String>, Failure> {
        let next = Compiled::read(&self.arguments.folder)?.load(Format::Text);
        let next = next.ok_or_else(|| Failure::new("the last bundle stays in use"))?;
        if next.digest() == self.loaded.digest() {
            return Ok(None);
        }
        let deployment = self.running.deployment();
        set_up::fits(&deployment.config, &next)?;
        let replaced = silex_runtime::replace_bundle(deployment, Arc::clone(&next));
        self.running.block_on(replaced).map_err(Failure::new)?;
        let changes = changes::changes(self.loaded.bundle(), next.bundle());
        self.loaded = next;
        Ok(Some(if changes.is_empty() {
            "places and comments alone".to_owned()
        } else {
            changes.join(", ")
        }))
    }
}

fn welcome(page: &str, state: &State, notes: &[String], reviewers: usize) {
    let row = |name: &str, what: &str| report::print(&format!("  {name:<9} {what}"));
    report::print("");
    row("page", &bold(page));
    row(
        "mail in",
        &format!(
            "{}/   put a .eml file there and it is answered",
            state.mail().display()
        ),
    );
    row("mail out", &format!("{}/", state.outbox().display()));
    row(
        "drafts",
        &format!(
            "approve them on the page; {} take turns",
            report::counted(reviewers, "reviewer")
        ),
    );
    notes.iter().for_each(|note| row("", &dim(note)));
    report::print(&dim(
        "  specs are read again when you save them; Ctrl-C stops",
    ));
    report::print("");
}

/// Says `Stop` at the first SIGINT or SIGTERM. At the second the process ends as it is: the
/// database is safe, what ran runs again next time.
fn stop_on_signal(sender: Sender<Notice>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(format!("waiting for signals: {error}")))?;
    let mut signals = {
        use tokio::signal::unix::{SignalKind, signal};
        let _inside = runtime.enter();
        let asked = |kind| {
            signal(kind).map_err(|error| Failure::new(format!("waiting for signals: {error}")))
        };
        (
            asked(SignalKind::interrupt())?,
            asked(SignalKind::terminate())?,
        )
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            for last in [false, true] {
                tokio::select! {
                    _ = signals.0.recv() => {}
                    _ = signals.1.recv() => {}
                }
                if last {
                    std::process::exit(1);
                }
                let _ = sender.send(Notice::Stop);
            }
        });
    });
    Ok(())
}
