//! What an agent does besides answering: what it passes on, sends unasked, and does afterwards.

use silex_bundle::agent::{Action, AfterLine, Agent};
use silex_bundle::campaign::{Campaign, Day, Days, Zone};
use silex_bundle::relay::{Destination, Relay};

use super::{Change, Kept, Pairing, call, kind, paired};
use crate::condition;
use crate::diff::relation::relate_audiences;

impl Kept<'_, Agent> {
    pub(super) fn relays(&self, found: &mut Vec<Change>) {
        for (name, pairing) in paired(&self.old.relays, &self.new.relays) {
            let words = |it: Option<&&Relay>| it.map(|it| relay(it)).unwrap_or_default();
            let (was, is) = (words(pairing.was()), words(pairing.is()));
            let (kind, message) = match (kind::RELAY.of(&pairing), &pairing) {
                (None, _) if was == is => continue,
                (None, _) => (
                    kind::RELAY_CHANGED,
                    format!("mail is passed on {is}, before {was}"),
                ),
                (Some(kind), Pairing::Removed(_)) => {
                    (kind, format!("mail is no longer passed on {was}"))
                }
                (Some(kind), _) => (kind, format!("mail is passed on {is}")),
            };
            let change = Change::new(kind, &format!("{}.{name}", self.name), message);
            found.push(change.placed(self.sides, &pairing, |it| it.span));
        }
    }

    pub(super) fn campaigns(&self, found: &mut Vec<Change>) {
        for (name, pairing) in paired(&self.old.campaigns, &self.new.campaigns) {
            let before = found.len();
            let subject = format!("{}.{name}", self.name);
            if let Some(kind) = kind::CAMPAIGN.of(&pairing) {
                let words = format!("{} {}", audience(pairing.latest()), sends(pairing.latest()));
                let message = match pairing {
                    Pairing::Removed(_) => format!("mail no longer goes unasked to {words}"),
                    Pairing::Added(_) | Pairing::Both(..) => {
                        format!("mail goes unasked to {words}")
                    }
                };
                found.push(Change::new(kind, &subject, message));
            }
            if let Pairing::Both(old, new) = pairing {
                let (was, is) = (audience(old), audience(new));
                let related = relate_audiences(self.sides, old, new);
                let message = format!("mail goes unasked to {is}, before to {was}");
                let kind = kind::CAMPAIGN_REACH.by(related.relation, kind::CAMPAIGN_CHANGED);
                found.extend(
                    kind.map(|kind| {
                        Change::new(kind, &subject, message).seen_with(related.witness)
                    }),
                );
                let (was, is) = (sends(old), sends(new));
                if was != is {
                    let message = format!("it goes {is}, before {was}");
                    found.push(Change::new(kind::CAMPAIGN_CHANGED, &subject, message));
                }
            }
            for change in &mut found[before..] {
                change.old = pairing.was().and_then(|it| self.sides.was(it.span, ""));
                change.new = pairing.is().and_then(|it| self.sides.is(it.span, ""));
            }
        }
    }

    pub(super) fn after(&self, found: &mut Vec<Change>) {
        for (deed, pairing) in paired(deeds(self.old), deeds(self.new)) {
            let when = |it: Option<&&AfterLine>| {
                let when = it.and_then(|it| it.when.as_ref());
                when.map_or("always".to_owned(), |when| {
                    format!("when `{}`", condition::text(when))
                })
            };
            let (was, is) = (when(pairing.was()), when(pairing.is()));
            let (kind, message) = match (kind::AFTER.of(&pairing), &pairing) {
                (None, _) if was == is => continue,
                (None, _) => (
                    kind::AFTER_CHANGED,
                    format!("{deed} is done {is}, before {was}"),
                ),
                (Some(kind), Pairing::Removed(_)) => (kind, format!("{deed} is no longer done")),
                (Some(kind), _) => (kind, format!("{deed} is done {is}")),
            };
            found.push(
                Change::new(kind, self.name, message).placed(self.sides, &pairing, |it| it.span),
            );
        }
    }
}

fn relay(relay: &Relay) -> String {
    let to = match &relay.to {
        Destination::Webhook(name) => format!("to the webhook `{name}`"),
        Destination::Mail(address) => format!("by mail to `{address}`"),
    };
    let events: Vec<_> = relay.on.iter().map(|event| event.word()).collect();
    format!("{to} when it is {}", events.join(" or "))
}

fn audience(campaign: &Campaign) -> String {
    let to = &campaign.to;
    match &to.filter {
        None => format!("every `{}`", to.entity),
        Some(filter) => format!("every `{}` where `{}`", to.entity, condition::text(filter)),
    }
}

/// When a campaign runs, and what it sends.
fn sends(campaign: &Campaign) -> String {
    let schedule = &campaign.schedule;
    let days = match &schedule.days {
        Days::Every(every) => format!("every {}", every.word()),
        Days::Once { day, offset_days } => {
            let day = match day {
                Day::Date(date) => date.clone(),
                Day::Path(path) => path.to_string(),
            };
            match offset_days {
                0 => format!("once on `{day}`"),
                days if *days < 0 => format!("once {} days before `{day}`", -days),
                days => format!("once {days} days after `{day}`"),
            }
        }
    };
    let zone = match &schedule.zone {
        Zone::Name(name) => name.clone(),
        Zone::Path(path) => path.to_string(),
    };
    format!(
        "{days} at {} in {zone}, by `{}`",
        schedule.at,
        call(&campaign.send)
    )
}

/// What is done after which event.
fn deeds(agent: &Agent) -> Vec<(String, &AfterLine)> {
    let lines = agent.after.iter().flat_map(|after| {
        let lines = after.lines.iter();
        lines.map(|line| (after.event, line))
    });
    let keyed = lines.map(|(event, line)| {
        let deed = match &line.action {
            Action::Run(called) => format!("`run {}`", call(called)),
            Action::Save { path, value } => format!("`save {path} = {}`", condition::text(value)),
        };
        (format!("{deed} after `{}`", event.word()), line)
    });
    keyed.collect()
}
