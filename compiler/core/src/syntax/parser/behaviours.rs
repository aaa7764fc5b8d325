//! Behaviours, rulesets, their statements and rules.

use pest::iterators::Pair;

use super::grammar::Rule;
use super::tree::{Builder, Kids};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{
    About, AboutKind, Arm, Behaviour, Body, Clause, ClauseKind, Each, Else, Expr, Fact, Follow,
    Limit, Match, Observe, On, Param, Path, Pattern, Quota, QuotaKind, Role, RoleKind, Ruleset,
    Sample, SampleKind, Stage, Statement, StatementKind, Step, Steps, Strength, When,
};
use crate::syntax::lexer::NESTING;

impl Builder<'_> {
    pub(super) fn behaviour(&mut self, pair: Pair<'_, Rule>) -> Behaviour {
        let mut kids = self.kids(pair);
        kids.next();
        let name = self.name(&mut kids);
        let params = self.params(&mut kids);
        let returns = self.type_in(&mut kids);
        Behaviour {
            name,
            params,
            returns,
            body: self.body(&mut kids),
        }
    }

    pub(super) fn ruleset(&mut self, pair: Pair<'_, Rule>) -> Ruleset {
        let mut kids = self.kids(pair);
        kids.next();
        let name = self.name(&mut kids);
        let params = self.params(&mut kids);
        Ruleset {
            name,
            params,
            body: self.body(&mut kids),
        }
    }

    pub(super) fn params(&mut self, kids: &mut Kids<'_>) -> Box<[Param]> {
        let Some(pair) = kids.take(Rule::params) else {
            return Box::default();
        };
        let mut kids = self.kids(pair);
        let mut params = Vec::new();
        while let Some(pair) = kids.take(Rule::param) {
            params.extend(self.param(pair));
        }
        self.dangling(&mut kids);
        params.into()
    }

    fn param(&mut self, pair: Pair<'_, Rule>) -> Option<Param> {
        let mut kids = self.kids(pair);
        let docs = self.docs(&mut kids, Rule::doc);
        let name = kids.take(Rule::name).map(|name| self.name_of(&name))?;
        let ty = self.type_in(&mut kids);
        let default = kids.next().map(|value| self.value_of(value));
        let span = name.span.to(kids.at);
        Some(Param {
            docs,
            name,
            ty,
            default,
            span,
        })
    }

    pub(super) fn body(&mut self, kids: &mut Kids<'_>) -> Body {
        match kids.next() {
            Some(pair) => self.body_of(pair),
            None => Body {
                statements: Box::default(),
                span: kids.at,
            },
        }
    }

    pub(super) fn body_of(&mut self, pair: Pair<'_, Rule>) -> Body {
        let mut kids = self.kids(pair);
        let span = kids.at;
        let mut statements = Vec::new();
        while let Some(rule) = kids.peek() {
            if rule == Rule::doc {
                self.dangling(&mut kids);
                continue;
            }
            let Some(pair) = kids.next() else { break };
            if !is_orphan(rule) {
                statements.push(self.statement(pair));
            }
        }
        Body {
            statements: statements.into(),
            span,
        }
    }

    fn statement(&mut self, pair: Pair<'_, Rule>) -> Statement {
        let span = self.span(&pair);
        let keyword = self.keyword(&pair);
        let rule = pair.as_rule();
        let kind = match rule {
            Rule::rule_line => StatementKind::Rule(self.rule(pair)),
            Rule::when => StatementKind::When(self.when(pair)),
            Rule::match_on => StatementKind::Match(self.match_on(pair)),
            Rule::steps => StatementKind::Steps(self.steps(pair)),
            Rule::limit => StatementKind::Limit(self.limit(pair)),
            Rule::allow => StatementKind::Allow(self.allow(pair)),
            Rule::observe => StatementKind::Observe(self.observe(pair)),
            Rule::junk => StatementKind::Junk(self.junk(pair)),
            _ => self.plain_statement(rule, pair),
        };
        Statement {
            keyword,
            kind,
            span,
        }
    }

    /// A statement of a keyword and a few parts.
    fn plain_statement(&mut self, rule: Rule, pair: Pair<'_, Rule>) -> StatementKind {
        let mut kids = self.kids(pair);
        let keyword = kids.rule();
        match rule {
            Rule::fact => {
                let name = self.name(&mut kids);
                StatementKind::Fact(Fact {
                    name,
                    prose: self.prose(&mut kids),
                })
            }
            Rule::follow => {
                let ruleset = self.name(&mut kids);
                StatementKind::Follow(Follow {
                    ruleset,
                    args: self.args(&mut kids),
                })
            }
            Rule::tools => StatementKind::Tools(self.names(&mut kids)),
            Rule::use_model => StatementKind::Model(self.name(&mut kids)),
            Rule::layout => StatementKind::Layout(self.name(&mut kids)),
            Rule::on => {
                let tool = self.name(&mut kids);
                StatementKind::On(On {
                    tool,
                    stage: self.name(&mut kids),
                })
            }
            Rule::each => {
                let name = self.name(&mut kids);
                kids.next();
                let list = self.path(&mut kids);
                StatementKind::Each(Each {
                    name,
                    list,
                    body: self.body(&mut kids),
                })
            }
            Rule::stage => {
                let name = self.name(&mut kids);
                let is_final = kids.has(Rule::k_final);
                StatementKind::Stage(Stage {
                    name,
                    is_final,
                    body: self.body(&mut kids),
                })
            }
            _ => {
                let kind = if keyword == Some(Rule::k_goal) {
                    RoleKind::Goal
                } else {
                    RoleKind::Role
                };
                StatementKind::Role(Role {
                    kind,
                    prose: self.prose(&mut kids),
                })
            }
        }
    }

    pub(super) fn observe(&mut self, pair: Pair<'_, Rule>) -> Observe {
        let mut kids = self.kids(pair);
        kids.next();
        Observe {
            name: self.name(&mut kids),
            call: self.call(&mut kids),
        }
    }

    fn limit(&mut self, pair: Pair<'_, Rule>) -> Limit {
        let mut kids = self.kids(pair);
        kids.next();
        let mut quotas = Vec::new();
        while let Some(pair) = kids.take(Rule::quota) {
            let mut kids = self.kids(pair);
            let kind = match kids.rule() {
                Some(Rule::k_tokens) => QuotaKind::Tokens,
                Some(Rule::k_history) => QuotaKind::History,
                Some(Rule::k_attempts) => QuotaKind::Attempts,
                Some(Rule::k_calls) => QuotaKind::Calls,
                _ => QuotaKind::Turns,
            };
            quotas.push(Quota {
                kind,
                number: self.number(&mut kids),
                span: kids.at,
            });
        }
        Limit {
            quotas: quotas.into(),
        }
    }

    fn when(&mut self, pair: Pair<'_, Rule>) -> When {
        let mut kids = self.kids(pair);
        let span = kids.at;
        kids.next();
        let condition = self.expr(&mut kids);
        let then = self.body(&mut kids);
        let mut branches = Vec::new();
        while let Some(pair) = kids.take(Rule::else_when) {
            branches.push(pair);
        }
        let mut otherwise = None;
        if kids.has(Rule::k_else) {
            otherwise = Some(Else::Body(self.body(&mut kids)));
        }
        if let Some(one) = branches.get(NESTING) {
            let span = self.span(one);
            self.report(
                Diagnostic::error(
                    "nesting",
                    span,
                    format!("more than {NESTING} branches in one `when`"),
                )
                .help("a `match` over an enum has as many arms as it needs"),
            );
            branches.truncate(NESTING);
        }
        while let Some(pair) = branches.pop() {
            let mut kids = self.kids(pair);
            kids.next();
            let start = kids.next().map_or(kids.at, |word| self.span(&word));
            let condition = self.expr(&mut kids);
            let then = self.body(&mut kids);
            let nested = When {
                condition,
                then,
                otherwise,
                span: start.to(span),
            };
            otherwise = Some(Else::When(Box::new(nested)));
        }
        When {
            condition,
            then,
            otherwise,
            span,
        }
    }

    fn match_on(&mut self, pair: Pair<'_, Rule>) -> Match {
        let mut kids = self.kids(pair);
        kids.next();
        let on = self.path(&mut kids);
        let mut arms = Vec::new();
        while let Some(rule) = kids.peek() {
            match rule {
                Rule::arm => {
                    if let Some(pair) = kids.next() {
                        let mut kids = self.kids(pair);
                        let patterns = self.patterns(&mut kids);
                        arms.push(Arm {
                            patterns,
                            then: self.body(&mut kids),
                            span: kids.at,
                        });
                    }
                }
                Rule::doc => self.dangling(&mut kids),
                _ => drop(kids.next()),
            }
        }
        Match {
            on,
            arms: arms.into(),
        }
    }

    pub(super) fn patterns(&mut self, kids: &mut Kids<'_>) -> Box<[Pattern]> {
        let Some(pair) = kids.take(Rule::patterns) else {
            return Box::new([Pattern::Any(kids.at)]);
        };
        let mut kids = self.kids(pair);
        let mut patterns = Vec::new();
        while let Some(pair) = kids.next() {
            let span = self.span(&pair);
            patterns.push(match pair.as_rule() {
                Rule::k_true => Pattern::Bool(true, span),
                Rule::k_false => Pattern::Bool(false, span),
                Rule::wildcard => Pattern::Any(span),
                _ => Pattern::Case(self.name_of(&pair)),
            });
        }
        patterns.into()
    }

    fn steps(&mut self, pair: Pair<'_, Rule>) -> Steps {
        let mut kids = self.kids(pair);
        kids.next();
        let mut steps = Vec::new();
        while let Some(rule) = kids.peek() {
            match rule {
                Rule::step => {
                    if let Some(pair) = kids.next() {
                        let mut kids = self.kids(pair);
                        let name = self.name(&mut kids);
                        let prose = self.prose(&mut kids);
                        let about = kids.next().map(|about| self.about(about));
                        steps.push(Step {
                            name,
                            prose,
                            about,
                            span: kids.at,
                        });
                    }
                }
                Rule::doc => self.dangling(&mut kids),
                _ => drop(kids.next()),
            }
        }
        Steps {
            steps: steps.into(),
        }
    }

    fn about(&mut self, pair: Pair<'_, Rule>) -> About {
        let mut kids = self.kids(pair);
        kids.next();
        let kind = if kids.rule() == Some(Rule::k_tool) {
            AboutKind::Tool
        } else {
            AboutKind::Topic
        };
        About {
            kind,
            name: self.name(&mut kids),
            span: kids.at,
        }
    }

    fn rule(&mut self, pair: Pair<'_, Rule>) -> crate::syntax::ast::Rule {
        let mut kids = self.kids(pair);
        let whole = kids.at;
        let strength = self.strength(&mut kids);
        let name = self.name(&mut kids);
        let prose = self.prose(&mut kids);
        let (mut clauses, mut samples) = (Vec::new(), Vec::<Sample>::new());
        while let Some(pair) = kids.next() {
            match pair.as_rule() {
                Rule::sample => samples.push(self.sample(pair)),
                Rule::rule_when => self.report_rule_when(pair, whole),
                Rule::junk_clause => {}
                _ => {
                    let clause = self.clause(pair);
                    if let Some(sample) = samples.first() {
                        self.report_late_clause(clause.span, sample.span);
                    }
                    clauses.push(clause);
                }
            }
        }
        crate::syntax::ast::Rule {
            strength,
            name,
            prose,
            clauses: clauses.into(),
            samples: samples.into(),
        }
    }

    fn strength(&mut self, kids: &mut Kids<'_>) -> Strength {
        let word = kids.next().and_then(|pair| self.kids(pair).rule());
        match word {
            Some(Rule::k_never) => Strength::Never,
            Some(Rule::k_should) => Strength::Should,
            Some(Rule::k_avoid) => Strength::Avoid,
            Some(Rule::k_may) => Strength::May,
            _ => Strength::Must,
        }
    }

    fn clause(&mut self, pair: Pair<'_, Rule>) -> Clause {
        let keyword = self.keyword(&pair);
        let span = self.span(&pair);
        let rule = pair.as_rule();
        if rule == Rule::allow {
            return Clause {
                kind: ClauseKind::Allow(self.allow(pair)),
                keyword,
                span,
            };
        }
        if rule == Rule::about {
            return Clause {
                kind: ClauseKind::About(self.about(pair)),
                keyword,
                span,
            };
        }
        let mut kids = self.kids(pair);
        kids.next();
        let kind = match rule {
            Rule::because => {
                let told = kids.has(Rule::told);
                ClauseKind::Because {
                    told,
                    text: self.string(&mut kids),
                }
            }
            Rule::overrides => {
                let names = self.names(&mut kids);
                let span = match (names.first(), names.last()) {
                    (Some(first), Some(last)) => first.span.to(last.span),
                    _ => span,
                };
                kids.next();
                ClauseKind::Overrides {
                    rule: Path { names, span },
                    because: self.string(&mut kids),
                }
            }
            Rule::at_least => {
                kids.next();
                ClauseKind::AtLeast(self.number(&mut kids))
            }
            _ if kids.has(Rule::judge) => ClauseKind::CheckJudge,
            _ => ClauseKind::Check(self.expr(&mut kids)),
        };
        Clause {
            kind,
            keyword,
            span,
        }
    }

    fn sample(&mut self, pair: Pair<'_, Rule>) -> Sample {
        let mut kids = self.kids(pair);
        let span = kids.at;
        let kind = if kids.rule() == Some(Rule::k_bad) {
            SampleKind::Bad
        } else {
            SampleKind::Good
        };
        let text = self.string(&mut kids);
        let because = kids.has(Rule::k_because).then(|| self.string(&mut kids));
        Sample {
            kind,
            text,
            because,
            span,
        }
    }

    fn report_rule_when(&mut self, pair: Pair<'_, Rule>, rule: Span) {
        let span = self.span(&pair);
        let mut kids = self.kids(pair);
        kids.next();
        let condition: Expr = self.expr(&mut kids);
        let before = self
            .source(Span {
                end: span.start,
                ..rule
            })
            .trim_end();
        let behind = self
            .source(Span {
                start: span.end,
                ..rule
            })
            .trim();
        let gap = if behind.is_empty() { "" } else { " " };
        let text = format!(
            "when {} {{ {before}{gap}{behind} }}",
            self.source(condition.span)
        );
        self.report(
            Diagnostic::error("rule-when", span, "a rule has no `when`")
                .help("put the rule into a `when`, so that the condition stands before what it decides")
                .fix(rule, text, "put the rule into a `when`"),
        );
    }

    fn report_late_clause(&mut self, clause: Span, sample: Span) {
        let text = self.source(clause).to_owned();
        let between = self
            .source(Span {
                end: clause.start,
                ..sample
            })
            .trim_end()
            .to_owned();
        self.report(
            Diagnostic::error("clause-behind-sample", clause, "samples end a rule")
                .label(sample, "the samples start here")
                .help("move the clause before the first `good` or `bad`")
                .fix(
                    sample.to(clause),
                    format!("{text} {between}"),
                    "move the clause up",
                ),
        );
    }
}

/// Whether a part of a body is a clause of a rule that could not be read.
fn is_orphan(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::check | Rule::because | Rule::about | Rule::overrides | Rule::at_least | Rule::sample
    )
}
