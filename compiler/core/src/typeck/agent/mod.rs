//! Agents: addresses, whom they answer, who answers, what a person sees first.

mod after;
mod campaign;
mod contact;
mod deliver;
mod relay;
mod review;
mod route;
mod schedule;

use std::collections::BTreeMap;

use silex_bundle::agent::{After, Contact, Deliver, Review, Target};
use silex_bundle::behaviour::{Call, Observe};
use silex_bundle::campaign::Campaign;
use silex_bundle::relay::{Event, Relay};
use silex_bundle::{Agent, Type};

use super::expr::Place;
use super::model::Once;
use super::scope::Scope;
use super::{Context, call, doc, literal, place, ty};
use crate::diagnostic::Diagnostic;
use crate::resolve::{Declared, Kind};
use crate::source::Span;
use crate::syntax::ast;
pub(super) use contact::has_default;

/// Checks all agents. Behaviours must have their signatures.
pub fn check_all(cx: &mut Context<'_>) {
    let mut addresses = Addresses::default();
    for declared in cx.fresh(&[Kind::Agent]) {
        if let ast::ItemKind::Agent(agent) = &declared.item.kind {
            let agent = check(cx, declared, agent, &mut addresses);
            cx.hir
                .names
                .insert(declared.qualified.clone(), declared.name.span);
            cx.hir
                .agents
                .extend(agent.map(|agent| (declared.qualified.clone(), agent)));
        }
    }
    addresses.refuse_loops(cx);
}

/// Addresses of all agents, and where they stand.
#[derive(Default)]
struct Addresses {
    /// What is answered.
    inboxes: BTreeMap<String, Span>,
    /// Who is told by relays.
    told: Vec<(String, Span)>,
}

impl Addresses {
    /// Refuses relays to an address that an agent answers: each mail would make another.
    fn refuse_loops(&self, cx: &Context<'_>) {
        for (address, at) in &self.told {
            if let Some(inbox) = self.inboxes.get(address) {
                let message = format!("`{address}` is an inbox: what is told there is answered");
                cx.report(
                    Diagnostic::error("relay-loop", *at, message)
                        .label(*inbox, "answered here")
                        .help("tell an address that no agent answers"),
                );
            }
        }
    }
}

/// What the parts of an agent see.
struct Sees<'s> {
    /// `guard`: the contact, the mail, the thread.
    guard: &'s Scope<'s>,
    /// `route`: what was observed besides.
    route: &'s Scope<'s>,
    /// `review` and `after`: the same, of a mail that may not be there.
    later: &'s Scope<'s>,
    /// `deliver`: the contact alone.
    contact: &'s Scope<'s>,
}

/// Parts that have names: as far as they could be understood, and where.
type Named<T> = BTreeMap<String, (Option<T>, Span)>;

/// What no agent can do without, and how it looks.
const NEEDED: [(&str, &str); 4] = [
    ("inbox", "inbox \"desk@example.org\""),
    ("contact", "contact NAME: ENTITY by KEY"),
    ("route", "route BEHAVIOUR(…)"),
    ("deliver", "deliver { from \"Name <desk@example.org>\" }"),
];

#[derive(Default)]
struct Lines {
    once: Once,
    inbox: Vec<String>,
    guard: Option<Call>,
    route: Option<Target>,
    after: Vec<(After, Span)>,
    review: Option<Review>,
    deliver: Option<Deliver>,
    relays: Named<Relay>,
    campaigns: Named<Campaign>,
}

