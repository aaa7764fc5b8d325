//! Bodies: the statements of behaviours and rulesets.

use silex_bundle::Type;
use silex_bundle::behaviour::{Each, Kind, Limits};

use super::branch::{self, BranchId};
use super::expr::{self, Place};
use super::overrides::{Candidate, Overriding};
use super::path::{self, Through, Walked};
use super::scope::Scope;
use super::stage::{self, Stages};
use super::{Context, follow, misplaced, observe, offer, prose, rule, settings, ty};
use crate::diagnostic::Diagnostic;
use crate::hir::{Branch, Offered, Statement, StatementKind};
use crate::resolve::{self, Declared, ModuleId};
use crate::satisfy::{self, Answer, Formula};
use crate::source::Span;
use crate::syntax::ast;

/// What is known of a body as its statements are checked.
#[derive(Debug)]
pub(super) struct Body<'c, 'a> {
    /// Where things are looked up and reported.
    pub(super) cx: &'c Context<'a>,
    /// Its qualified name.
    pub(super) owner: &'c str,
    /// Its statements as written.
    pub(super) written: &'c ast::Body,
    /// What the behaviour returns; none in a ruleset.
    pub(super) returns: Option<&'c Type>,
    /// Name and type of the inputs or parameters.
    pub(super) inputs: &'c [silex_bundle::schema::Field],
    /// `model`, with its place.
    pub(super) model: Option<(String, Span)>,
    /// `layout`, with its place.
    pub(super) layout: Option<(String, Span)>,
    /// `limit`.
    pub(super) limits: Limits,
    /// Quotas that were stated.
    pub(super) quotas: Vec<(ast::QuotaKind, Span)>,
    /// Tools that are offered, and under what.
    pub(super) offers: Vec<offer::Offer>,
    /// Tools that are spoken of, and under what.
    pub(super) spoken: Vec<offer::Spoken>,
    /// Rulesets that are followed.
    pub(super) followed: Vec<follow::Followed>,
    /// Its stages, if it is a behaviour that has some.
    pub(super) stages: Stages,
    /// Names that are observed, in all branches.
    pub(super) observed: Vec<(String, Span)>,
    /// The rules that `overrides` can mean, once that was asked.
    pub(super) candidates: Option<Vec<Candidate>>,
    /// Rules that override others.
    pub(super) overriding: Vec<Overriding>,
    /// Where a check names `reply`.
    pub(super) reply: Option<Span>,
    /// Where it names a ruleset or tool that is not known, so that it may lack what these give it.
    pub(super) unsettled: Vec<Span>,
    /// Whether something could not be read, so that nothing can be said of what is missing.
    pub(super) has_junk: bool,
    /// The statement that stands straight in the body and holds the one that is checked.
    pub(super) outermost: Option<Span>,
    named: Vec<(String, Span, BranchId)>,
    roles: Vec<(Span, Vec<Formula>)>,
    whens: u32,
}

impl<'c, 'a> Body<'c, 'a> {
    /// A body before its first statement.
    pub(super) fn new(
        cx: &'c Context<'a>,
        owner: &'c str,
        written: &'c ast::Body,
        inputs: &'c [silex_bundle::schema::Field],
        returns: Option<&'c Type>,
    ) -> Self {
        Self {
            cx,
            owner,
            written,
            returns,
            inputs,
            model: None,
            layout: None,
            limits: cx.limits.clone(),
            quotas: Vec::new(),
            offers: Vec::new(),
            spoken: Vec::new(),
            followed: Vec::new(),
            stages: returns.map_or_else(Stages::default, |_| Stages::of(written)),
            observed: Vec::new(),
            candidates: None,
            overriding: Vec::new(),
            reply: None,
            unsettled: Vec::new(),
            has_junk: false,
            outermost: None,
            named: Vec::new(),
            roles: Vec::new(),
            whens: 0,
        }
    }

