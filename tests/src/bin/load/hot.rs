//! Whether others wait when one contact writes thousands of mails into one thread.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::json;
use silex_runtime::store::deliveries;
use silex_runtime::store::jobs::{self, JobState};
use silex_tests::house::{House, Plan, mail};

use crate::Options;
use crate::table::{Goal, Row, number, quantile};

/// How often one of the others writes, each of them once.
const EVERY: Duration = Duration::from_millis(200);
/// How many of them write while there is no flood.
const QUIET: usize = 100;
/// How many bring the flood at once.
const BRINGING: usize = 4;
/// The flood has gone by when so few jobs are left, which are those of others.
const LEFT: i64 = 8;
const PATIENCE: Duration = Duration::from_secs(1200);
/// The number of the first mail of the flood; those of others are far below.
const HOT: usize = 1_000_000;

pub(crate) fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    // In earnest a contact is cut off after some mails an hour. Here all of them are answered.
    let much = 1_000_000;
    let pace = json!({ "thread_per_hour": much, "sender_per_day": much, "sender_mails_per_hour": much,
                       "thread_mails": much });
    let plan = Plan {
        settings: json!({ "inbound": { "pace": pace } }),
        ..Plan::default()
    };
    let mut house = House::new(&options.silexd, plan)?;
    house.silexd.serve();
    let mut posted = Vec::new();
    while posted.len() < QUIET {
        post(&house, &mut posted)?;
    }
    let began = Instant::now();
    flood(&house, options.mails, &mut posted)?;
    let took = began.elapsed();
    house.until_sent(posted.len())?;
    let waited = waits(&house, &posted)?;
    house.silexd.terminate();
    let (quiet, beside) = waited.split_at(QUIET);
    let (quiet, beside) = (sorted(quiet), sorted(beside));
    let row = |what: String, value: f64, unit| Row::new("hot", what, value, unit);
    let mut rows = vec![
        row(
            "mails in one thread".to_owned(),
            number(options.mails),
            "mails",
        ),
        row("until it is worked off".to_owned(), took.as_secs_f64(), "s"),
        row(
            "others who wrote meanwhile".to_owned(),
            number(beside.len()),
            "mails",
        ),
    ];
    for (name, waits) in [("quiet", &quiet), ("beside the thread", &beside)] {
        for (share, of) in [
            (0.5, "half of all"),
            (0.95, "95 of 100"),
            (0.99, "99 of 100"),
        ] {
            let what = format!("{name}: from the post to the answer, {of}");
            rows.push(row(what, quantile(waits, share), "ms"));
        }
    }
    let times = quantile(&beside, 0.95) / quantile(&quiet, 0.95);
    rows.push(
        row(
            "95 of 100 beside the thread, of quiet".to_owned(),
            times,
            "times",
        )
        .goal(Goal::AtMost(3.0)),
    );
    Ok(rows)
}

/// One of the others writes.
fn post(house: &House, posted: &mut Vec<i64>) -> anyhow::Result<()> {
    let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    house.post(posted.len()..posted.len() + 1)?;
    posted.push(i64::try_from(at)?);
    thread::sleep(EVERY);
    Ok(())
}

/// Brings the mails of one thread as fast as they are taken, while others write, until they are worked off.
fn flood(house: &House, mails: usize, posted: &mut Vec<i64>) -> anyhow::Result<()> {
    let store = house.block_on(house.silexd.store())?;
    let left = || {
        house.block_on(async {
            let counts = jobs::counts(&mut *store.read().await?).await?;
            let unfinished = [
                JobState::Scheduled,
                JobState::Blocked,
                JobState::Ready,
                JobState::Running,
            ];
            let unfinished = unfinished.iter().filter_map(|state| counts.get(state));
            anyhow::Ok(unfinished.sum::<i64>())
        })
    };
    house.post_mail(hot(0))?;
    thread::scope(|scope| {
        let bring = |first: usize| {
            move || {
                (first..mails)
                    .step_by(BRINGING)
                    .try_for_each(|number| house.post_mail(hot(number)))
            }
        };
        let bringing: Vec<_> = (1..=BRINGING)
            .map(|first| scope.spawn(bring(first)))
            .collect();
        let began = Instant::now();
        loop {
            post(house, posted)?;
            let is_over =
                bringing.iter().all(thread::ScopedJoinHandle::is_finished) && left()? <= LEFT;
            if is_over || began.elapsed() > PATIENCE {
                break;
            }
        }
        for bringing in bringing {
            bringing
                .join()
                .map_err(|_| anyhow::anyhow!("the flood ended"))??;
        }
        anyhow::Ok(())
    })?;
    house.block_on(store.close());
    Ok(())
}

/// A mail of the one thread. One that repeats the mail before it but for its numbers would be put aside.
fn hot(number: usize) -> String {
    let (first, this) = (HOT, HOT + number);
    let refers = format!("References: <{first}@writers.example>\r\nDate: ");
    mail(first)
        .replace(
            &format!("Message-ID: <{first}@"),
            &format!("Message-ID: <{this}@"),
        )
        .replace("Date: ", if number == 0 { "Date: " } else { &refers })
        .replace(
            "this is question",
            &format!("this is {} question", in_letters(number)),
        )
}

fn in_letters(number: usize) -> String {
    let digits = number.to_string();
    digits
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}

/// How long each of the others waited for the answer, milliseconds.
fn waits(house: &House, posted: &[i64]) -> anyhow::Result<Vec<f64>> {
    let settled: BTreeMap<String, i64> = house.block_on(async {
        let store = house.silexd.store().await?;
        let all = deliveries::list(&mut *store.read().await?, None, None, 1_000_000).await?;
        let settled = all
            .into_iter()
            .filter_map(|it| Some((it.recipient, it.settled_at?)));
        let settled = settled.collect();
        store.close().await;
        anyhow::Ok(settled)
    })?;
    let waited = posted.iter().enumerate().map(|(number, posted)| {
        let answered = settled.get(&format!("writer-{number}@writers.example"));
        let answered = answered.ok_or_else(|| anyhow::anyhow!("writer {number} has no answer"))?;
        #[expect(clippy::cast_precision_loss, reason = "nobody waits for years")]
        Ok((answered - posted) as f64)
    });
    waited.collect()
}

fn sorted(waits: &[f64]) -> Vec<f64> {
    let mut waits = waits.to_vec();
    waits.sort_by(f64::total_cmp);
    waits
}
