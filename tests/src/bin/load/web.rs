//! How long the web edge takes, idle and while something burns the processor, and whether other
//! mail goes on meanwhile.

use std::time::{Duration, Instant};

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
        nice: 10,
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

/// Looked at from a thread of its own: the provider of models that this process also is has enough to
/// do beside a hog to answer late, which is not `silexd`'s matter.
fn p99(house: &House) -> anyhow::Result<f64> {
    let address = house.silexd.address();
    let looking = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(looks(&address))
    });
    let looked = looking.join();
    let mut took = looked.map_err(|_| anyhow::anyhow!("the looking ended"))??;
    took.sort_by(f64::total_cmp);
    Ok(quantile(&took, 0.99))
}

/// How long each page took, in milliseconds.
async fn looks(address: &str) -> anyhow::Result<Vec<f64>> {
    let client = reqwest::Client::new();
    let mut looks = tokio::time::interval(EVERY);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut took = Vec::new();
    let until = Instant::now() + LOOK;
    while Instant::now() < until {
        looks.tick().await;
        for path in ["/healthz", "/"] {
            let began = Instant::now();
            let answer = client.get(format!("{address}{path}")).send().await?;
            answer.error_for_status()?.bytes().await?;
            took.push(began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(took)
}
