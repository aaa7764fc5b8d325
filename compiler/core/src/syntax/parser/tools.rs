//! Tools and language models.

use pest::iterators::Pair;

use super::grammar::Rule;
use super::tree::{Builder, Kids};
use crate::syntax::ast::{
    AtMost, Effect, Gate, GateKind, Handler, HandlerKind, HttpMethod, Model, ModelLine,
    ModelLineKind, Retry, SendsTo, Tool, ToolFor, ToolLine, ToolLineKind,
};

impl Builder<'_> {
    pub(super) fn tool(&mut self, pair: Pair<'_, Rule>) -> Tool {
        let mut kids = self.kids(pair);
        kids.next();
        let name = self.name(&mut kids);
        let params = self.params(&mut kids);
        let bound = kids.take(Rule::bound).map(|pair| {
            let mut kids = self.kids(pair);
            kids.next();
            ToolFor {
                name: self.name(&mut kids),
                entity: self.name(&mut kids),
                span: kids.at,
            }
        });
        let returns = self.type_in(&mut kids);
        let mut lines = Vec::new();
        while let Some(rule) = kids.peek() {
            if rule == Rule::doc {
                self.dangling(&mut kids);
            } else if let Some(pair) = kids.next() {
                lines.push(self.tool_line(pair));
            }
        }
        Tool {
            name,
            params,
            bound,
            returns,
            lines: lines.into(),
        }
    }

    fn tool_line(&mut self, pair: Pair<'_, Rule>) -> ToolLine {
        let keyword = self.keyword(&pair);
        let mut kids = self.kids(pair);
        let span = kids.at;
        let first = kids.next();
        let kind = match first.as_ref().map(Pair::as_rule) {
            Some(Rule::k_reads) => ToolLineKind::Effect(Effect::Reads(self.name(&mut kids))),
            Some(Rule::k_writes) => ToolLineKind::Effect(Effect::Writes(self.name(&mut kids))),
            Some(Rule::k_spends) => ToolLineKind::Effect(Effect::Spends(self.name(&mut kids))),
            Some(Rule::k_sends) => {
                kids.next();
                ToolLineKind::Effect(Effect::Sends(match kids.rule() {
                    Some(Rule::k_contact) => SendsTo::Contact,
                    Some(Rule::k_anyone) => SendsTo::Anyone,
                    _ => SendsTo::Thread,
                }))
            }
            Some(Rule::k_timeout) => ToolLineKind::Timeout(self.duration(&mut kids)),
            Some(Rule::k_via) => ToolLineKind::Via(self.handler(&mut kids)),
            _ => match first {
                Some(pair) => self.tool_part(pair),
                None => ToolLineKind::Junk(crate::syntax::ast::Junk { span, body: None }),
            },
        };
        ToolLine {
            keyword,
            kind,
            span,
        }
    }

    fn tool_part(&mut self, pair: Pair<'_, Rule>) -> ToolLineKind {
        match pair.as_rule() {
            Rule::retry => ToolLineKind::Retry(self.retry(pair)),
            Rule::gate => {
                let mut kids = self.kids(pair);
                kids.next();
                let kind = match kids.rule() {
                    Some(Rule::k_refuse) => GateKind::Refuse,
                    _ => GateKind::Reviewer,
                };
                let when = kids.has(Rule::k_when).then(|| self.expr(&mut kids));
                ToolLineKind::Gate(Gate { kind, when })
            }
            Rule::at_most => ToolLineKind::AtMost(self.at_most(pair)),
            Rule::allow => ToolLineKind::Allow(self.allow(pair)),
            _ => ToolLineKind::Junk(self.junk(pair)),
        }
    }

    fn handler(&mut self, kids: &mut Kids<'_>) -> Handler {
        let Some(pair) = kids.next() else {
            let name = self.name(kids);
            return Handler {
                kind: HandlerKind::Get(name),
                span: kids.at,
            };
        };
        let mut kids = self.kids(pair);
        let kind = match kids.rule() {
            Some(Rule::k_search) => HandlerKind::Search(self.name(&mut kids)),
            Some(Rule::k_get) => HandlerKind::Get(self.name(&mut kids)),
            Some(Rule::k_save) => HandlerKind::Save {
                path: self.path(&mut kids),
                value: self.expr(&mut kids),
            },
            Some(Rule::k_behaviour) => HandlerKind::Behaviour(self.call(&mut kids)),
            Some(Rule::k_http) => {
                let method = match kids.next().and_then(|pair| self.kids(pair).rule()) {
                    Some(Rule::k_GET) => HttpMethod::Get,
                    Some(Rule::k_PUT) => HttpMethod::Put,
                    Some(Rule::k_PATCH) => HttpMethod::Patch,
                    Some(Rule::k_DELETE) => HttpMethod::Delete,
                    _ => HttpMethod::Post,
                };
                HandlerKind::Http {
                    method,
                    endpoint: self.string(&mut kids),
                }
            }
            Some(Rule::k_mcp) => HandlerKind::Mcp {
                server: self.string(&mut kids),
                tool: self.string(&mut kids),
            },
            Some(Rule::k_ask) => {
                kids.next();
                HandlerKind::AskReviewer(self.string(&mut kids))
            }
            Some(Rule::k_hand_over) => HandlerKind::HandOver(self.string(&mut kids)),
            _ => HandlerKind::Native(self.string(&mut kids)),
        };
        Handler {
            kind,
            span: kids.at,
        }
    }

    pub(super) fn retry(&mut self, pair: Pair<'_, Rule>) -> Retry {
        let mut kids = self.kids(pair);
        kids.next();
        let times = self.number(&mut kids);
        kids.next();
        let from = self.duration(&mut kids);
        kids.next();
        Retry {
            times,
            from,
            to: self.duration(&mut kids),
        }
    }

    pub(super) fn at_most(&mut self, pair: Pair<'_, Rule>) -> AtMost {
        let mut kids = self.kids(pair);
        kids.next();
        let number = self.number(&mut kids);
        kids.next();
        AtMost {
            number,
            per: self.duration(&mut kids),
        }
    }

    pub(super) fn model(&mut self, pair: Pair<'_, Rule>) -> Model {
        let mut kids = self.kids(pair);
        kids.next();
        let name = self.name(&mut kids);
        let mut lines = Vec::new();
        while let Some(rule) = kids.peek() {
            if rule == Rule::doc {
                self.dangling(&mut kids);
            } else if let Some(pair) = kids.next() {
                lines.push(self.model_line(pair));
            }
        }
        Model {
            name,
            lines: lines.into(),
        }
    }

    fn model_line(&mut self, pair: Pair<'_, Rule>) -> ModelLine {
        let keyword = self.keyword(&pair);
        let mut kids = self.kids(pair);
        let span = kids.at;
        let first = kids.next();
        let kind = match first.as_ref().map(Pair::as_rule) {
            Some(Rule::k_provider) => ModelLineKind::Provider(self.name(&mut kids)),
            Some(Rule::k_name) => ModelLineKind::Name(self.string(&mut kids)),
            Some(Rule::k_temperature) => ModelLineKind::Temperature(self.number(&mut kids)),
            Some(Rule::k_max_tokens) => ModelLineKind::MaxTokens(self.number(&mut kids)),
            Some(Rule::k_timeout) => ModelLineKind::Timeout(self.duration(&mut kids)),
            Some(Rule::k_fallback) => ModelLineKind::Fallback(self.name(&mut kids)),
            _ => match first {
                Some(pair) if pair.as_rule() == Rule::retry => {
                    ModelLineKind::Retry(self.retry(pair))
                }
                Some(pair) => ModelLineKind::Junk(self.junk(pair)),
                None => ModelLineKind::Junk(crate::syntax::ast::Junk { span, body: None }),
            },
        };
        ModelLine {
            keyword,
            kind,
            span,
        }
    }
}
