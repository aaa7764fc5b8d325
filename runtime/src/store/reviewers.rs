//! Reviewers: who decides drafts, and whose turn it is.
//!
//! Whoever has few drafts for their weight comes first; among those, turns follow the weights. A
//! thread keeps its reviewer. Nobody gets a draft while they are away, or has as many as they take.

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::{Connection, Row, StoreError, lock, row};

/// The lock of whoever changes who reviews.
const ROSTER: &str = "reviewers";

/// What somebody may do on the pages. Each may also do what those before it may.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads, and is given no drafts.
    Viewer,
    /// Decides drafts, answers questions, takes threads over.
    #[default]
    Reviewer,
    /// Looks after jobs, mail that was put aside, contacts and reviewers.
    Operator,
}

impl Role {
    /// The word that settings and the store hold.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Reviewer => "reviewer",
            Self::Operator => "operator",
        }
    }
}

/// A person who decides drafts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reviewer {
    /// The name that commands use, and that decisions are noted under.
    pub name: String,
    /// Where they read mail.
    pub address: String,
    /// How much they take, compared with the others; at least 1.
    pub weight: i64,
    /// The most drafts that wait for them at a time.
    pub cap: Option<i64>,
    /// When they work; always when there are none.
    pub hours: Option<String>,
    /// Who gets what they leave overdue.
    pub escalates_to: Option<String>,
    /// Whether they are away now.
    pub absent: bool,
    /// Drafts and questions that wait for them.
    pub load: i64,
    /// How many they were given; only its share of all counts.
    pub served: i64,
    /// Whether the configuration names them.
    pub by_config: bool,
    /// What they may do on the pages.
    pub role: Role,
    /// When they last signed in there.
    pub signed_in_at: Option<i64>,
}

impl Reviewer {
    /// Whether they decide, are there, and have not as many as they take.
    #[must_use]
    pub fn can_take(&self) -> bool {
        self.is_there() && self.cap.is_none_or(|cap| self.load < cap)
    }

    /// Whether they decide, and are not away.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.role > Role::Viewer && !self.absent
    }
}

/// A reviewer to add or change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReviewer {
    /// The name that commands use.
    pub name: String,
    /// Where they read mail.
    pub address: String,
    /// How much they take, compared with the others; at least 1.
    pub weight: i64,
    /// The most drafts that wait for them at a time.
    pub cap: Option<i64>,
    /// When they work; always when there are none.
    pub hours: Option<String>,
    /// Who gets what they leave overdue.
    pub escalates_to: Option<String>,
    /// Whether they are away until further notice.
    pub absent: bool,
    /// What they may do on the pages.
    pub role: Role,
}

