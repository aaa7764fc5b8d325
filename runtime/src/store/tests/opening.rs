//! Who may open a database, and what of it.

use sqlx::Row as _;

use super::*;
use crate::store::database::Dialect;

#[tokio::test]
async fn a_second_owner_is_refused_and_told_by_what() {
    let scratch = Scratch::in_a_file().await;
    let error = Store::open(scratch.database(), Access::Own, 0)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Owned { .. }));
    assert!(error.to_string().contains("silex.db.lock"), "{error}");
}

#[tokio::test]
async fn a_tool_reads_and_writes_beside_the_owner() {
    let scratch = Scratch::new().await;
    let tool = Store::open(scratch.database(), Access::Shared, 0)
        .await
        .unwrap();
    let id = write!(tool, |tx| events::append(
        tx,
        &NewEvent::new("draft.approved", "ann"),
        5
    )
    .await);
    let mut db = scratch.store.read().await.unwrap();
    assert_eq!(events::newest(&mut db).await.unwrap(), id);
}

#[tokio::test]
async fn a_closed_store_gives_its_lock_back_with_everything_in_it() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| jobs::enqueue(
        tx,
        &NewJob::new("receive", json!({})),
        1
    )
    .await);
    scratch.store.close().await;
    let again = Store::open(scratch.database(), Access::Own, 0)
        .await
        .unwrap();
    let counts = jobs::counts(&mut again.read().await.unwrap())
        .await
        .unwrap();
    assert_eq!(counts[&JobState::Ready], 1);
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        sqlx::query("insert into schema_version (version, applied_at) values (999, 0)")
            .execute(tx)
            .await?;
        Ok(())
    });
    scratch.store.close().await;
    for access in [Access::Own, Access::Shared] {
        let error = Store::open(scratch.database(), access, 0)
            .await
            .unwrap_err();
        assert!(
            matches!(error, StoreError::Newer { found: 999, .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_is_answered_survives_the_loss_of_power() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        match Dialect::of(tx) {
            Dialect::Sqlite => {
                let log = sqlx::query("pragma journal_mode")
                    .fetch_one(&mut *tx)
                    .await?;
                assert_eq!(log.try_get::<String, _>(0)?, "wal");
                let full = sqlx::query("pragma synchronous").fetch_one(tx).await?;
                assert_eq!(full.try_get::<i64, _>(0)?, 2);
            }
            Dialect::Postgres => {
                let waits = "select current_setting('synchronous_commit') as waits";
                let waits = sqlx::query(waits).fetch_one(tx).await?;
                assert_ne!(waits.try_get::<String, _>("waits")?, "off");
            }
        }
        Ok(())
    });
}

#[tokio::test]
async fn a_server_ends_what_is_read_for_too_long() {
    let scratch = Scratch::new().await;
    let mut reader = scratch.store.read().await.unwrap();
    if Dialect::of(&reader) == Dialect::Postgres {
        let limit = sqlx::query("select current_setting('statement_timeout') as limit_now");
        let limit = limit.fetch_one(&mut *reader).await.unwrap();
        assert_eq!(limit.try_get::<String, _>("limit_now").unwrap(), "1min");
    }
}

#[tokio::test]
async fn readers_cannot_write() {
    let scratch = Scratch::new().await;
    let mut db = scratch.store.read().await.unwrap();
    let event = NewEvent::new("mail.received", "folder");
    assert!(events::append(&mut db, &event, 1).await.is_err());
}
