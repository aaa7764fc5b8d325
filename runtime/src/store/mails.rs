//! Mails: the bytes as they came, the ledger that keeps them from coming twice, and what became
//! of each.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;

use super::{Connection, Row, StoreError, row};

/// Which way a mail went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To us.
    In,
    /// From us.
    Out,
}

/// Where a mail is in the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// Parsed and threaded.
    Received,
    /// The guard let it through.
    Screened,
    /// A turn dealt with it: there is a draft, or nothing was to be said.
    Handled,
    /// It must not be answered (an auto-reply, a list, a loop).
    Ignored,
    /// A person must look before anything is done with it.
    Quarantined,
    /// It is ours, and was sent.
    Sent,
}

/// A mail as it reached us.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NewRaw {
    /// Who gave it to us: `ses`, `post`, `file`.
    pub source: String,
    /// Its id there. The same source and id are accepted once, for good.
    pub external_id: String,
    /// The sender of the envelope, where known.
    pub envelope_from: Option<String>,
    /// The recipients of the envelope, where known, with commas between them.
    pub envelope_to: Option<String>,
    /// What the receiving service found out about it.
    pub verdicts: Option<Value>,
    /// The message.
    pub bytes: Vec<u8>,
}

/// What came of accepting a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// It is new.
    New(i64),
    /// We had it; this is its row, if it has one.
    Known(Option<i64>),
}

/// The bytes of a mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Raw {
    /// The row.
    pub id: i64,
    /// The sender of the envelope.
    pub envelope_from: Option<String>,
    /// The recipients of the envelope.
    pub envelope_to: Option<String>,
    /// What the receiving service found out about it.
    pub verdicts: Option<Value>,
    /// The message.
    pub bytes: Vec<u8>,
    /// When it was accepted.
    pub stored_at: i64,
}

/// A parsed mail to keep.
#[derive(Debug, Clone, PartialEq)]
pub struct NewMail {
    /// Its bytes; `None` for our own.
    pub raw_id: Option<i64>,
    /// Its conversation; `None` while it is quarantined before it was threaded.
    pub thread_id: Option<i64>,
    /// Which way it went.
    pub direction: Direction,
    /// `Message-ID` without angle brackets.
    pub message_id: String,
    /// `In-Reply-To` without angle brackets.
    pub in_reply_to: Option<String>,
    /// `References`, oldest first, without angle brackets.
    pub refs: Vec<String>,
    /// The address that wrote it, in lower case.
    pub from_address: String,
    /// The name that goes with the address.
    pub from_name: String,
    /// The address it was sent to.
    pub envelope_to: String,
    /// The subject, decoded.
    pub subject: String,
    /// The new text.
    pub body: String,
    /// What the new text quotes.
    pub quoted: String,
    /// The `silex.Mail` that behaviours see.
    pub record: Value,
    /// Whether the sender's address is proven.
    pub verified: bool,
    /// Why it counts as automatic, if it does.
    pub automatic: Option<String>,
    /// Where it starts in the pipeline.
    pub state: MailState,
    /// Why it is ignored or quarantined.
    pub reason: Option<String>,
    /// Its place in the conversation, if it was sent; 0 else.
    pub place: i64,
}

/// A mail that we have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mail {
    /// The row.
    pub id: i64,
    /// Its bytes.
    pub raw_id: Option<i64>,
    /// Its conversation.
    pub thread_id: Option<i64>,
    /// Which way it went.
    pub direction: Direction,
    /// `Message-ID`.
    pub message_id: String,
    /// `In-Reply-To`.
    pub in_reply_to: Option<String>,
    /// `References`, oldest first.
    pub refs: Vec<String>,
    /// The address that wrote it.
    pub from_address: String,
    /// The name that goes with the address.
    pub from_name: String,
    /// The address it was sent to.
    pub envelope_to: String,
    /// The subject.
    pub subject: String,
    /// The new text.
    pub body: String,
    /// What the new text quotes.
    pub quoted: String,
    /// The `silex.Mail` that behaviours see.
    pub record: Value,
    /// Whether the sender's address is proven.
    pub verified: bool,
    /// Why it counts as automatic.
    pub automatic: Option<String>,
    /// Where it is in the pipeline.
    pub state: MailState,
    /// Why it is ignored or quarantined.
    pub reason: Option<String>,
    /// Its place in the conversation since it was let through or sent, which is the id of the event that
    /// tells of it: what was let through late comes after what was answered meanwhile. 0 before, and for what
    /// an older program let through.
    pub place: i64,
    /// When it was kept.
    pub received_at: i64,
}

