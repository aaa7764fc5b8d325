//! Unsubscribing, by the token that a campaign's mail carries in its header (RFC 8058).
//!
//! The token names the sending and is signed, so that nobody can unsubscribe another by counting.
//! It asks for no sign-in, and whoever has it may use it as often as they like.

use futures_util::FutureExt;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::agent::{Deployment, event, seed};
use crate::store::campaigns::{self, Send, SendState};
use crate::store::{Connection, StoreError, drafts, events, transaction};

/// Hexadecimal digits of the signature: 128 bits.
const SIGNATURE: usize = 32;

/// The token of a sending.
#[must_use]
pub(super) fn token(secret: &[u8], send: i64) -> String {
    let signature = seed(secret, &format!("unsubscribe {send}"));
    format!(
        "{send}-{}",
        signature.get(..SIGNATURE).unwrap_or(&signature)
    )
}

/// The sending that a token names, if we signed it.
///
/// # Errors
/// When the store fails.
pub async fn find(deployment: &Deployment, given: &str) -> Result<Option<Send>, StoreError> {
    let id = given.split('-').next().and_then(|id| id.parse().ok());
    let Some(id) = id else { return Ok(None) };
    let expected = token(&deployment.secret, id);
    if !bool::from(expected.as_bytes().ct_eq(given.as_bytes())) {
        return Ok(None);
    }
    let mut reader = deployment.store().read().await?;
    campaigns::find(&mut reader, id).await
}

/// Notes that the contact of a sending wants no more of what they did not ask for. When this has
/// returned, nothing of the kind is begun for them any more.
///
/// # Errors
/// When the store fails.
pub async fn unsubscribe(deployment: &Deployment, send: Send) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let work = transaction(move |tx| {
        async move {
            if campaigns::unsubscribe(tx, &send.agent, &send.contact_key, now).await? {
                let data = json!({ "send": send.id, "campaign": send.campaign });
                let told = event(
                    "contact.unsubscribed",
                    &send.agent,
                    send.thread_id,
                    None,
                    data,
                );
                events::append(tx, &told, now).await?;
                take_back(tx, &send, now).await?;
            }
            Ok(())
        }
        .boxed()
    });
    deployment
        .store()
        .write("campaign.unsubscribed", work)
        .await
}

/// What was approved for the contact and is not begun is not sent. This holds the same rows as the
/// last look before a sending: of the two, one comes first.
async fn take_back(tx: &mut Connection, send: &Send, now: i64) -> Result<(), StoreError> {
    let reason = "the contact has unsubscribed";
    for draft in campaigns::drafts_of(tx, &send.agent, &send.contact_key).await? {
        let Some(draft) = drafts::find(tx, draft).await? else {
            continue;
        };
        let held = drafts::may_be_sent(tx, draft.id, draft.revision).await?;
        if held && drafts::withdraw(tx, draft.id, draft.revision, reason).await? {
            super::ended(tx, draft.id, SendState::Skipped, Some(reason), now).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_sending_and_one_installation() {
        let one = token(b"secret", 1);
        assert_eq!(one, token(b"secret", 1));
        assert_ne!(one, token(b"other", 1));
        let signature = |token: &str| token.split_once('-').map(|(_, it)| it.to_owned());
        assert_ne!(signature(&one), signature(&token(b"secret", 2)));
        assert_eq!(one.len(), 2 + SIGNATURE);
    }
}
