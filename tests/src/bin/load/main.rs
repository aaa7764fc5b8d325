//! `tests/load`: measures a real `silexd` against the goals: a second's work, much mail at once,
//! programs that burn the processor, `kill -9`, how long a job waits to start, and a thread that is hot.
//!
//! The models are a stub of a provider in this process, spoken to over sockets. What is said in
//! seconds depends on what else the machine does; processor time and ratios depend on it less, so
//! the table has both, and a floor that was measured in the same run.
//!
//! The database is a file, unless `SILEX_TEST_POSTGRES` names a server, as `tests/postgres` does.

mod burst;
mod floor;
mod hogs;
mod hot;
mod kills;
mod latency;
mod pipelines;
mod table;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use table::{Format, Row};

/// Measures silexd under load, and says how far from the goals it is.
#[derive(Debug, Parser)]
#[command(
    after_help = "Examples: tests/load pipelines kills --mails 1000 --format json
          tests/postgres --durable tests/load pipelines      on PostgreSQL"
)]
struct Arguments {
    /// What to measure; everything, if nothing is named.
    #[arg(value_enum)]
    sections: Vec<Section>,
    /// The program.
    #[arg(long, default_value = "target/production/silexd")]
    silexd: PathBuf,
    /// How many mails a section takes, where it is not the section that says so.
    #[arg(long, default_value_t = 2000)]
    mails: usize,
    /// How many come at once in `burst`.
    #[arg(long, default_value_t = 5000)]
    at_once: usize,
    /// How the table is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Section {
    /// Pipelines a second with an instant model, beside the floor of the same writes.
    Pipelines,
    /// Thousands of mails at once on a model that takes two seconds.
    Burst,
    /// How long the web edge takes, idle and while something burns the processor.
    Web,
    /// `kill -9` four times in 500 mails.
    Kills,
    /// From enqueuing to the start of a job; a hundred times the same mail.
    Latency,
    /// Thousands of mails in one thread, and others who write meanwhile.
    Hot,
}

/// What was asked for.
#[derive(Debug, Clone)]
struct Options {
    silexd: PathBuf,
    mails: usize,
    at_once: usize,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let all = Section::value_variants();
    let sections = match arguments.sections.as_slice() {
        [] => all,
        named => named,
    };
    let options = Options {
        silexd: std::path::absolute(&arguments.silexd)?,
        mails: arguments.mails,
        at_once: arguments.at_once,
    };
    for section in sections {
        let rows: Vec<Row> = match section {
            Section::Pipelines => pipelines::measure(&options)?,
            Section::Burst => burst::measure(&options)?,
            Section::Web => web::measure(&options)?,
            Section::Kills => kills::measure(&options)?,
            Section::Latency => latency::measure(&options)?,
            Section::Hot => hot::measure(&options)?,
        };
        table::print(arguments.format, &rows)?;
    }
    Ok(())
}
