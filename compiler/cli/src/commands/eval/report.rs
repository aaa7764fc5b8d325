//! What `silex eval` writes: for people, for programs, and for those who collect tests.

use serde_json::{Value, json};
use silex_compiler::diagnostic::Diagnostic;
use silex_runtime::eval::statistics::Against;
use silex_runtime::model::Usage;

use super::tally::{Counted, Tally};
use crate::compile::{Places, in_sources};
use crate::report::junit::{self, Case};
use crate::report::{Finding, Level, counted, print};
use crate::style::{bold, dim, green, red};

/// How the result is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line, for programs.
    Json,
    /// JUnit XML.
    Junit,
}

pub(super) fn write(tally: &Tally, places: &Places, format: Format) {
    match format {
        Format::Text => text(tally, places),
        Format::Json => json(tally, places),
        Format::Junit => junit(tally, places),
    }
}

fn text(tally: &Tally, places: &Places) {
    for (name, played) in &tally.examples {
        let drafts = counted(played.drafts as usize, "draft");
        let runs = counted(played.runs as usize, "run");
        print(&format!(
            "{}  {}",
            bold(name),
            dim(&format!("{runs}, {drafts}"))
        ));
        for ((_, _, what), one) in &played.expectations {
            line(what, one, places);
        }
        for (why, times) in &played.problems {
            let lines: Vec<_> = why.lines().map(str::trim_end).collect();
            print(&format!("  {times} × {}", lines.join("\n      ")));
        }
        for (why, times) in &played.broken_off {
            print(&format!("  {times} × {} {why}", red("broken off:")));
        }
    }
    if !tally.rules.is_empty() {
        print(&format!("\n{}", bold("rules with a check, in all runs")));
        for (id, one) in &tally.rules {
            line(id, one, places);
        }
    }
    let runs: u32 = tally.examples.values().map(|played| played.runs).sum();
    let usage = total(tally);
    let cost = tally
        .cost
        .map_or(String::new(), |cost| format!(", cost {cost:.4}"));
    let all = usage.input + usage.cache_read + usage.cache_write;
    print(&format!(
        "\n{}, {all} tokens read ({} of them from the cache), {} written{cost}",
        counted(runs as usize, "run"),
        usage.cache_read,
        usage.output,
    ));
    print(&dim(
        "the true rate lies within the interval 95 times in 100 (Wilson's score interval)",
    ));
}

/// `  18/20   90 %   70–97 %  checks pass`.
fn line(what: &str, one: &Counted, places: &Places) {
    let rate = one.rate;
    let (low, high) = rate.interval();
    let share = rate.share().unwrap_or_default();
    let bound = one.bound.unwrap_or_default() * 100.0;
    let verdict = match one.against() {
        None => String::new(),
        Some(Against::Held) => green(&format!("  at least {bound:.0} %")),
        Some(Against::Unsure) => format!("  at least {bound:.0} %: more runs would tell"),
        Some(Against::Below) => red(&format!("  surely below {bound:.0} %")),
    };
    let why = one.why.lines().next().unwrap_or_default();
    let why = if why.is_empty() {
        String::new()
    } else {
        format!("  {}", dim(&short(why)))
    };
    let at = if rate.held == rate.of {
        String::new()
    } else {
        format!("  {}", dim(&places.line(one.span)))
    };
    print(&format!(
        "  {:>7}  {:>3.0} %  {:>3.0}–{:<3.0} %  {what}{verdict}{at}{why}",
        format!("{}/{}", rate.held, rate.of),
        share * 100.0,
        low * 100.0,
        high * 100.0,
    ));
}

/// A reason that fits beside its rate.
fn short(why: &str) -> String {
    const MOST: usize = 80;
    if why.chars().count() <= MOST {
        return why.to_owned();
    }
    let kept: String = why.chars().take(MOST).collect();
    format!("{kept}…")
}

fn json(tally: &Tally, places: &Places) {
    for (name, played) in &tally.examples {
        for ((_, _, what), one) in &played.expectations {
            let mut object = rate(one, places);
            object["example"] = json!(name);
            object["expectation"] = json!(what);
            print(&object.to_string());
        }
        let object = json!({
            "example": name, "runs": played.runs, "drafts": played.drafts,
            "problems": played.problems, "broken_off": played.broken_off,
        });
        print(&object.to_string());
    }
    for (id, one) in &tally.rules {
        let mut object = rate(one, places);
        object["rule"] = json!(id);
        print(&object.to_string());
    }
    let object = json!({ "usage": tally.usage, "cost": tally.cost, "below": tally.is_below() });
    print(&object.to_string());
}

fn rate(one: &Counted, places: &Places) -> Value {
    let (low, high) = one.rate.interval();
    let verdict = one.against().map(|against| match against {
        Against::Held => "held",
        Against::Unsure => "unsure",
        Against::Below => "below",
    });
    json!({
        "held": one.rate.held, "of": one.rate.of, "rate": one.rate.share(), "low": low, "high": high,
        "at_least": one.bound, "verdict": verdict, "at": places.line(one.span), "why": one.why,
    })
}

fn total(tally: &Tally) -> Usage {
    let mut sum = Usage::default();
    for usage in tally.usage.values() {
        sum.input += usage.input;
        sum.output += usage.output;
        sum.cache_read += usage.cache_read;
        sum.cache_write += usage.cache_write;
    }
    sum
}

/// A test for each rate; it fails when the rate is surely below its bound.
fn junit(tally: &Tally, places: &Places) {
    let mut cases = Vec::new();
    for (name, played) in &tally.examples {
        for ((_, _, what), one) in &played.expectations {
            cases.push(case(name, what, one, places));
        }
        if !played.broken_off.is_empty() {
            let found = played.broken_off.iter();
            cases.push(Case {
                group: name.clone(),
                name: "gets an answer".to_owned(),
                found: found.map(|(why, times)| broken_off(why, *times)).collect(),
            });
        }
    }
    for (id, one) in &tally.rules {
        cases.push(case("rules", id, one, places));
    }
    print(&junit::document(&cases));
}

fn case(group: &str, name: &str, one: &Counted, places: &Places) -> Case {
    let below = (one.against() == Some(Against::Below)).then(|| {
        let rate = one.rate;
        let message = format!("holds in {} of {} runs", rate.held, rate.of);
        let mut found = Diagnostic::error("rate-below-bound", in_sources(one.span), message);
        found.help = Some(one.why.clone()).filter(|why| !why.is_empty());
        Finding::of(&found, places)
    });
    Case {
        group: group.to_owned(),
        name: name.to_owned(),
        found: below.into_iter().collect(),
    }
}

fn broken_off(why: &str, times: u32) -> Finding {
    Finding {
        code: "broken-off".to_owned(),
        means: String::new(),
        level: Level::Error,
        message: format!("{}: {why}", counted(times as usize, "run")),
        at: None,
        related: Vec::new(),
        help: String::new(),
        fix: None,
        waived: None,
    }
}
