//! How much happens, how fast, and what it costs: small charts from the store.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::Query;
use minijinja::context;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::chart::{Chart, Series, chart};
use super::template;
use super::visit::{Page, PageError, Visit, values};
use crate::store::numbers::{self, Stretch};

/// How long numbers are good for: the whole stretch is counted for them.
const FRESH_MS: i64 = 60_000;
const HOUR_MS: i64 = 3_600_000;

/// A stretch of time that is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Span {
    #[default]
    Day,
    Week,
    Month,
}

impl Span {
    /// The length of a bar in milliseconds, how many there are, and how their times are written.
    fn bars(self) -> (i64, usize, &'static str) {
        match self {
            Self::Day => (HOUR_MS, 24, "%H:%M"),
            Self::Week => (6 * HOUR_MS, 28, "%a %H:%M"),
            Self::Month => (24 * HOUR_MS, 30, "%b %-d"),
        }
    }
}

/// Which numbers are looked at.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    span: Span,
}

/// What was counted, and when.
type At = (i64, Arc<Vec<Stretch>>);

/// Numbers that were counted a moment ago. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Counted(Arc<Mutex<BTreeMap<Span, At>>>);

pub(super) async fn show(
    mut visit: Visit,
    Extension(counted): Extension<Counted>,
    Query(asked): Query<Asked>,
) -> Page {
    let (at, stretches) = counted.of(&mut visit, asked.span).await?;
    let (_, _, written) = asked.span.bars();
    let times: Vec<String> = stretches
        .iter()
        .map(|one| template::written(one.from, written))
        .collect();
    let charts = [
        throughput(&stretches, &times),
        latency(&stretches, &times),
        spend(&stretches, &times),
        breaks(&stretches, &times),
    ];
    let span = match asked.span {
        Span::Day => "day",
        Span::Week => "week",
        Span::Month => "month",
    };
    let content = context! { charts => values(&charts), at, span };
    visit.show("numbers.html", "Numbers", content).await
}

impl Counted {
    /// The numbers of a span and when they were counted. Whoever asks meanwhile waits for the same.
    async fn of(&self, visit: &mut Visit, span: Span) -> Result<At, PageError> {
        let now = visit.now();
        let mut kept = self.0.lock().await;
        if let Some((at, stretches)) = kept.get(&span).filter(|(at, _)| now - at < FRESH_MS) {
            return Ok((*at, Arc::clone(stretches)));
        }
        let (length, many, _) = span.bars();
        let ends = now - now.rem_euclid(HOUR_MS) + HOUR_MS;
        let from = ends - length * i64::try_from(many).unwrap_or(i64::MAX / length);
        let counted = numbers::stretches(&mut visit.reader, from, length, many).await?;
        let counted = Arc::new(counted);
        kept.insert(span, (now, Arc::clone(&counted)));
        Ok((now, counted))
    }
}

fn throughput(stretches: &[Stretch], times: &[String]) -> Chart {
    let all = |of: fn(&Stretch) -> i64| stretches.iter().map(of).sum::<i64>();
    let (received, delivered) = (all(|one| one.received), all(|one| one.delivered));
    let sum = format!("{received} mails came in, {delivered} were sent");
    let of = |name, look, of: fn(&Stretch) -> i64| Series {
        name,
        look,
        values: stretches.iter().map(|one| number(of(one))).collect(),
    };
    let series = [
        of("in", "one", |one| one.received),
        of("out", "other", |one| one.delivered),
    ];
    chart("Throughput", sum, times, &series, |it| format!("{it:.0}"))
}

fn latency(stretches: &[Stretch], times: &[String]) -> Chart {
    let mut all: Vec<i64> = stretches.iter().flat_map(|one| one.waits.clone()).collect();
    all.sort_unstable();
    let sum = match (quantile(&all, 50), quantile(&all, 90)) {
        (Some(half), Some(most)) => format!(
            "half of the replies left within {}, nine of ten within {}",
            template::lasted(half),
            template::lasted(most)
        ),
        _ => "no reply was sent".to_owned(),
    };
    let of = |name, look, percent| Series {
        name,
        look,
        values: stretches
            .iter()
            .map(|one| quantile(&one.waits, percent).map_or(0.0, number))
            .collect(),
    };
    let series = [of("median", "one", 50), of("nine of ten", "other", 90)];
    #[expect(clippy::cast_possible_truncation, reason = "these were integers")]
    chart("From mail to reply", sum, times, &series, |it| {
        template::lasted(it as i64)
    })
}

fn spend(stretches: &[Stretch], times: &[String]) -> Chart {
    let all: i64 = stretches.iter().map(|one| one.cost).sum();
    let series = [Series {
        name: "for models",
        look: "one",
        values: stretches.iter().map(|one| number(one.cost)).collect(),
    }];
    #[expect(clippy::cast_possible_truncation, reason = "these were integers")]
    let said = |it: f64| template::money(it as i64);
    let sum = format!("{} for calls of models", template::money(all));
    chart("Spend", sum, times, &series, said)
}

fn breaks(stretches: &[Stretch], times: &[String]) -> Chart {
    let written: i64 = stretches.iter().map(|one| one.written).sum();
    let broken: i64 = stretches.iter().map(|one| one.broken).sum();
    let share = |broken: i64, written: i64| match written {
        0 => 0.0,
        written => number(broken) / number(written) * 100.0,
    };
    let sum = format!("{broken} of {written} drafts broke a rule");
    let series = [Series {
        name: "of the drafts",
        look: "bad",
        values: stretches
            .iter()
            .map(|one| share(one.broken, one.written))
            .collect(),
    }];
    chart("Broken rules", sum, times, &series, |it| {
        format!("{it:.0} %")
    })
}

/// The value that so many of a hundred do not pass. The values are in order.
fn quantile(values: &[i64], percent: usize) -> Option<i64> {
    let place = (values.len() * percent).div_ceil(100).max(1) - 1;
    values.get(place).copied()
}

#[expect(clippy::cast_precision_loss, reason = "nobody counts to 2^53")]
fn number(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let values: Vec<i64> = (1..=10).collect();
        assert_eq!(
            (quantile(&values, 50), quantile(&values, 90)),
            (Some(5), Some(9))
        );
        assert_eq!((quantile(&[7], 50), quantile(&[7], 90)), (Some(7), Some(7)));
        assert_eq!(quantile(&[], 50), None);
    }
}
