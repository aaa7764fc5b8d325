//! Names in the bodies of behaviours and rulesets.

use super::{Symbol, Walk};
use crate::source::Span;
use crate::syntax::ast::{self, ClauseKind, StatementKind};

impl Walk<'_, '_> {
    /// The names of a body. What is bound in it ends with it.
    pub(super) fn body(&mut self, body: &ast::Body) {
        let around = self.bound.len();
        self.note_scope(body.span);
        for statement in &body.statements {
            self.statement(statement);
            // What is bound holds in the lines behind it.
            self.note_scope(Span {
                start: statement.span.end,
                ..body.span
            });
        }
        self.bound.truncate(around);
    }

    fn statement(&mut self, statement: &ast::Statement) {
        match &statement.kind {
            StatementKind::Role(role) => self.prose(&role.prose),
            StatementKind::Fact(fact) => {
                self.named_part(&fact.name);
                self.prose(&fact.prose);
            }
            StatementKind::Rule(rule) => self.rule(rule),
            StatementKind::Follow(follow) => {
                self.refer(&follow.ruleset);
                self.args(&follow.ruleset, &follow.args);
            }
            StatementKind::Observe(observe) => {
                let of = self.call(&observe.call);
                self.bind(&observe.name, of);
            }
            StatementKind::When(when) => self.when(when),
            StatementKind::Match(the_match) => {
                let of = self.path(&the_match.on);
                for arm in &the_match.arms {
                    self.patterns(&arm.patterns, of.as_deref());
                    self.body(&arm.then);
                }
            }
            StatementKind::Each(each) => {
                let of = self.path(&each.list);
                let around = self.bound.len();
                self.bind(&each.name, of);
                self.body(&each.body);
                self.bound.truncate(around);
            }
            StatementKind::Steps(steps) => {
                for step in &steps.steps {
                    self.named_part(&step.name);
                    self.prose(&step.prose);
                    step.about.iter().for_each(|about| self.about(about));
                }
            }
            StatementKind::Stage(stage) => {
                self.named_part(&stage.name);
                self.body(&stage.body);
            }
            StatementKind::Tools(names) => names.iter().for_each(|name| self.refer(name)),
            StatementKind::Model(name) => self.refer(name),
            StatementKind::Layout(name) => {
                self.take(name.span, Symbol::Layout(name.text.clone()), None);
            }
            StatementKind::On(on) => {
                self.refer(&on.tool);
                let owner = self.owner.clone();
                self.part(&owner, &on.stage);
            }
            StatementKind::Allow(allow) => self.allow(allow),
            StatementKind::Junk(junk) => junk.body.iter().for_each(|body| self.body(body)),
            StatementKind::Limit(_) => {}
        }
    }

    fn when(&mut self, when: &ast::When) {
        self.expr(&when.condition);
        self.body(&when.then);
        match &when.otherwise {
            Some(ast::Else::When(next)) => self.when(next),
            Some(ast::Else::Body(body)) => self.body(body),
            None => {}
        }
    }

    pub(super) fn patterns(&mut self, patterns: &[ast::Pattern], of: Option<&str>) {
        for pattern in patterns {
            if let (ast::Pattern::Case(name), Some(of)) = (pattern, of) {
                self.case(of, name);
            }
        }
    }

    /// The name of a fact, rule, step or stage.
    fn named_part(&mut self, name: &ast::Name) {
        let symbol = Symbol::Part {
            of: self.owner.clone(),
            name: name.text.clone(),
        };
        self.declare(name.span, symbol, None);
    }

    fn rule(&mut self, rule: &ast::Rule) {
        self.named_part(&rule.name);
        self.prose(&rule.prose);
        for clause in &rule.clauses {
            match &clause.kind {
                ClauseKind::Check(expr) => {
                    self.expr(expr);
                }
                ClauseKind::About(about) => self.about(about),
                ClauseKind::Overrides { rule, .. } => self.overrides(rule),
                ClauseKind::Allow(allow) => self.allow(allow),
                ClauseKind::Because { .. } | ClauseKind::CheckJudge | ClauseKind::AtLeast(_) => {}
            }
        }
    }

    /// A rule by its name, behind that of its ruleset or not.
    fn overrides(&mut self, rule: &ast::Path) {
        let Some((name, before)) = rule.names.split_last() else {
            return;
        };
        let owner = before.last().and_then(|ruleset| {
            self.refer(ruleset);
            let found = self.names.lookup(self.module, &ruleset.text)?;
            Some(found.qualified.clone())
        });
        let owner = owner.unwrap_or_else(|| self.owner.clone());
        self.part(&owner, name);
    }

    fn about(&mut self, about: &ast::About) {
        match about.kind {
            ast::AboutKind::Tool => self.refer(&about.name),
            ast::AboutKind::Topic => {
                let symbol = Symbol::Topic(about.name.text.clone());
                self.take(about.name.span, symbol, None);
            }
        }
    }

    fn prose(&mut self, prose: &ast::Prose) {
        for piece in &prose.pieces {
            if let ast::Piece::Hole(hole) = piece {
                self.expr(&hole.expr);
            }
        }
    }
}
