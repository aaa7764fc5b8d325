//! Columns that hold JSON or one of a closed set of words.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::Row as _;

use super::{Row, StoreError};

/// Reads a JSON column.
pub(super) fn json<T: DeserializeOwned>(row: &Row, column: &str) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    serde_json::from_str(&text).map_err(|error| damaged(column, &error))
}

/// Reads a JSON column that may be null.
pub(super) fn json_or_none<T: DeserializeOwned>(
    row: &Row,
    column: &str,
) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.try_get(column)?;
    text.map(|text| serde_json::from_str(&text).map_err(|error| damaged(column, &error)))
        .transpose()
}

/// Reads a column that holds the name of a case of an enum.
pub(super) fn word<T: DeserializeOwned>(row: &Row, column: &str) -> Result<T, StoreError> {
    let text: String = row.try_get(column)?;
    serde_json::from_value(Value::String(text)).map_err(|error| damaged(column, &error))
}

/// The text that a JSON column holds for `value`.
pub(super) fn text<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Database(error.to_string()))
}

/// The name that a column holds for a case of an enum.
pub(super) fn name<T: Serialize>(case: &T) -> Result<String, StoreError> {
    match serde_json::to_value(case) {
        Ok(Value::String(name)) => Ok(name),
        Ok(other) => Err(StoreError::Database(format!("`{other}` is not a name"))),
        Err(error) => Err(StoreError::Database(error.to_string())),
    }
}

fn damaged(column: &str, error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("column `{column}`: {error}"))
}