/// Makes the reviewers that the configuration names those that it names now.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else has the address of one.
pub async fn configure(tx: &mut Connection, reviewers: &[NewReviewer]) -> Result<(), StoreError> {
    lock::named(tx, ROSTER).await?;
    sqlx::query("update reviewer set listed = 0, by_config = 0 where by_config = 1")
        .execute(&mut *tx)
        .await?;
    for reviewer in reviewers {
        write(tx, reviewer, true).await?;
    }
    for gone in [
        "delete from session where reviewer in (select name from reviewer where listed = 0)",
        "delete from sign_in_link where reviewer in (select name from reviewer where listed = 0)",
        "update reviewer set password = null where listed = 0 and password is not null",
    ] {
        sqlx::query(gone).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Adds a reviewer, or changes one. One that the configuration names is changed there.
///
/// # Errors
/// [`StoreError::Conflict`] when it does, or somebody else has their address.
pub async fn set(tx: &mut Connection, reviewer: &NewReviewer) -> Result<(), StoreError> {
    lock::named(tx, ROSTER).await?;
    if write(tx, reviewer, false).await? {
        Ok(())
    } else {
        Err(configured(&reviewer.name))
    }
}

async fn write(
    tx: &mut Connection,
    reviewer: &NewReviewer,
    by_config: bool,
) -> Result<bool, StoreError> {
    alone(tx, reviewer).await?;
    let written = sqlx::query(
        "insert into reviewer
           (name, address, weight, cap, hours, escalates_to, absent, by_config, role)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (name) do update
            set address = $2, weight = $3, cap = $4, hours = $5, escalates_to = $6, absent = $7,
                by_config = $8, role = $9, listed = 1
          where reviewer.by_config <= $8",
    )
    .bind(&reviewer.name)
    .bind(&reviewer.address)
    .bind(reviewer.weight)
    .bind(reviewer.cap)
    .bind(&reviewer.hours)
    .bind(&reviewer.escalates_to)
    .bind(i64::from(reviewer.absent))
    .bind(i64::from(by_config))
    .bind(reviewer.role.word())
    .execute(tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Decisions by mail are known by the address that they come from: one reviewer has it.
async fn alone(tx: &mut Connection, reviewer: &NewReviewer) -> Result<(), StoreError> {
    let NewReviewer { name, address, .. } = reviewer;
    let other = sqlx::query(
        "select name from reviewer where listed = 1 and address = $1 and name <> $2 limit 1",
    )
    .bind(address)
    .bind(name)
    .fetch_optional(tx)
    .await?;
    let Some(other) = other else { return Ok(()) };
    let other: String = other.try_get("name")?;
    Err(StoreError::Conflict(format!(
        "`{name}` cannot have the address {address}: it is that of `{other}`"
    )))
}

fn configured(name: &str) -> StoreError {
    StoreError::Conflict(format!(
        "`{name}` is named by the configuration: change it there"
    ))
}

/// Takes a reviewer out. What waits for them goes to others.
pub async fn remove(tx: &mut Connection, name: &str) -> Result<(), StoreError> {
    let reviewer = known(tx, name, 0).await?;
    if reviewer.by_config {
        return Err(configured(name));
    }
    for gone in [
        "update reviewer set listed = 0, password = null where name = $1",
        "delete from session where reviewer = $1",
        "delete from sign_in_link where reviewer = $1",
    ] {
        sqlx::query(gone).bind(name).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Notes that a reviewer is away from `from` until `until`, or until they are back.
pub async fn away(
    tx: &mut Connection,
    name: &str,
    from: i64,
    until: Option<i64>,
    noted_by: &str,
) -> Result<(), StoreError> {
    known(tx, name, from).await?;
    sqlx::query(
        "insert into absence (reviewer, from_at, until_at, noted_by) values ($1, $2, $3, $4)",
    )
    .bind(name)
    .bind(from)
    .bind(until)
    .bind(noted_by)
    .execute(tx)
    .await?;
    Ok(())
}

/// Some time for which somebody is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Absence {
    /// Whose it is.
    pub reviewer: String,
    /// Since when.
    pub from_at: i64,
    /// Until when; until they are back when absent.
    pub until_at: Option<i64>,
}

/// The absences that are not over, the earliest first.
pub async fn absences(db: &mut Connection, now: i64) -> Result<Vec<Absence>, StoreError> {
    let found = sqlx::query(
        "select reviewer, from_at, until_at from absence
          where until_at is null or until_at > $1 order by from_at limit 500",
    )
    .bind(now)
    .fetch_all(db)
    .await?;
    let read = |row: &Row| {
        Ok(Absence {
            reviewer: row.try_get("reviewer")?,
            from_at: row.try_get("from_at")?,
            until_at: row.try_get("until_at")?,
        })
    };
    found.iter().map(read).collect()
}

/// Notes that a reviewer is back, and forgets absences that were planned.
pub async fn back(tx: &mut Connection, name: &str, now: i64) -> Result<(), StoreError> {
    known(tx, name, now).await?;
    sqlx::query(
        "update absence set until_at = $2
          where reviewer = $1 and (until_at is null or until_at > $2)",
    )
    .bind(name)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    if known(tx, name, now).await?.absent {
        return Err(StoreError::Conflict(format!(
            "the configuration says that `{name}` is absent: change it there"
        )));
    }
    Ok(())
}

/// One reviewer.
pub async fn find(
    db: &mut Connection,
    name: &str,
    now: i64,
) -> Result<Option<Reviewer>, StoreError> {
    let all = list(db, now).await?;
    Ok(all.into_iter().find(|reviewer| reviewer.name == name))
}

/// The reviewer of this name.
///
/// # Errors
/// [`StoreError::Conflict`] when there is none.
pub async fn known(db: &mut Connection, name: &str, now: i64) -> Result<Reviewer, StoreError> {
    let found = find(db, name, now).await?;
    found.ok_or_else(|| StoreError::Conflict(format!("there is no reviewer `{name}`")))
}

/// Asks for the names of those who are there at a time: for statements about what is theirs.
macro_rules! there {
    (at $time:literal) => {
        concat!(
            "select name from reviewer
              where listed = 1 and absent = 0 and role <> 'viewer'
                and not exists (select 1 from absence
                                 where absence.reviewer = reviewer.name and absence.from_at <= ",
            $time,
            " and (absence.until_at is null or absence.until_at > ",
            $time,
            "))"
        )
    };
}
pub(super) use there;

/// Whether there is a reviewer of this name who decides and is not away.
pub async fn is_there(
    db: &mut Connection,
    name: Option<&str>,
    now: i64,
) -> Result<bool, StoreError> {
    let Some(name) = name else { return Ok(false) };
    let found = find(db, name, now).await?;
    Ok(found.is_some_and(|reviewer| reviewer.is_there()))
}

/// Every reviewer with their load, by name.
pub async fn list(db: &mut Connection, now: i64) -> Result<Vec<Reviewer>, StoreError> {
    let reviewers = sqlx::query(
        "select reviewer.*,
                (select count(*) from draft
                  where draft.state = 'held' and draft.reviewer = reviewer.name)
                + (select count(*) from question
                    where question.state = 'open' and question.reviewer = reviewer.name) as load,
                (select count(*) from absence
                  where absence.reviewer = reviewer.name and absence.from_at <= $1
                    and (absence.until_at is null or absence.until_at > $1)) as away
           from reviewer where reviewer.listed = 1 order by reviewer.name",
    )
    .bind(now)
    .fetch_all(db)
    .await?;
    reviewers.iter().map(read).collect()
}

/// Assigns a thread to a reviewer who is not in `except`, and gives them. A thread keeps its
/// reviewer while they can take it.
///
/// `None` means that nobody can.
pub async fn assign(
    tx: &mut Connection,
    thread_id: i64,
    except: &[String],
    now: i64,
) -> Result<Option<Reviewer>, StoreError> {
    // Two nodes that assign at once would both see the loads from before.
    sqlx::query("update reviewer set served = served where listed = 1")
        .execute(&mut *tx)
        .await?;
    let all = list(tx, now).await?;
    let kept = sqlx::query("select reviewer from thread where id = $1")
        .bind(thread_id)
        .fetch_one(&mut *tx)
        .await?;
    let kept: Option<String> = kept.try_get("reviewer")?;
    let Some((chosen, served)) = next(&all, except, kept.as_deref()) else {
        return Ok(None);
    };
    give(tx, thread_id, &chosen.name, served).await?;
    Ok(Some(chosen.clone()))
}

/// Assigns a thread to this reviewer, whatever they have.
pub async fn assign_to(
    tx: &mut Connection,
    thread_id: i64,
    reviewer: &Reviewer,
) -> Result<(), StoreError> {
    give(tx, thread_id, &reviewer.name, reviewer.served + 1).await
}

async fn give(
    tx: &mut Connection,
    thread_id: i64,
    name: &str,
    served: i64,
) -> Result<(), StoreError> {
    super::threads::assign(tx, thread_id, name).await?;
    sqlx::query("update reviewer set served = $2 where name = $1")
        .bind(name)
        .bind(served)
        .execute(tx)
        .await?;
    Ok(())
}

/// Whose turn it is, and how many they have been given with this one.
///
/// Those who have had the fewest full rounds come first: in a round everybody gets as many as their
/// weight. Within it turns are shared out as seats are by the quota method of Balinski and Young, so
/// that nobody is ever a whole draft away from their share. Whoever comes back after a while
/// catches up with one round at most.
fn next<'a>(
    all: &'a [Reviewer],
    except: &[String],
    kept: Option<&str>,
) -> Option<(&'a Reviewer, i64)> {
    let able: Vec<&Reviewer> = all
        .iter()
        .filter(|reviewer| reviewer.can_take() && !except.contains(&reviewer.name))
        .collect();
    let keeper = able
        .iter()
        .find(|reviewer| Some(reviewer.name.as_str()) == kept);
    if let Some(keeper) = keeper {
        return Some((keeper, keeper.served + 1));
    }
    let weight = |reviewer: &Reviewer| reviewer.weight.max(1);
    let weights: i64 = able.iter().map(|reviewer| weight(reviewer)).sum();
    let rounds = able
        .iter()
        .map(|reviewer| reviewer.served / weight(reviewer));
    let behind = rounds.max()? - 1;
    let served = |reviewer: &Reviewer| reviewer.served.max(behind * weight(reviewer));
    let given: i64 = able.iter().map(|reviewer| served(reviewer)).sum();
    let round = |reviewer: &Reviewer| reviewer.load / weight(reviewer);
    let first = able.iter().map(|reviewer| round(reviewer)).min()?;
    let mut turns: Vec<(&Reviewer, i64)> = able
        .into_iter()
        .filter(|reviewer| round(reviewer) == first)
        .map(|reviewer| (reviewer, served(reviewer)))
        .collect();
    // Sorting is stable, so names break ties.
    turns.sort_by(|(a, a_served), (b, b_served)| {
        let beyond = |of: &Reviewer, served: i64| served * weights >= (given + 1) * weight(of);
        // Shares are compared as fractions of the weights, without dividing.
        let share = ((a_served + 1) * weight(b)).cmp(&((b_served + 1) * weight(a)));
        beyond(a, *a_served).cmp(&beyond(b, *b_served)).then(share)
    });
    let (chosen, served) = turns.first()?;
    Some((chosen, served + 1))
}

fn read(row: &Row) -> Result<Reviewer, StoreError> {
    Ok(Reviewer {
        name: row.try_get("name")?,
        address: row.try_get("address")?,
        weight: row.try_get("weight")?,
        cap: row.try_get("cap")?,
        hours: row.try_get("hours")?,
        escalates_to: row.try_get("escalates_to")?,
        absent: row.try_get::<i64, _>("absent")? != 0 || row.try_get::<i64, _>("away")? != 0,
        load: row.try_get("load")?,
        served: row.try_get("served")?,
        by_config: row.try_get::<i64, _>("by_config")? != 0,
        role: row::word(row, "role")?,
        signed_in_at: row.try_get("signed_in_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::{Reviewer, Role, next};
    use proptest::prelude::*;

    fn reviewer(name: &str, weight: i64, load: i64) -> Reviewer {
        Reviewer {
            name: name.to_owned(),
            address: format!("{name}@example.com"),
            weight,
            cap: None,
            hours: None,
            escalates_to: None,
            absent: false,
            load,
            served: load,
            by_config: true,
            role: Role::Reviewer,
            signed_in_at: None,
        }
    }

    fn check_next(all: &[Reviewer], kept: Option<&str>, expected: Option<&str>) {
        let chosen = next(all, &[], kept).map(|(reviewer, _)| reviewer.name.as_str());
        assert_eq!(chosen, expected);
    }

    #[test]
    fn whoever_has_less_for_their_weight_comes_first() {
        check_next(
            &[reviewer("ann", 1, 0), reviewer("bob", 1, 0)],
            None,
            Some("ann"),
        );
        check_next(
            &[reviewer("ann", 1, 1), reviewer("bob", 1, 0)],
            None,
            Some("bob"),
        );
        check_next(
            &[reviewer("ann", 1, 1), reviewer("bob", 2, 1)],
            None,
            Some("bob"),
        );
        check_next(
            &[reviewer("ann", 1, 1), reviewer("bob", 2, 4)],
            None,
            Some("ann"),
        );
    }

    #[test]
    fn a_thread_keeps_its_reviewer_until_they_are_away_or_have_enough() {
        let mut all = [reviewer("ann", 1, 9), reviewer("bob", 1, 0)];
        check_next(&all, Some("ann"), Some("ann"));
        all[0].cap = Some(9);
        check_next(&all, Some("ann"), Some("bob"));
        all[0].cap = None;
        all[0].absent = true;
        check_next(&all, Some("ann"), Some("bob"));
        all[1].cap = Some(0);
        check_next(&all, None, None);
    }

    #[test]
    fn a_viewer_is_given_nothing() {
        let mut all = [reviewer("ann", 1, 0), reviewer("bob", 1, 5)];
        all[0].role = Role::Viewer;
        check_next(&all, Some("ann"), Some("bob"));
    }

    #[test]
    fn nobody_gets_again_what_they_have_had() {
        let all = [reviewer("ann", 1, 0), reviewer("bob", 1, 5)];
        let chosen = next(&all, &["ann".to_owned()], Some("ann"));
        assert_eq!(chosen.unwrap().0.name, "bob");
    }

    #[test]
    fn whoever_was_away_for_long_catches_up_with_one_round() {
        let mut all = [reviewer("ann", 2, 0), reviewer("bob", 2, 0)];
        all[1].served = 1000;
        let mut turns = String::new();
        for _ in 0..8 {
            let (chosen, served) = next(&all, &[], None).unwrap();
            let name = chosen.name.clone();
            turns.push_str(&name[..1]);
            let place = all
                .iter_mut()
                .find(|reviewer| reviewer.name == name)
                .unwrap();
            place.served = served;
        }
        assert!(turns.matches('b').count() >= 3, "{turns}");
    }

    /// Gives `turns` drafts in turn. `decided` says whether each is decided before the next.
    fn shares(
        weights: &[i64],
        turns: usize,
        decided: bool,
        mut seen: impl FnMut(usize, &[Reviewer]),
    ) {
        let mut all: Vec<Reviewer> = weights
            .iter()
            .zip('a'..)
            .map(|(weight, name)| reviewer(&name.to_string(), *weight, 0))
            .collect();
        for turn in 1..=turns {
            let (chosen, served) = next(&all, &[], None).unwrap();
            let name = chosen.name.clone();
            let place = all
                .iter_mut()
                .find(|reviewer| reviewer.name == name)
                .unwrap();
            place.served = served;
            place.load += i64::from(!decided);
            seen(turn, &all);
        }
    }

    proptest! {
        /// Whether drafts wait or are decided at once, after any number of them nobody is a whole
        /// draft away from the share of their weight.
        #[test]
        fn shares_follow_the_weights_within_one(
            weights in prop::collection::vec(1_i64..12, 1..7),
            turns in 1_usize..200,
            decided: bool,
        ) {
            let total: i64 = weights.iter().sum();
            shares(&weights, turns, decided, |turn, all| {
                for reviewer in all {
                    let turn = i64::try_from(turn).unwrap();
                    let off = (reviewer.served * total - turn * reviewer.weight).abs();
                    assert!(off < total, "{weights:?}: {} of {turn} for {}", reviewer.served, reviewer.weight);
                }
            });
        }

        /// However loads, caps and absences stand, whoever is chosen can take a draft, and somebody
        /// is chosen if anybody can.
        #[test]
        fn nobody_is_chosen_who_cannot_take_it(
            desk in prop::collection::vec((1_i64..5, 0_i64..9, 0_i64..9, prop::option::of(0_i64..9), any::<bool>()), 0..6),
            kept in 0_usize..6,
        ) {
            let all: Vec<Reviewer> = desk.iter().zip('a'..).map(|((weight, load, served, cap, absent), name)| Reviewer {
                cap: *cap, absent: *absent, served: *served, ..reviewer(&name.to_string(), *weight, *load)
            }).collect();
            let kept = all.get(kept).map(|reviewer| reviewer.name.clone());
            match next(&all, &[], kept.as_deref()) {
                Some((chosen, _)) => prop_assert!(!chosen.absent && chosen.cap.is_none_or(|cap| chosen.load < cap)),
                None => prop_assert!(!all.iter().any(Reviewer::can_take)),
            }
        }
    }
}
