//! How often signing in may be tried: for one name, and in all. The counts are in the store, so that
//! all nodes share them.

use futures_util::FutureExt;

use super::NotSignedIn;
use crate::agent::{Deployment, seed};
use crate::store::limits::{self, Limit, Taken};
use crate::store::transaction;

/// For a name, whether anybody has it or not.
const ONE: Limit = Limit {
    size: 10,
    per_hour: 20,
};
/// For all together: guessing at many names is guessing, too, and each try costs some processor time.
const ALL: Limit = Limit {
    size: 200,
    per_hour: 1200,
};

/// Lets a try be made for a name, or not.
pub(super) async fn admit(deployment: &Deployment, said: &str) -> Result<(), NotSignedIn> {
    let now = deployment.clock().now_ms();
    // A stranger chose the name: it is neither to be read in the store, nor to be long.
    let digest = seed(
        &deployment.secret,
        &format!("sign-in {}", said.to_lowercase()),
    );
    let one = format!("sign-in {}", digest.get(..32).unwrap_or(&digest));
    let work = transaction(move |tx| {
        async move {
            // Whoever repeats one name is stopped by it, and takes nothing from the others.
            for (bucket, limit) in [(one.as_str(), ONE), ("sign-in", ALL)] {
                limits::set(tx, bucket, limit, now).await?;
                if let Taken::NotBefore(until) = limits::take(tx, bucket, 1, now).await? {
                    return Ok(Some(until));
                }
            }
            Ok(None)
        }
        .boxed()
    });
    match deployment.store().write("", work).await? {
        None => Ok(()),
        Some(until) => Err(NotSignedIn::TooMany {
            seconds: (until - now) / 1000 + 1,
        }),
    }
}