/// Keeps the bytes of a mail and notes its external id, unless it is known.
pub async fn accept(tx: &mut Connection, raw: &NewRaw, now: i64) -> Result<Accepted, StoreError> {
    let noted = sqlx::query(
        "insert into ledger (source, external_id, noted_at) values ($1, $2, $3)
         on conflict do nothing",
    )
    .bind(&raw.source)
    .bind(&raw.external_id)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    if noted.rows_affected() == 0 {
        let known = sqlx::query("select raw_id from ledger where source = $1 and external_id = $2")
            .bind(&raw.source)
            .bind(&raw.external_id)
            .fetch_one(tx)
            .await?;
        return Ok(Accepted::Known(known.try_get("raw_id")?));
    }
    Ok(Accepted::New(arrived(tx, raw, now).await?))
}

/// Keeps the bytes of a mail whose external id was noted when it was announced.
pub async fn arrived(tx: &mut Connection, raw: &NewRaw, now: i64) -> Result<i64, StoreError> {
    let kept = sqlx::query(
        "insert into raw_mail (envelope_from, envelope_to, verdicts, bytes, stored_at)
         values ($1, $2, $3, $4, $5) returning id",
    )
    .bind(&raw.envelope_from)
    .bind(&raw.envelope_to)
    .bind(raw.verdicts.as_ref().map(row::text).transpose()?)
    .bind(&raw.bytes)
    .bind(now)
    .fetch_one(&mut *tx)
    .await?;
    let id: i64 = kept.try_get("id")?;
    let joined = sqlx::query(
        "update ledger set raw_id = $3
          where source = $1 and external_id = $2 and raw_id is null",
    )
    .bind(&raw.source)
    .bind(&raw.external_id)
    .bind(id)
    .execute(tx)
    .await?;
    if joined.rows_affected() == 1 {
        Ok(id)
    } else {
        let known = format!("the bytes of {} {} are here", raw.source, raw.external_id);
        Err(StoreError::Conflict(known))
    }
}

/// Whether an external id was noted.
pub async fn is_noted(
    db: &mut Connection,
    source: &str,
    external_id: &str,
) -> Result<bool, StoreError> {
    let noted = sqlx::query("select 1 from ledger where source = $1 and external_id = $2")
        .bind(source)
        .bind(external_id)
        .fetch_optional(db)
        .await?;
    Ok(noted.is_some())
}

/// Notes an external id that has no bytes, or none yet. `false` if it was known.
pub async fn note(
    tx: &mut Connection,
    source: &str,
    external_id: &str,
    now: i64,
) -> Result<bool, StoreError> {
    let noted = sqlx::query(
        "insert into ledger (source, external_id, noted_at) values ($1, $2, $3)
         on conflict do nothing",
    )
    .bind(source)
    .bind(external_id)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// The bytes of a mail.
pub async fn raw(db: &mut Connection, id: i64) -> Result<Option<Raw>, StoreError> {
    let found = sqlx::query("select * from raw_mail where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    let Some(row) = found else { return Ok(None) };
    Ok(Some(Raw {
        id: row.try_get("id")?,
        envelope_from: row.try_get("envelope_from")?,
        envelope_to: row.try_get("envelope_to")?,
        verdicts: row::json_or_none(&row, "verdicts")?,
        bytes: row.try_get("bytes")?,
        stored_at: row.try_get("stored_at")?,
    }))
}

/// Keeps a parsed mail. The same bytes are kept once: a second time is a conflict.
pub async fn keep(tx: &mut Connection, mail: &NewMail, now: i64) -> Result<i64, StoreError> {
    let kept = sqlx::query(
        "insert into mail (raw_id, thread_id, direction, message_id, in_reply_to, refs,
                           from_address, from_name, envelope_to, subject, body, quoted, record,
                           verified, automatic, state, reason, place, received_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                 $19)
         returning id",
    )
    .bind(mail.raw_id)
    .bind(mail.thread_id)
    .bind(row::name(&mail.direction)?)
    .bind(&mail.message_id)
    .bind(&mail.in_reply_to)
    .bind(row::text(&mail.refs)?)
    .bind(&mail.from_address)
    .bind(&mail.from_name)
    .bind(&mail.envelope_to)
    .bind(&mail.subject)
    .bind(&mail.body)
    .bind(&mail.quoted)
    .bind(row::text(&mail.record)?)
    .bind(i64::from(mail.verified))
    .bind(&mail.automatic)
    .bind(row::name(&mail.state)?)
    .bind(&mail.reason)
    .bind(mail.place)
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(kept.try_get("id")?)
}

/// Notes that the guard let a mail through, to this place in its conversation.
pub async fn screened(tx: &mut Connection, id: i64, place: i64) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update mail set state = 'screened', place = $2 where id = $1 and state = 'received'",
    )
    .bind(id)
    .bind(place)
    .execute(tx)
    .await?;
    moved_one(moved.rows_affected(), id, "received")
}