    /// The declaration that something comes from, which must be of a kind.
    pub(super) fn source(
        &mut self,
        module: ModuleId,
        name: &ast::Name,
        kind: resolve::Kind,
    ) -> Option<&'c Declared<'a>> {
        let found = self.cx.find(module, name, &[kind]);
        if found.is_none() {
            self.unsettled.push(name.span);
        }
        found
    }

    /// The name and type by which checks see what the model answered.
    pub(super) fn answer(&self) -> (&'static str, Type) {
        let reply = || Type::Named("silex.Reply".to_owned());
        match self.returns {
            None => ("reply", reply()),
            // What cannot be told is most likely a reply, as most answers are.
            Some(of) if *of == reply() || ty::is_unknown(of) => ("reply", reply()),
            Some(of) => ("result", of.clone()),
        }
    }

    /// Remembers that a check names `reply`.
    pub(super) fn names_reply(&mut self, span: Span) {
        self.reply = self.reply.or(Some(span));
    }

    /// Remembers that a tool is spoken of.
    pub(super) fn speaks_of(&mut self, scope: &Scope<'_>, tool: &str, span: Span, by: offer::By) {
        self.spoken.push(offer::Spoken {
            tool: tool.to_owned(),
            span,
            by,
            facts: scope.facts().cloned().collect(),
        });
    }

    /// The statements of a body, in a scope that already says under what they stand.
    pub(super) fn statements(
        &mut self,
        scope: &Scope<'_>,
        body: &ast::Body,
        branch: &BranchId,
    ) -> Vec<Statement> {
        let mut scope = scope.inner();
        let mut statements = Vec::with_capacity(body.statements.len());
        for written in &body.statements {
            self.statement(&mut scope, written, branch, &mut statements);
        }
        statements
    }

    fn statement(
        &mut self,
        scope: &mut Scope<'_>,
        written: &ast::Statement,
        branch: &BranchId,
        out: &mut Vec<Statement>,
    ) {
        if branch.is_empty() {
            self.outermost = Some(written.span);
        }
        let kind = match &written.kind {
            ast::StatementKind::Role(role) => self.role(scope, role, written.keyword),
            ast::StatementKind::Fact(fact) => {
                self.name(&fact.name, branch);
                Some(segment(
                    Kind::Fact {
                        name: fact.name.text.clone(),
                    },
                    prose::check(self.cx, scope, &fact.prose),
                    Vec::new(),
                ))
            }
            ast::StatementKind::Rule(rule) => {
                self.name(&rule.name, branch);
                Some(rule::check(self, scope, rule))
            }
            ast::StatementKind::Follow(follow) => follow::check(self, scope, follow, branch),
            ast::StatementKind::When(when) => {
                Some(StatementKind::When(self.when(scope, when, branch)))
            }
            ast::StatementKind::Match(the_match) => {
                self.matched(scope, the_match, written.span, branch)
            }
            ast::StatementKind::Each(each) => {
                self.each(scope, each, (written.span, &[]), branch, out);
                None
            }
            ast::StatementKind::Steps(steps) => {
                self.steps(scope, steps, branch, out);
                None
            }
            ast::StatementKind::Tools(names) => {
                if self.refused_in_ruleset(written.keyword, "tools") {
                    None
                } else {
                    let offered: Vec<Offered> = names
                        .iter()
                        .filter_map(|name| offer::check(self, scope, name, branch))
                        .collect();
                    Some(StatementKind::Tools(offered))
                }
            }
            ast::StatementKind::Model(_)
            | ast::StatementKind::Limit(_)
            | ast::StatementKind::Layout(_) => {
                settings::check(self, scope.module(), written, branch);
                None
            }
            ast::StatementKind::Observe(observe) => {
                observe::check(self, scope, observe, written.keyword)
            }
            ast::StatementKind::Stage(stage) => {
                stage::check(self, scope, stage, written.keyword, branch)
            }
            ast::StatementKind::On(on) => stage::way(self, scope, on, written.keyword, branch),
            ast::StatementKind::Allow(_) => None,
            ast::StatementKind::Junk(_) => {
                self.has_junk = true;
                None
            }
        };
        out.extend(kind.map(|kind| Statement {
            kind,
            span: written.span,
        }));
    }

