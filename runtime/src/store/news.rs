//! Tells the other nodes that something was committed, and hears it from them: NOTIFY and LISTEN.
//!
//! It is only ever a hint. Whoever misses one looks once a second anyway, so nothing depends on
//! its coming, and it is sent outside of the transaction that it tells of, where it holds nobody up.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgListener, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio_util::sync::CancellationToken;

use super::writer::Commits;

const CHANNEL: &str = "silex";

/// Commits that come closer together are told of once.
const GATHER: Duration = Duration::from_millis(5);

/// How long a server is left alone that could not be reached.
const REST: Duration = Duration::from_secs(1);

/// Tells and hears until `stop`.
pub(super) async fn exchange(server: PgConnectOptions, commits: Commits, stop: CancellationToken) {
    let forever = async {
        loop {
            if let Err(error) = connected(&server, &commits).await {
                tracing::warn!(%error, "other nodes are not heard; looking once a second");
            }
            tokio::time::sleep(REST).await;
        }
    };
    stop.run_until_cancelled(forever).await;
}

async fn connected(server: &PgConnectOptions, commits: &Commits) -> Result<(), sqlx::Error> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(server.clone())
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    let mut teller = server.connect().await?;
    // So that nobody is woken by what they did themselves.
    let name = format!("{:016x}", fastrand::u64(..));
    let mut own = commits.own.subscribe();
    loop {
        tokio::select! {
            heard = listener.recv() => {
                if heard?.payload() != name {
                    commits.heard();
                }
            }
            changed = own.changed() => {
                if changed.is_err() {
                    return teller.close().await;
                }
                tell(&mut teller, &name).await?;
                tokio::time::sleep(GATHER).await;
            }
        }
    }
}

async fn tell(teller: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query("select pg_notify($1, $2)")
        .bind(CHANNEL)
        .bind(name)
        .execute(teller)
        .await?;
    Ok(())
}
