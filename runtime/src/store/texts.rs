//! Finding mails by what they say.
//!
//! There is no index of words, which each mail would have to pay for: so many mails are read for each
//! question, the newest first, and whoever has not found theirs looks further back.

use serde::Serialize;
use sqlx::Row as _;

use super::mails::Direction;
use super::{Connection, Row, StoreError, inbox, row};

/// Mails that are read for a question.
const READ: i64 = 1_000;

/// Letters that are shown before the words, and behind them.
const BEFORE: usize = 50;
const BEHIND: usize = 110;

/// A mail that says what is looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hit {
    /// The mail.
    pub mail_id: i64,
    /// Its conversation.
    pub thread_id: i64,
    /// Which way it went.
    pub direction: Direction,
    /// Its subject.
    pub subject: String,
    /// Who wrote it, by name.
    pub from_name: String,
    /// Who wrote it.
    pub from_address: String,
    /// When it came or went.
    pub received_at: i64,
    /// A piece of its text: what stands before the words.
    pub before: String,
    /// The words as they stand there; empty when the database takes other letters for the same.
    pub words: String,
    /// What stands behind them.
    pub behind: String,
}

/// What was found among the mails that were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The mails, the newest first.
    pub hits: Vec<Hit>,
    /// Before which mail to look further, if there are older ones.
    pub further: Option<i64>,
}

/// Mails of conversations in whose text the words stand, of those before `before`, at most `limit`.
pub async fn find(
    db: &mut Connection,
    words: &str,
    before: Option<i64>,
    limit: i64,
) -> Result<Found, StoreError> {
    let words = words.trim();
    let newest = sqlx::query("select coalesce(max(id), 0) from mail")
        .fetch_one(&mut *db)
        .await?;
    let newest: i64 = newest.try_get(0)?;
    let end = before.unwrap_or(i64::MAX).min(newest + 1);
    let begin = (end - READ).max(1);
    // What a database takes for the small form of a letter differs beyond ASCII.
    let rows = sqlx::query(
        "select id, thread_id, direction, subject, from_name, from_address, received_at, body
           from mail
          where id >= $1 and id < $2 and thread_id is not null
            and (lower(body) like $3 escape '\\' or body like $4 escape '\\')
          order by id desc limit $5",
    )
    .bind(begin)
    .bind(end)
    .bind(inbox::pattern(&words.to_lowercase()))
    .bind(inbox::pattern(words))
    .bind(limit)
    .fetch_all(db)
    .await?;
    let read = |row: &Row| read(row, words);
    let hits: Vec<Hit> = rows.iter().map(read).collect::<Result<_, _>>()?;
    let is_full = usize::try_from(limit).is_ok_and(|limit| hits.len() >= limit);
    let last = hits.last().filter(|_| is_full).map(|hit| hit.mail_id);
    Ok(Found {
        further: last.or(Some(begin)).filter(|further| *further > 1),
        hits,
    })
}

fn read(row: &Row, words: &str) -> Result<Hit, StoreError> {
    let body: String = row.try_get("body")?;
    let [before, found, behind] = piece(&body, words);
    Ok(Hit {
        mail_id: row.try_get("id")?,
        thread_id: row.try_get("thread_id")?,
        direction: row::word(row, "direction")?,
        subject: row.try_get("subject")?,
        from_name: row.try_get("from_name")?,
        from_address: row.try_get("from_address")?,
        received_at: row.try_get("received_at")?,
        before,
        words: found,
        behind,
    })
}

/// The piece of a text around the first place where the words stand, on one line.
fn piece(text: &str, words: &str) -> [String; 3] {
    let stands = |at: &usize| {
        let there = text.get(*at..*at + words.len());
        there.is_some_and(|there| there.eq_ignore_ascii_case(words))
    };
    let found = text.char_indices().map(|(at, _)| at).find(stands);
    let (at, end) = found.map_or((0, 0), |at| (at, at + words.len()));
    let skipped = text[..at].chars().count().saturating_sub(BEFORE);
    let before: String = text[..at].chars().skip(skipped).collect();
    let behind: String = text[end..].chars().take(BEHIND).collect();
    [&before, &text[at..end], &behind].map(|text| text.replace(char::is_whitespace, " "))
}

#[cfg(test)]
mod tests {
    use super::piece;

    #[test]
    fn the_words_are_shown_in_their_place_as_they_stand_there() {
        let [before, words, behind] = piece("Dear all,\nthe SUMMER book\nis late.", "summer");
        assert_eq!(
            (before.as_str(), words.as_str(), behind.as_str()),
            ("Dear all, the ", "SUMMER", " book is late.")
        );
        let far = format!("{}ä needle {}", "ä".repeat(300), "x".repeat(300));
        let [before, words, behind] = piece(&far, "needle");
        assert_eq!(words, "needle");
        assert_eq!((before.chars().count(), behind.chars().count()), (50, 110));
        // The database found it by letters that are not the same here.
        assert_eq!(piece("Ärger", "ärger"), ["", "", "Ärger"]);
        assert_eq!(piece("", "x"), ["", "", ""]);
    }
}
