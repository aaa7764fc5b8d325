//! The statements that find what breaks an invariant. Each gives a sentence with ids for each breach.

use sqlx::Row as _;

use super::{Asked, Invariant};
use crate::store::{Connection, StoreError};

/// What a statement is given.
#[derive(Clone, Copy)]
enum Given {
    Nothing,
    /// `$1`: leases that ended before are nobody's.
    Leases,
    /// `$1`: milliseconds within which nobody knows what came first.
    Margin,
}

/// Asks what breaks an invariant.
pub(super) async fn of(
    db: &mut Connection,
    invariant: Invariant,
    asked: Asked,
) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for &(_, given, sql) in BREACHES.iter().filter(|(of, ..)| *of == invariant) {
        let query = match given {
            Given::Nothing => sqlx::query(sql),
            Given::Leases => sqlx::query(sql).bind(asked.leases_before),
            Given::Margin => sqlx::query(sql).bind(asked.margin),
        };
        for row in query.fetch_all(&mut *db).await? {
            found.push(row.try_get(0)?);
        }
    }
    Ok(found)
}

/// Jobs of a kind in the line of a thread that are not done stand for whatever is still to come of it.
static BREACHES: &[(Invariant, Given, &str)] = &[
    (
        Invariant::I1,
        Given::Nothing,
        "select 'mail ' || raw_mail.id || ' is in the ledger ' || count(ledger.raw_id) || ' times'
           from raw_mail left join ledger on ledger.raw_id = raw_mail.id
          group by raw_mail.id having count(ledger.raw_id) <> 1 order by raw_mail.id",
    ),
    (
        Invariant::I1,
        Given::Nothing,
        "select 'mail ' || raw_id || ' stands in the ledger and is gone' from ledger
          where raw_id is not null and not exists (select 1 from raw_mail where id = ledger.raw_id)
          order by raw_id",
    ),
    (
        Invariant::I1,
        Given::Nothing,
        "select 'mail ' || id || ' was not read, and nothing reads it' from raw_mail
          where not exists (select 1 from mail where raw_id = raw_mail.id)
            and not exists (select 1 from job
                             where kind = 'receive' and state <> 'done'
                               and args = '{\"raw\":' || raw_mail.id || '}')
          order by id",
    ),
    (
        Invariant::I1,
        Given::Nothing,
        "select 'mail ' || args || ' is read by ' || count(*) || ' jobs at once' from job
          where kind = 'receive' and state not in ('done', 'dead', 'cancelled')
          group by args having count(*) > 1 order by args",
    ),
    (
        Invariant::I1,
        Given::Nothing,
        "select 'the mail ' || external_id || ' was announced, and nothing fetches it' from ledger
          where source = 'ses' and raw_id is null
            and not exists (select 1 from job
                             where unique_key = 'fetch ' || ledger.external_id and state <> 'done')
          order by external_id",
    ),
    (
        // A mail that a person had tried again passes its way once more.
        Invariant::I2,
        Given::Nothing,
        "select '`' || event.kind || '` of mail ' || event.mail_id || ' happened ' || count(*) || ' times'
           from event
          where event.kind in ('mail.received', 'mail.screened', 'mail.ignored', 'mail.quarantined',
                               'mail.dropped')
            and event.mail_id is not null
          group by event.kind, event.mail_id
         having count(*) > 1 + (select count(*) from event again
                                 where again.mail_id = event.mail_id
                                   and again.kind in ('mail.redriven', 'mail.released'))
          order by event.mail_id",
    ),
    (
        Invariant::I2,
        Given::Nothing,
        "select 'draft ' || draft_id || ' was written ' || count(*) || ' times' from event
          where kind = 'draft.written' and draft_id is not null
          group by draft_id having count(*) > 1 order by draft_id",
    ),
    (
        Invariant::I2,
        Given::Nothing,
        "select 'draft ' || told.draft_id || ' was delivered ' || count(*) || ' times' from event told
          where told.kind = 'draft.delivered' and told.draft_id is not null
          group by told.draft_id
         having count(*) > (select count(*) from delivery
                             where draft_id = told.draft_id and revision is not null
                               and state = 'accepted')
          order by told.draft_id",
    ),
    (
        Invariant::I3,
        Given::Nothing,
        "select 'job ' || id || ' of ' || order_key || ' began before job ' || before_it || ' had ended'
           from (select id, order_key, started_at,
                        lag(id) over (partition by order_key order by id) as before_it,
                        lag(done_at) over (partition by order_key order by id) as ended
                   from job
                  where order_key is not null and on_backoff = 'hold' and aside = 0 and again = 0) line
          where before_it is not null and started_at is not null
            and (ended is null or ended > started_at)
          order by id",
    ),
    (
        Invariant::I4,
        Given::Nothing,
        "select 'draft ' || draft_id || ' was sent ' || count(*) || ' times in revision ' || revision
           from delivery where revision is not null and draft_id is not null and state = 'accepted'
          group by draft_id, revision, recipient having count(*) > 1 order by draft_id",
    ),
    (
        Invariant::I4,
        Given::Nothing,
        "select 'draft ' || id || ' is delivered, and no sending of it was accepted' from draft
          where state = 'delivered'
            and not exists (select 1 from delivery
                             where draft_id = draft.id and revision is not null and state = 'accepted')
          order by id",
    ),
    (
        Invariant::I5,
        Given::Leases,
        "select 'job ' || id || ' (' || kind || ') is running, and its lease is over' from job
          where state = 'running' and (lease_until is null or lease_until < $1) order by id",
    ),
    (
        Invariant::I5,
        Given::Nothing,
        "select 'job ' || id || ' (' || kind || ') is blocked behind nothing' from job
          where state = 'blocked'
            and not exists (select 1 from job head
                             where head.order_key = job.order_key and head.aside = 0
                               and head.state in ('scheduled', 'ready', 'running', 'waiting'))
            and not exists (select 1 from stirred where stirred.order_key = job.order_key)
          order by id",
    ),
    (
        Invariant::I5,
        Given::Nothing,
        "select 'job ' || id || ' (' || kind || ') is ' || state || ', and nobody knows since when' from job
          where state in ('done', 'dead', 'cancelled') and done_at is null order by id",
    ),
    (
        Invariant::I5,
        Given::Nothing,
        "select 'mail ' || id || ' is ' || state || ', and nothing works on it' from mail
          where direction = 'in' and state in ('received', 'screened')
            and not exists (select 1 from job
                             where order_key = 'thread ' || mail.thread_id and state <> 'done')
          order by id",
    ),
    (
        Invariant::I5,
        Given::Nothing,
        "select 'draft ' || id || ' is ' || state || ', and nothing works on it' from draft
          where state in ('approved', 'rewriting')
            and not exists (select 1 from job
                             where order_key = 'thread ' || draft.thread_id and state <> 'done')
            and not exists (select 1 from delivery
                             where draft_id = draft.id and state in ('sending', 'unknown'))
          order by id",
    ),
    (
        Invariant::I5,
        Given::Nothing,
        "select 'delivery ' || id || ' (' || purpose || ') waits, and nothing sends it' from delivery
          where state = 'queued' and revision is null
            and not exists (select 1 from job
                             where unique_key = 'post ' || delivery.id and state <> 'done')
          order by id",
    ),
    (
        Invariant::I5,
        Given::Nothing,
        "select 'question ' || id || ' is open, and job ' || job_id || ' does not wait for it' from question
          where state = 'open'
            and not exists (select 1 from job where id = question.job_id and state <> 'done')
          order by id",
    ),
    (
        Invariant::I6,
        Given::Nothing,
        "select 'job ' || id || ' (' || kind || ') was tried ' || attempt || ' times of ' || max_attempts
           from job where attempt > max_attempts order by id",
    ),
    (
        Invariant::I7,
        Given::Margin,
        "select 'delivery ' || delivery.id || ' went to ' || delivery.recipient || ', which was suppressed'
           from delivery join suppression on suppression.address = lower(delivery.recipient)
          where delivery.state in ('sending', 'accepted', 'unknown')
            and delivery.created_at > suppression.added_at + $1
          order by delivery.id",
    ),
    (
        Invariant::I7,
        Given::Margin,
        "select 'delivery ' || delivery.id || ' went to ' || delivery.recipient || ', who had unsubscribed'
           from delivery
           join unsubscription on unsubscription.address = lower(delivery.recipient)
                              and unsubscription.agent = delivery.agent
          where delivery.purpose = 'campaign' and delivery.state in ('sending', 'accepted', 'unknown')
            and delivery.created_at > unsubscription.noted_at + $1
          order by delivery.id",
    ),
    (
        Invariant::I8,
        Given::Nothing,
        "select 'draft ' || id || ' is nobody''s, and nobody was told' from draft
          where state = 'held' and reviewer is null
            and not exists (select 1 from event
                             where kind = 'draft.unassigned' and draft_id = draft.id)
            and not exists (select 1 from job
                             where kind = 'review' and state <> 'done'
                               and order_key = 'thread ' || draft.thread_id)
          order by id",
    ),
    (
        Invariant::I8,
        Given::Nothing,
        "select 'question ' || id || ' is nobody''s, and nobody was told' from question
          where state = 'open' and reviewer is null
            and not exists (select 1 from event
                             where kind = 'question.unassigned' and thread_id = question.thread_id)
          order by id",
    ),
    (
        Invariant::I9,
        Given::Nothing,
        "select 'of `' || name || '` ' || spent || ' millionths are spent; it is ' || most ||
                ', and the dearest call ' || dearest
           from budget where spent > most + dearest order by name",
    ),
];
