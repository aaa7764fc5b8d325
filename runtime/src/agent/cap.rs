//! How many mails one contact gets: `at_most N per D`.

use silex_bundle::tool::AtMost;

use crate::store::{Connection, StoreError, deliveries};

/// When a contact may get one more mail of an agent; none when that is now.
///
/// What may have been sent counts as sent.
///
/// # Errors
/// When the store fails.
pub(super) async fn free_at(
    db: &mut Connection,
    agent: &str,
    at_most: Option<AtMost>,
    address: &str,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let Some(AtMost { count, per_ms }) = at_most else {
        return Ok(None);
    };
    let per = i64::try_from(per_ms).unwrap_or(i64::MAX / 2);
    let sent = deliveries::sent_since(db, agent, address, now - per).await?;
    // The newest `count` of them fill the stretch; when the oldest of these leaves it, there is room.
    let index = usize::try_from(count).unwrap_or(usize::MAX).checked_sub(1);
    match index {
        Some(index) => Ok(sent.get(index).map(|oldest| oldest + per)),
        None => Ok(Some(i64::MAX / 2)),
    }
}
