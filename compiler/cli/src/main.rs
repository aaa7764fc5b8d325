//! The `silex` program: everything an author does with behaviour specifications.
//!
//! Disk, terminal, clock and environment are here; what is decided is decided by the compiler and
//! the runtime. Exit status: 0 clean, 1 the tool failed, 2 findings.

mod behaviour;
mod browser;
mod commands;
mod compile;
mod deployment;
mod files;
mod lsp;
mod port;
mod report;
mod style;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// A compiler makes many small things and drops them: with the system's allocator a check of a
/// thousand behaviours takes half as long again, in a sixth less memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Silex: typed behaviour specifications for agents that work by email.
#[derive(Debug, Parser)]
#[command(name = "silex", version, max_term_width = 80)]
#[command(after_help = "Examples:
  silex new letters          make a package that works
  silex check letters        every mistake in it, in one run
  silex dev letters          run it here, with a page in the browser

Exit status: 0 clean, 1 the tool failed, 2 findings.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new package.
    New(commands::new::Arguments),
    /// Say everything that is wrong with a package.
    Check(commands::check::Arguments),
    /// Say what is probably not what the author meant.
    Lint(commands::lint::Arguments),
    /// Compile a package into a bundle.
    Build(commands::build::Arguments),
    /// Put specs into their canonical form.
    Fmt(commands::fmt::Arguments),
    /// Render the prompt of a behaviour.
    Render(commands::render::Arguments),
    /// List the distinct prompts of a behaviour.
    Variants(commands::variants::Arguments),
    /// Write what each behaviour can say to a file that is reviewed.
    Snapshot(commands::snapshot::Arguments),
    /// Play the examples of a package.
    Test(commands::test::Arguments),
    /// Say what changed between two packages, and how much it matters.
    Diff(commands::diff::Arguments),
    /// Write a site that explains a package.
    Docs(commands::docs::Arguments),
    /// Play the examples against real models, and say how often they hold.
    Eval(commands::eval::Arguments),
    /// Print tools as a model's provider is told of them.
    Tools(commands::tools::Arguments),
    /// Say what the code of a finding means.
    Explain(commands::explain::Arguments),
    /// Run a package here: mail in, drafts, a page, an outbox.
    Dev(commands::dev::Arguments),
    /// Write a spec on a page, with its prompt beside it.
    Play(commands::play::Arguments),
    /// Serve an editor.
    Lsp(commands::lsp::Arguments),
}

/// How a command ended, when nothing stopped it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// Nothing to complain about.
    Clean,
    /// There are findings.
    Findings,
}

/// Why a command could not do its work, for a person.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(String);

impl Failure {
    fn new(message: impl std::fmt::Display) -> Self {
        Self(message.to_string())
    }

    /// What the system said about a file.
    fn at(path: &std::path::Path, error: impl std::fmt::Display) -> Self {
        Self(format!("{}: {error}", path.display()))
    }
}

fn main() -> ExitCode {
    let ended = match Arguments::parse().command {
        Command::New(arguments) => commands::new::run(&arguments),
        Command::Check(arguments) => commands::check::run(&arguments),
        Command::Lint(arguments) => commands::lint::run(&arguments),
        Command::Build(arguments) => commands::build::run(&arguments),
        Command::Fmt(arguments) => commands::fmt::run(&arguments),
        Command::Render(arguments) => commands::render::run(&arguments),
        Command::Variants(arguments) => commands::variants::run(&arguments),
        Command::Snapshot(arguments) => commands::snapshot::run(&arguments),
        Command::Test(arguments) => commands::test::run(&arguments),
        Command::Diff(arguments) => commands::diff::run(&arguments),
        Command::Docs(arguments) => commands::docs::run(&arguments),
        Command::Eval(arguments) => commands::eval::run(&arguments),
        Command::Tools(arguments) => commands::tools::run(&arguments),
        Command::Explain(arguments) => Ok(commands::explain::run(&arguments)),
        Command::Dev(arguments) => commands::dev::run(&arguments),
        Command::Play(arguments) => commands::play::run(&arguments),
        Command::Lsp(arguments) => commands::lsp::run(&arguments),
    };
    match ended {
        Ok(Ended::Clean) => ExitCode::SUCCESS,
        Ok(Ended::Findings) => ExitCode::from(2),
        Err(failure) => {
            report::failure(&failure);
            ExitCode::from(1)
        }
    }
}
