//! Whether every name and index in a bundle leads somewhere, so that the runtime need not ask.

use crate::agent::{Action, Subject, Target};
use crate::behaviour::{About, Behaviour, Call, Kind, Piece};
use crate::example::{Event, Expect};
use crate::schema::{Field, Shape};
use crate::tool::Handler;
use crate::{Agent, Bundle, Expr, Tool, Type, functions, manifest, pattern};

/// What leads nowhere, one sentence each.
pub(crate) fn broken(bundle: &Bundle) -> Vec<String> {
    let mut search = Search {
        bundle,
        place: String::new(),
        found: Vec::new(),
    };
    search.declarations();
    for (name, model) in &bundle.models {
        search.place = format!("model `{name}`");
        search.fallback(name, model.fallback.as_deref());
    }
    for (name, behaviour) in &bundle.behaviours {
        search.place = format!("`{name}`");
        search.behaviour(behaviour);
    }
    for (name, tool) in &bundle.tools {
        search.place = format!("tool `{name}`");
        search.tool(tool);
    }
    for (name, agent) in &bundle.agents {
        search.place = format!("agent `{name}`");
        search.agent(agent);
    }
    search.examples();
    search.found
}

struct Search<'a> {
    bundle: &'a Bundle,
    /// Where the search is, for messages.
    place: String,
    found: Vec<String>,
}

impl<'a> Search<'a> {
    fn wrong(&mut self, what: &str) {
        self.found.push(format!("{} {what}", self.place));
    }

    fn known(&mut self, known: bool, what: &str, name: &str) {
        if !known {
            self.wrong(&format!("{what} `{name}`"));
        }
    }

    fn declarations(&mut self) {
        for (name, declaration) in &self.bundle.declarations {
            self.place = format!("type `{name}`");
            match &declaration.shape {
                Shape::Record { fields } => self.fields(fields),
                Shape::Enum { cases } => cases.iter().for_each(|case| self.fields(&case.fields)),
                Shape::Entity { fields, key, owner } => {
                    self.fields(fields);
                    self.known(
                        fields.iter().any(|field| field.name == *key),
                        "has no field for its key",
                        key,
                    );
                    owner.iter().for_each(|owner| self.entity(owner));
                }
            }
        }
    }

    /// A chain of models to fall back on ends.
    fn fallback(&mut self, first: &'a str, mut next: Option<&'a str>) {
        let models = &self.bundle.models;
        let mut seen = vec![first];
        while let Some(name) = next {
            if seen.contains(&name) {
                return self.wrong(&format!("falls back on itself through `{name}`"));
            }
            seen.push(name);
            match models.get(name) {
                Some(model) => next = model.fallback.as_deref(),
                None => return self.wrong(&format!("falls back on the unknown model `{name}`")),
            }
        }
    }

    fn behaviour(&mut self, behaviour: &Behaviour) {
        self.fields(&behaviour.inputs);
        self.ty(&behaviour.returns);
        self.known(
            self.bundle.layouts.contains_key(&behaviour.layout),
            "has the unknown layout",
            &behaviour.layout,
        );
        if let Some(model) = &behaviour.model {
            self.known(
                self.bundle.models.contains_key(model),
                "has the unknown model",
                model,
            );
        }
        for (at, condition) in behaviour.conditions.iter().enumerate() {
            if condition.parent.is_some_and(|parent| parent >= at) {
                self.wrong(&format!("has condition {at} before its parent"));
            }
            self.expr(&condition.expr);
        }
        self.observed(behaviour);
        self.stages(behaviour);
        let missing =
            |when: Option<usize>| when.is_some_and(|when| when >= behaviour.conditions.len());
        for (at, segment) in behaviour.segments.iter().enumerate() {
            if missing(segment.when) {
                self.wrong(&format!("has segment {at} under an unknown condition"));
            }
            for piece in &segment.text {
                if let Piece::Hole(hole) = piece {
                    self.expr(&hole.value);
                }
            }
            match &segment.kind {
                Kind::Role | Kind::Goal | Kind::Fact { .. } => {}
                Kind::Step { about, .. } => self.about(about.as_ref()),
                Kind::Rule(rule) => {
                    self.about(rule.about.as_ref());
                    rule.checks.iter().for_each(|check| self.expr(check));
                }
            }
        }
        for (at, offer) in behaviour.tools.iter().enumerate() {
            if missing(offer.when) {
                self.wrong(&format!("has offer {at} under an unknown condition"));
            }
            self.known(
                self.bundle.tools.contains_key(&offer.tool),
                "offers the unknown tool",
                &offer.tool,
            );
            if let Some(owner) = &offer.owner {
                self.known(
                    behaviour.inputs.iter().any(|input| input.name == *owner),
                    "has no input",
                    owner,
                );
            }
        }
    }

