//! What happens to mail, a line each, as it happens.

use std::collections::BTreeMap;

use serde_json::Value;
use silex_runtime::Running;
use silex_runtime::store::{StoreError, events, events::Event};

use crate::report;
use crate::style::{bold, dim, green, red};

/// Most events that are read at a time.
const PAGE: i64 = 500;
/// Width of what happened.
const COLUMN: usize = 18;
/// Most characters of what is said about it; the page says it all.
const DETAIL: usize = 160;

/// Reads the log of what happened from where it has come to.
#[derive(Debug)]
pub(super) struct Follower {
    last: i64,
    /// Sender and subject by mail.
    mails: BTreeMap<i64, String>,
}

impl Follower {
    /// Begins behind what has happened so far.
    pub(super) fn new(running: &Running) -> Self {
        let newest = running.block_on(async {
            let mut reader = running.deployment().store().read().await?;
            events::newest(&mut reader).await
        });
        Self {
            last: newest.unwrap_or(0),
            mails: BTreeMap::new(),
        }
    }

    /// Writes what is new.
    pub(super) fn tell(&mut self, running: &Running) {
        let last = self.last;
        let read: Result<Vec<Event>, StoreError> = running.block_on(async {
            let mut reader = running.deployment().store().read().await?;
            events::after(&mut reader, last, PAGE).await
        });
        // What cannot be read now is read the next time.
        for event in read.unwrap_or_default() {
            self.last = event.id;
            if let Some(line) = self.line(&event) {
                report::print(&line);
            }
        }
    }

    fn line(&mut self, event: &Event) -> Option<String> {
        let text = |name: &str| {
            event
                .data
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let draft = event.draft_id.unwrap_or(0);
        if let (Some(mail), "mail.received" | "mail.ignored") = (event.mail_id, event.kind.as_str())
        {
            self.mails
                .insert(mail, format!("{}: {}", text("from"), text("subject")));
        }
        let mail = event
            .mail_id
            .and_then(|mail| self.mails.get(&mail))
            .map_or("", String::as_str);
        let plain = |text: &str| text.to_owned();
        let (what, style, detail): (String, fn(&str) -> String, String) = match event.kind.as_str()
        {
            "mail.received" => ("received".to_owned(), bold, String::new()),
            "mail.ignored" => ("not answered".to_owned(), dim, plain(text("reason"))),
            "mail.quarantined" => ("put aside".to_owned(), red, plain(text("reason"))),
            "mail.dropped" => ("dropped".to_owned(), dim, plain("the route says so")),
            "draft.held" => (format!("draft {draft} held"), bold, held(&event.data)),
            "draft.approved" => (
                format!("draft {draft} approved"),
                green,
                format!("by {}", event.actor),
            ),
            "draft.rejected" => (
                format!("draft {draft} rejected"),
                red,
                format!("by {}", event.actor),
            ),
            "draft.delivered" => (
                format!("draft {draft} delivered"),
                green,
                format!("to {}", text("to")),
            ),
            _ => return None,
        };
        let line = format!("{} {mail}", style(&format!("{what:<COLUMN$}")));
        if detail.is_empty() {
            return Some(line);
        }
        let mut shown: String = detail.chars().take(DETAIL).collect();
        if shown.len() < detail.len() {
            shown.push('…');
        }
        Some(format!("{line}\n{:<COLUMN$} {}", "", dim(&shown)))
    }
}

/// For whom a draft waits, and why.
fn held(data: &Value) -> String {
    let reviewer = data
        .get("reviewer")
        .and_then(Value::as_str)
        .unwrap_or("a reviewer");
    let reasons = data
        .get("reasons")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let reasons: Vec<_> = reasons.filter_map(Value::as_str).collect();
    let why = if reasons.is_empty() {
        String::new()
    } else {
        format!(": {}", reasons.join("; "))
    };
    format!("for {reviewer}{why}")
}