    fn steps(
        &mut self,
        scope: &Scope<'_>,
        steps: &ast::Steps,
        branch: &BranchId,
        out: &mut Vec<Statement>,
    ) {
        for step in &steps.steps {
            self.name(&step.name, branch);
            let about = step.about.as_ref();
            let kind = Kind::Step {
                name: step.name.text.clone(),
                about: about.and_then(|about| rule::about(self, scope, about)),
            };
            out.push(Statement {
                kind: segment(kind, prose::check(self.cx, scope, &step.prose), Vec::new()),
                span: step.span,
            });
        }
    }

    fn role(
        &mut self,
        scope: &Scope<'_>,
        role: &ast::Role,
        keyword: Span,
    ) -> Option<StatementKind> {
        let text = prose::check(self.cx, scope, &role.prose);
        match role.kind {
            ast::RoleKind::Goal => Some(segment(Kind::Goal, text, Vec::new())),
            ast::RoleKind::Role => {
                if self.refused_in_ruleset(keyword, "role") {
                    return None;
                }
                let facts: Vec<Formula> = scope.facts().cloned().collect();
                let together = |other: &[Formula]| {
                    satisfy::solve(&facts.iter().chain(other).collect::<Vec<_>>()) != Answer::No
                };
                // A word that is not this one was told, and need not be meant as this one.
                let written = self.cx.text(keyword).is_none_or(|it| it == "role");
                let mut roles = self.roles.iter().filter(|_| written);
                if let Some((first, _)) = roles.find(|(_, other)| together(other)) {
                    self.cx.report(
                        Diagnostic::error("second-role", keyword, "a prompt has one role")
                            .label(*first, "this one can stand in the same prompt")
                            .help("put them into the arms of one `match` or `when`, or make one a `goal` or a `fact`"),
                    );
                }
                if written {
                    self.roles.push((keyword, facts));
                }
                Some(segment(Kind::Role, text, Vec::new()))
            }
        }
    }

    /// Whether a statement that only a behaviour has stands in a ruleset.
    pub(super) fn refused_in_ruleset(&self, keyword: Span, what: &str) -> bool {
        let refused = self.returns.is_none();
        if refused {
            let message = format!("`{what}` may not stand in a ruleset");
            self.cx.report(
                Diagnostic::error("misplaced-statement", keyword, message)
                    .help("put it into the behaviours that follow the ruleset"),
            );
        }
        refused
    }

    /// Takes the name of a fact, rule, step or stage.
    pub(super) fn name(&mut self, name: &ast::Name, branch: &BranchId) {
        let clash = self
            .named
            .iter()
            .find(|(other, _, at)| *other == name.text && !branch::exclude_but_stages(at, branch));
        if let Some((_, first, _)) = clash {
            self.cx.report(
                Diagnostic::error("duplicate-name", name.span, format!("the name `{}` is taken in this body", name.text))
                    .label(*first, "first here")
                    .help("facts, rules, steps and stages have names of their own, but for arms of one `match` or `when`"),
            );
        }
        self.named
            .push((name.text.clone(), name.span, branch.clone()));
    }

    /// The number of a `when` or `match` in this body.
    fn next_when(&mut self) -> u32 {
        self.whens += 1;
        self.whens
    }

