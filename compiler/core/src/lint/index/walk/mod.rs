//! The walk over the tree of a file.

mod example;

use super::{Branch, Call, Index, Item, Rule};
use crate::resolve::ModuleId;
use crate::source::Span;
use crate::syntax::ast::{
    self, AgentLineKind, ClauseKind, ExprKind, FieldLine, HandlerKind, ItemKind, LiteralKind,
    StatementKind, ToolLineKind, TypeKind, ValueKind,
};

/// Takes in a file.
pub(super) fn file<'a>(
    index: &mut Index<'a>,
    module: ModuleId,
    file: &'a ast::File,
    text: &'a str,
) {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let whole = Span {
        file: file.id,
        start: 0,
        end,
    };
    let mut walk = Walk { index, text };
    for tree in &file.items {
        if let ItemKind::Allow(allow) = &tree.kind {
            walk.index.allows.push((allow, whole));
            continue;
        }
        let first = walk.index.references.len();
        let references = first..first;
        walk.index.items.push(Item {
            module,
            tree,
            references,
        });
        walk.item(tree);
        let last = walk.index.references.len();
        if let Some(item) = walk.index.items.last_mut() {
            item.references.end = last;
        }
    }
}

struct Walk<'i, 'a> {
    index: &'i mut Index<'a>,
    text: &'a str,
}

