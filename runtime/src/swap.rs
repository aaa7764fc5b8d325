//! Another bundle is taken into use while mail goes on: on SIGHUP, or when its file changes.
//!
//! New conversations begin on it, those that have begun keep theirs as the settings say, and a turn is
//! always finished with the bundle that it began with. A bundle of which something stands in the way is
//! refused with the whole list, and the one in use stays.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use silex_bundle::Bundle;
use silex_bundle::schema::Shape;
use tokio::signal::unix::Signal;

use crate::agent::{Deployment, review};
use crate::bundle::{Loaded, documents};
use crate::config::Config;
use crate::store::{self, Store, StoreError, entities};
use crate::{StartError, as_declared, complete, spending, telemetry};

/// How often a watched file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How many documents are looked at by one statement.
const BATCH: i64 = 500;

/// How many documents that do not fit are named; the others are counted.
const NAMED: usize = 10;

/// Takes a new bundle into use: new work starts on it, turns that have begun go on with theirs.
///
/// # Errors
/// When something stands in its way, or the store does not keep it.
pub async fn replace_bundle(
    deployment: &Deployment,
    loaded: Arc<Loaded>,
) -> Result<(), StartError> {
    let tools = &deployment.edge.tools;
    complete(&deployment.config, tools.natives(), loaded.bundle())?;
    // What is spent is bounded by the same settings as at the start.
    spending(&deployment.config, loaded.bundle())?;
    as_declared(tools, loaded.bundle()).await?;
    let now = deployment.clock().now_ms();
    prepare(deployment.store(), &deployment.config, &loaded, now).await?;
    deployment.bundles().replace(loaded);
    Ok(())
}

/// Keeps the bundle, for turns that outlive it, and the reviewers.
///
/// # Errors
/// When documents that are stored do not fit the bundle, or the store fails.
pub(crate) async fn prepare(
    store: &Store,
    config: &Config,
    loaded: &Arc<Loaded>,
    now: i64,
) -> Result<(), StartError> {
    let mut reader = store.read().await?;
    let last = store::bundles::list(&mut reader, 1).await?;
    drop(reader);
    // What was stored since another bundle came may not fit one of before.
    if last
        .first()
        .is_none_or(|last| last.digest != loaded.digest())
    {
        let misfits = misfits(store, loaded.bundle()).await?;
        if !misfits.is_empty() {
            return Err(StartError::Misfits(misfits));
        }
    }
    let (digest, bytes) = (loaded.digest().to_owned(), loaded.bundle().to_bytes());
    let reviewers = config.reviewers.clone();
    let work = store::transaction(move |tx| {
        async move {
            store::bundles::keep(tx, &digest, &bytes, now).await?;
            review::roster::configure(tx, &reviewers).await
        }
        .boxed()
    });
    Ok(store.write("", work).await?)
}

/// The stored documents that are none of the bundle's entities, defaults filled in: a sentence for each.
async fn misfits(store: &Store, bundle: &Bundle) -> Result<Vec<String>, StoreError> {
    let (mut found, mut more) = (Vec::new(), 0_usize);
    let mut reader = store.read().await?;
    for (name, declared) in &bundle.declarations {
        if !matches!(declared.shape, Shape::Entity { .. }) {
            continue;
        }
        let mut last = 0;
        loop {
            let batch = entities::page(&mut reader, name, last, BATCH).await?;
            let Some(newest) = batch.last() else { break };
            last = newest.id;
            for document in &batch {
                match documents::fitted(bundle, name, &document.value) {
                    Ok(_) => {}
                    Err(why) if found.len() < NAMED => {
                        found.push(format!("{}: {why}", document.key));
                    }
                    Err(_) => more += 1,
                }
            }
        }
    }
    if more > 0 {
        found.push(format!("and {more} more"));
    }
    Ok(found)
}

/// Reads a bundle file.
///
/// # Errors
/// When there is none, or it is no bundle that this program reads.
pub fn read(path: &Path) -> Result<Arc<Loaded>, StartError> {
    let failed = |error: &dyn std::fmt::Display| {
        StartError::Setting(format!("the bundle {}: {error}", path.display()))
    };
    let bytes = std::fs::read(path).map_err(|error| failed(&error))?;
    let (bundle, digest) = Bundle::read(&bytes).map_err(|error| failed(&error))?;
    Ok(Arc::new(Loaded::new(bundle, digest)))
}

/// Takes the bundle file into use again on each SIGHUP that is heard and, if the settings say so, whenever
/// it changes.
pub(crate) async fn follow(deployment: Deployment, mut hang_up: Signal) {
    let path = deployment.config.bundle.clone();
    let watch = deployment.config.bundles.watch;
    let mut seen = changed_at(&path);
    loop {
        let asked = tokio::select! {
            () = deployment.stop.cancelled() => return,
            _ = hang_up.recv() => true,
            () = tokio::time::sleep(LOOK_EVERY), if watch => false,
        };
        let now = changed_at(&path);
        if asked || now != seen {
            seen = now;
            again(&deployment, &path).await;
        }
    }
}

async fn again(deployment: &Deployment, path: &Path) {
    let taken = match read(path) {
        Ok(loaded) if loaded.digest() == deployment.bundles().current().digest() => return,
        Ok(loaded) => {
            let digest = loaded.digest().to_owned();
            replace_bundle(deployment, loaded).await.map(|()| digest)
        }
        Err(error) => Err(error),
    };
    match taken {
        Ok(digest) => tracing::info!(bundle = digest, "{}", telemetry::event::BUNDLE_TAKEN),
        Err(error) => tracing::error!(%error, "{}", telemetry::event::BUNDLE_REFUSED),
    }
}

fn changed_at(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}