    fn observed(&mut self, behaviour: &Behaviour) {
        for (at, observe) in behaviour.observe.iter().enumerate() {
            if observe
                .when
                .is_some_and(|when| when >= behaviour.conditions.len())
            {
                self.wrong(&format!("has observe {at} under an unknown condition"));
            }
            self.ty(&observe.of);
            self.call(&observe.call);
        }
    }

    fn stages(&mut self, behaviour: &Behaviour) {
        for stage in &behaviour.stages {
            for transition in &stage.transitions {
                if transition.when >= behaviour.conditions.len() {
                    self.wrong(&format!(
                        "leaves the stage `{}` under an unknown condition",
                        stage.name
                    ));
                }
                self.known(
                    behaviour.stage(&transition.target).is_some(),
                    "leads to the unknown stage",
                    &transition.target,
                );
                self.known(
                    self.bundle.tools.contains_key(&transition.tool),
                    "changes the stage after the unknown tool",
                    &transition.tool,
                );
            }
        }
    }

    fn about(&mut self, about: Option<&About>) {
        if let Some(About::Tool(tool)) = about {
            self.known(
                self.bundle.tools.contains_key(tool),
                "speaks of the unknown tool",
                tool,
            );
        }
    }

    fn tool(&mut self, tool: &Tool) {
        self.fields(&tool.params);
        self.ty(&tool.returns);
        self.known(
            manifest::is_name(&tool.name),
            "has a name that providers refuse,",
            &tool.name,
        );
        tool.owner
            .iter()
            .for_each(|owner| self.entity(&owner.entity));
        match &tool.handler {
            Handler::Search { entity } | Handler::Get { entity } => self.entity(entity),
            Handler::Save { value, .. } => self.expr(value),
            Handler::Behaviour(call) => self.call(call),
            Handler::Http { .. }
            | Handler::Mcp { .. }
            | Handler::Native { .. }
            | Handler::AskReviewer { .. }
            | Handler::HandOver { .. } => {}
        }
        tool.gates
            .iter()
            .filter_map(|gate| gate.when.as_ref())
            .for_each(|when| self.expr(when));
    }

    fn agent(&mut self, agent: &Agent) {
        self.entity(&agent.contact.entity);
        agent.guard.iter().for_each(|call| self.call(call));
        for observe in &agent.observe {
            self.call(&observe.call);
            self.ty(&observe.of);
        }
        self.target(&agent.route);
        for line in agent.after.iter().flat_map(|after| &after.lines) {
            match &line.action {
                Action::Run(call) => self.call(call),
                Action::Save { value, .. } => self.expr(value),
            }
            line.when.iter().for_each(|when| self.expr(when));
        }
        let lines = agent.review.lines.iter();
        lines.for_each(|line| self.expr(&line.when));
        for campaign in agent.campaigns.values() {
            self.entity(&campaign.to.entity);
            campaign
                .to
                .filter
                .iter()
                .for_each(|filter| self.expr(filter));
            self.call(&campaign.send);
        }
    }

    fn target(&mut self, target: &Target) {
        match target {
            Target::Call(call) => self.call(call),
            Target::Reviewer(_) | Target::Drop => {}
            Target::Match { on, arms } => {
                match on {
                    Subject::Value(value) => self.expr(value),
                    Subject::Call(call) => self.call(call),
                }
                arms.iter().for_each(|arm| self.target(&arm.target));
            }
        }
    }

