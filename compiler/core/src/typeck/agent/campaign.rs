//! Campaigns: who gets a mail that they did not ask for, when, and what writes it.

use silex_bundle::Type;
use silex_bundle::agent::{Contact, Deliver};
use silex_bundle::behaviour::Call;
use silex_bundle::campaign::{Audience, Campaign, Zone};

use super::contact::own_name;
use super::{Named, schedule, standard};
use crate::diagnostic::Diagnostic;
use crate::resolve::{Kind, ModuleId};
use crate::source::Span;
use crate::syntax::ast;
use crate::typeck::expr::{self, Place};
use crate::typeck::model::Once;
use crate::typeck::scope::Scope;
use crate::typeck::{Context, call, place, save, ty};

/// Checks a campaign. Its audience may be other people than those who write to the agent.
pub(super) fn check(
    cx: &Context<'_>,
    module: ModuleId,
    contact: Option<&Contact>,
    from: &ast::Campaign,
) -> Option<Campaign> {
    let mut scope = Scope::new(module);
    let audience = from.lines.iter().find_map(|line| match &line.kind {
        ast::CampaignLineKind::To {
            name,
            entity,
            filter,
        } => Some(Written {
            name,
            entity,
            filter: filter.as_ref(),
        }),
        ast::CampaignLineKind::Schedule(_)
        | ast::CampaignLineKind::Send(_)
        | ast::CampaignLineKind::Junk(_) => None,
    });
    let to = audience.and_then(|written| written.check(cx, &mut scope, contact));
    let whom = audience.map(|written| (written.name.text.as_str(), &scope));
    let mut once = Once::default();
    let mut times = Vec::new();
    let (mut fires, mut send) = (None, None);
    for line in &from.lines {
        match &line.kind {
            ast::CampaignLineKind::To { .. } => once.line(cx, "to", (line.span, line.span)),
            ast::CampaignLineKind::Schedule(written) => {
                times.push(line.span);
                fires = schedule::check(cx, whom, written);
            }
            ast::CampaignLineKind::Send(written) => {
                once.line(cx, "send", (line.span, line.span));
                send = whom.and_then(|(_, scope)| sent(cx, scope, written));
            }
            ast::CampaignLineKind::Junk(_) => {}
        }
    }
    refuse_incomplete(cx, from, &once, &times);
    Some(Campaign {
        to: to?,
        schedule: fires?,
        send: send?,
        span: place(from.name.span),
    })
}

/// `to NAME: ENTITY where …`
#[derive(Clone, Copy)]
struct Written<'a> {
    name: &'a ast::Name,
    entity: &'a ast::Name,
    filter: Option<&'a ast::Expr>,
}

impl Written<'_> {
    /// The audience. What holds of all of it holds in the scope from then on.
    fn check(
        self,
        cx: &Context<'_>,
        scope: &mut Scope<'_>,
        contact: Option<&Contact>,
    ) -> Option<Audience> {
        own_name(cx, self.name);
        let entity = cx.find(scope.module(), self.entity, &[Kind::Entity]);
        let entity = entity.map(|found| found.qualified.clone());
        let of = entity.clone().map_or_else(ty::unknown, Type::Named);
        scope.bind(&self.name.text, of);
        let filter = self.filter.map(|written| {
            let condition = expr::condition(cx, scope, written, Place::Where);
            scope.assume(condition.says);
            condition.expr
        });
        let entity = entity?;
        let is_contact = contact.is_some_and(|contact| contact.entity == entity);
        let by_address = save::key(cx, &entity).is_none_or(|(_, of)| of == Type::Email);
        if !is_contact && !by_address {
            let message = format!("nothing can be sent to a `{}`", self.entity.text);
            cx.report(
                Diagnostic::error("campaign-audience", self.entity.span, message)
                    .at("its key is no `email`")
                    .help("write to the contact's entity, or to one whose key is an address"),
            );
            return None;
        }
        Some(Audience {
            name: self.name.text.clone(),
            entity,
            filter: match filter {
                Some(filter) => Some(filter?),
                None => None,
            },
        })
    }
}

/// What writes the mail.
fn sent(cx: &Context<'_>, scope: &Scope<'_>, written: &ast::Call) -> Option<Call> {
    let (call, of) = call::check(cx, scope, written, Place::AgentArgument)?;
    if !ty::is_unknown(&of) && of != standard("Reply") {
        let message = format!(
            "`{}` returns `{}`, and a campaign sends a `Reply`",
            written.name.text,
            ty::name(&of)
        );
        cx.report(Diagnostic::error("type-mismatch", written.span, message));
    }
    Some(call)
}

fn refuse_incomplete(cx: &Context<'_>, from: &ast::Campaign, once: &Once, times: &[Span]) {
    if let [first, more @ ..] = times {
        for second in more {
            cx.report(
                Diagnostic::error("duplicate-line", *second, "a campaign has one time")
                    .label(*first, "the first stands here")
                    .help("write a campaign for each"),
            );
        }
    }
    let broken = from
        .lines
        .iter()
        .any(|line| matches!(line.kind, ast::CampaignLineKind::Junk(_)));
    let name = &from.name.text;
    for (missing, what, help) in [
        (
            !once.has("to"),
            "audience",
            "say who gets it: `to NAME: ENTITY where …`",
        ),
        (
            times.is_empty(),
            "time",
            "say when: `every monday at 09:00 in …`, or `once … at … in …`",
        ),
        (
            !once.has("send"),
            "`send`",
            "say what writes it: `send BEHAVIOUR(…)`",
        ),
    ] {
        if missing && !broken {
            let message = format!("campaign `{name}` has no {what}");
            cx.report(Diagnostic::error("missing-line", from.name.span, message).help(help));
        }
    }
}

/// Refuses quiet hours by the contact's clock for people who are no contacts.
pub(super) fn refuse_other_clock(
    cx: &Context<'_>,
    campaigns: &Named<Campaign>,
    contact: &Contact,
    deliver: &Deliver,
) {
    let Some(Zone::Path(clock)) = deliver.quiet.as_ref().map(|quiet| &quiet.zone) else {
        return;
    };
    for (campaign, at) in campaigns.values() {
        let entity = campaign.as_ref().map(|campaign| &campaign.to.entity);
        if let Some(entity) = entity.filter(|entity| **entity != contact.entity) {
            let message = format!(
                "no `{}` has the `{clock}` by which `deliver` is quiet",
                ty::bare(entity)
            );
            cx.report(
                Diagnostic::error("campaign-audience", *at, message)
                    .help("name a time zone in `quiet`, or let another agent send this"),
            );
        }
    }
}
