//! `POST /sns`: notices of Amazon SNS.
//!
//! Answered 2xx only when what the notice tells is on the disk. 503 asks SNS to try again: the store
//! or a certificate is not there. 4xx means that trying again would not help, and SNS gives up: a
//! topic that is not ours, a signature that is not right.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::agent::Deployment;
use crate::agent::notices::{self, Taken};
use crate::mail::inbound::ses::Notice;
use crate::mail::inbound::sns::{Kind, Message, Refused, Unfetched};
use crate::store::StoreError;

/// Why a notice was not taken.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error(transparent)]
    Unfetched(#[from] Unfetched),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl IntoResponse for NotTaken {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Refused(Refused::RawDelivery | Refused::Unreadable(_)) => StatusCode::BAD_REQUEST,
            Self::Refused(_) => StatusCode::FORBIDDEN,
            Self::Unfetched(_) | Self::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        match &self {
            // Anybody can post what is refused.
            Self::Refused(refused) => tracing::warn!(%refused, "a notice was refused"),
            Self::Unfetched(_) | Self::Store(_) => {
                tracing::error!(error = %self, "a notice could not be taken");
            }
        }
        (status, format!("{self}\n")).into_response()
    }
}

pub(super) async fn post(
    State(deployment): State<Deployment>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match take(&deployment, &headers, &body).await {
        Ok(said) => (StatusCode::OK, said).into_response(),
        Err(not_taken) => not_taken.into_response(),
    }
}

async fn take(
    deployment: &Deployment,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<&'static str, NotTaken> {
    if headers.contains_key("x-amz-sns-rawdelivery") {
        return Err(Refused::RawDelivery.into());
    }
    let settings = &deployment.config.inbound.sns;
    let message = Message::read(body)?;
    let url = message.certificate_url(&settings.topics, settings.refuse_sha1)?;
    let now = deployment.clock().now_ms();
    let certificate = deployment.certificates.get(&url, now).await?;
    message.check(&certificate)?;
    match &message.kind {
        Kind::Notification => {
            let taken = match Notice::read(&message.text) {
                Ok(notice) => notices::take(deployment, &message, notice).await?,
                // It is signed, so it is SES that changed: a person must know, and it is kept.
                Err(unreadable) => notices::put_aside(deployment, &message, &unreadable).await?,
            };
            Ok(match taken {
                Taken::New => "taken\n",
                Taken::Known => "known already\n",
            })
        }
        Kind::SubscriptionConfirmation { subscribe_url, .. } => {
            let url = message.confirmation(subscribe_url)?;
            deployment.certificates.confirm(&url).await?;
            notices::note(deployment, &message, "sns.subscribed").await?;
            Ok("subscribed\n")
        }
        Kind::UnsubscribeConfirmation { .. } => {
            tracing::error!(
                topic = message.topic,
                "a subscription of SNS was ended: mail may not come any more"
            );
            notices::note(deployment, &message, "sns.unsubscribed").await?;
            Ok("noted\n")
        }
    }
}
