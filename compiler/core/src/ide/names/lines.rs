//! Names in tools and agents.

use super::Walk;
use crate::ide::members;
use crate::syntax::ast::{self, AgentLineKind, HandlerKind, ToolLineKind};

fn standard(name: &str) -> Option<String> {
    Some(format!("silex.{name}"))
}

impl Walk<'_, '_> {
    pub(super) fn tool(&mut self, tool: &ast::Tool) {
        self.params(&tool.params);
        if let Some(bound) = &tool.bound {
            self.refer(&bound.entity);
            let of = members::type_of_name(self.names, self.module, &bound.entity);
            self.bind(&bound.name, of);
        }
        self.of(&tool.returns);
        for line in &tool.lines {
            match &line.kind {
                ToolLineKind::Effect(ast::Effect::Reads(name) | ast::Effect::Writes(name)) => {
                    self.refer(name);
                }
                ToolLineKind::Effect(ast::Effect::Spends(name)) => {
                    self.path(&ast::Path {
                        names: Box::new([name.clone()]),
                        span: name.span,
                    });
                }
                ToolLineKind::Via(handler) => self.handler(&handler.kind),
                ToolLineKind::Gate(gate) => gate.when.iter().for_each(|when| {
                    self.expr(when);
                }),
                ToolLineKind::Allow(allow) => self.allow(allow),
                ToolLineKind::Effect(ast::Effect::Sends(_))
                | ToolLineKind::Timeout(_)
                | ToolLineKind::Retry(_)
                | ToolLineKind::AtMost(_)
                | ToolLineKind::Junk(_) => {}
            }
        }
    }

    fn handler(&mut self, handler: &HandlerKind) {
        match handler {
            HandlerKind::Search(name) | HandlerKind::Get(name) => self.refer(name),
            HandlerKind::Save { path, value } => {
                self.path(path);
                self.expr(value);
            }
            HandlerKind::Behaviour(call) => {
                self.call(call);
            }
            HandlerKind::Http { .. }
            | HandlerKind::Mcp { .. }
            | HandlerKind::Native(_)
            | HandlerKind::AskReviewer(_)
            | HandlerKind::HandOver(_) => {}
        }
    }

    pub(super) fn agent(&mut self, agent: &ast::Agent) {
        self.give("mail", standard("Mail"));
        self.give("thread", standard("Thread"));
        // The contact and what is observed are known in all lines.
        for line in &agent.lines {
            match &line.kind {
                AgentLineKind::Contact { name, entity, by } => {
                    self.refer(entity);
                    let of = members::type_of_name(self.names, self.module, entity);
                    if let Some(of) = &of {
                        self.field(of, by);
                    }
                    self.bind(name, of);
                }
                AgentLineKind::Observe(observe) => {
                    let of = self.call(&observe.call);
                    self.bind(&observe.name, of);
                }
                AgentLineKind::Inbox(_)
                | AgentLineKind::Guard(_)
                | AgentLineKind::Route(_)
                | AgentLineKind::After(_)
                | AgentLineKind::Review(_)
                | AgentLineKind::Deliver(_)
                | AgentLineKind::Relay(_)
                | AgentLineKind::Campaign(_)
                | AgentLineKind::Allow(_)
                | AgentLineKind::Junk(_) => {}
            }
        }
        for line in &agent.lines {
            let around = self.bound.len();
            match &line.kind {
                AgentLineKind::Guard(call) => {
                    self.call(call);
                }
                AgentLineKind::Route(target) => self.target(target),
                AgentLineKind::After(after) => self.after(after),
                AgentLineKind::Review(review) => self.review(review),
                AgentLineKind::Deliver(deliver) => {
                    for line in &deliver.lines {
                        if let ast::DeliverLineKind::Quiet { zone, .. } = &line.kind {
                            self.zone(zone);
                        }
                    }
                }
                AgentLineKind::Campaign(campaign) => self.campaign(campaign),
                AgentLineKind::Allow(allow) => self.allow(allow),
                AgentLineKind::Contact { .. }
                | AgentLineKind::Observe(_)
                | AgentLineKind::Inbox(_)
                | AgentLineKind::Relay(_)
                | AgentLineKind::Junk(_) => {}
            }
            self.bound.truncate(around);
        }
    }

    fn target(&mut self, target: &ast::Target) {
        match &target.kind {
            ast::TargetKind::Match { on, arms } => {
                let of = self.expr(on);
                for arm in arms {
                    self.patterns(&arm.patterns, of.as_deref());
                    self.target(&arm.then);
                }
            }
            ast::TargetKind::Call(call) => {
                self.call(call);
            }
            ast::TargetKind::Reviewer(_) | ast::TargetKind::Drop => {}
        }
    }

    fn after(&mut self, after: &ast::After) {
        for line in &after.lines {
            match &line.action {
                ast::AfterAction::Run(call) => {
                    self.call(call);
                }
                ast::AfterAction::Save { path, value } => {
                    self.path(path);
                    self.expr(value);
                }
                ast::AfterAction::Junk(_) => {}
            }
            if let Some(when) = &line.when {
                self.expr(when);
            }
        }
    }

    fn review(&mut self, review: &ast::Review) {
        self.give("draft", standard("Draft"));
        for line in &review.lines {
            self.note_scope(line.span);
            if let ast::ReviewLineKind::Hold(when) | ast::ReviewLineKind::Pass(when) = &line.kind {
                self.expr(when);
            }
        }
    }

    fn campaign(&mut self, campaign: &ast::Campaign) {
        for line in &campaign.lines {
            match &line.kind {
                ast::CampaignLineKind::To {
                    name,
                    entity,
                    filter,
                } => {
                    self.refer(entity);
                    let of = members::type_of_name(self.names, self.module, entity);
                    self.bind(name, of);
                    if let Some(filter) = filter {
                        self.expr(filter);
                    }
                }
                ast::CampaignLineKind::Schedule(schedule) => {
                    if let ast::Days::Once {
                        day: ast::Day::Path(path),
                        ..
                    } = &schedule.days
                    {
                        self.path(path);
                    }
                    self.zone(&schedule.zone);
                }
                ast::CampaignLineKind::Send(call) => {
                    self.call(call);
                }
                ast::CampaignLineKind::Junk(_) => {}
            }
        }
    }

    fn zone(&mut self, zone: &ast::Zone) {
        if let ast::Zone::Path(path) = zone {
            self.path(path);
        }
    }
}
