//! How much happened when: counted from what was noted, for a page of numbers.

use sqlx::Row as _;

use super::{Connection, StoreError, events};

/// What happened in a stretch of time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stretch {
    /// When it begins, in milliseconds.
    pub from: i64,
    /// Mails that came in.
    pub received: i64,
    /// Replies and campaigns that were sent.
    pub delivered: i64,
    /// From a mail to its reply, for each, shortest first: milliseconds.
    pub waits: Vec<i64>,
    /// Drafts that were written.
    pub written: i64,
    /// Those among them that broke a rule.
    pub broken: i64,
    /// What calls of models cost, in millionths.
    pub cost: i64,
}

/// So many stretches of the same length, the first of which begins at `from`.
pub async fn stretches(
    db: &mut Connection,
    from: i64,
    length: i64,
    many: usize,
) -> Result<Vec<Stretch>, StoreError> {
    let mut stretches: Vec<Stretch> = (0_i64..)
        .take(many)
        .map(|number| Stretch {
            from: from + number * length,
            ..Stretch::default()
        })
        .collect();
    let place = |at: i64| usize::try_from((at - from).div_euclid(length)).ok();
    let first = events::first_since(db, from).await?;
    // The rows are counted here: medians are ranks, and to sort and group takes a database longer than to
    // hand the rows over, with an index of its own too.
    let happened = sqlx::query(
        "select event.kind, event.at, mail.received_at,
                case when draft.broken_rules <> '[]' then 1 else 0 end as broken
           from event left join draft on draft.id = event.draft_id
                left join mail on mail.id = draft.mail_id
          where event.id >= $1 and event.kind in ('mail.received', 'draft.written', 'draft.delivered')",
    )
    .bind(first)
    .fetch_all(&mut *db)
    .await?;
    for row in &happened {
        let (kind, at): (String, i64) = (row.try_get("kind")?, row.try_get("at")?);
        let Some(stretch) = place(at).and_then(|place| stretches.get_mut(place)) else {
            continue;
        };
        match kind.as_str() {
            "mail.received" => stretch.received += 1,
            "draft.written" => {
                stretch.written += 1;
                stretch.broken += row.try_get::<i64, _>("broken")?;
            }
            _ => {
                stretch.delivered += 1;
                let received: Option<i64> = row.try_get("received_at")?;
                stretch
                    .waits
                    .extend(received.map(|received| (at - received).max(0)));
            }
        }
    }
    for (at, cost) in costs(db, from, length).await? {
        if let Some(stretch) = place(at).and_then(|place| stretches.get_mut(place)) {
            stretch.cost += cost;
        }
    }
    for stretch in &mut stretches {
        stretch.waits.sort_unstable();
    }
    Ok(stretches)
}

/// What calls cost, answered or not, with the beginnings of their stretches.
async fn costs(db: &mut Connection, from: i64, length: i64) -> Result<Vec<(i64, i64)>, StoreError> {
    let costs = sqlx::query(
        "select at, cast(sum(cost) as bigint) as cost from (
           select finished_at - (finished_at - $1) % $2 as at, cost from step
            where kind = 'model' and finished_at >= $1
           union all
           select at - (at - $1) % $2, cost from unanswered where at >= $1) as paid
          group by at",
    )
    .bind(from)
    .bind(length)
    .fetch_all(db)
    .await?;
    costs
        .iter()
        .map(|row| Ok((row.try_get("at")?, row.try_get("cost")?)))
        .collect()
}
