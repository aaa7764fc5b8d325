//! What became of it all.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use silex_runtime::store::jobs::{self, JobState};
use silex_tests::history;
use silex_tests::house::House;
use silex_tests::stub_model::Traffic;

use crate::harm::Harm;
use crate::writer::Written;

/// How long what is left may take when nobody harms any more.
const REST: Duration = Duration::from_secs(300);

/// What became of it all.
#[derive(Debug)]
pub(crate) struct Verdict {
    text: String,
    problems: Vec<String>,
}

impl Verdict {
    /// Whether nothing was lost or done twice.
    pub(crate) fn holds(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        for problem in &self.problems {
            write!(f, "\n- {problem}")?;
        }
        match self.problems.len() {
            0 => write!(f, "\nnothing was lost, and nothing was done twice"),
            many => write!(f, "\n{many} problems"),
        }
    }
}

/// Lets the rest be done, as an operator would, and looks.
pub(crate) fn reach(house: &mut House, written: &Written, harm: &Harm) -> anyhow::Result<Verdict> {
    let (mut rerun, began) = (0, Instant::now());
    while house.sent() < written.mails && began.elapsed() < REST {
        rerun += run_again(house)?;
        std::thread::sleep(Duration::from_millis(200));
    }
    house.silexd.terminate();
    let mut problems = house.block_on(async {
        let store = house.silexd.store().await?;
        history::violations(&store).await
    })?;
    problems.extend(unanswered(house, written.mails));
    if written.mails == 0 {
        problems.push("no mail was taken, so nothing was tried".to_owned());
    }
    let Traffic {
        calls, repeated, ..
    } = house.model.traffic();
    let text = format!(
        "{} mails taken, {} again, {} times none was taken; {} kills, {} stops, {} pauses; \
         slowest start {} ms; {rerun} jobs run again by hand; {calls} calls of the model, {repeated} of them asked before",
        written.mails,
        written.again,
        written.refused,
        harm.kills,
        harm.stops,
        harm.pauses,
        harm.slowest_start.as_millis(),
    );
    Ok(Verdict { text, problems })
}

/// Runs what gave up again. What was there each time the process was killed is put aside as if it
/// had been the reason.
fn run_again(house: &House) -> anyhow::Result<usize> {
    let stuck = house.block_on(async {
        let store = house.silexd.store().await?;
        let mut db = store.read().await?;
        jobs::stuck(&mut db, 1000).await
    })?;
    let dead = stuck.iter().filter(|job| job.state == JobState::Dead);
    let ids: Vec<String> = dead.map(|job| job.id.to_string()).collect();
    for id in &ids {
        house.silexd.prints(&["jobs", "retry", id]);
    }
    Ok(ids.len())
}

/// The mails that have no answer, or more than one.
fn unanswered(house: &House, mails: usize) -> Vec<String> {
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for sent in house.silexd.outbox() {
        let id = sent
            .lines()
            .find_map(|line| line.strip_prefix("In-Reply-To:"));
        *answers
            .entry(id.unwrap_or_default().trim().to_owned())
            .or_default() += 1;
    }
    (0..mails)
        .filter_map(|number| {
            let times = answers
                .get(&format!("<{number}@writers.example>"))
                .copied()
                .unwrap_or(0);
            (times != 1).then(|| format!("mail {number} has {times} answers"))
        })
        .collect()
}
