//! Agents: whom they answer, who looks first, who answers, and what leaves without a person.

mod outward;
mod review;
mod route;

use silex_bundle::Agent;
use silex_bundle::handler::call;

use super::change::{Change, Sides};
use super::kept::Kept;
use super::kind;
use super::observe;
use super::paired::{Pairing, paired};

/// Compares all agents.
pub(super) fn compare(sides: Sides<'_>, found: &mut Vec<Change>) {
    for (name, pairing) in paired(&sides.old.agents, &sides.new.agents) {
        if let Some(kind) = kind::AGENT.of(&pairing) {
            let inbox = pairing.latest().inbox.join("`, `");
            let message = match pairing {
                Pairing::Removed(_) => format!("the agent of `{inbox}` is gone"),
                Pairing::Added(_) | Pairing::Both(..) => {
                    format!("a new agent answers mail to `{inbox}`")
                }
            };
            found.push(Change::new(kind, name, message).placed(sides, &pairing, |it| it.span));
        }
        if let Pairing::Both(old, new) = pairing {
            let kept = Kept {
                sides,
                name,
                old,
                new,
                places: (old.span, new.span),
            };
            kept.inbox(found);
            kept.guard(found);
            kept.observations(found);
            kept.route(found);
            kept.review(found);
            kept.deliver(found);
            kept.after(found);
            kept.relays(found);
            kept.campaigns(found);
        }
    }
}

impl Kept<'_, Agent> {
    fn inbox(&self, found: &mut Vec<Change>) {
        let keyed = |agent: &Agent| -> Vec<(String, ())> {
            let inbox = agent.inbox.iter();
            inbox.map(|address| (address.clone(), ())).collect()
        };
        for (address, pairing) in paired(keyed(self.old), keyed(self.new)) {
            if let Some(kind) = kind::INBOX.of(&pairing) {
                let message = match pairing {
                    Pairing::Removed(()) => format!("mail to `{address}` is no longer answered"),
                    Pairing::Added(()) | Pairing::Both(..) => {
                        format!("mail to `{address}` is answered too")
                    }
                };
                found.push(self.change(kind, message, ("", "")));
            }
        }
        let contact = |agent: &Agent| {
            let contact = &agent.contact;
            format!("{}: {} by {}", contact.name, contact.entity, contact.by)
        };
        let (was, is) = (contact(self.old), contact(self.new));
        if was != is {
            let message = format!("the contact is `{is}` instead of `{was}`");
            found.push(self.change(kind::CONTACT_CHANGED, message, ("", "")));
        }
    }

    fn guard(&self, found: &mut Vec<Change>) {
        let text = |agent: &Agent| agent.guard.as_ref().map(call).unwrap_or_default();
        let (was, is) = (text(self.old), text(self.new));
        let (kind, message) = match (was.is_empty(), is.is_empty()) {
            (false, true) => (
                kind::GUARD.less,
                format!("every mail is let in: `{was}` no longer looks at it first"),
            ),
            (true, false) => (
                kind::GUARD.more,
                format!("`{is}` looks at every mail first"),
            ),
            (false, false) if was != is => (
                kind::GUARD_CHANGED,
                format!("`{is}` looks at every mail first instead of `{was}`"),
            ),
            (true, true) | (false, false) => return,
        };
        found.push(self.change(kind, message, ("", "")));
    }

    fn observations(&self, found: &mut Vec<Change>) {
        let observed = (self.old.observe.as_slice(), self.new.observe.as_slice());
        observe::compare(self.sides, self.name, observed, self.places, found);
    }
}