/// Notes that a turn dealt with a mail.
pub async fn handled(tx: &mut Connection, id: i64) -> Result<(), StoreError> {
    let moved =
        sqlx::query("update mail set state = 'handled' where id = $1 and state = 'screened'")
            .bind(id)
            .execute(tx)
            .await?;
    moved_one(moved.rows_affected(), id, "screened")
}

/// Lets a quarantined mail go on, by a person's decision: it counts as screened.
pub async fn free(tx: &mut Connection, id: i64, place: i64) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "update mail set state = 'screened', place = $2 where id = $1 and state = 'quarantined'",
    )
    .bind(id)
    .bind(place)
    .execute(tx)
    .await?;
    moved_one(moved.rows_affected(), id, "quarantined")
}

pub(super) fn moved_one(moved: u64, id: i64, needed: &str) -> Result<(), StoreError> {
    if moved == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(format!("mail {id} is not {needed}")))
    }
}

/// One mail.
pub async fn find(db: &mut Connection, id: i64) -> Result<Option<Mail>, StoreError> {
    let mail = sqlx::query("select * from mail where id = $1")
        .bind(id)
        .fetch_optional(db)
        .await?;
    mail.as_ref().map(read).transpose()
}

/// The newest mail with this `Message-ID`.
pub async fn by_message_id(
    db: &mut Connection,
    message_id: &str,
) -> Result<Option<Mail>, StoreError> {
    let mail = sqlx::query("select * from mail where message_id = $1 order by id desc limit 1")
        .bind(message_id)
        .fetch_optional(db)
        .await?;
    mail.as_ref().map(read).transpose()
}

/// What a sender wrote under a `Message-ID`, the newest first.
pub async fn texts_of_id(
    db: &mut Connection,
    message_id: &str,
    from_address: &str,
    limit: i64,
) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query(
        "select body from mail where message_id = $1 and from_address = $2 and direction = 'in'
          order by id desc limit $3",
    )
    .bind(message_id)
    .bind(from_address)
    .bind(limit)
    .fetch_all(db)
    .await?;
    let texts = rows.iter().map(|row| row.try_get("body"));
    Ok(texts.collect::<Result<_, _>>()?)
}

/// The mails of a thread, oldest first.
pub async fn of_thread(db: &mut Connection, thread_id: i64) -> Result<Vec<Mail>, StoreError> {
    let mails = sqlx::query("select * from mail where thread_id = $1 order by id")
        .bind(thread_id)
        .fetch_all(db)
        .await?;
    mails.iter().map(read).collect()
}

/// The mails of a thread whose numbers are in a range, oldest first.
pub async fn between(
    db: &mut Connection,
    thread_id: i64,
    (first, last): (i64, i64),
) -> Result<Vec<Mail>, StoreError> {
    let mails = sqlx::query(
        "select * from mail where thread_id = $1 and id >= $2 and id <= $3 order by id",
    )
    .bind(thread_id)
    .bind(first)
    .bind(last)
    .fetch_all(db)
    .await?;
    mails.iter().map(read).collect()
}

/// The mails of a thread besides one of them that were there at a time, the newest first.
pub async fn besides(
    db: &mut Connection,
    thread_id: i64,
    (mail, at): (Option<i64>, i64),
    limit: i64,
) -> Result<Vec<Mail>, StoreError> {
    let mails = sqlx::query(
        "select * from mail where thread_id = $1 and id <> $2 and received_at <= $3
          order by id desc limit $4",
    )
    .bind(thread_id)
    .bind(mail.unwrap_or_default())
    .bind(at)
    .bind(limit)
    .fetch_all(db)
    .await?;
    mails.iter().map(read).collect()
}