    fn when(&mut self, scope: &Scope<'_>, when: &ast::When, branch: &BranchId) -> Vec<Branch> {
        let id = self.next_when();
        // What the conditions so far have left over.
        let mut otherwise = scope.inner();
        let mut branches = Vec::new();
        // Where the author was told of the first condition that says nothing, and how much before.
        let mut wrong = None;
        let mut next = Some(when);
        while let Some(when) = next {
            let at = branch::inside(branch, id, branches.len());
            let told = self.cx.told();
            let condition = expr::condition(self.cx, &otherwise, &when.condition, Place::When);
            let understood = ["impossible-comparison", "maybe-none", "case-not-known"];
            if self.cx.told_other(told, &understood) {
                wrong = wrong.or(Some((self.cx.told(), when.condition.span)));
            }
            let mut inner = otherwise.inner();
            inner.assume(condition.says.clone());
            let body = self.statements(&inner, &when.then, &at);
            // A condition that was wrong is reported, so there is no bundle and any value will do.
            let expr = condition
                .expr
                .unwrap_or(silex_bundle::Expr::Literal(false.into()));
            branches.push(Branch {
                condition: Some(expr),
                span: when.condition.span,
                body,
            });
            otherwise.assume(condition.says.negated());
            next = match &when.otherwise {
                Some(ast::Else::When(other)) => Some(other),
                Some(ast::Else::Body(last)) => {
                    let at = branch::inside(branch, id, branches.len());
                    let body = self.statements(&otherwise, last, &at);
                    branches.push(Branch {
                        condition: None,
                        span: last.span,
                        body,
                    });
                    None
                }
                None => None,
            };
        }
        if let Some((since, condition)) = wrong {
            let narrowed = ["maybe-none", "case-not-known"];
            self.cx.rest_on(since, &narrowed, condition);
        }
        branches
    }

    fn matched(
        &mut self,
        scope: &Scope<'_>,
        written: &ast::Match,
        span: Span,
        branch: &BranchId,
    ) -> Option<StatementKind> {
        let id = self.next_when();
        let subject = self.subject(scope, &written.on);
        let end = Span {
            start: span.end.saturating_sub(1),
            end: span.end.saturating_sub(1),
            ..span
        };
        let taken = match &subject {
            Some((path, of)) => {
                let matched = super::coverage::Matched {
                    path,
                    of,
                    span: written.on.span,
                    end,
                };
                super::coverage::arms(self.cx, scope, &matched, &written.arms)
            }
            None => Vec::new(),
        };
        let mut taken = taken.into_iter();
        let mut branches = Vec::with_capacity(written.arms.len());
        for (at, arm) in written.arms.iter().enumerate() {
            let taken = taken.next();
            let mut inner = scope.inner();
            inner.assume(taken.as_ref().map_or_else(
                || Formula::opaque(format!("{}:{}", arm.span.file.0, arm.span.start)),
                |taken| taken.says.clone(),
            ));
            let body = self.statements(&inner, &arm.then, &branch::inside(branch, id, at));
            let span = arm.patterns.first().map_or(arm.span, |first| {
                first
                    .span()
                    .to(arm.patterns.last().map_or(first.span(), ast::Pattern::span))
            });
            branches.push(Branch {
                condition: taken.and_then(|taken| taken.condition),
                span,
                body,
            });
        }
        subject.map(|_| StatementKind::When(branches))
    }

    /// What a `match` is over.
    fn subject(&self, scope: &Scope<'_>, on: &ast::Path) -> Option<(silex_bundle::Path, Type)> {
        let (path, of) = match path::walk(self.cx, scope, on, Place::When, Through::Checked)? {
            Walked::Path { path, of } => (path, of),
            Walked::Constant { .. } => {
                let message = format!("`{on}` is a constant: one arm would always be taken");
                self.cx
                    .report(Diagnostic::error("not-matchable", on.span, message));
                return None;
            }
        };
        let of = path::narrowed(self.cx, scope, &path, of);
        let base = of.without_none().clone();
        if base != Type::Bool && ty::cases(self.cx, &base).is_none() {
            let message = format!(
                "`{on}` is `{}`, neither an enum nor a boolean",
                ty::name(&base)
            );
            self.cx.report(
                Diagnostic::error("not-matchable", on.span, message)
                    .help("use `when` with comparisons"),
            );
            return None;
        }
        if matches!(of, Type::Optional(_)) {
            let path = path.to_string();
            path::maybe_none(self.cx, on.span, &path, &path, Place::When);
        }
        Some((path, base))
    }