fn check(
    cx: &Context<'_>,
    declared: &Declared<'_>,
    from: &ast::Agent,
    addresses: &mut Addresses,
) -> Option<Agent> {
    let contact = contact::check(cx, declared, from);
    let since = cx.told();
    let mut own = Scope::new(declared.module);
    bind_contact(&mut own, from, contact.as_ref());
    let mut guard = own.inner();
    guard.bind("mail", standard("Mail"));
    guard.bind("thread", standard("Thread"));
    let mut route = guard.inner();
    let observe = observed(cx, &mut route, from);
    let mut later = route.inner();
    later.bind("mail", Type::Optional(Box::new(standard("Mail"))));
    let sees = Sees {
        guard: &guard,
        route: &route,
        later: &later,
        contact: &own,
    };
    let mut lines = Lines::default();
    for line in &from.lines {
        lines.read(cx, &sees, contact.as_ref(), line, addresses);
    }
    let broken = from
        .lines
        .iter()
        .any(|line| matches!(line.kind, ast::AgentLineKind::Junk(_)));
    for (word, line) in NEEDED {
        if !broken && !lines.once.has(word) {
            let message = format!("agent `{}` has no `{word}`", from.name.text);
            cx.report(
                Diagnostic::error("missing-line", from.name.span, message)
                    .help(format!("add `{line}`")),
            );
        }
    }
    if contact.is_none() {
        cx.rest_on(since, &["unknown-name"], from.name.span);
        for line in from.lines.iter().filter(|line| may_be_contact(line)) {
            cx.rest_on(since, &["unknown-name"], line.span);
        }
    }
    if let (Some(contact), Some(deliver)) = (&contact, &lines.deliver) {
        campaign::refuse_other_clock(cx, &lines.campaigns, contact, deliver);
    }
    Some(Agent {
        doc: doc(declared.item.docs.as_ref()),
        inbox: lines.inbox,
        contact: contact?,
        guard: lines.guard,
        observe,
        route: lines.route?,
        after: lines.after.into_iter().map(|(after, _)| after).collect(),
        review: lines.review.unwrap_or_else(review::unstated),
        deliver: lines.deliver?,
        relays: sound(lines.relays),
        campaigns: sound(lines.campaigns),
        span: place(declared.name.span),
    })
}

/// Whether a line says who writes, or could not be read.
fn may_be_contact(line: &ast::AgentLine) -> bool {
    matches!(
        line.kind,
        ast::AgentLineKind::Contact { .. } | ast::AgentLineKind::Junk(_)
    )
}

/// Binds the contact's name, whatever could be understood of its entity.
fn bind_contact(scope: &mut Scope<'_>, from: &ast::Agent, contact: Option<&Contact>) {
    let name = from.lines.iter().find_map(|line| match &line.kind {
        ast::AgentLineKind::Contact { name, .. } => Some(name),
        ast::AgentLineKind::Inbox(_)
        | ast::AgentLineKind::Guard(_)
        | ast::AgentLineKind::Observe(_)
        | ast::AgentLineKind::Route(_)
        | ast::AgentLineKind::After(_)
        | ast::AgentLineKind::Review(_)
        | ast::AgentLineKind::Deliver(_)
        | ast::AgentLineKind::Relay(_)
        | ast::AgentLineKind::Campaign(_)
        | ast::AgentLineKind::Allow(_)
        | ast::AgentLineKind::Junk(_) => None,
    });
    if let Some(name) = name {
        let of = contact.map_or_else(ty::unknown, |contact| Type::Named(contact.entity.clone()));
        scope.bind(&name.text, of);
    }
}

/// What is asked about a mail before it is routed. Each question sees the answers before it.
fn observed(cx: &Context<'_>, scope: &mut Scope<'_>, from: &ast::Agent) -> Vec<Observe> {
    let mut all = Vec::new();
    for line in &from.lines {
        let ast::AgentLineKind::Observe(written) = &line.kind else {
            continue;
        };
        let name = &written.name;
        contact::own_name(cx, name);
        let standard = ["mail", "thread", "now", "today"].contains(&name.text.as_str());
        if !standard && scope.lookup(&name.text).is_some() {
            let message = format!("`{}` is known in this agent already", name.text);
            cx.report(Diagnostic::error("duplicate-name", name.span, message));
        }
        let found = call::check(cx, scope, &written.call, Place::AgentArgument);
        scope.bind(&name.text, call::returned(cx, scope, &written.call));
        all.extend(found.map(|(call, of)| Observe {
            name: name.text.clone(),
            call,
            of,
            when: None,
            span: place(line.span),
        }));
    }
    all
}

/// What could be understood of named parts.
fn sound<T>(parts: Named<T>) -> BTreeMap<String, T> {
    parts
        .into_iter()
        .filter_map(|(name, (part, _))| Some((name, part?)))
        .collect()
}

fn standard(name: &str) -> Type {
    Type::Named(format!("silex.{name}"))
}

