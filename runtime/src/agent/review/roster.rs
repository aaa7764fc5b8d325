//! The reviewers: those of the configuration, and those that commands add.

use futures_util::FutureExt;
use serde_json::json;

use super::super::{Deployment, event};
use crate::config::Reviewer;
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
    }
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

async fn carry_out(
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
            ("reviewer.set", json!({ "reviewer": reviewer.name }))
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
