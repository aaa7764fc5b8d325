//! What an agent comes to: its behaviours, by which way, and the tools that they offer.

use std::collections::BTreeSet;

use serde::Serialize;
use silex_bundle::agent::{Action, Decision, Subject, Target};
use silex_bundle::behaviour::{Behaviour, Call};
use silex_bundle::relay::Destination;
use silex_bundle::tool::{Audience, Handler};
use silex_bundle::{Agent, Bundle, Tool, handler};

use super::{at, gate_word};
use crate::condition;

/// What an agent comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgentReach {
    /// Its name.
    pub agent: String,
    /// Its addresses.
    pub inbox: Vec<String>,
    /// Whose mail it answers.
    pub contact: String,
    /// The behaviour that sees a mail first.
    pub guard: Option<String>,
    /// Which drafts a person sees, line by line.
    pub review: Vec<String>,
    /// Mail that nobody asked for.
    pub campaigns: Vec<String>,
    /// Who else is told.
    pub relays: Vec<String>,
    /// The behaviours that it comes to, each once.
    pub behaviours: Vec<Reached>,
    /// Where it is.
    pub at: String,
}

/// A behaviour that an agent comes to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reached {
    /// Its name.
    pub behaviour: String,
    /// By which way.
    pub by: String,
    /// The tools that it can offer.
    pub tools: Vec<Offered>,
    /// Where it is.
    pub at: String,
}

/// A tool that a behaviour can offer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Offered {
    /// Its name.
    pub tool: String,
    /// Under which condition it is offered.
    pub when: Option<String>,
    /// Whose data it is limited to.
    pub owner: Option<String>,
    /// What it reads, writes, sends and spends.
    pub effects: Vec<String>,
    /// What carries it out.
    pub handler: String,
    /// What a call must pass.
    pub gates: Vec<String>,
}

/// What the agents of a bundle come to.
pub(super) fn agents(bundle: &Bundle) -> Vec<AgentReach> {
    let all = bundle.agents.iter();
    all.map(|(name, agent)| one(bundle, name, agent)).collect()
}

fn one(bundle: &Bundle, name: &str, agent: &Agent) -> AgentReach {
    let mut walk = Walk {
        bundle,
        seen: BTreeSet::new(),
        reached: Vec::new(),
    };
    if let Some(guard) = &agent.guard {
        walk.call(guard, "guard".to_owned());
    }
    for observe in &agent.observe {
        walk.call(&observe.call, format!("observe {}", observe.name));
    }
    walk.target(&agent.route, "route");
    for after in &agent.after {
        for line in &after.lines {
            if let Action::Run(call) = &line.action {
                walk.call(call, format!("after {}", after.event.word()));
            }
        }
    }
    for (name, campaign) in &agent.campaigns {
        walk.call(&campaign.send, format!("campaign {name}"));
    }
    AgentReach {
        agent: name.to_owned(),
        inbox: agent.inbox.clone(),
        contact: format!("{} by {}", agent.contact.entity, agent.contact.by),
        guard: agent.guard.as_ref().map(|call| call.behaviour.clone()),
        review: review(agent),
        campaigns: campaigns(agent),
        relays: relays(agent),
        behaviours: walk.reached,
        at: at(bundle, agent.span),
    }
}

fn review(agent: &Agent) -> Vec<String> {
    let lines = agent.review.lines.iter();
    let mut said: Vec<String> = lines
        .map(|line| {
            format!(
                "{} when {}",
                line.decision.word(),
                condition::text(&line.when)
            )
        })
        .collect();
    said.push(format!("otherwise {}", agent.review.otherwise.word()));
    if agent.review.otherwise == Decision::Pass {
        said.push(
            "what breaks a must or never, waits at a gate or asks to be held is held all the same"
                .to_owned(),
        );
    }
    said
}

