//! Agents, relays and campaigns.

use pest::iterators::Pair;

use super::grammar::Rule;
use super::tree::{Builder, Kids};
use crate::syntax::ast::{
    After, AfterAction, AfterLine, Agent, AgentLine, AgentLineKind, Arm, Campaign, CampaignLine,
    CampaignLineKind, Day, Days, Deliver, DeliverLine, DeliverLineKind, Event, EventKind, Every,
    Expr, ExprKind, Junk, Otherwise, Relay, RelayLine, RelayLineKind, Review, ReviewLine,
    ReviewLineKind, Schedule, Target, TargetKind, Zone,
};

impl Builder<'_> {
    pub(super) fn agent(&mut self, pair: Pair<'_, Rule>) -> Agent {
        let mut kids = self.kids(pair);
        kids.next();
        let name = self.name(&mut kids);
        Agent {
            name,
            lines: self.lines(&mut kids, Self::agent_line),
        }
    }

    /// What stands in the braces, line by line.
    pub(super) fn lines<T>(
        &mut self,
        kids: &mut Kids<'_>,
        line: fn(&mut Self, Pair<'_, Rule>) -> T,
    ) -> Box<[T]> {
        let mut lines = Vec::new();
        while let Some(rule) = kids.peek() {
            if rule == Rule::doc {
                self.dangling(kids);
            } else if let Some(pair) = kids.next() {
                lines.push(line(self, pair));
            }
        }
        lines.into()
    }

    fn agent_line(&mut self, pair: Pair<'_, Rule>) -> AgentLine {
        let keyword = self.keyword(&pair);
        let mut kids = self.kids(pair);
        let span = kids.at;
        let kind = match kids.next() {
            Some(pair) => self.agent_part(pair),
            None => AgentLineKind::Junk(Junk { span, body: None }),
        };
        AgentLine {
            keyword,
            kind,
            span,
        }
    }

    fn agent_part(&mut self, pair: Pair<'_, Rule>) -> AgentLineKind {
        let rule = pair.as_rule();
        match rule {
            Rule::observe => return AgentLineKind::Observe(self.observe(pair)),
            Rule::allow => return AgentLineKind::Allow(self.allow(pair)),
            Rule::junk => return AgentLineKind::Junk(self.junk(pair)),
            _ => {}
        }
        let mut kids = self.kids(pair);
        kids.next();
        match rule {
            Rule::contact => {
                let name = self.name(&mut kids);
                let entity = self.name(&mut kids);
                kids.next();
                AgentLineKind::Contact {
                    name,
                    entity,
                    by: self.name(&mut kids),
                }
            }
            Rule::guard => AgentLineKind::Guard(self.call(&mut kids)),
            Rule::route => AgentLineKind::Route(self.target(&mut kids)),
            Rule::after => {
                let event = self.event(&mut kids);
                AgentLineKind::After(After {
                    event,
                    lines: self.lines(&mut kids, Self::after_line),
                })
            }
            Rule::review => AgentLineKind::Review(Review {
                lines: self.lines(&mut kids, Self::review_line),
            }),
            Rule::deliver => AgentLineKind::Deliver(Deliver {
                lines: self.lines(&mut kids, Self::deliver_line),
            }),
            Rule::relay => {
                let name = self.name(&mut kids);
                AgentLineKind::Relay(Relay {
                    name,
                    lines: self.lines(&mut kids, Self::relay_line),
                })
            }
            Rule::campaign => {
                let name = self.name(&mut kids);
                let lines = self.lines(&mut kids, Self::campaign_line);
                AgentLineKind::Campaign(Campaign { name, lines })
            }
            _ => {
                let mut addresses = Vec::new();
                while let Some(pair) = kids.next() {
                    addresses.push(self.string_of(&pair));
                }
                AgentLineKind::Inbox(addresses.into())
            }
        }
    }

    fn target(&mut self, kids: &mut Kids<'_>) -> Target {
        match kids.next() {
            Some(pair) => self.target_of(pair),
            None => Target {
                kind: TargetKind::Drop,
                span: kids.at,
            },
        }
    }

    fn target_of(&mut self, pair: Pair<'_, Rule>) -> Target {
        let mut kids = self.kids(pair);
        let span = kids.at;
        let first = kids.next();
        let kind = match first.as_ref().map(Pair::as_rule) {
            Some(Rule::k_match) => {
                let on = self.subject(&mut kids);
                let mut arms = Vec::new();
                while let Some(pair) = kids.next() {
                    if pair.as_rule() != Rule::target_arm {
                        continue;
                    }
                    let mut kids = self.kids(pair);
                    let patterns = self.patterns(&mut kids);
                    arms.push(Arm {
                        patterns,
                        then: self.target(&mut kids),
                        span: kids.at,
                    });
                }
                TargetKind::Match {
                    on,
                    arms: arms.into(),
                }
            }
            Some(Rule::k_reviewer) => TargetKind::Reviewer(self.string(&mut kids)),
            Some(Rule::call) => match first {
                Some(pair) => TargetKind::Call(self.call_of(pair)),
                None => TargetKind::Drop,
            },
            _ => TargetKind::Drop,
        };
        Target { kind, span }
    }

    /// The call or path behind `match`.
    fn subject(&mut self, kids: &mut Kids<'_>) -> Expr {
        let Some(pair) = kids.next() else {
            return Expr {
                kind: ExprKind::Junk,
                span: kids.at,
            };
        };
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::call => ExprKind::Call(self.call_of(pair)),
            _ => ExprKind::Path(self.path_of(pair)),
        };
        Expr { kind, span }
    }

    fn event(&mut self, kids: &mut Kids<'_>) -> Event {
        let Some(pair) = kids.next() else {
            return Event {
                kind: EventKind::Received,
                span: kids.at,
            };
        };
        let mut kids = self.kids(pair);
        let kind = match kids.rule() {
            Some(Rule::k_blocked) => EventKind::Blocked,
            Some(Rule::k_drafted) => EventKind::Drafted,
            Some(Rule::k_held) => EventKind::Held,
            Some(Rule::k_approved) => EventKind::Approved,
            Some(Rule::k_rejected) => EventKind::Rejected,
            Some(Rule::k_delivered) => EventKind::Delivered,
            Some(Rule::k_bounced) => EventKind::Bounced,
            Some(Rule::k_failed) => EventKind::Failed,
            _ => EventKind::Received,
        };
        Event {
            kind,
            span: kids.at,
        }
    }

    fn after_line(&mut self, pair: Pair<'_, Rule>) -> AfterLine {
        let mut kids = self.kids(pair);
        let span = kids.at;
        let first = kids.next();
        let action = match first.as_ref().map(Pair::as_rule) {
            Some(Rule::k_run) => AfterAction::Run(self.call(&mut kids)),
            Some(Rule::k_save) => AfterAction::Save {
                path: self.path(&mut kids),
                value: self.expr(&mut kids),
            },
            _ => AfterAction::Junk(self.junk_line(first, span)),
        };
        let when = kids.has(Rule::k_when).then(|| self.expr(&mut kids));
        AfterLine { action, when, span }
    }

    /// A line that the grammar reads as nothing else.
    fn junk_line(&mut self, pair: Option<Pair<'_, Rule>>, span: crate::source::Span) -> Junk {
        pair.map_or(Junk { span, body: None }, |pair| self.junk(pair))
    }

    fn review_line(&mut self, pair: Pair<'_, Rule>) -> ReviewLine {
        let keyword = self.keyword(&pair);
        let mut kids = self.kids(pair);
        let span = kids.at;
        let first = kids.next();
        let rule = first.as_ref().map(Pair::as_rule);
        let kind = match rule {
            Some(Rule::k_assign) => ReviewLineKind::Assign(self.name(&mut kids)),
            Some(Rule::k_hold | Rule::k_pass) => {
                kids.next();
                let condition = self.expr(&mut kids);
                if rule == Some(Rule::k_hold) {
                    ReviewLineKind::Hold(condition)
                } else {
                    ReviewLineKind::Pass(condition)
                }
            }
            Some(Rule::k_otherwise) => ReviewLineKind::Otherwise(match kids.rule() {
                Some(Rule::k_pass) => Otherwise::Pass,
                _ => Otherwise::Hold,
            }),
            Some(Rule::k_due) => {
                let after = self.duration(&mut kids);
                kids.next();
                ReviewLineKind::Due {
                    after,
                    escalate: kids.rule() == Some(Rule::k_escalate),
                }
            }
            _ => ReviewLineKind::Junk(self.junk_line(first, span)),
        };
        ReviewLine {
            keyword,
            kind,
            span,
        }
    }

    fn deliver_line(&mut self, pair: Pair<'_, Rule>) -> DeliverLine {
        let keyword = self.keyword(&pair);
        let mut kids = self.kids(pair);
        let span = kids.at;
        let first = kids.next();
        let kind = match first.as_ref().map(Pair::as_rule) {
            Some(Rule::k_from) => DeliverLineKind::From(self.string(&mut kids)),
            Some(Rule::k_undo) => DeliverLineKind::Undo(self.duration(&mut kids)),
            Some(Rule::k_quiet) => {
                let from = self.literal(&mut kids);
                kids.next();
                let to = self.literal(&mut kids);
                DeliverLineKind::Quiet {
                    from,
                    to,
                    zone: self.zone(&mut kids),
                }
            }
            Some(Rule::at_most) => match first {
                Some(pair) => DeliverLineKind::AtMost(self.at_most(pair)),
                None => DeliverLineKind::Junk(Junk { span, body: None }),
            },
            _ => DeliverLineKind::Junk(self.junk_line(first, span)),
        };
        DeliverLine {
            keyword,
            kind,
            span,
        }
    }

    fn zone(&mut self, kids: &mut Kids<'_>) -> Zone {
        let Some(pair) = kids.next() else {
            return Zone::Name(self.string(kids));
        };
        let mut kids = self.kids(pair);
        kids.next();
        if kids.peek() == Some(Rule::path) {
            Zone::Path(self.path(&mut kids))
        } else {
            Zone::Name(self.string(&mut kids))
        }
    }

    fn relay_line(&mut self, pair: Pair<'_, Rule>) -> RelayLine {
        let mut kids = self.kids(pair);
        let span = kids.at;
        let first = kids.next();
        let kind = match first.as_ref().map(Pair::as_rule) {
            Some(Rule::k_on) => {
                let mut events = Vec::new();
                while kids.peek() == Some(Rule::event) {
                    events.push(self.event(&mut kids));
                }
                RelayLineKind::On(events.into())
            }
            Some(Rule::k_to) => {
                let by_mail = kids.rule() == Some(Rule::k_mail);
                let to = self.string(&mut kids);
                if by_mail {
                    RelayLineKind::Mail(to)
                } else {
                    RelayLineKind::Webhook(to)
                }
            }
            Some(Rule::retry) => match first {
                Some(pair) => RelayLineKind::Retry(self.retry(pair)),
                None => RelayLineKind::Junk(Junk { span, body: None }),
            },
            _ => RelayLineKind::Junk(self.junk_line(first, span)),
        };
        RelayLine { kind, span }
    }

    fn campaign_line(&mut self, pair: Pair<'_, Rule>) -> CampaignLine {
        let mut kids = self.kids(pair);
        let span = kids.at;
        let first = kids.next();
        let kind = match first.as_ref().map(Pair::as_rule) {
            Some(Rule::k_to) => {
                let name = self.name(&mut kids);
                let entity = self.name(&mut kids);
                let filter = kids.has(Rule::k_where).then(|| self.expr(&mut kids));
                CampaignLineKind::To {
                    name,
                    entity,
                    filter,
                }
            }
            Some(Rule::k_send) => CampaignLineKind::Send(self.call(&mut kids)),
            Some(Rule::schedule) => match first {
                Some(pair) => CampaignLineKind::Schedule(self.schedule(pair)),
                None => CampaignLineKind::Junk(Junk { span, body: None }),
            },
            _ => CampaignLineKind::Junk(self.junk_line(first, span)),
        };
        CampaignLine { kind, span }
    }

    fn schedule(&mut self, pair: Pair<'_, Rule>) -> Schedule {
        let mut kids = self.kids(pair);
        let days = if kids.rule() == Some(Rule::k_every) {
            Days::Every(every(kids.next().and_then(|day| self.kids(day).rule())))
        } else {
            let offset = (kids.peek() == Some(Rule::duration)).then(|| self.duration(&mut kids));
            let after = offset.is_some() && kids.rule() == Some(Rule::k_after);
            let day = if kids.peek() == Some(Rule::path) {
                Day::Path(self.path(&mut kids))
            } else {
                Day::Date(self.literal(&mut kids))
            };
            Days::Once { offset, after, day }
        };
        kids.next();
        Schedule {
            days,
            at: self.literal(&mut kids),
            zone: self.zone(&mut kids),
        }
    }
}

fn every(rule: Option<Rule>) -> Every {
    match rule {
        Some(Rule::k_monday) => Every::Monday,
        Some(Rule::k_tuesday) => Every::Tuesday,
        Some(Rule::k_wednesday) => Every::Wednesday,
        Some(Rule::k_thursday) => Every::Thursday,
        Some(Rule::k_friday) => Every::Friday,
        Some(Rule::k_saturday) => Every::Saturday,
        Some(Rule::k_sunday) => Every::Sunday,
        _ => Every::Day,
    }
}