    fn each(
        &mut self,
        scope: &Scope<'_>,
        written: &ast::Each,
        (around, outer): (Span, &[Each]),
        branch: &BranchId,
        out: &mut Vec<Statement>,
    ) {
        let mut inner = scope.inner();
        let mut lists = outer.to_vec();
        let item = self.items(scope, &written.list);
        self.refuse_stage(&written.name);
        if scope.lookup(&written.name.text).is_some() {
            let message = format!("`{}` is in scope already", written.name.text);
            self.cx.report(Diagnostic::error(
                "duplicate-name",
                written.name.span,
                message,
            ));
        }
        inner.bind(
            &written.name.text,
            item.as_ref().map_or_else(ty::unknown, |(_, of)| of.clone()),
        );
        lists.extend(item.map(|(of, _)| Each {
            var: written.name.text.clone(),
            of,
        }));
        for statement in &written.body.statements {
            match &statement.kind {
                ast::StatementKind::Fact(fact) => {
                    self.name(&fact.name, branch);
                    let text = prose::check(self.cx, &inner, &fact.prose);
                    let kind = segment(
                        Kind::Fact {
                            name: fact.name.text.clone(),
                        },
                        text,
                        lists.clone(),
                    );
                    out.push(Statement {
                        kind,
                        span: statement.span,
                    });
                }
                ast::StatementKind::Each(each) => {
                    self.each(&inner, each, (around, &lists), branch, out);
                }
                ast::StatementKind::Allow(_) | ast::StatementKind::Junk(_) => {}
                ast::StatementKind::Role(_)
                | ast::StatementKind::Rule(_)
                | ast::StatementKind::Follow(_)
                | ast::StatementKind::Observe(_)
                | ast::StatementKind::When(_)
                | ast::StatementKind::Match(_)
                | ast::StatementKind::Steps(_)
                | ast::StatementKind::Stage(_)
                | ast::StatementKind::Tools(_)
                | ast::StatementKind::Model(_)
                | ast::StatementKind::Limit(_)
                | ast::StatementKind::Layout(_)
                | ast::StatementKind::On(_) => {
                    self.has_junk = true;
                    let finding = Diagnostic::error(
                        "misplaced-statement",
                        statement.keyword,
                        "only facts may stand in `each`",
                    );
                    let finding = finding.help("put it before or behind the `each`");
                    let moved = misplaced::moved(self.cx, finding, statement.span, around);
                    self.cx.report(moved);
                }
            }
        }
    }

    /// The list of an `each` and the type of its items.
    fn items(&self, scope: &Scope<'_>, list: &ast::Path) -> Option<(silex_bundle::Path, Type)> {
        let Walked::Path { path, of } =
            path::walk(self.cx, scope, list, Place::When, Through::Checked)?
        else {
            self.cx.report(
                Diagnostic::error(
                    "type-mismatch",
                    list.span,
                    format!("`{list}` is a constant"),
                )
                .help("write the facts out"),
            );
            return None;
        };
        let of = path::narrowed(self.cx, scope, &path, of);
        if let Type::List { of, max, .. } = of {
            if max.is_none() {
                let message = format!("`{path}` has no greatest number of items");
                self.cx.report(
                    Diagnostic::error("unbounded-hole", list.span, message)
                        .help("declare one, as in `[T] 0..20`"),
                );
            }
            return Some((path, *of));
        }
        let spelled = path.to_string();
        if matches!(of, Type::Optional(_)) {
            path::maybe_none(self.cx, list.span, &spelled, &spelled, Place::When);
        } else {
            let message = format!("`{path}` is `{}`, not a list", ty::name(&of));
            self.cx
                .report(Diagnostic::error("type-mismatch", list.span, message));
        }
        None
    }
}

fn segment(
    kind: Kind,
    text: Box<[silex_bundle::behaviour::Piece]>,
    each: Vec<Each>,
) -> StatementKind {
    StatementKind::Segment { kind, text, each }
}
