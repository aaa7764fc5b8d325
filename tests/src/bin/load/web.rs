//! How long the web edge takes, idle and while something burns the processor, and whether other
//! mail goes on meanwhile.

use std::time::Duration;

use crate::hogs::{HOGS, Hog};
use silex_tests::house::{House, Plan};

use crate::Options;
use crate::table::{Goal, Row, number, quantile};

/// How long each state is looked at, and how often.
const LOOK: Duration = Duration::from_secs(8);
const EVERY: Duration = Duration::from_millis(10);

/// Mails that are to go their way meanwhile.
const OTHERS: usize = 20;

pub(crate) fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for hog in &HOGS {
        rows.extend(beside(options, hog)?);
    }
    Ok(rows)
}

fn beside(options: &Options, hog: &Hog) -> anyhow::Result<Vec<Row>> {
    let plan = Plan {
        pattern: hog.pattern,
        brain: Box::new(hog.brain),
        ..Plan::default()
    };
    let mut house = House::new(&options.silexd, plan)?;
    house.silexd.serve();
    house.post(0..10)?;
    house.until_sent(10)?;
    let idle = p99(&house)?;
    let before = house.usage()?.cpu;
    let stop = (hog.start)(&house)?;
    std::thread::sleep(Duration::from_millis(200));
    house.post(10..10 + OTHERS)?;
    let busy = p99(&house)?;
    let burnt = (house.usage()?.cpu - before).as_secs_f64() / LOOK.as_secs_f64();
    let went_on = house.sent() - 10;
    drop(stop);
    let row = |what: &str, value: f64, unit| {
        Row::new("web", format!("{}: {what}", hog.name), value, unit)
    };
    Ok(vec![
        row("p99 idle", idle, "ms"),
        row("p99 beside it", busy, "ms").goal(Goal::AtMost(idle + 5.0)),
        row("processors that silexd kept busy", burnt, "of all"),
        row("other mails that went their way", number(went_on), "of 20")
            .goal(Goal::AtLeast(number(OTHERS))),
    ])
}

fn p99(house: &House) -> anyhow::Result<f64> {
    let address = house.silexd.address();
    let mut took: Vec<f64> = house.block_on(async {
        let mut looks = tokio::time::interval(EVERY);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut took = Vec::new();
        let until = tokio::time::Instant::now() + LOOK;
        while tokio::time::Instant::now() < until {
            looks.tick().await;
            took.push(house.get(&address, "/healthz").await?);
            took.push(house.get(&address, "/").await?);
        }
        anyhow::Ok(took)
    })?;
    took.sort_by(f64::total_cmp);
    Ok(quantile(&took, 0.99))
}
