//! Reviewers: who decides drafts, and whose turn it is.

use serde::Serialize;
use sqlx::Row as _;

use super::{Connection, Row, StoreError};

/// A person who decides drafts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reviewer {
    /// The name that specs and commands use.
    pub name: String,
    /// Where they read mail.
    pub address: String,
    /// How much they take, compared with the others.
    pub weight: i64,
    /// Whether they are away.
    pub absent: bool,
    /// Drafts that wait for them.
    pub load: i64,
    /// Which assignment was their last; 0 if they have had none.
    pub last_assigned: i64,
}

/// Adds a reviewer, or changes their address and weight.
pub async fn set(
    tx: &mut Connection,
    name: &str,
    address: &str,
    weight: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "insert into reviewer (name, address, weight) values ($1, $2, $3)
         on conflict (name) do update set address = $2, weight = $3",
    )
    .bind(name)
    .bind(address)
    .bind(weight)
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that a reviewer is away, or back.
pub async fn set_absent(tx: &mut Connection, name: &str, absent: bool) -> Result<(), StoreError> {
    let noted = sqlx::query("update reviewer set absent = $2 where name = $1")
        .bind(name)
        .bind(i64::from(absent))
        .execute(tx)
        .await?;
    if noted.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!(
            "there is no reviewer `{name}`"
        )))
    }
}

/// Every reviewer with their load, by name.
pub async fn list(db: &mut Connection) -> Result<Vec<Reviewer>, StoreError> {
    let reviewers = sqlx::query(
        "select reviewer.*,
                (select count(*) from draft
                  where draft.state = 'held' and draft.reviewer = reviewer.name) as load
           from reviewer order by name",
    )
    .fetch_all(db)
    .await?;
    reviewers.iter().map(read).collect()
}

/// Assigns a thread to a reviewer of `pool`, and gives them. A thread keeps its reviewer while
/// they are present; otherwise it is the turn of whoever has the least for their weight.
///
/// `None` means that nobody of the pool is present.
pub async fn assign(
    tx: &mut Connection,
    thread_id: i64,
    pool: &[String],
) -> Result<Option<Reviewer>, StoreError> {
    let all = list(tx).await?;
    let kept = sqlx::query("select reviewer from thread where id = $1")
        .bind(thread_id)
        .fetch_one(&mut *tx)
        .await?;
    let kept: Option<String> = kept.try_get("reviewer")?;
    let Some(chosen) = next(&all, pool, kept.as_deref()).cloned() else {
        return Ok(None);
    };
    super::threads::assign(tx, thread_id, &chosen.name).await?;
    if kept.as_deref() != Some(&chosen.name) {
        sqlx::query(
            "update reviewer set last_assigned = (select max(last_assigned) + 1 from reviewer)
              where name = $1",
        )
        .bind(&chosen.name)
        .execute(tx)
        .await?;
    }
    Ok(Some(chosen))
}

/// Whose turn it is. The order of the pool breaks ties, so the first assignments are in order.
fn next<'a>(all: &'a [Reviewer], pool: &[String], kept: Option<&str>) -> Option<&'a Reviewer> {
    let present: Vec<&Reviewer> = pool
        .iter()
        .filter_map(|name| {
            all.iter()
                .find(|reviewer| &reviewer.name == name && !reviewer.absent)
        })
        .collect();
    if let Some(kept) = present
        .iter()
        .find(|reviewer| Some(reviewer.name.as_str()) == kept)
    {
        return Some(kept);
    }
    // Loads are compared as fractions of the weights, without dividing.
    present.into_iter().min_by(|a, b| {
        let (a_load, b_load) = (a.load * b.weight.max(1), b.load * a.weight.max(1));
        a_load
            .cmp(&b_load)
            .then(a.last_assigned.cmp(&b.last_assigned))
    })
}

fn read(row: &Row) -> Result<Reviewer, StoreError> {
    Ok(Reviewer {
        name: row.try_get("name")?,
        address: row.try_get("address")?,
        weight: row.try_get("weight")?,
        absent: row.try_get::<i64, _>("absent")? != 0,
        load: row.try_get("load")?,
        last_assigned: row.try_get("last_assigned")?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Reviewer, next};

    fn reviewer(name: &str, weight: i64, load: i64, last_assigned: i64) -> Reviewer {
        let address = format!("{name}@example.com");
        Reviewer {
            name: name.to_owned(),
            address,
            weight,
            absent: false,
            load,
            last_assigned,
        }
    }

    fn check_next(all: &[Reviewer], kept: Option<&str>, expected: Option<&str>) {
        let pool: Vec<String> = ["ann", "bob", "cleo"].map(String::from).to_vec();
        assert_eq!(
            next(all, &pool, kept).map(|reviewer| reviewer.name.as_str()),
            expected
        );
    }

    #[test]
    fn reviewers_with_equal_loads_take_turns() {
        check_next(
            &[reviewer("ann", 1, 0, 0), reviewer("bob", 1, 0, 0)],
            None,
            Some("ann"),
        );
        check_next(
            &[reviewer("ann", 1, 1, 1), reviewer("bob", 1, 1, 0)],
            None,
            Some("bob"),
        );
    }

    #[test]
    fn twice_the_weight_takes_twice_the_load() {
        check_next(
            &[reviewer("ann", 1, 1, 0), reviewer("bob", 2, 1, 9)],
            None,
            Some("bob"),
        );
        check_next(
            &[reviewer("ann", 1, 1, 0), reviewer("bob", 2, 3, 0)],
            None,
            Some("ann"),
        );
    }

    #[test]
    fn a_thread_keeps_its_reviewer_until_they_are_away() {
        let mut all = [reviewer("ann", 1, 9, 9), reviewer("bob", 1, 0, 0)];
        check_next(&all, Some("ann"), Some("ann"));
        all[0].absent = true;
        check_next(&all, Some("ann"), Some("bob"));
    }

    #[test]
    fn nobody_outside_the_pool_is_chosen() {
        check_next(&[reviewer("zoe", 1, 0, 0)], Some("zoe"), None);
    }
}
