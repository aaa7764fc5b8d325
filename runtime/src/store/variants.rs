//! Which rules stood in the prompt of a turn. Turns of a behaviour share few sets of them, so a turn
//! names its set, and a rule is looked up among sets.

use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::Row as _;

use super::{Connection, Row, StoreError, row};

/// The rules that stood in a prompt together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Variant {
    /// Names the set, whatever bundle it came from.
    pub digest: String,
    /// The behaviour.
    pub behaviour: String,
    /// The ids of the rules, in the order of the prompt.
    pub rules: Vec<String>,
}

impl Variant {
    /// The set of these rules.
    #[must_use]
    pub fn new(behaviour: &str, rules: Vec<String>) -> Self {
        let mut all = Sha256::new();
        for word in std::iter::once(behaviour).chain(rules.iter().map(String::as_str)) {
            all.update(word);
            all.update([0]);
        }
        Self {
            digest: hex::encode(all.finalize()),
            behaviour: behaviour.to_owned(),
            rules,
        }
    }
}

/// A set with how often it was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Used {
    /// The set.
    #[serde(flatten)]
    pub variant: Variant,
    /// Turns that had it.
    pub turns: i64,
    /// When the last of them began.
    pub last_at: Option<i64>,
}

/// A turn in whose prompt a rule stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Active {
    /// The turn.
    pub turn_id: i64,
    /// The behaviour.
    pub behaviour: String,
    /// The digest of its bundle.
    pub bundle: String,
    /// When it began.
    pub started_at: i64,
    /// Its thread.
    pub thread_id: i64,
    /// The subject of that.
    pub subject: String,
    /// Who writes there.
    pub contact: String,
    /// The draft that it wrote.
    pub draft_id: Option<i64>,
    /// Whether that draft breaks the rule, as its checks say.
    pub broken: bool,
}

/// Keeps a set, if it is not known.
pub async fn keep(tx: &mut Connection, variant: &Variant) -> Result<(), StoreError> {
    let kept = sqlx::query(
        "insert into variant (digest, behaviour, rules) values ($1, $2, $3) on conflict do nothing",
    )
    .bind(&variant.digest)
    .bind(&variant.behaviour)
    .bind(row::text(&variant.rules)?)
    .execute(&mut *tx)
    .await?;
    if kept.rows_affected() == 0 {
        return Ok(());
    }
    for rule in &variant.rules {
        sqlx::query(
            "insert into variant_rule (rule, variant) values ($1, $2) on conflict do nothing",
        )
        .bind(rule)
        .bind(&variant.digest)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// The sets of a behaviour that turns have had, the most used first.
pub async fn of_behaviour(db: &mut Connection, behaviour: &str) -> Result<Vec<Used>, StoreError> {
    let rows = sqlx::query(
        "select variant.*,
                (select count(*) from turn where turn.variant = variant.digest) as turns,
                (select started_at from turn where turn.variant = variant.digest
                  order by turn.id desc limit 1) as last_at
           from variant where behaviour = $1
          order by turns desc, digest",
    )
    .bind(behaviour)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Used {
                variant: Variant {
                    digest: row.try_get("digest")?,
                    behaviour: row.try_get("behaviour")?,
                    rules: serde_json::from_value(row::json(row, "rules")?)
                        .map_err(|error| StoreError::Corrupt(error.to_string()))?,
                },
                turns: row.try_get("turns")?,
                last_at: row.try_get("last_at")?,
            })
        })
        .collect()
}

/// Turns in threads in whose prompt a rule stood, the newest first, before the turn `before`.
pub async fn active(
    db: &mut Connection,
    rule: &str,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Active>, StoreError> {
    let rows = sqlx::query(
        "select turn.id, turn.behaviour, turn.bundle, turn.started_at, turn.thread_id,
                thread.subject, thread.contact_name, thread.contact_key, draft.id as draft_id,
                case when draft.broken_rules like '%\"' || $1 || '\"%' then 1 else 0 end as broken
           from turn join thread on thread.id = turn.thread_id
                left join draft on draft.turn_id = turn.id
          where turn.variant in (select variant from variant_rule where rule = $1)
            and turn.id < $2
          order by turn.id desc limit $3",
    )
    .bind(rule)
    .bind(before.unwrap_or(i64::MAX))
    .bind(limit)
    .fetch_all(db)
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Active, StoreError> {
    let (name, key): (String, String) = (row.try_get("contact_name")?, row.try_get("contact_key")?);
    Ok(Active {
        turn_id: row.try_get("id")?,
        behaviour: row.try_get("behaviour")?,
        bundle: row.try_get("bundle")?,
        started_at: row.try_get("started_at")?,
        thread_id: row.try_get("thread_id")?,
        subject: row.try_get("subject")?,
        contact: if name.is_empty() { key } else { name },
        draft_id: row.try_get("draft_id")?,
        broken: row.try_get::<i64, _>("broken")? != 0,
    })
}
