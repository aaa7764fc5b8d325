//! The stub's server of the Model Context Protocol as a program on standard streams. What it gets
//! is written to the file that it is given, a line each: first what it sees of the environment.

use std::fs::OpenOptions;
use std::io::{self, BufRead, Write};
use std::time::Duration;

use serde_json::{Value, json};
use silex_tests::stub_mcp::{Reaction, react};

fn main() -> io::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let mut log = OpenOptions::new().create(true).append(true).open(path)?;
    let seen: Vec<_> = std::env::vars().map(|(name, _)| name).collect();
    writeln!(
        log,
        "{}",
        json!({ "started": std::process::id(), "env": seen })
    )?;
    // A third argument is how long it takes to begin, in milliseconds.
    let slow = std::env::args().nth(2).and_then(|slow| slow.parse().ok());
    std::thread::sleep(Duration::from_millis(slow.unwrap_or(0)));
    for line in io::stdin().lock().lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line?) else {
            continue;
        };
        if message["method"] == "tools/call" {
            writeln!(log, "{}", message["params"])?;
        }
        match react(&message) {
            Reaction::Answer(answer) => {
                let mut out = io::stdout().lock();
                writeln!(out, "{answer}")?;
                out.flush()?;
            }
            Reaction::Nothing => {}
            Reaction::Die => return Ok(()),
        }
    }
    Ok(())
}
