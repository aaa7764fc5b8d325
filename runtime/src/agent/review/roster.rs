//! The reviewers: those of the configuration, and those that commands add.

use futures_util::FutureExt;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::json;

use super::super::{Deployment, event};
pub use crate::config::Reviewer;
use crate::store::reviewers::{self, NewReviewer};
use crate::store::{Connection, StoreError, events, transaction};

/// Makes the reviewers that the configuration names those that it names now.
///
/// # Errors
/// When the store fails.
pub async fn configure(tx: &mut Connection, named: &[Reviewer]) -> Result<(), StoreError> {
    let named: Vec<_> = named.iter().map(row).collect();
    reviewers::configure(tx, &named).await
}

fn row(reviewer: &Reviewer) -> NewReviewer {
    NewReviewer {
        name: reviewer.name.clone(),
        address: reviewer.address.clone(),
        weight: i64::from(reviewer.weight),
        cap: reviewer.cap.map(i64::from),
        hours: reviewer.hours.as_ref().map(ToString::to_string),
        escalates_to: reviewer.escalates_to.clone(),
        absent: reviewer.absent,
        role: reviewer.role,
    }
}

/// A day, as `2026-12-24`, or a minute, as `2026-12-24T13:00`, in a zone: in milliseconds. Of a day it
/// is the beginning, or the end if `end`.
///
/// # Errors
/// [`StoreError::Conflict`] when it is neither, or there is no such zone.
pub fn instant(text: &str, zone: &str, end: bool) -> Result<i64, StoreError> {
    let wrong = |_| {
        StoreError::Conflict(format!(
            "`{text}` is no day or minute: 2026-12-24, or 2026-12-24T13:00"
        ))
    };
    let zone = TimeZone::get(zone);
    let zone = zone.map_err(|error| StoreError::Conflict(error.to_string()))?;
    let civil: DateTime = match (text.parse::<Date>(), text.contains('T')) {
        (Ok(day), false) if end => day.tomorrow().map_err(wrong)?.at(0, 0, 0, 0),
        (Ok(day), false) => day.at(0, 0, 0, 0),
        _ => text.parse().map_err(wrong)?,
    };
    Ok(civil
        .to_zoned(zone)
        .map_err(wrong)?
        .timestamp()
        .as_millisecond())
}

/// A change of who reviews.
#[derive(Debug, Clone)]
pub enum Change {
    /// A reviewer is added, or changed.
    Set(Box<Reviewer>),
    /// A reviewer reviews no longer.
    Remove(String),
    /// A reviewer is away.
    Away {
        /// Who.
        name: String,
        /// From when on; from now on when absent.
        from: Option<i64>,
        /// Until when; until they are back when absent.
        until: Option<i64>,
    },
    /// A reviewer is back, and has no absence planned any more.
    Back(String),
}

/// Changes who reviews. What waits for somebody who is away goes to others by itself.
///
/// # Errors
/// [`StoreError::Conflict`] when there is no such reviewer, the configuration says otherwise, or it
/// cannot be.
pub async fn change(deployment: &Deployment, change: Change, by: String) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let work = transaction(move |tx| async move { carry_out(tx, change, &by, now).await }.boxed());
    deployment.store().write("review.roster", work).await
}

/// The same within a transaction.
///
/// # Errors
/// As of [`change`].
pub async fn carry_out(
    tx: &mut Connection,
    change: Change,
    by: &str,
    now: i64,
) -> Result<(), StoreError> {
    let (kind, data) = match change {
        Change::Set(reviewer) => {
            if let Some(problem) = reviewer.problem() {
                return Err(StoreError::Conflict(problem));
            }
            if let Some(above) = &reviewer.escalates_to {
                reviewers::known(tx, above, now).await?;
            }
            reviewers::set(tx, &row(&reviewer)).await?;
            let data = json!({ "reviewer": reviewer.name, "role": reviewer.role });
            ("reviewer.set", data)
        }
        Change::Remove(name) => {
            reviewers::remove(tx, &name).await?;
            ("reviewer.removed", json!({ "reviewer": name }))
        }
        Change::Away { name, from, until } => {
            let from = from.unwrap_or(now);
            if until.is_some_and(|until| until <= from.max(now)) {
                let why = "an absence ends after it begins, and later than now";
                return Err(StoreError::Conflict(why.to_owned()));
            }
            reviewers::away(tx, &name, from, until, by).await?;
            let data = json!({ "reviewer": name, "from": from, "until": until });
            ("reviewer.away", data)
        }
        Change::Back(name) => {
            reviewers::back(tx, &name, now).await?;
            ("reviewer.back", json!({ "reviewer": name }))
        }
    };
    events::append(tx, &event(kind, by, None, None, data), now).await?;
    Ok(())
}
