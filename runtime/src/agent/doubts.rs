//! What breaks no invariant, and what somebody should look at: events of SES and mails that did not find
//! each other.

use super::Deployment;
use crate::store::deliveries::{self, Delivery};
use crate::store::{StoreError, delivery_events};

/// How long SES may take to tell of a mail, and how often somebody is told of these.
pub(super) const A_DAY_MS: i64 = 24 * 3600 * 1000;

/// Of what nobody can say whether it is as it should be, that many.
const DOUBTS: i64 = 20;

/// What breaks nothing, and what somebody should look at: events that are about no mail of ours,
/// and mails that none is about.
///
/// # Errors
/// When the store fails.
pub async fn all(deployment: &Deployment) -> Result<Vec<String>, StoreError> {
    let mut reader = deployment.store().read().await?;
    let unjoined = delivery_events::unjoined(&mut reader, DOUBTS).await?;
    let mut doubts: Vec<String> = unjoined
        .iter()
        .map(|event| {
            let (id, to) = (event.provider_id.as_deref(), event.recipients.join(", "));
            let id = id.unwrap_or("a mail");
            format!(
                "`{}` was told of {id} to {to}, which is none of ours",
                event.outcome
            )
        })
        .collect();
    if deployment.hears_of_each_mail() {
        let since = deployment.clock().now_ms() - A_DAY_MS;
        let untold = deliveries::untold(&mut reader, since, DOUBTS).await?;
        doubts.extend(untold.iter().map(|delivery| {
            let Delivery { id, recipient, .. } = delivery;
            format!(
                "delivery {id} to {recipient} was taken by SES, which told nothing of it for a day"
            )
        }));
    }
    Ok(doubts)
}
