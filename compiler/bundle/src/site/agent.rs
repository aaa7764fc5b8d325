//! The page of an agent: the way of a mail through it, as a drawing and in words.

use crate::agent::{Action, Decision, Overdue, Subject, Target};
use crate::campaign::{Campaign, Day, Days, Schedule, Zone};
use crate::condition;
use crate::duration;
use crate::relay::{Destination, Relay};
use crate::spelling;
use crate::{Agent, Bundle};
use serde_json::{Value, json};

use super::{drawing, words};

/// All that the page of an agent shows.
pub(super) fn view(bundle: &Bundle, name: &str, agent: &Agent) -> Value {
    let mut routes = Vec::new();
    route(&agent.route, &mut Vec::new(), &mut routes);
    let after = agent.after.iter().flat_map(|after| {
        after.lines.iter().map(|line| json!({
            "event": after.event.word(), "when": line.when.as_ref().map(condition::text),
            "does": match &line.action {
                Action::Run(call) => words::call(call),
                Action::Save { path, value } => json!({ "text": format!("saves {path} = {}", condition::text(value)) }),
            },
        }))
    });
    let observed = agent.observe.iter();
    let observed = observed.map(|it| json!({ "name": it.name, "call": words::call(&it.call) }));
    json!({
        "name": name, "page": words::agent_page(name), "doc": agent.doc, "inbox": agent.inbox,
        "contact": { "name": agent.contact.name, "entity": agent.contact.entity, "bare": spelling::bare(&agent.contact.entity), "by": agent.contact.by },
        "guard": agent.guard.as_ref().map(words::call),
        "observed": observed.collect::<Vec<_>>(),
        "routes": routes,
        "review": review(agent),
        "deliver": deliver(agent),
        "after": after.collect::<Vec<_>>(),
        "relays": agent.relays.iter().map(|(name, it)| relay(name, it)).collect::<Vec<_>>(),
        "campaigns": agent.campaigns.iter().map(|(name, it)| campaign(name, it)).collect::<Vec<_>>(),
        "place": words::place(bundle, agent.span),
        "drawing": drawing::pipeline(agent),
    })
}

/// The targets of a route, each with what leads to it.
fn route(target: &Target, way: &mut Vec<String>, out: &mut Vec<Value>) {
    let to = match target {
        Target::Match { on, arms } => {
            let on = match on {
                Subject::Value(value) => condition::text(value),
                Subject::Call(call) => format!("{}(…)", spelling::bare(&call.behaviour)),
            };
            for arm in arms {
                let cases = if arm.cases.is_empty() {
                    "anything else".to_owned()
                } else {
                    arm.cases.join(" or ")
                };
                way.push(format!("{on} is {cases}"));
                route(&arm.target, way, out);
                way.pop();
            }
            return;
        }
        Target::Call(call) => words::call(call),
        Target::Reviewer(why) => json!({ "text": format!("a person: “{why}”") }),
        Target::Drop => json!({ "text": "kept, not answered" }),
    };
    out.push(json!({ "when": way, "to": to }));
}

fn review(agent: &Agent) -> Value {
    let decision = |it: Decision| match it {
        Decision::Hold => "a person sees it first",
        Decision::Pass => "it is delivered",
    };
    let lines = agent.review.lines.iter();
    let lines =
        lines.map(|it| json!({ "when": condition::text(&it.when), "then": decision(it.decision) }));
    let due = agent.review.due.map(|due| {
        let then = match due.then {
            Overdue::Reassign => "another reviewer gets it",
            Overdue::Escalate => "it goes to those above",
        };
        format!("After {} {then}.", duration::write(due.after_ms))
    });
    json!({ "lines": lines.collect::<Vec<_>>(), "otherwise": decision(agent.review.otherwise), "due": due })
}

fn deliver(agent: &Agent) -> Vec<String> {
    let it = &agent.deliver;
    let undo = it
        .undo_ms
        .map(|ms| format!("can be taken back for {}", duration::write(ms)));
    let quiet = it.quiet.as_ref().map(|quiet| {
        format!(
            "waits from {} to {} ({})",
            quiet.from,
            quiet.to,
            zone(&quiet.zone)
        )
    });
    let at_most = it.at_most.map(|it| {
        format!(
            "at most {} per {} to one contact",
            it.count,
            duration::write(it.per_ms)
        )
    });
    [Some(format!("from {}", it.from)), undo, quiet, at_most]
        .into_iter()
        .flatten()
        .collect()
}

fn zone(zone: &Zone) -> String {
    match zone {
        Zone::Name(name) => name.clone(),
        Zone::Path(path) => path.to_string(),
    }
}

fn relay(name: &str, relay: &Relay) -> Value {
    let on: Vec<_> = relay.on.iter().map(|event| event.word()).collect();
    let to = match &relay.to {
        Destination::Webhook(name) => format!("the webhook “{name}”"),
        Destination::Mail(address) => address.clone(),
    };
    json!({ "name": name, "on": on, "to": to })
}

/// When a campaign is due, in words.
#[must_use]
pub fn schedule(schedule: &Schedule) -> String {
    let days = match &schedule.days {
        Days::Every(every) => format!("every {}", every.word()),
        Days::Once { day, offset_days } => {
            let day = match day {
                Day::Date(date) => date.clone(),
                Day::Path(path) => path.to_string(),
            };
            match offset_days {
                0 => format!("once, on {day}"),
                before @ ..0 => format!("once, {} days before {day}", before.unsigned_abs()),
                after => format!("once, {after} days after {day}"),
            }
        }
    };
    format!("{days} at {} ({})", schedule.at, zone(&schedule.zone))
}

fn campaign(name: &str, campaign: &Campaign) -> Value {
    json!({
        "name": name,
        "to": spelling::bare(&campaign.to.entity),
        "where": campaign.to.filter.as_ref().map(condition::text),
        "when": schedule(&campaign.schedule),
        "send": words::call(&campaign.send),
    })
}