impl<'a> Walk<'_, 'a> {
    fn item(&mut self, item: &'a ast::Item) {
        match &item.kind {
            ItemKind::Const(it) => {
                it.ty.iter().for_each(|of| self.of(of));
                self.value(&it.value);
            }
            ItemKind::Enum(it) => {
                for case in &it.cases {
                    self.fields(case.fields.iter());
                }
            }
            ItemKind::Record(record) => {
                self.field_allows(&record.lines, item.span);
                self.fields(record.fields());
            }
            ItemKind::Entity(entity) => {
                self.field_allows(&entity.lines, item.span);
                self.index.references.extend(&entity.owner);
                self.fields(entity.fields());
            }
            ItemKind::Tool(tool) => self.tool(tool, item.span),
            ItemKind::Model(model) => {
                for line in &model.lines {
                    if let ast::ModelLineKind::Fallback(name) = &line.kind {
                        self.refer(name);
                    }
                }
            }
            ItemKind::Ruleset(ruleset) => {
                self.params(&ruleset.params);
                self.body(&ruleset.body, item.span);
            }
            ItemKind::Behaviour(behaviour) => {
                self.params(&behaviour.params);
                self.of(&behaviour.returns);
                self.body(&behaviour.body, item.span);
            }
            ItemKind::Agent(agent) => self.agent(agent, item.span),
            ItemKind::Example(example) => self.example(example),
            ItemKind::Use(_) | ItemKind::Allow(_) | ItemKind::Junk(_) => {}
        }
    }

    fn refer(&mut self, name: &'a ast::Name) {
        self.index.references.push(name);
    }

    fn params(&mut self, params: &'a [ast::Param]) {
        for param in params {
            self.of(&param.ty);
            param.default.iter().for_each(|value| self.value(value));
        }
    }

    fn fields(&mut self, fields: impl Iterator<Item = &'a ast::Field>) {
        for field in fields {
            self.of(&field.ty);
            field.default.iter().for_each(|value| self.value(value));
        }
    }

    fn of(&mut self, of: &'a ast::Type) {
        match &of.kind {
            TypeKind::Named(name) => self.refer(name),
            TypeKind::List { item, .. } => self.of(item),
            TypeKind::Text { .. }
            | TypeKind::Int(_)
            | TypeKind::Float(_)
            | TypeKind::Plain(_)
            | TypeKind::Junk => {}
        }
    }

    fn value(&mut self, value: &'a ast::Value) {
        match &value.kind {
            ValueKind::List(all) => all.iter().for_each(|one| self.value(one)),
            ValueKind::Record(entries) => self.entries(entries),
            ValueKind::Case { of, name, fields } => {
                self.index.references.extend(of);
                self.refer(name);
                fields.iter().for_each(|entries| self.entries(entries));
            }
            ValueKind::Literal(_) | ValueKind::Junk => {}
        }
    }

    fn entries(&mut self, entries: &'a [ast::Entry]) {
        entries.iter().for_each(|entry| self.value(&entry.value));
    }

    fn field_allows(&mut self, lines: &'a [FieldLine], whole: Span) {
        for (at, line) in lines.iter().enumerate() {
            let FieldLine::Allow(allow, _) = line else {
                continue;
            };
            // Before the first field it speaks of the declaration, else of the field behind it.
            let behind = lines[at..].iter().find_map(FieldLine::field);
            let before = lines[..at].iter().any(|line| line.field().is_some());
            let holds = behind.filter(|_| before).map_or(whole, |field| field.span);
            self.index.allows.push((allow, holds));
        }
    }

    fn tool(&mut self, tool: &'a ast::Tool, whole: Span) {
        self.params(&tool.params);
        self.index
            .references
            .extend(tool.bound.iter().map(|bound| &bound.entity));
        self.of(&tool.returns);
        for line in &tool.lines {
            match &line.kind {
                ToolLineKind::Effect(
                    ast::Effect::Reads(name)
                    | ast::Effect::Writes(name)
                    | ast::Effect::Spends(name),
                ) => self.refer(name),
                ToolLineKind::Via(handler) => self.handler(&handler.kind),
                ToolLineKind::Gate(gate) => gate.when.iter().for_each(|when| self.expr(when)),
                ToolLineKind::Allow(allow) => self.index.allows.push((allow, whole)),
                ToolLineKind::Effect(ast::Effect::Sends(_))
                | ToolLineKind::Timeout(_)
                | ToolLineKind::Retry(_)
                | ToolLineKind::AtMost(_)
                | ToolLineKind::Junk(_) => {}
            }
        }
    }

    fn handler(&mut self, handler: &'a HandlerKind) {
        match handler {
            HandlerKind::Search(name) | HandlerKind::Get(name) => self.refer(name),
            HandlerKind::Save { path, value } => {
                self.written(path);
                self.expr(value);
            }
            HandlerKind::Behaviour(call) => self.called(call),
            HandlerKind::AskReviewer(text) | HandlerKind::HandOver(text) => {
                self.index.literals.push(text);
            }
            HandlerKind::Http { .. } | HandlerKind::Mcp { .. } | HandlerKind::Native(_) => {}
        }
    }

    fn agent(&mut self, agent: &'a ast::Agent, whole: Span) {
        for line in &agent.lines {
            match &line.kind {
                AgentLineKind::Contact { entity, .. } => self.refer(entity),
                AgentLineKind::Guard(call) => self.called(call),
                AgentLineKind::Observe(observe) => self.observe(observe),
                AgentLineKind::Route(target) => self.target(target),
                AgentLineKind::After(after) => self.after(after),
                AgentLineKind::Review(review) => self.review(review),
                AgentLineKind::Deliver(deliver) => self.deliver(deliver),
                AgentLineKind::Campaign(campaign) => self.campaign(campaign),
                AgentLineKind::Allow(allow) => self.index.allows.push((allow, whole)),
                AgentLineKind::Inbox(_) | AgentLineKind::Relay(_) | AgentLineKind::Junk(_) => {}
            }
        }
    }

    fn target(&mut self, target: &'a ast::Target) {
        match &target.kind {
            ast::TargetKind::Match { on, arms } => {
                self.expr(on);
                arms.iter().for_each(|arm| self.target(&arm.then));
            }
            ast::TargetKind::Reviewer(text) => self.index.literals.push(text),
            ast::TargetKind::Call(call) => self.called(call),
            ast::TargetKind::Drop => {}
        }
    }

    fn after(&mut self, after: &'a ast::After) {
        for line in &after.lines {
            match &line.action {
                ast::AfterAction::Run(call) => self.called(call),
                ast::AfterAction::Save { path, value } => {
                    self.written(path);
                    self.expr(value);
                }
                ast::AfterAction::Junk(_) => {}
            }
            line.when.iter().for_each(|when| self.expr(when));
        }
    }

    fn review(&mut self, review: &'a ast::Review) {
        for line in &review.lines {
            if let ast::ReviewLineKind::Hold(when) | ast::ReviewLineKind::Pass(when) = &line.kind {
                self.expr(when);
            }
        }
    }

    fn deliver(&mut self, deliver: &'a ast::Deliver) {
        for line in &deliver.lines {
            if let ast::DeliverLineKind::Quiet { zone, .. } = &line.kind {
                self.zone(zone);
            }
        }
    }

    fn zone(&mut self, zone: &'a ast::Zone) {
        if let ast::Zone::Path(path) = zone {
            self.path(path);
        }
    }

    fn campaign(&mut self, campaign: &'a ast::Campaign) {
        for line in &campaign.lines {
            match &line.kind {
                ast::CampaignLineKind::To { entity, filter, .. } => {
                    self.refer(entity);
                    filter.iter().for_each(|filter| self.expr(filter));
                }
                ast::CampaignLineKind::Schedule(schedule) => self.zone(&schedule.zone),
                ast::CampaignLineKind::Send(call) => self.called(call),
                ast::CampaignLineKind::Junk(_) => {}
            }
        }
    }

    /// The statements of a body; what is allowed in it holds in a part of the text.
    fn body(&mut self, body: &'a ast::Body, holds: Span) {
        for statement in &body.statements {
            self.statement(statement, holds);
        }
    }

    fn statement(&mut self, statement: &'a ast::Statement, holds: Span) {
        match &statement.kind {
            StatementKind::Role(role) => self.prose(&role.prose),
            StatementKind::Fact(fact) => self.prose(&fact.prose),
            StatementKind::Rule(rule) => self.rule(rule, statement),
            StatementKind::Follow(follow) => {
                self.refer(&follow.ruleset);
                self.args(&follow.args);
            }
            StatementKind::Observe(observe) => self.observe(observe),
            StatementKind::When(when) => self.when(when),
            StatementKind::Match(the_match) => {
                self.path(&the_match.on);
                for arm in &the_match.arms {
                    self.branch(&arm.then, None);
                }
            }
            StatementKind::Each(each) => {
                let item = self.index.items.len().saturating_sub(1);
                self.index.eaches.push((item, each));
                self.index.branches.push(Branch {
                    what: "`each`",
                    is_empty: each.body.statements.is_empty(),
                    inside: each.body.span,
                    whole: Some(statement.span),
                });
                self.path(&each.list);
                self.body(&each.body, each.body.span);
            }
            StatementKind::Steps(steps) => {
                self.index.branches.push(Branch {
                    what: "list of steps",
                    is_empty: steps.steps.is_empty(),
                    inside: statement.span,
                    whole: Some(statement.span),
                });
                for step in &steps.steps {
                    self.prose(&step.prose);
                    step.about.iter().for_each(|about| self.about(about));
                }
            }
            StatementKind::Stage(stage) => self.body(&stage.body, stage.body.span),
            StatementKind::Tools(names) => self.index.references.extend(names),
            StatementKind::Model(name) => self.refer(name),
            StatementKind::Allow(allow) => self.index.allows.push((allow, holds)),
            StatementKind::On(on) => self.refer(&on.tool),
            StatementKind::Junk(junk) => {
                junk.body.iter().for_each(|body| self.body(body, body.span));
            }
            StatementKind::Limit(_) | StatementKind::Layout(_) => {}
        }
    }

    fn when(&mut self, when: &'a ast::When) {
        self.index.conditions.push(when.condition.span);
        self.expr(&when.condition);
        let alone = when.otherwise.is_none().then_some(when.span);
        self.branch(&when.then, alone);
        match &when.otherwise {
            Some(ast::Else::When(other)) => self.when(other),
            Some(ast::Else::Body(body)) => {
                let start = when.then.span.end;
                self.branch(body, Some(Span { start, ..body.span }));
            }
            None => {}
        }
    }

    fn branch(&mut self, body: &'a ast::Body, whole: Option<Span>) {
        self.index.branches.push(Branch {
            what: "branch",
            is_empty: body.statements.is_empty(),
            inside: body.span,
            whole,
        });
        self.body(body, body.span);
    }

    fn rule(&mut self, rule: &'a ast::Rule, statement: &'a ast::Statement) {
        let prose = self.index.take_prose(&rule.prose, self.text);
        self.holes(&rule.prose);
        self.index.rules.push(Rule {
            tree: rule,
            keyword: statement.keyword,
            item: self.index.items.len().saturating_sub(1),
            prose,
        });
        for clause in &rule.clauses {
            match &clause.kind {
                ClauseKind::Because { text, .. } | ClauseKind::Overrides { because: text, .. } => {
                    self.index.literals.push(text);
                }
                ClauseKind::Check(expr) => self.expr(expr),
                ClauseKind::About(about) => self.about(about),
                ClauseKind::Allow(allow) => self.index.allows.push((allow, statement.span)),
                ClauseKind::CheckJudge | ClauseKind::AtLeast(_) => {}
            }
        }
        for sample in &rule.samples {
            self.index.literals.push(&sample.text);
            self.index.literals.extend(&sample.because);
        }
    }

    fn about(&mut self, about: &'a ast::About) {
        let item = self.index.items.len().saturating_sub(1);
        self.index.abouts.push((item, about));
        if about.kind == ast::AboutKind::Tool {
            self.refer(&about.name);
        }
    }

    fn prose(&mut self, prose: &'a ast::Prose) {
        self.index.take_prose(prose, self.text);
        self.holes(prose);
    }

    fn holes(&mut self, prose: &'a ast::Prose) {
        for piece in &prose.pieces {
            if let ast::Piece::Hole(hole) = piece {
                self.expr(&hole.expr);
                self.index
                    .literals
                    .extend(hole.trusting.iter().map(|it| &it.because));
            }
        }
    }

    fn observe(&mut self, observe: &'a ast::Observe) {
        let item = self.index.items.len().saturating_sub(1);
        self.index.observes.push((item, observe));
        self.called(&observe.call);
    }

    /// A call of a behaviour.
    fn called(&mut self, call: &'a ast::Call) {
        self.refer(&call.name);
        self.args(&call.args);
    }

    fn args(&mut self, args: &'a [ast::Arg]) {
        args.iter().for_each(|arg| self.expr(&arg.value));
    }

    /// A path that is looked at.
    fn path(&mut self, path: &'a ast::Path) {
        self.written(path);
        let fields = path.names.iter().skip(1);
        self.index.read.extend(fields.map(|it| it.text.as_str()));
    }

    /// A path at which something is kept: its last name is not looked at.
    fn written(&mut self, path: &'a ast::Path) {
        self.index.references.extend(path.names.first());
        if let [_, on_the_way @ .., _] = &*path.names {
            let fields = on_the_way.iter().map(|it| it.text.as_str());
            self.index.read.extend(fields);
        }
    }

    fn expr(&mut self, expr: &'a ast::Expr) {
        match &expr.kind {
            ExprKind::Literal(LiteralKind::Text(text)) => self.index.literals.push(text),
            ExprKind::Path(path) => self.path(path),
            ExprKind::List(all) => all.iter().for_each(|one| self.value(one)),
            ExprKind::Call(call) => self.call(call, None, expr.span),
            ExprKind::Filter { value, call } => {
                self.expr(value);
                self.call(call, Some(value), expr.span);
            }
            ExprKind::Not(inner) => self.expr(inner),
            ExprKind::And(all) | ExprKind::Or(all) => {
                self.index
                    .joined
                    .push(all.iter().map(|one| one.span).collect());
                all.iter().for_each(|one| self.expr(one));
            }
            ExprKind::Compare { left, right, .. } => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Is { value, .. } => self.expr(value),
            ExprKind::In { value, within } => {
                self.expr(value);
                if let ast::Within::List(all, _) = within {
                    self.index
                        .joined
                        .push(all.iter().map(|one| one.span).collect());
                    all.iter().for_each(|one| self.value(one));
                }
            }
            ExprKind::Literal(_) | ExprKind::Junk => {}
        }
    }

    fn call(&mut self, call: &'a ast::Call, piped: Option<&'a ast::Expr>, span: Span) {
        // A route may match on what a behaviour returns.
        self.refer(&call.name);
        self.args(&call.args);
        self.index.calls.push(Call {
            tree: call,
            piped,
            span,
            item: self.index.items.len().saturating_sub(1),
        });
    }
}