    fn examples(&mut self) {
        for (name, example) in &self.bundle.examples {
            self.place = format!("example `{name}`");
            let known = self.bundle.behaviours.contains_key(&example.behaviour);
            self.known(known, "is for the unknown behaviour", &example.behaviour);
            for event in &example.script {
                if let Event::Calls { tool, .. } = event {
                    self.known(
                        self.bundle.tools.contains_key(tool),
                        "calls the unknown tool",
                        tool,
                    );
                }
            }
            for expectation in &example.expects {
                match &expectation.what {
                    Expect::Tool { tool, .. } => {
                        self.known(
                            self.bundle.tools.contains_key(tool),
                            "expects the unknown tool",
                            tool,
                        );
                    }
                    Expect::That(expr) => self.expr(expr),
                    Expect::Stage(name) => {
                        let behaviour = self.bundle.behaviours.get(&example.behaviour);
                        let known = behaviour.is_some_and(|it| it.stage(name).is_some());
                        self.known(known, "expects the unknown stage", name);
                    }
                    Expect::Rule { .. }
                    | Expect::Prompt { .. }
                    | Expect::Tokens { .. }
                    | Expect::ChecksPass
                    | Expect::CheckFails(_) => {}
                }
            }
        }
    }

    fn call(&mut self, call: &Call) {
        match self.bundle.behaviours.get(&call.behaviour) {
            None => self.known(false, "calls the unknown behaviour", &call.behaviour),
            Some(behaviour) => {
                for name in call.args.keys() {
                    let known = behaviour.inputs.iter().any(|input| input.name == *name);
                    self.known(
                        known,
                        &format!("gives `{}` the unknown input", call.behaviour),
                        name,
                    );
                }
            }
        }
        call.args.values().for_each(|arg| self.expr(arg));
    }

    fn entity(&mut self, name: &str) {
        let shape = self
            .bundle
            .declarations
            .get(name)
            .map(|declaration| &declaration.shape);
        self.known(
            matches!(shape, Some(Shape::Entity { .. })),
            "names the unknown entity",
            name,
        );
    }

    fn fields(&mut self, fields: &[Field]) {
        fields.iter().for_each(|field| self.ty(&field.of));
    }

    fn ty(&mut self, ty: &Type) {
        match ty {
            Type::Named(name) => {
                self.known(
                    self.bundle.declarations.contains_key(name),
                    "names the unknown type",
                    name,
                );
            }
            Type::List { of, .. } => self.ty(of),
            Type::Optional(inner) => self.ty(inner),
            Type::Text {
                pattern: Some(pattern),
                ..
            } => self.pattern(pattern),
            Type::Text { .. }
            | Type::Bool
            | Type::Int { .. }
            | Type::Float { .. }
            | Type::Email
            | Type::Url
            | Type::Date
            | Type::Time
            | Type::Datetime
            | Type::Duration
            | Type::Timezone => {}
        }
    }

    fn pattern(&mut self, text: &str) {
        if let Err(reason) = pattern::compiled(text) {
            self.wrong(&format!(
                "has the regular expression `{text}`, which cannot be used: {reason}"
            ));
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Literal(_) | Expr::Case(_) | Expr::Path(_) => {}
            Expr::Not(inner) => self.expr(inner),
            Expr::And(all) | Expr::Or(all) | Expr::List(all) => {
                all.iter().for_each(|one| self.expr(one))
            }
            Expr::Compare { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            Expr::OneOf { value, of } => {
                self.expr(value);
                of.iter().for_each(|one| self.expr(one));
            }
            Expr::Within { value, .. } | Expr::Is { value, .. } => self.expr(value),
            Expr::Record(fields) => fields.iter().for_each(|(_, value)| self.expr(value)),
            Expr::Call { function, args } => {
                match functions::find(function) {
                    None => self.known(false, "calls the unknown function", function),
                    Some(known) if !known.accepts(args.len()) => {
                        self.wrong(&format!("gives `{function}` {} arguments", args.len()));
                    }
                    Some(known) => {
                        for (param, arg) in known.params.iter().zip(args) {
                            if let (
                                functions::Takes::Regex,
                                Expr::Literal(serde_json::Value::String(text)),
                            ) = (param.takes, arg)
                            {
                                self.pattern(text);
                            }
                        }
                    }
                }
                args.iter().for_each(|arg| self.expr(arg));
            }
        }
    }
}