fn campaigns(agent: &Agent) -> Vec<String> {
    let all = agent.campaigns.iter();
    all.map(|(name, campaign)| {
        let whom = match &campaign.to.filter {
            Some(filter) => format!("where {}", condition::text(filter)),
            None => "all of them".to_owned(),
        };
        format!(
            "{name}: {} to {}, {whom}",
            campaign.send.behaviour, campaign.to.entity
        )
    })
    .collect()
}

fn relays(agent: &Agent) -> Vec<String> {
    let all = agent.relays.iter();
    all.map(|(name, relay)| {
        let events: Vec<&str> = relay.on.iter().map(|event| event.word()).collect();
        let to = match &relay.to {
            Destination::Webhook(hook) => format!("webhook {hook:?}"),
            Destination::Mail(address) => format!("mail {address:?}"),
        };
        format!("{name}: on {} to {to}", events.join(", "))
    })
    .collect()
}

struct Walk<'b> {
    bundle: &'b Bundle,
    seen: BTreeSet<&'b str>,
    reached: Vec<Reached>,
}

impl<'b> Walk<'b> {
    fn target(&mut self, target: &'b Target, by: &str) {
        match target {
            Target::Call(call) => self.call(call, by.to_owned()),
            Target::Reviewer(_) | Target::Drop => {}
            Target::Match { on, arms } => {
                if let Subject::Call(call) = on {
                    self.call(call, format!("{by} asks"));
                }
                for arm in arms {
                    let cases = match arm.cases.as_slice() {
                        [] => "_".to_owned(),
                        cases => cases.join(", "),
                    };
                    self.target(&arm.target, &format!("{by} {cases}"));
                }
            }
        }
    }

    /// Goes to a behaviour, and on through its tools; it is told by the first way to it.
    fn call(&mut self, call: &'b Call, by: String) {
        let name = call.behaviour.as_str();
        let behaviour = self.bundle.behaviours.get(name);
        let Some(behaviour) = behaviour.filter(|_| self.seen.insert(name)) else {
            return;
        };
        self.reached.push(Reached {
            behaviour: name.to_owned(),
            by,
            tools: self.offers(behaviour),
            at: at(self.bundle, behaviour.span),
        });
        for observe in &behaviour.observe {
            self.call(&observe.call, format!("observe {}", observe.name));
        }
        for offer in &behaviour.tools {
            let tool = self.bundle.tools.get(&offer.tool);
            if let Some(Handler::Behaviour(inner)) = tool.map(|tool| &tool.handler) {
                self.call(inner, format!("tool {}", offer.tool));
            }
        }
    }

    fn offers(&self, behaviour: &Behaviour) -> Vec<Offered> {
        let mut offers = Vec::new();
        for offer in &behaviour.tools {
            let Some(tool) = self.bundle.tools.get(&offer.tool) else {
                continue;
            };
            let when = offer
                .when
                .map(|at| condition::whole(behaviour, at).join(" and "));
            offers.push(Offered {
                tool: offer.tool.clone(),
                when,
                owner: tool.owner.as_ref().map(|owner| owner.entity.clone()),
                effects: effects(tool),
                handler: handler::text(&tool.handler),
                gates: gates(tool),
            });
        }
        offers
    }
}

fn effects(tool: &Tool) -> Vec<String> {
    let effects = &tool.effects;
    let mut all: Vec<String> = Vec::new();
    all.extend(effects.reads.iter().map(|it| format!("reads {it}")));
    all.extend(effects.writes.iter().map(|it| format!("writes {it}")));
    all.extend(effects.sends.map(|to| {
        let whom = match to {
            Audience::Thread => "thread",
            Audience::Contact => "contact",
            Audience::Anyone => "anyone",
        };
        format!("sends to {whom}")
    }));
    all.extend(effects.spends.iter().map(|it| format!("spends {it}")));
    all
}

fn gates(tool: &Tool) -> Vec<String> {
    let all = tool.gates.iter();
    all.map(|gate| match &gate.when {
        Some(when) => format!("{} when {}", gate_word(gate.kind), condition::text(when)),
        None => gate_word(gate.kind).to_owned(),
    })
    .collect()
}
