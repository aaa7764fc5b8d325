//! What a bundle asks for that this runtime does not carry out yet.
//!
//! A bundle that asks for it is refused: what a spec says must not be without effect. Declarations
//! are taken apart field by field, so that what is new in the language is either carried out or
//! named here.

use silex_bundle::agent::{Action, After};
use silex_bundle::behaviour::Kind;
use silex_bundle::relay::Destination;
use silex_bundle::{Agent, Behaviour, Bundle, Rule, Span, Tool};

/// A sentence for each thing that a bundle needs and this runtime lacks, with its place.
#[must_use]
pub fn lacks(bundle: &Bundle) -> Vec<String> {
    let mut search = Search {
        bundle,
        found: Vec::new(),
    };
    for (name, behaviour) in &bundle.behaviours {
        search.behaviour(name, behaviour);
    }
    for (name, tool) in &bundle.tools {
        search.tool(name, tool);
    }
    for (name, agent) in &bundle.agents {
        search.agent(name, agent);
    }
    search.found
}

struct Search<'a> {
    bundle: &'a Bundle,
    found: Vec<String>,
}

impl Search<'_> {
    /// Notes what a declaration does and the runtime cannot, and where it says so.
    fn lacking(&mut self, name: &str, does: &str, span: Span) {
        let place = self.bundle.line_at(span);
        let place = place.map_or_else(String::new, |(path, line, _)| format!(" ({path}:{line})"));
        self.found.push(format!("`{name}` {does}{place}"));
    }

    fn behaviour(&mut self, name: &str, behaviour: &Behaviour) {
        let Behaviour {
            doc: _,
            inputs: _,
            returns: _,
            model: _,
            limits: _,
            layout: _,
            observe,
            stages,
            conditions: _,
            segments,
            tools: _,
            span: _,
        } = behaviour;
        for observed in observe {
            let does = format!("observes `{}`", observed.name);
            self.lacking(name, &does, observed.span);
        }
        if let Some(first) = stages.first() {
            self.lacking(name, "goes through stages", first.span);
        }
        for segment in segments {
            match &segment.kind {
                Kind::Role | Kind::Goal | Kind::Fact { .. } | Kind::Step { .. } => {}
                Kind::Rule(rule) => self.rule(name, rule, segment.span),
            }
        }
    }

    fn rule(&mut self, behaviour: &str, rule: &Rule, span: Span) {
        let Rule {
            name,
            id: _,
            strength: _,
            because: _,
            checks: _,
            judge,
            // What it overrides stands in the conditions of the others, and the rate is measured by
            // who evaluates the behaviour.
            overrides: _,
            at_least: _,
            about: _,
            samples: _,
        } = rule;
        if *judge {
            let does = format!("has the rule `{name}` judged by a second model");
            self.lacking(behaviour, &does, span);
        }
    }

    fn tool(&mut self, name: &str, tool: &Tool) {
        let Tool {
            name: _,
            doc: _,
            params: _,
            owner: _,
            returns: _,
            effects: _,
            handler: _,
            timeout_ms: _,
            retry: _,
            gates: _,
            at_most,
            span,
        } = tool;
        if at_most.is_some() {
            self.lacking(name, "bounds its calls with `at_most`", *span);
        }
    }

    fn agent(&mut self, name: &str, agent: &Agent) {
        let Agent {
            doc: _,
            inbox: _,
            contact: _,
            guard: _,
            observe,
            route: _,
            after,
            review: _,
            deliver: _,
            relays,
            campaigns: _,
            span: _,
        } = agent;
        for observed in observe {
            let does = format!("observes `{}`", observed.name);
            self.lacking(name, &does, observed.span);
        }
        after.iter().for_each(|after| self.after(name, after));
        for relay in relays.values() {
            let to = match &relay.to {
                Destination::Webhook(webhook) => format!("relays to webhook \"{webhook}\""),
                Destination::Mail(address) => format!("relays to mail \"{address}\""),
            };
            self.lacking(name, &to, relay.span);
        }
    }

    fn after(&mut self, name: &str, after: &After) {
        let After { event, lines } = after;
        for line in lines {
            let what = match &line.action {
                Action::Run(call) => format!("runs `{}`", call.behaviour),
                Action::Save { path, .. } => format!("saves `{path}`"),
            };
            let does = format!("{what} after `{}`", event.word());
            self.lacking(name, &does, line.span);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SPAN: fn() -> Value = || json!({ "source": 0, "start": 4, "end": 8 });

    /// What is lacking of a bundle with these tools and this agent.
    fn check(tools: &Value, agents: &Value) -> Vec<String> {
        check_bundle(&json!({ "tools": tools, "agents": agents }))
    }

    /// What is lacking of a bundle with these declarations.
    fn check_bundle(declared: &Value) -> Vec<String> {
        let mut bundle = json!({
            "format": silex_bundle::FORMAT, "compiler": "0.1.0", "package": "t", "version": "0.1.0",
            "declarations": {}, "models": {}, "behaviours": {}, "tools": {}, "agents": {},
            "examples": {}, "layouts": {}, "sources": [{ "path": "specs/t.silex", "text": "one\ntwo\n" }],
        });
        for (key, value) in declared.as_object().unwrap() {
            bundle[key] = value.clone();
        }
        lacks(&serde_json::from_value(bundle).unwrap())
    }

    fn tool(handler: &Value) -> Value {
        json!({ "name": "t", "params": [], "returns": "bool", "effects": {}, "handler": handler,
            "timeout_ms": 1, "span": SPAN() })
    }

    fn agent() -> Value {
        json!({ "inbox": ["a@example.org"], "contact": { "name": "c", "entity": "t.C", "by": "a" },
            "route": "drop", "review": { "assign": "round_robin", "lines": [], "otherwise": "hold" },
            "deliver": { "from": "a@example.org" }, "span": SPAN() })
    }

    #[test]
    fn nothing_is_lacking_of_what_is_carried_out() {
        let tools = json!({
            "t.http": tool(&json!({ "http": { "method": "POST", "endpoint": "e" } })),
            "t.mcp": tool(&json!({ "mcp": { "server": "crm", "tool": "find" } })),
            "t.native": tool(&json!({ "native": { "name": "n" } })),
            "t.ask": tool(&json!({ "ask_reviewer": { "question": "May we?" } })),
            "t.over": tool(&json!({ "hand_over": { "note": "Please." } })),
        });
        let mut agent = agent();
        agent["review"]["due"] = json!({ "after_ms": 1, "then": "escalate" });
        assert_eq!(check(&tools, &json!({ "t.a": agent })), [""; 0]);
    }

    #[test]
    fn each_tool_is_named_with_its_place() {
        let mut bounded = tool(&json!({ "native": { "name": "n" } }));
        bounded["at_most"] = json!({ "count": 3, "per_ms": 1000 });
        let tools = json!({
            "t.d": bounded,
        });
        let place = "(specs/t.silex:2)";
        assert_eq!(
            check(&tools, &json!({})),
            [format!("`t.d` bounds its calls with `at_most` {place}"),]
        );
    }

    #[test]
    fn stages_and_what_other_models_decide_are_named() {
        let limits = json!({ "turns": 1, "tokens": 1, "history": 1, "attempts": 1, "calls": 1 });
        let rule = |name: &str, judge: bool| {
            let rule = json!({ "name": name, "id": name, "strength": "must", "judge": judge,
                "overrides": [{ "rule": "other", "because": "it is needed" }], "at_least": 90 });
            json!({ "text": [], "kind": { "rule": rule }, "span": SPAN() })
        };
        let behaviour = json!({
            "inputs": [], "returns": "bool", "limits": limits, "layout": "plain", "conditions": [],
            "tools": [], "span": SPAN(), "segments": [rule("plain", false), rule("kind", true)],
            "observe": [{ "name": "mood", "call": { "behaviour": "t.m", "args": {} }, "of": "bool", "span": SPAN() }],
            "stages": [{ "name": "asking", "final": false, "span": SPAN() }, { "name": "done", "final": true, "span": SPAN() }],
        });
        let place = "(specs/t.silex:2)";
        assert_eq!(
            check_bundle(&json!({ "behaviours": { "t.b": behaviour } })),
            [
                format!("`t.b` observes `mood` {place}"),
                format!("`t.b` goes through stages {place}"),
                format!("`t.b` has the rule `kind` judged by a second model {place}"),
            ]
        );
    }

    #[test]
    fn each_line_of_an_agent_is_named() {
        let call = json!({ "behaviour": "t.b", "args": {} });
        let mut agent = agent();
        agent["observe"] = json!([{ "name": "mood", "call": call, "of": "bool", "span": SPAN() }]);
        agent["after"] = json!([{ "event": "delivered", "lines": [
            { "action": { "run": call }, "span": SPAN() },
            { "action": { "save": { "path": "c.seen", "value": { "literal": true } } }, "span": SPAN() },
        ] }]);
        agent["deliver"]["undo_ms"] = json!(1);
        agent["deliver"]["quiet"] =
            json!({ "from": "21:00", "to": "07:00", "zone": { "name": "UTC" } });
        agent["deliver"]["at_most"] = json!({ "count": 3, "per_ms": 1000 });
        agent["relays"] = json!({
            "crm": { "on": ["received"], "to": { "webhook": "crm" }, "span": SPAN() },
            "post": { "on": ["bounced"], "to": { "mail": "b@example.org" }, "span": SPAN() },
        });
        agent["campaigns"] = json!({ "weekly": {
            "to": { "name": "c", "entity": "t.C" }, "send": call, "span": SPAN(),
            "schedule": { "days": { "every": "monday" }, "at": "09:00", "zone": { "path": "c.zone" } },
        } });
        let found = check(&json!({}), &json!({ "t.a": agent }));
        let said: Vec<_> = found
            .iter()
            .filter_map(|one| {
                one.strip_prefix("`t.a` ")?
                    .strip_suffix(" (specs/t.silex:2)")
            })
            .collect();
        assert_eq!(
            said,
            [
                "observes `mood`",
                "runs `t.b` after `delivered`",
                "saves `c.seen` after `delivered`",
                "relays to webhook \"crm\"",
                "relays to mail \"b@example.org\"",
            ]
        );
        assert_eq!(said.len(), found.len());
    }
}
