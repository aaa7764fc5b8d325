//! `kill -9` four times while 500 mails are on their way: nothing lost, nothing twice.
//!
//! A call of the model that is being answered when the process ends is lost with it, whatever the
//! program: that many are paid twice at the least. So it is told apart from what the program adds, and
//! measured with a model that answers at once and with one that takes its time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use silex_tests::history;

use silex_tests::house::{House, Plan};

use crate::Options;
use crate::table::{Goal, Row, number};

const MAILS: usize = 500;
const KILLS: usize = 4;

/// How long a request of a process that is gone may be on its way.
const ON_THE_WIRE: Duration = Duration::from_millis(50);

/// A model that takes its time.
const SLOW: Duration = Duration::from_millis(50);

pub(crate) fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut rows = killed(options, "instant model", Duration::ZERO)?;
    rows.extend(killed(options, "50 ms model", SLOW)?);
    Ok(rows)
}

fn killed(options: &Options, model: &str, pace: Duration) -> anyhow::Result<Vec<Row>> {
    let plan = Plan {
        pace,
        ..Plan::default()
    };
    let mut house = House::new(&options.silexd, plan)?;
    house.silexd.serve();
    house.post(0..MAILS)?;
    let (mut waited, mut in_flight) = (Duration::ZERO, 0);
    for kill in 1..=KILLS {
        house.until_sent(kill * MAILS / (KILLS + 1))?;
        let at_the_kill = house.model.traffic();
        house.silexd.kill();
        // What it had sent, and the provider had not read yet.
        std::thread::sleep(ON_THE_WIRE);
        let before = (house.model.traffic().calls, house.sent());
        in_flight += at_the_kill.in_flight + (before.0 - at_the_kill.calls);
        house.silexd.serve();
        let served = Instant::now();
        // A turn whose answer was heard before the kill goes on without a call.
        let goes_on = || (house.model.traffic().calls, house.sent()) != before;
        while !goes_on() && served.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(1));
        }
        waited = waited.max(served.elapsed());
    }
    house.until_sent(MAILS)?;
    // The last one has left before its job is done.
    house.silexd.terminate();
    let (lost, doubled) = answers(&house);
    let violations = house.block_on(async {
        let store = house.silexd.store().await?;
        history::violations(&store).await
    })?;
    let traffic = house.model.traffic();
    let share = |calls: usize| number(calls) / number(traffic.calls) * 100.0;
    let added = share(traffic.repeated.saturating_sub(in_flight));
    let row =
        |what: &str, value: f64, unit| Row::new("kills", format!("{model}: {what}"), value, unit);
    Ok(vec![
        row("mails lost", number(lost), "of 500").goal(Goal::AtMost(0.0)),
        row("mails answered twice", number(doubled), "of 500").goal(Goal::AtMost(0.0)),
        row("invariants broken", number(violations.len()), "").goal(Goal::AtMost(0.0)),
        row("calls paid twice", share(traffic.repeated), "%").goal(Goal::AtMost(1.0)),
        row("calls in flight at the kills", share(in_flight), "%"),
        row("calls paid twice besides those", added, "%").goal(Goal::AtMost(1.0)),
        row(
            "until work goes on after a start, the longest",
            waited.as_secs_f64(),
            "s",
        )
        .goal(Goal::AtMost(0.5)),
    ])
}

/// How many mails have no answer, and how many have more than one.
fn answers(house: &House) -> (usize, usize) {
    let mut answered: BTreeMap<String, usize> = BTreeMap::new();
    for sent in house.silexd.outbox() {
        let answers = sent
            .lines()
            .find_map(|line| line.strip_prefix("In-Reply-To:"));
        if let Some(id) = answers {
            *answered.entry(id.trim().to_owned()).or_default() += 1;
        }
    }
    let doubled = answered.values().filter(|times| **times > 1).count();
    (MAILS.saturating_sub(answered.len()), doubled)
}
