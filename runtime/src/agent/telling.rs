//! Keeps what models say on this node where whoever watches reads it, on whichever node they do.
//!
//! What nobody watches is kept nowhere. It is written a few times a second at most, as a whole, so
//! that a watcher needs no more than the last of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

use super::Deployment;
use crate::model::Delta;
use crate::store::saying::{self, Saying};
use crate::store::{StoreError, transaction};
use crate::turn::live::{Part, Piece};

/// How often it is heard, and written. To be woken for each word would cost more than the word.
const EVERY: Duration = Duration::from_millis(250);
/// How long what was said is known without a word more, in milliseconds.
const PATIENCE: i64 = 120_000;
/// More than that of one answer is not shown as it comes.
const MOST: usize = 256 * 1024;

/// What is said in one step.
#[derive(Debug)]
struct Said {
    saying: Saying,
    heard_at: i64,
    /// Whether it was written as it is.
    told: bool,
    /// Whether any of it was ever written, and is to be forgotten there.
    shown: bool,
}

/// All that is being said on this node.
type Heard = BTreeMap<(i64, i64), Said>;

/// Listens, and writes, until the deployment stops.
pub async fn tell(deployment: Deployment) {
    let mut pieces = deployment.edge.live.watch();
    let mut heard = Heard::new();
    let mut tick = tokio::time::interval(EVERY);
    loop {
        if deployment
            .stop
            .run_until_cancelled(tick.tick())
            .await
            .is_none()
        {
            return;
        }
        hear_all(&mut heard, &mut pieces, deployment.clock().now_ms());
        if let Err(error) = write(&deployment, &mut heard).await {
            tracing::warn!(%error, "what models say is not shown as they say it");
        }
    }
}

fn hear_all(heard: &mut Heard, pieces: &mut Receiver<Piece>, now: i64) {
    loop {
        match pieces.try_recv() {
            Ok(piece) => hear(heard, piece, now),
            // What has a hole is not shown.
            Err(TryRecvError::Lagged(_)) => heard.clear(),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return,
        }
    }
}

fn hear(heard: &mut Heard, piece: Piece, now: i64) {
    let Piece {
        thread,
        turn,
        step,
        part,
    } = piece;
    let delta = match part {
        Part::Begun => None,
        Part::Said(delta) => Some(delta),
        Part::Over => {
            // Nobody has to be told what the journal has.
            if heard.get(&(turn, step)).is_some_and(|said| !said.shown) {
                heard.remove(&(turn, step));
            }
            return;
        }
    };
    if delta.is_none() {
        heard.entry((turn, step)).or_insert_with(|| Said {
            saying: Saying {
                turn_id: turn,
                step,
                thread_id: thread,
                text: String::new(),
            },
            heard_at: now,
            told: false,
            shown: false,
        });
    }
    // What it began with was missed.
    let Some(said) = heard.get_mut(&(turn, step)) else {
        return;
    };
    let text = &mut said.saying.text;
    match delta {
        // It is asked anew.
        None => text.clear(),
        Some(Delta::Text(words)) if text.len() + words.len() <= MOST => text.push_str(&words),
        Some(Delta::Text(_)) => return,
        Some(Delta::Call { name }) => {
            let gap = if text.is_empty() { "" } else { "\n" };
            text.push_str(&format!("{gap}→ {name}\n"));
        }
    }
    said.heard_at = now;
    said.told = false;
}

/// Writes what somebody watches and has changed, and forgets what is long over.
async fn write(deployment: &Deployment, heard: &mut Heard) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let before = now - PATIENCE;
    let known = heard.len();
    heard.retain(|_, said| said.heard_at > before);
    let forget = heard.len() < known;
    if !forget && heard.values().all(|said| said.told) {
        return Ok(());
    }
    let mut reader = deployment.store().read().await?;
    let watched: BTreeSet<i64> = saying::watched(&mut reader, now)
        .await?
        .into_iter()
        .collect();
    drop(reader);
    let mut news = Vec::new();
    for said in heard.values_mut() {
        // Who has not begun to speak says nothing, and perhaps never will.
        let has_words = said.shown || !said.saying.text.is_empty();
        if !said.told && has_words && watched.contains(&said.saying.thread_id) {
            (said.told, said.shown) = (true, true);
            news.push(said.saying.clone());
        }
    }
    if news.is_empty() && !forget {
        return Ok(());
    }
    let work = transaction(move |tx| {
        async move {
            for saying in &news {
                saying::say(tx, saying, now).await?;
            }
            match forget {
                true => saying::forget(tx, before).await,
                false => Ok(()),
            }
        }
        .boxed()
    });
    deployment.store().write("", work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(step: i64, part: Part) -> Piece {
        Piece {
            thread: 1,
            turn: 2,
            step,
            part,
        }
    }

    fn text(words: &str) -> Part {
        Part::Said(Delta::Text(words.to_owned()))
    }

    #[test]
    fn what_is_said_is_gathered_and_begins_anew_when_it_is_asked_anew() {
        let mut heard = Heard::new();
        for part in [
            Part::Begun,
            text("Dear A"),
            Part::Begun,
            text("Dear "),
            text("Ada"),
            Part::Said(Delta::Call {
                name: "find".to_owned(),
            }),
        ] {
            hear(&mut heard, piece(0, part), 7);
        }
        for part in [Part::Begun, text("another")] {
            hear(&mut heard, piece(1, part), 7);
        }
        let said: Vec<_> = heard
            .values()
            .map(|said| said.saying.text.as_str())
            .collect();
        assert_eq!(said, ["Dear Ada\n→ find\n", "another"]);
    }

    #[test]
    fn what_the_journal_has_is_held_no_longer_unless_it_was_written() {
        let mut heard = Heard::new();
        for step in [0, 1] {
            hear(&mut heard, piece(step, Part::Begun), 7);
            hear(&mut heard, piece(step, text("Dear")), 7);
        }
        for said in heard.values_mut().take(1) {
            said.shown = true;
        }
        for step in [0, 1, 2] {
            hear(&mut heard, piece(step, Part::Over), 8);
        }
        let held: Vec<_> = heard.keys().collect();
        assert_eq!(held, [&(2, 0)]);
    }

    #[test]
    fn what_has_no_end_is_cut() {
        let mut heard = Heard::new();
        hear(&mut heard, piece(0, Part::Begun), 7);
        for _ in 0..1000 {
            hear(&mut heard, piece(0, text(&"word ".repeat(1000))), 7);
        }
        let said = &heard[&(2, 0)];
        assert!(said.saying.text.len() <= MOST && said.saying.text.len() > MOST / 2);
    }

    #[test]
    fn what_has_a_hole_is_not_shown() {
        let mut heard = Heard::new();
        hear(&mut heard, piece(0, text("of the rest")), 7);
        assert!(heard.is_empty());
    }
}
