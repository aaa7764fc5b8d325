//! How long a job waits to start when nothing else is to do, and what a flood of one mail becomes.

use silex_runtime::store::drafts;
use silex_runtime::store::jobs::{self, Filter};

use silex_tests::house::{House, Plan};

use crate::Options;
use crate::table::{Goal, Row, number, quantile};

const MAILS: usize = 100;
const AGAIN: usize = 100;

pub(crate) fn measure(options: &Options) -> anyhow::Result<Vec<Row>> {
    let mut house = House::new(&options.silexd, Plan::default())?;
    house.silexd.serve();
    for number in 0..MAILS {
        house.post(number..number + 1)?;
        house.until_sent(number + 1)?;
    }
    let answers = house.post_again(MAILS, AGAIN)?;
    house.until_sent(MAILS + 1)?;
    house.silexd.terminate();
    let (mut waits, written) = house.block_on(async {
        let store = house.silexd.store().await?;
        let mut db = store.read().await?;
        let all = jobs::list(&mut db, &Filter::default(), 100_000).await?;
        let waits = all
            .iter()
            .filter_map(|job| Some(job.started_at? - job.created_at));
        let written = drafts::list(&mut db, None, 100_000).await?.len();
        anyhow::Ok((waits.collect::<Vec<i64>>(), written))
    })?;
    waits.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "a wait is a few milliseconds")]
    let waits: Vec<f64> = waits.into_iter().map(|wait| wait as f64).collect();
    let taken = answers.get(&202).copied().unwrap_or_default();
    let row = |what: &str, value: f64, unit| Row::new("latency", what, value, unit);
    Ok(vec![
        row(
            "from enqueuing to the start, half of all",
            quantile(&waits, 0.5),
            "ms",
        ),
        row(
            "from enqueuing to the start, 99 of 100",
            quantile(&waits, 0.99),
            "ms",
        )
        .goal(Goal::AtMost(2.0)),
        row(
            "the same mail a hundred times at once: taken",
            number(taken),
            "times",
        )
        .goal(Goal::AtMost(1.0)),
        row(
            "the same mail a hundred times at once: drafts",
            number(written - MAILS),
            "drafts",
        )
        .goal(Goal::AtMost(1.0)),
    ])
}
