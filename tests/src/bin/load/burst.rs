//! Thousands of mails at once, on a model that takes two seconds for each of three calls.

use std::time::{Duration, Instant};

use serde_json::json;

use silex_tests::house::{House, Plan, mail};

use crate::Options;
use crate::table::{Goal, Row, number};

/// Three calls, one after another.
const FLOOR_S: f64 = 6.0;

pub(crate) fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let plan = Plan {
        pace: Duration::from_secs(2),
        settings: json!({ "inbound": { "folder": null } }),
        ..Plan::default()
    };
    let mut house = House::new(&options.silexd, plan)?;
    keep(&house, options.at_once);
    let began = Instant::now();
    house.silexd.serve();
    let idle = house.usage()?;
    let mut most_kib = 0;
    while house.sent() < options.at_once {
        most_kib = most_kib.max(house.usage()?.memory_kib);
        if began.elapsed() > Duration::from_secs(300) {
            anyhow::bail!("only {} of {} mails left", house.sent(), options.at_once);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let (seconds, after) = (began.elapsed().as_secs_f64(), house.usage()?);
    let traffic = house.model.traffic();
    let at_once = number(options.at_once);
    let kib = number(usize::try_from(most_kib.saturating_sub(idle.memory_kib))?);
    let cpu = (after.cpu - idle.cpu).as_secs_f64();
    let row = |what: &str, value: f64, unit| Row::new("burst", what, value, unit);
    Ok(vec![
        row("mails at once", at_once, "mails"),
        row("until all have left", seconds, "s").goal(Goal::AtMost(9.0)),
        row("of what the model alone takes", seconds / FLOOR_S, "times"),
        row(
            "calls in flight, the most",
            number(traffic.most_in_flight),
            "calls",
        ),
        row(
            "memory of a call in flight",
            kib / number(traffic.most_in_flight),
            "KiB",
        )
        .goal(Goal::AtMost(30.0)),
        row(
            "processor time of silexd",
            cpu * 1000.0 / at_once,
            "ms/mail",
        ),
        row("calls paid twice", number(traffic.repeated), "calls").goal(Goal::AtMost(0.0)),
    ])
}

/// Lets the mails in while nothing works on them, so that all are there at once.
fn keep(house: &House, mails: usize) {
    let names: Vec<String> = (0..mails).map(|number| format!("{number}.eml")).collect();
    for (number, name) in names.iter().enumerate() {
        house.silexd.put(name, mail(number).as_bytes());
    }
    let arguments: Vec<&str> = std::iter::once("ingest")
        .chain(names.iter().map(String::as_str))
        .collect();
    house.silexd.prints(&arguments);
}
