//! The `silexd` program: what production runs. It loads a bundle and cannot compile one.

mod commands;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use silex_runtime::{fault, telemetry};

use commands::{
    Untried, audit, backup, beside, campaigns, config, configured, contacts, costs, deliveries,
    drafts, ingest, jobs, mails, prepared, printed, questions, ready, reconcile, relays, replay,
    reviewers, serve, suppressed, threads,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Carries out the agents of a bundle.
#[derive(Debug, Parser)]
#[command(name = "silexd", version)]
#[command(after_help = "Examples:
  silexd serve                        run the bundle that silexd.yaml names
  silexd ingest mail/*.eml            take in mail from files
  silexd drafts list                  what waits for a person
  silexd drafts approve 3 --revision 1

Exit status: 0 done; 1 refused, or something was found; 2 it could not be tried.")]
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
    #[command(after_help = "Example:\n  silexd --config /etc/silexd/silexd.yaml serve")]
    Serve,
    /// Whether the configuration can be used.
    #[command(subcommand)]
    Config(config::Config),
    /// Ask the running `silexd` whether it takes mail; for the health checks of containers.
    #[command(after_help = "Example, in a Dockerfile:
  HEALTHCHECK CMD [\"silexd\", \"ready\"]

Exit status: 0 it is ready, 1 it is not, 2 the configuration cannot be read.")]
    Ready,
    /// Copy the database as of one moment, with what belongs to it.
    Backup(backup::Backup),
    /// Put a back-up in the place of the database.
    Restore(backup::Restore),
    /// Take in mail from files.
    #[command(after_help = "Example:\n  silexd ingest mail/*.eml")]
    Ingest {
        /// Files with one mail each (RFC 5322).
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Drafts that wait for a person.
    #[command(subcommand)]
    Drafts(drafts::Drafts),
    /// Who decides drafts, and who is away.
    #[command(subcommand)]
    Reviewers(reviewers::Reviewers),
    /// What agents ask people.
    #[command(subcommand)]
    Questions(questions::Questions),
    /// Mail that was put aside.
    #[command(
        subcommand,
        after_help = "Examples:\n  silexd mails list\n  silexd mails redrive --cause no_agent"
    )]
    Mails(mails::Mails),
    /// What was sent, and what nobody knows the end of.
    #[command(subcommand)]
    Deliveries(deliveries::Deliveries),
    /// Mail that nobody asked for: to whom it goes, and to whom not.
    #[command(subcommand)]
    Campaigns(campaigns::Campaigns),
    /// Take in the mail of the bucket that no notice told of.
    #[command(after_help = "Example:
  silexd reconcile --grace 0")]
    Reconcile(reconcile::Reconcile),
    /// Addresses that nothing is sent to.
    #[command(
        subcommand,
        after_help = "Examples:\n  silexd suppressed list\n  silexd suppressed add ada@example.org"
    )]
    Suppressed(suppressed::Suppressed),
    /// Jobs and their states.
    #[command(
        subcommand,
        after_help = "Examples:\n  silexd jobs list --stuck\n  silexd jobs retry 12"
    )]
    Jobs(jobs::Jobs),
    /// What calls of models cost.
    Costs(costs::Costs),
    /// What is kept about contacts, and where it came from.
    #[command(subcommand)]
    Contacts(contacts::Contacts),
    /// Who else is told what happens, what waits to be told, and what was given up.
    #[command(after_help = "Examples:
  silexd relays
  silexd jobs retry --dead --kind relay   tell again whatever was given up")]
    Relays,
    /// What would another bundle have answered?
    Replay(replay::Replay),
    /// The threads in which something happened last, and whose they are.
    Threads(threads::Threads),
    /// Whether what happened is what must be, and what the log says.
    Audit(audit::Audit),
}

fn main() -> ExitCode {
    // What is written is mail, and tokens to decide about it: nobody else on this machine reads it.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    fault::init();
    let arguments = explained(Arguments::command()).get_matches();
    let done = Arguments::from_arg_matches(&arguments);
    let done = run(done.unwrap_or_else(|error| error.exit()));
    let done = done.and_then(|status| printed().map(|()| status));
    telemetry::end();
    match done {
        Ok(status) => status,
        Err(error) => {
            complain(&format!("silexd: {error:#}"));
            if error.is::<Untried>() {
                ExitCode::from(2)
            } else {
                ExitCode::FAILURE
            }
        }
    }
}

/// What the status of a command says that says nothing else of it.
const STATUS: &str =
    "Exit status: 0 done; 1 refused, or something was found; 2 it could not be tried.";

/// The help of each command ends with its status.
fn explained(command: clap::Command) -> clap::Command {
    let said = command.get_after_help().map(ToString::to_string);
    let said = said.unwrap_or_default();
    let command = match said.contains("Exit status: ") {
        true => command,
        false => command.after_help(format!("{said}\n\n{STATUS}")),
    };
    command.mut_subcommands(explained)
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let path = &arguments.config;
    let done = match arguments.command {
        Command::Config(command) => config::run(path, &command),
        Command::Ready => ready::run(configured(path)?.listen),
        Command::Backup(asked) => backup::make(&configured(path)?, &asked),
        Command::Restore(asked) => backup::restore(&configured(path)?, &asked),
        Command::Serve => serve::run(prepared(path)?),
        Command::Ingest { files } => beside(path, async |deployment| {
            ingest::run(deployment, &files).await
        }),
        Command::Drafts(command) => beside(path, async |deployment| {
            drafts::run(deployment, command).await
        }),
        Command::Mails(command) => beside(path, async |deployment| {
            mails::run(deployment, command).await
        }),
        Command::Deliveries(command) => beside(path, async |deployment| {
            deliveries::run(deployment, command).await
        }),
        Command::Campaigns(command) => beside(path, async |deployment| {
            campaigns::run(deployment, command).await
        }),
        Command::Reconcile(asked) => beside(path, async |deployment| {
            reconcile::run(deployment, &asked).await
        }),
        Command::Suppressed(command) => beside(path, async |deployment| {
            suppressed::run(deployment, command).await
        }),
        Command::Jobs(command) => beside(path, async |deployment| {
            jobs::run(deployment, command).await
        }),
        Command::Costs(asked) => {
            beside(path, async |deployment| costs::run(deployment, asked).await)
        }
        Command::Reviewers(command) => beside(path, async |deployment| {
            reviewers::run(deployment, command).await
        }),
        Command::Questions(command) => beside(path, async |deployment| {
            questions::run(deployment, command).await
        }),
        Command::Threads(command) => beside(path, async |deployment| {
            threads::run(deployment, command).await
        }),
        Command::Audit(asked) => {
            beside(path, async |deployment| audit::run(deployment, asked).await)
        }
        Command::Contacts(command) => beside(path, async |deployment| {
            contacts::run(deployment, command).await
        }),
        Command::Relays => beside(path, relays::run),
        Command::Replay(asked) => {
            return beside(path, async |deployment| {
                replay::run(deployment, asked).await
            });
        }
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn complain(text: &str) {
    // If nobody reads it, the status says it.
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(command: &clap::Command, check: &mut impl FnMut(&str, &str)) {
        let help = command.get_after_help().map(ToString::to_string);
        check(command.get_name(), &help.unwrap_or_default());
        for inner in command.get_subcommands() {
            each(inner, check);
        }
    }

    #[test]
    fn the_help_of_every_command_has_an_example_and_says_what_its_status_means() {
        let mut known = 0;
        each(&explained(Arguments::command()), &mut |name, help| {
            known += 1;
            assert!(help.contains("Example"), "{name}: {help}");
            assert!(help.contains("Exit status: 0"), "{name}: {help}");
        });
        assert!(known > 50, "{known}");
    }
}
