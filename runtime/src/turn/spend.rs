//! What turns may cost: the price of each call, the caps of one turn, and the budgets of a day.
//!
//! Before a call the most that it can come to is reserved in its budgets, and afterwards what it did
//! come to is put in its place. So what is spent is never more than the budget and one call, also when calls run at
//! once or an attempt ends in one: what was in flight then counts as spent.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use silex_bundle::Model;

use crate::model::{Cause, Fault, ModelError, Prices, Usage};
use crate::store::budgets::{self, Calling, Taken, Wish};
use crate::store::turns::Step;
use crate::store::{Store, StoreError, transaction};

/// Jobs ask again so often whether there is money, for a budget may be raised.
const ASK_AGAIN: Duration = Duration::from_secs(15 * 60);

/// When jobs come again that wait for others to say what they cost.
const IN_A_MOMENT: Duration = Duration::from_secs(5);

/// Millionths of the currency in which prices are.
pub type Micros = i64;

/// What calls cost, and how much of it may be spent.
#[derive(Debug, Clone, Default)]
pub struct Spending {
    /// What models cost.
    pub prices: Prices,
    /// What one turn may use.
    pub caps: Caps,
    /// What all agents together may cost in a day.
    pub day: Option<Micros>,
    /// What an agent may cost in a day.
    pub agents: BTreeMap<String, Micros>,
    /// The zone in which days begin.
    pub zone: String,
}

/// What one turn may use; no cap where none is set. A turn that has reached one is for a person.
#[derive(Debug, Clone, Copy, Default)]
pub struct Caps {
    /// Tokens read and written.
    pub tokens: Option<u64>,
    /// What its calls cost.
    pub money: Option<Micros>,
    /// How long its calls of models and tools took together.
    pub time: Option<Duration>,
}

/// What a turn has used so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    tokens: u64,
    money: Micros,
    ms: i64,
}

impl Used {
    /// Counts a step.
    pub fn add(&mut self, step: &Step) {
        let usage = step.usage.as_ref();
        let usage = usage.and_then(|usage| serde_json::from_value::<Usage>(usage.clone()).ok());
        self.tokens += usage.map_or(0, |usage| usage.all());
        self.money += step.cost;
        self.ms += step.finished_at - step.started_at;
    }

    /// Counts the time of calls that were made together.
    pub fn took(&mut self, ms: i64) {
        self.ms += ms;
    }

    /// The cap that is reached, in words for a person.
    #[must_use]
    pub fn reached(&self, caps: &Caps) -> Option<String> {
        let tokens = caps.tokens.filter(|most| self.tokens >= *most);
        let money = caps.money.filter(|most| self.money >= *most);
        let time = caps
            .time
            .filter(|most| u128::try_from(self.ms).unwrap_or(0) >= most.as_millis());
        if let Some(most) = tokens {
            return Some(format!("the turn has used {most} tokens"));
        }
        if let Some(most) = money {
            return Some(format!("the turn has cost {}", in_words(most)));
        }
        time.map(|most| format!("the turn has taken {} s", most.as_secs()))
    }
}

/// An amount with as many decimals as it needs, two at least.
#[must_use]
pub fn in_words(micros: Micros) -> String {
    let (sign, micros) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    let decimals = format!("{:06}", micros % 1_000_000);
    let mut decimals = decimals.trim_end_matches('0').to_owned();
    while decimals.len() < 2 {
        decimals.push('0');
    }
    format!("{sign}{}.{decimals}", micros / 1_000_000)
}

/// What is reserved in budgets for a call.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Reserved {
    /// The reservation; none where no budget is concerned.
    pub id: Option<i64>,
    /// How much, in each budget.
    pub amount: Micros,
}

