//! What somebody does to a database who writes into it by hand.

use silex_runtime::store::{Store, StoreError, transaction};

/// Runs a statement that no transition makes.
///
/// # Errors
/// When the database refuses it.
pub async fn meddle(store: &Store, sql: &'static str) -> Result<(), StoreError> {
    let work = transaction(move |tx| {
        Box::pin(async move {
            sqlx::raw_sql(sql).execute(tx).await?;
            Ok(())
        })
    });
    store.write("", work).await
}
