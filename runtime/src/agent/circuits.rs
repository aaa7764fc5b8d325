//! Tells the other nodes which providers are paused or out, and hears it from them.
//!
//! That a circuit opens or closes is an event: somebody may have to mend an account.

use std::time::Duration;

use futures_util::FutureExt;
use serde_json::json;

use super::Deployment;
use crate::model::{Change, Circuit};
use crate::store::events::{self, NewEvent};
use crate::store::{StoreError, circuits, transaction};

/// How often a node hears from the others.
const EVERY: Duration = Duration::from_secs(1);
/// Clocks of nodes differ: what is older than this is known.
const SKEW_MS: i64 = 60_000;

/// Shares the circuits of this node until the stop.
pub async fn share(deployment: Deployment) {
    let Some(mut changes) = deployment.edge.models.changes() else {
        return;
    };
    if let Err(error) = remember(&deployment).await {
        tracing::warn!(%error, "the circuits of providers are not known");
    }
    loop {
        let told = tokio::select! {
            biased;
            // What was found out before the stop is told.
            change = changes.recv() => match change {
                Some(change) => tell(&deployment, change).await,
                None => return,
            },
            () = deployment.stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => hear(&deployment).await,
        };
        if let Err(error) = told {
            tracing::warn!(%error, "the circuits of providers are not shared");
        }
    }
}

/// What an earlier process left. What was out then may have been mended: it is tried at once.
async fn remember(deployment: &Deployment) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let mut reader = deployment.store().read().await?;
    for (name, state) in circuits::changed(&mut reader, 0).await? {
        let Ok(mut circuit) = serde_json::from_value::<Circuit>(state) else {
            continue;
        };
        if let Some(open) = &mut circuit.open {
            open.probe_at = now;
        }
        deployment.edge.models.learn(&name, &circuit);
    }
    Ok(())
}

async fn hear(deployment: &Deployment) -> Result<(), StoreError> {
    let since = deployment.clock().now_ms() - SKEW_MS;
    let mut reader = deployment.store().read().await?;
    for (name, state) in circuits::changed(&mut reader, since).await? {
        if let Ok(circuit) = serde_json::from_value::<Circuit>(state) {
            deployment.edge.models.learn(&name, &circuit);
        }
    }
    Ok(())
}

async fn tell(deployment: &Deployment, change: Change) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let Change {
        circuit,
        state,
        turned,
    } = change;
    let event = turned.then(|| match &state.open {
        Some(open) => {
            // The reason is the provider's words, which may quote a key: it stands in the event.
            tracing::error!(circuit, cause = ?open.cause, "model out");
            let data = json!({ "circuit": circuit, "cause": open.cause, "reason": open.reason });
            NewEvent {
                data,
                ..NewEvent::new("model.out", "silex")
            }
        }
        None => {
            tracing::info!(circuit, "model back");
            NewEvent {
                data: json!({ "circuit": circuit }),
                ..NewEvent::new("model.back", "silex")
            }
        }
    });
    let kept =
        serde_json::to_value(&state).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let work = transaction(move |tx| {
        async move {
            circuits::tell(tx, &circuit, &kept, state.changed_at).await?;
            if let Some(event) = &event {
                events::append(tx, event, now).await?;
            }
            Ok(())
        }
        .boxed()
    });
    deployment.store().write("", work).await
}