/// The newest mails in a state; the quarantine is one of them.
pub async fn in_state(
    db: &mut Connection,
    state: MailState,
    limit: i64,
) -> Result<Vec<Mail>, StoreError> {
    let mails = sqlx::query("select * from mail where state = $1 order by id desc limit $2")
        .bind(row::name(&state)?)
        .bind(limit)
        .fetch_all(db)
        .await?;
    mails.iter().map(read).collect()
}

/// How many mails we have sent to an address since `to_since`, and how many it has sent us since
/// `from_since`.
pub async fn counts(
    db: &mut Connection,
    address: &str,
    to_since: i64,
    from_since: i64,
) -> Result<(i64, i64), StoreError> {
    let counts = sqlx::query(
        "select (select count(*) from mail
                  where envelope_to = $1 and direction = 'out' and received_at >= $2),
                (select count(*) from mail
                  where from_address = $1 and direction = 'in' and received_at >= $3)",
    )
    .bind(address)
    .bind(to_since)
    .bind(from_since)
    .fetch_one(db)
    .await?;
    Ok((counts.try_get(0)?, counts.try_get(1)?))
}

/// What there is of a thread already.
#[derive(Debug, PartialEq, Eq)]
pub struct SoFar {
    /// Its mails, both ways.
    pub mails: i64,
    /// Those that we sent lately.
    pub sent: i64,
    /// The text of the newest that came.
    pub newest_text: Option<String>,
}

/// How many mails a thread has, how many of them we have sent since `sent_since`, and what the newest says
/// that came. However long it is, no more of it is read.
pub async fn so_far(
    db: &mut Connection,
    thread_id: i64,
    sent_since: i64,
) -> Result<SoFar, StoreError> {
    let found = sqlx::query(
        "select count(*) as mails,
                coalesce(sum(case when direction = 'out' and received_at > $2 then 1 else 0 end), 0)
                    as sent,
                (select body from mail where thread_id = $1 and direction = 'in'
                  order by id desc limit 1) as newest_text
           from mail where thread_id = $1",
    )
    .bind(thread_id)
    .bind(sent_since)
    .fetch_one(db)
    .await?;
    Ok(SoFar {
        mails: found.try_get("mails")?,
        sent: found.try_get("sent")?,
        newest_text: found.try_get("newest_text")?,
    })
}

/// Whether any mail of a thread was let through, or sent.
pub async fn were_let_through(db: &mut Connection, thread_id: i64) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "select 1 from mail
          where thread_id = $1 and state in ('screened', 'handled', 'sent') limit 1",
    )
    .bind(thread_id)
    .fetch_optional(db)
    .await?;
    Ok(found.is_some())
}

/// The inbound mail of a thread that the guard or a person let through last, if that was after `mail` and
/// it is answered, or will be. Mail without a place, which an older program let through, is in the order in which it
/// came.
pub async fn overtaking(
    db: &mut Connection,
    thread_id: i64,
    mail: i64,
) -> Result<Option<i64>, StoreError> {
    let newest = sqlx::query(
        "select id from mail
          where thread_id = $1 and direction = 'in'
            and case when place = 0 or (select place from mail where id = $2) = 0 then id > $2
                     else place > (select place from mail where id = $2) end
            and case state when 'screened' then 1 = 1
                           when 'handled' then exists (select 1 from draft
                                                        where draft.thread_id = $1
                                                          and draft.mail_id = mail.id)
                           else 1 = 0 end
          order by place desc, id desc limit 1",
    )
    .bind(thread_id)
    .bind(mail)
    .fetch_optional(db)
    .await?;
    newest.map(|row| Ok(row.try_get("id")?)).transpose()
}

pub(super) fn read(row: &Row) -> Result<Mail, StoreError> {
    Ok(Mail {
        id: row.try_get("id")?,
        raw_id: row.try_get("raw_id")?,
        thread_id: row.try_get("thread_id")?,
        direction: row::word(row, "direction")?,
        message_id: row.try_get("message_id")?,
        in_reply_to: row.try_get("in_reply_to")?,
        refs: row::json(row, "refs")?,
        from_address: row.try_get("from_address")?,
        from_name: row.try_get("from_name")?,
        envelope_to: row.try_get("envelope_to")?,
        subject: row.try_get("subject")?,
        body: row.try_get("body")?,
        quoted: row.try_get("quoted")?,
        record: row::json(row, "record")?,
        verified: row.try_get::<i64, _>("verified")? != 0,
        automatic: row.try_get("automatic")?,
        state: row::word(row, "state")?,
        reason: row.try_get("reason")?,
        place: row.try_get("place")?,
        received_at: row.try_get("received_at")?,
    })
}