impl Lines {
    fn read(
        &mut self,
        cx: &Context<'_>,
        sees: &Sees<'_>,
        contact: Option<&Contact>,
        line: &ast::AgentLine,
        addresses: &mut Addresses,
    ) {
        let word = match &line.kind {
            ast::AgentLineKind::Inbox(texts) => {
                self.inbox = texts
                    .iter()
                    .filter_map(|text| inbox(cx, text, line.span, &mut addresses.inboxes))
                    .collect();
                "inbox"
            }
            ast::AgentLineKind::Contact { .. } => "contact",
            ast::AgentLineKind::Guard(written) => {
                self.guard = guard(cx, sees.guard, written);
                "guard"
            }
            ast::AgentLineKind::Route(target) => {
                self.route = route::check(cx, sees.route, target);
                "route"
            }
            ast::AgentLineKind::Review(review) => {
                self.review = Some(review::check(cx, sees.later, review));
                "review"
            }
            ast::AgentLineKind::Deliver(deliver) => {
                self.deliver = deliver::check(cx, sees.contact, deliver, line.keyword);
                "deliver"
            }
            ast::AgentLineKind::After(after) => {
                let known = after::check(cx, sees.later, contact, after);
                return self.after(cx, known, after.event.span);
            }
            ast::AgentLineKind::Relay(relay) => {
                let known = relay::check(cx, relay, addresses);
                return add(cx, &mut self.relays, "relay", &relay.name, known);
            }
            ast::AgentLineKind::Campaign(campaign) => {
                let known = campaign::check(cx, sees.guard.module(), contact, campaign);
                return add(cx, &mut self.campaigns, "campaign", &campaign.name, known);
            }
            ast::AgentLineKind::Observe(_)
            | ast::AgentLineKind::Allow(_)
            | ast::AgentLineKind::Junk(_) => return,
        };
        self.once.line(cx, word, (line.keyword, line.span));
    }

    fn after(&mut self, cx: &Context<'_>, known: After, at: Span) {
        if let Some((_, first)) = self
            .after
            .iter()
            .find(|(other, _)| other.event == known.event)
        {
            let message = format!("`after {}` stands twice", known.event.word());
            cx.report(
                Diagnostic::error("duplicate-line", at, message)
                    .label(*first, "the first stands here")
                    .help("put its lines into the first"),
            );
        }
        self.after.push((known, at));
    }
}

/// Takes note of a named part, whose name must be the first of its kind.
fn add<T>(cx: &Context<'_>, parts: &mut Named<T>, what: &str, name: &ast::Name, part: Option<T>) {
    if let Some((_, first)) = parts.get(&name.text) {
        let message = format!("{what} `{}` stands twice", name.text);
        cx.report(
            Diagnostic::error("duplicate-name", name.span, message)
                .label(*first, "the first stands here"),
        );
        return;
    }
    parts.insert(name.text.clone(), (part, name.span));
}

/// An event as the bundle names it.
fn event(written: ast::EventKind) -> Event {
    match written {
        ast::EventKind::Received => Event::Received,
        ast::EventKind::Blocked => Event::Blocked,
        ast::EventKind::Drafted => Event::Drafted,
        ast::EventKind::Held => Event::Held,
        ast::EventKind::Approved => Event::Approved,
        ast::EventKind::Rejected => Event::Rejected,
        ast::EventKind::Delivered => Event::Delivered,
        ast::EventKind::Bounced => Event::Bounced,
        ast::EventKind::Failed => Event::Failed,
    }
}

fn inbox(
    cx: &Context<'_>,
    text: &ast::StringLit,
    line: Span,
    inboxes: &mut BTreeMap<String, Span>,
) -> Option<String> {
    let address = text.text.to_lowercase();
    if !literal::is_email(&address) {
        let message = format!("`{}` is no email address", text.text);
        cx.report(
            Diagnostic::error("wrong-value", text.span, message)
                .help("write it in full: `desk@example.org`"),
        );
        return None;
    }
    if let Some(first) = inboxes.get(&address) {
        cx.report(
            Diagnostic::error(
                "duplicate-inbox",
                text.span,
                format!("`{address}` is answered already"),
            )
            .label(*first, "here")
            .help("a mail has one agent; give each an address of its own")
            .rests_on([line]),
        );
        return None;
    }
    inboxes.insert(address.clone(), text.span);
    Some(address)
}

fn guard(cx: &Context<'_>, scope: &Scope<'_>, written: &ast::Call) -> Option<Call> {
    let (call, of) = call::check(cx, scope, written, Place::AgentArgument)?;
    if !ty::is_unknown(&of) && of != standard("Verdict") {
        let message = format!(
            "`{}` returns `{}`, and a guard returns `Verdict`",
            written.name.text,
            ty::name(&of)
        );
        cx.report(Diagnostic::error("type-mismatch", written.span, message));
    }
    Some(call)
}
