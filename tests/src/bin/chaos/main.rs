//! `tests/chaos`: mail comes without an end while `silexd` is killed, stopped and paused at random
//! and its model fails; in the end everything must have been done, and done once.
//!
//! What is random comes from the seed that is printed first. When something happens still depends on
//! the machine, so a seed repeats the plan of a run and not each of its moments.

mod harm;
mod verdict;
mod writer;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use serde_json::json;
use silex_tests::house::{House, Plan};
use silex_tests::stub_model::{Reply, Seen, Wire};

use harm::Harm;

/// Harms a silexd at random while it works, and checks that nothing is lost or done twice.
#[derive(Debug, Parser)]
#[command(after_help = "Examples: tests/chaos --minutes 2 --seed 7
          tests/postgres tests/chaos      on PostgreSQL")]
struct Arguments {
    /// How long.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Ends after so many kills, if that is earlier.
    #[arg(long)]
    kills: Option<usize>,
    /// Seconds between two harms, on average.
    #[arg(long, default_value_t = 1.0)]
    every: f64,
    /// Mails a second.
    #[arg(long, default_value_t = 10.0)]
    mails: f64,
    /// What is random is drawn from; another each time, if not given.
    #[arg(long)]
    seed: Option<u64>,
    /// The program.
    #[arg(long, default_value = "target/release/silexd")]
    silexd: PathBuf,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            anstream::eprintln!("chaos: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything held.
fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1_000_000));
    anstream::println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let brain = std::sync::Mutex::new(random.fork());
    let plan = Plan {
        pace: Duration::from_millis(20),
        brain: Box::new(move |seen| {
            let mut random = brain
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            moody(&mut random, seen)
        }),
        settings: json!({ "listen": format!("127.0.0.1:{}", free_port()?) }),
        ..Plan::default()
    };
    let mut house = House::new(&std::path::absolute(&arguments.silexd)?, plan)?;
    house.silexd.serve();
    let writer = writer::start(&house, random.fork(), arguments.mails)?;
    let limit = Duration::from_secs_f64(arguments.minutes * 60.0);
    let plan = harm::Plan {
        limit,
        kills: arguments.kills,
        every: arguments.every,
    };
    let harm = Harm::until(&mut house, &mut random, &plan);
    let written = writer.stop()?;
    let verdict = verdict::reach(&mut house, &written, &harm)?;
    anstream::println!("{verdict}");
    Ok(verdict.holds())
}

/// The writer finds each next process where the one before was.
fn free_port() -> std::io::Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.port())
}

/// A clerk who is not always well: what real providers answer on bad days.
fn moody(random: &mut fastrand::Rng, seen: &Seen) -> Reply {
    let overloaded = |code, kind, headers: &[(&'static str, &str)]| {
        Reply::error(Wire::Anthropic, code, kind, "Not now.", headers)
    };
    match random.u32(0..100) {
        0..3 => overloaded(529, "overloaded_error", &[]),
        3..5 => overloaded(500, "api_error", &[]),
        5 => overloaded(429, "rate_limit_error", &[("retry-after", "1")]),
        6 => Reply::ErrorAfterStart {
            kind: "overloaded_error",
        },
        7 => Reply::WrongContentType,
        _ => silex_tests::house::clerk(seen),
    }
}