impl Spending {
    /// Reserves in the budgets what a call of one of `models` can come to.
    ///
    /// # Errors
    /// A budget is spent, or the store does not answer.
    pub async fn reserve(
        &self,
        store: &Store,
        call: Calling,
        models: &[&Model],
        most: impl FnOnce() -> Usage,
        now: i64,
    ) -> Result<Reserved, SpendError> {
        if self.day.is_none() && self.agents.is_empty() {
            return Ok(Reserved::default());
        }
        let most = most();
        let costs = models
            .iter()
            .map(|model| self.prices.cost(&model.name, &most));
        let amount = costs.max().unwrap_or_default();
        let (day, until_tomorrow) = self.day_of(now);
        let wish = Wish {
            call,
            amount,
            day,
            all: self.day,
            agents: self.agents.clone(),
        };
        let work =
            transaction(move |tx| async move { budgets::reserve(tx, &wish, now).await }.boxed());
        match store.write("", work).await? {
            Taken::From(id) => Ok(Reserved { id, amount }),
            Taken::Reserved => Err(SpendError::Spent(ModelError::Snooze {
                after: IN_A_MOMENT,
                fault: Fault::new(None, "calls that are made now may use the budget up"),
            })),
            Taken::Spent { budget, limit } => Err(SpendError::Spent(ModelError::Out {
                after: until_tomorrow.min(ASK_AGAIN),
                cause: Cause::Budget,
                fault: Fault::new(
                    None,
                    format!("the budget `{budget}` of {} is spent", in_words(limit)),
                ),
            })),
        }
    }

    /// The day of an instant in the deployment's zone, and how long it still is.
    #[must_use]
    pub fn day_of(&self, now: i64) -> (String, Duration) {
        let instant = jiff::Timestamp::from_millisecond(now).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let zone = jiff::tz::TimeZone::get(&self.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let here = instant.to_zoned(zone);
        let tomorrow = here.tomorrow().and_then(|day| day.start_of_day());
        let left = tomorrow.map(|next| next.timestamp().duration_since(instant));
        let left = left.ok().and_then(|left| Duration::try_from(left).ok());
        (here.date().to_string(), left.unwrap_or(ASK_AGAIN))
    }
}

/// Why nothing was reserved.
#[derive(Debug, thiserror::Error)]
pub enum SpendError {
    /// There is nothing left in it.
    #[error(transparent)]
    Spent(ModelError),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::store::turns::StepKind;

    fn step(tokens: u64, cost: Micros, ms: i64) -> Step {
        Step {
            turn_id: 1,
            number: 0,
            kind: StepKind::Model,
            request_digest: String::new(),
            request: json!({}),
            result: None,
            error: None,
            usage: Some(json!({ "input": tokens })),
            model: None,
            cost,
            started_at: 5,
            finished_at: 5 + ms,
        }
    }

    fn check_reached(caps: Caps, expected: Option<&str>) {
        let mut used = Used::default();
        used.add(&step(600, 30_000, 700));
        used.add(&step(400, 20_000, 300));
        assert_eq!(used.reached(&caps).as_deref(), expected);
    }

    #[test]
    fn a_turn_that_has_used_up_a_cap_says_which() {
        check_reached(Caps::default(), None);
        let tokens = |most| Caps {
            tokens: Some(most),
            ..Caps::default()
        };
        check_reached(tokens(1_001), None);
        check_reached(tokens(1_000), Some("the turn has used 1000 tokens"));
        let money = Caps {
            money: Some(50_000),
            ..Caps::default()
        };
        check_reached(money, Some("the turn has cost 0.05"));
        let time = Caps {
            time: Some(Duration::from_secs(1)),
            ..Caps::default()
        };
        check_reached(time, Some("the turn has taken 1 s"));
    }

    #[test]
    fn days_begin_in_the_zone_of_the_deployment() {
        let spending = Spending {
            zone: "Europe/Berlin".to_owned(),
            ..Spending::default()
        };
        // 2026-11-26T22:59:59Z is one second before midnight there.
        assert_eq!(
            spending.day_of(1_795_733_999_000),
            ("2026-11-26".to_owned(), Duration::from_secs(1))
        );
        assert_eq!(spending.day_of(1_795_734_000_000).0, "2026-11-27");
    }

    #[test]
    fn amounts_are_written_with_the_decimals_that_they_need() {
        assert_eq!(in_words(1_500_000), "1.50");
        assert_eq!(in_words(37), "0.000037");
        assert_eq!(in_words(-20_000), "-0.02");
    }
}
