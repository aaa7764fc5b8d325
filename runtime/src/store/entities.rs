//! Entities: typed documents by key and owner, with every version kept, and their full text.
//!
//! Whether a value fits its type is for the caller, who has the bundle.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::database::Dialect;
use super::{Connection, Row, StoreError, row};

/// Whose an entity is: the kind and key of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// The owner's kind, `module.Name`.
    pub kind: String,
    /// The owner's key.
    pub key: String,
}

/// An entity to write.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntity {
    /// The kind, `module.Name`.
    pub kind: String,
    /// What names it among its kind.
    pub key: String,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// The document.
    pub value: Value,
}

/// An entity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entity {
    /// The row.
    pub id: i64,
    /// The kind.
    pub kind: String,
    /// What names it among its kind.
    pub key: String,
    /// Whose it is.
    pub owner: Option<Owner>,
    /// The document.
    pub value: Value,
    /// Raised by each write, from 1.
    pub version: i64,
    /// When it was last written.
    pub updated_at: i64,
}

/// What a version of an entity rests on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Who wrote it: a behaviour, an agent, a person.
    pub by: String,
    /// The mail that it came of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<i64>,
    /// The turn in which it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<i64>,
    /// The event after which it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<i64>,
    /// The model that said it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What a person says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Evidence {
    /// Somebody's word, and nothing else.
    #[must_use]
    pub fn of(by: &str) -> Self {
        Self {
            by: by.to_owned(),
            ..Self::default()
        }
    }
}

/// A version of an entity.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Version {
    /// Its number, from 1.
    pub version: i64,
    /// The document.
    pub value: Value,
    /// What it rests on.
    pub evidence: Evidence,
    /// When it was written.
    pub written_at: i64,
}

/// Writes an entity, and gives its version. `expected` is the version that the writer has read: 0
/// if there was none, `None` to write over whatever is there. An owner does not change.
pub async fn save(
    tx: &mut Connection,
    entity: &NewEntity,
    expected: Option<i64>,
    evidence: &Evidence,
    now: i64,
) -> Result<i64, StoreError> {
    let saved = write(tx, entity, expected, evidence, now).await?;
    saved.ok_or_else(|| {
        StoreError::Conflict(format!(
            "`{}` of {} has another version or owner",
            entity.key, entity.kind
        ))
    })
}

/// Writes an entity, if there is none of its key.
pub async fn keep(
    tx: &mut Connection,
    entity: &NewEntity,
    evidence: &Evidence,
    now: i64,
) -> Result<(), StoreError> {
    write(tx, entity, Some(0), evidence, now).await.map(drop)
}

async fn write(
    tx: &mut Connection,
    entity: &NewEntity,
    expected: Option<i64>,
    evidence: &Evidence,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let value = row::text(&entity.value)?;
    let (owner_kind, owner_key) = match &entity.owner {
        Some(owner) => (Some(&owner.kind), Some(&owner.key)),
        None => (None, None),
    };
    let saved = sqlx::query(
        "insert into entity (kind, key, owner_kind, owner_key, value, version, updated_at)
         select $1, $2, $3, $4, $5, 1, $6
          where coalesce($7, 0) = 0
             or exists (select 1 from entity where kind = $1 and key = $2)
         on conflict (kind, key) do update
            set value = $5, version = entity.version + 1, updated_at = $6
          where ($7 is null or entity.version = $7)
            and entity.owner_kind is not distinct from $3
            and entity.owner_key is not distinct from $4
         returning id, version",
    )
    .bind(&entity.kind)
    .bind(&entity.key)
    .bind(owner_kind)
    .bind(owner_key)
    .bind(&value)
    .bind(now)
    .bind(expected)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(saved) = saved else { return Ok(None) };
    let (id, version): (i64, i64) = (saved.try_get("id")?, saved.try_get("version")?);
    sqlx::query(
        "insert into entity_version (entity_id, version, value, written_by, written_at, evidence)
         values ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(version)
    .bind(&value)
    .bind(&evidence.by)
    .bind(now)
    .bind(row::text(evidence)?)
    .execute(&mut *tx)
    .await?;
    index(tx, id, version, &entity.value).await?;
    Ok(Some(version))
}

async fn index(
    tx: &mut Connection,
    id: i64,
    version: i64,
    value: &Value,
) -> Result<(), StoreError> {
    let mut body = String::new();
    collect_text(value, &mut body);
    let [forget, remember] = match Dialect::of(tx) {
        Dialect::Sqlite => [
            "delete from entity_search where rowid = $1",
            "insert into entity_search (rowid, body) values ($1, $2)",
        ],
        Dialect::Postgres => {
            // A tsvector has an end at a megabyte, and is refused beyond.
            body = plain_words(&body)
                .take(10_000)
                .collect::<Vec<_>>()
                .join(" ");
            [
                "delete from entity_search where entity_id = $1",
                "insert into entity_search (entity_id, body) values ($1, to_tsvector('simple', $2))",
            ]
        }
    };
    if version > 1 {
        sqlx::query(forget).bind(id).execute(&mut *tx).await?;
    }
    sqlx::query(remember)
        .bind(id)
        .bind(body)
        .execute(tx)
        .await?;
    Ok(())
}

fn collect_text(value: &Value, body: &mut String) {
    match value {
        Value::String(text) => {
            body.push_str(text);
            body.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| collect_text(item, body)),
        Value::Object(fields) => fields.values().for_each(|field| collect_text(field, body)),
        Value::Number(number) => {
            body.push_str(&number.to_string());
            body.push('\n');
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// One entity.
pub async fn find(
    db: &mut Connection,
    kind: &str,
    key: &str,
) -> Result<Option<Entity>, StoreError> {
    let entity = sqlx::query("select * from entity where kind = $1 and key = $2")
        .bind(kind)
        .bind(key)
        .fetch_optional(db)
        .await?;
    entity.as_ref().map(read).transpose()
}

/// The entities of a kind, the last written first; only the owner's, if one is given.
pub async fn list(
    db: &mut Connection,
    kind: &str,
    owner: Option<&Owner>,
    limit: i64,
) -> Result<Vec<Entity>, StoreError> {
    let entities = sqlx::query(
        "select * from entity
          where kind = $1 and ($2 is null or (owner_kind = $2 and owner_key = $3))
          order by updated_at desc, id desc limit $4",
    )
    .bind(kind)
    .bind(owner.map(|owner| &owner.kind))
    .bind(owner.map(|owner| &owner.key))
    .bind(limit)
    .fetch_all(db)
    .await?;
    entities.iter().map(read).collect()
}

/// The entities of a kind behind the row `after`, in the order of their rows.
pub async fn page(
    db: &mut Connection,
    kind: &str,
    after: i64,
    limit: i64,
) -> Result<Vec<Entity>, StoreError> {
    let entities =
        sqlx::query("select * from entity where kind = $1 and id > $2 order by id limit $3")
            .bind(kind)
            .bind(after)
            .bind(limit)
            .fetch_all(db)
            .await?;
    entities.iter().map(read).collect()
}

/// The newest entities of a kind, of those before the row `before`.
pub async fn newest(
    db: &mut Connection,
    kind: &str,
    before: i64,
    limit: i64,
) -> Result<Vec<Entity>, StoreError> {
    let entities =
        sqlx::query("select * from entity where kind = $1 and id < $2 order by id desc limit $3")
            .bind(kind)
            .bind(before)
            .bind(limit)
            .fetch_all(db)
            .await?;
    entities.iter().map(read).collect()
}

/// The entities of every kind that have this key.
pub async fn by_key(db: &mut Connection, key: &str) -> Result<Vec<Entity>, StoreError> {
    let entities = sqlx::query("select * from entity where key = $1 order by id")
        .bind(key)
        .fetch_all(db)
        .await?;
    entities.iter().map(read).collect()
}

/// The document as it was at an instant; none if it was not there yet.
pub async fn at(
    db: &mut Connection,
    kind: &str,
    key: &str,
    instant: i64,
) -> Result<Option<Value>, StoreError> {
    let version = sqlx::query(
        "select entity_version.value from entity_version
           join entity on entity.id = entity_version.entity_id
          where entity.kind = $1 and entity.key = $2 and entity_version.written_at <= $3
          order by entity_version.version desc limit 1",
    )
    .bind(kind)
    .bind(key)
    .bind(instant)
    .fetch_optional(db)
    .await?;
    version.map(|row| row::json(&row, "value")).transpose()
}

/// The entities of a kind that hold some of the words, the best first; only the owner's, if one
/// is given. No words find nothing. The words are only ever words, whatever signs they contain.
pub async fn search(
    db: &mut Connection,
    kind: &str,
    owner: Option<&Owner>,
    words: &str,
    limit: i64,
) -> Result<Vec<Entity>, StoreError> {
    let words: Vec<String> = plain_words(words).take(32).collect();
    if words.is_empty() {
        return Ok(Vec::new());
    }
    // What is not asked for is left out of the text, so that the question is planned for what is.
    let whose = match owner {
        Some(_) => "entity.owner_kind = $3 and entity.owner_key = $4",
        None => "cast($3 as text) is null and cast($4 as text) is null",
    };
    // Every word is found by its beginning, and the words come first: by the rows of its kind and owner one
    // after the other it would be looked for as often as there are rows.
    let (sql, query) = match Dialect::of(db) {
        Dialect::Sqlite => (
            format!(
                "select entity.* from entity_search cross join entity on entity.id = entity_search.rowid
                  where entity_search match $1 and entity.kind = $2 and {whose}
                  order by entity_search.rank, entity.id limit $5"
            ),
            // Quoted, so that none is an operator.
            joined(&words, " OR ", |word| format!("\"{word}\"*")),
        ),
        // Read in a query of its own, the words are read once, and not for every row.
        Dialect::Postgres => (
            format!(
                "select entity.* from entity_search join entity on entity.id = entity_search.entity_id
                  where entity_search.body @@ (select to_tsquery('simple', $1))
                    and entity.kind = $2 and {whose}
                  order by ts_rank(entity_search.body, (select to_tsquery('simple', $1)), 1) desc, entity.id
                  limit $5"
            ),
            joined(&words, " | ", |word| format!("{word}:*")),
        ),
    };
    let entities = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(query)
        .bind(kind)
        .bind(owner.map(|owner| &owner.kind))
        .bind(owner.map(|owner| &owner.key))
        .bind(limit)
        .fetch_all(db)
        .await?;
    entities.iter().map(read).collect()
}

/// The words of a text, without signs and accents, in lower case: what SQLite makes of it by itself.
fn plain_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let letters = word.nfd().filter(|sign| !is_combining_mark(*sign));
            letters.flat_map(char::to_lowercase).collect()
        })
}

fn joined(words: &[String], between: &str, said: impl Fn(&String) -> String) -> String {
    words.iter().map(said).collect::<Vec<_>>().join(between)
}

/// Every version of an entity, oldest first.
pub async fn history(db: &mut Connection, id: i64) -> Result<Vec<Version>, StoreError> {
    let versions =
        sqlx::query("select * from entity_version where entity_id = $1 order by version")
            .bind(id)
            .fetch_all(db)
            .await?;
    versions
        .iter()
        .map(|row| {
            let evidence = row::json_or_none(row, "evidence")?;
            Ok(Version {
                version: row.try_get("version")?,
                value: row::json(row, "value")?,
                evidence: match evidence {
                    Some(evidence) => evidence,
                    None => Evidence::of(&row.try_get::<String, _>("written_by")?),
                },
                written_at: row.try_get("written_at")?,
            })
        })
        .collect()
}

fn read(row: &Row) -> Result<Entity, StoreError> {
    let kind: Option<String> = row.try_get("owner_kind")?;
    let key: Option<String> = row.try_get("owner_key")?;
    Ok(Entity {
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        key: row.try_get("key")?,
        owner: kind.zip(key).map(|(kind, key)| Owner { kind, key }),
        value: row::json(row, "value")?,
        version: row.try_get("version")?,
        updated_at: row.try_get("updated_at")?,
    })
}
