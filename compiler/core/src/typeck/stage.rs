//! Stages: a behaviour as a state machine that is kept in the thread.
//!
//! What stands in a stage stands under a condition that compares the path `stage` with the name, so
//! nothing else need know of stages. The first in the file is the one in which a thread begins.

use silex_bundle::behaviour::{STAGE, Stage};
use silex_bundle::expr::{Compare, Order};
use silex_bundle::{Expr, Path};

use super::body::Body;
use super::branch::{self, BranchId};
use super::scope::Scope;
use super::{offer, place};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::hir::{Branch, StatementKind, Way};
use crate::resolve::Kind;
use crate::source::Span;
use crate::syntax::ast;

/// The stages of a behaviour and the ways between them.
#[derive(Debug, Default)]
pub(super) struct Stages {
    known: Vec<Known>,
    ways: Vec<Led>,
    /// The one in which the statements stand.
    here: Option<usize>,
    /// Whether a way leads to a stage that is not known.
    astray: bool,
}

#[derive(Debug)]
struct Known {
    name: ast::Name,
    is_final: bool,
}

/// A way that was checked.
#[derive(Debug)]
struct Led {
    from: usize,
    to: Option<usize>,
    tool: String,
    span: Span,
    branch: BranchId,
}

impl Stages {
    /// The stages that are written in a body, also where none may stand. One that repeats the name of
    /// another is a stage of its own, to which nothing can lead.
    pub(super) fn of(body: &ast::Body) -> Self {
        let mut known: Vec<Known> = Vec::new();
        body.visit(&mut |statement| {
            if let ast::StatementKind::Stage(stage) = &statement.kind {
                known.push(Known {
                    name: stage.name.clone(),
                    is_final: stage.is_final,
                });
            }
        });
        Self {
            known,
            ..Self::default()
        }
    }

    /// The stages as the bundle has them, without the ways between them.
    pub(super) fn declared(&self) -> Vec<Stage> {
        let stages = self.known.iter().map(|stage| Stage {
            name: stage.name.text.clone(),
            is_final: stage.is_final,
            transitions: Vec::new(),
            span: place(stage.name.span),
        });
        stages.collect()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether the statements that are being checked stand in one.
    pub(super) fn are_around(&self) -> bool {
        self.here.is_some()
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.known.iter().position(|stage| stage.name.text == name)
    }
}

/// A `stage`: its statements under the condition that it is the current one.
pub(super) fn check(
    body: &mut Body<'_, '_>,
    scope: &Scope<'_>,
    written: &ast::Stage,
    keyword: Span,
    branch: &BranchId,
) -> Option<StatementKind> {
    if body.refused_in_ruleset(keyword, "stage") {
        return None;
    }
    body.name(&written.name, branch);
    if !branch.is_empty() {
        let within = if body.stages.are_around() {
            "in another stage"
        } else {
            "under a condition"
        };
        let message = format!("a stage may not stand {within}");
        body.cx.report(
            Diagnostic::error("misplaced-statement", keyword, message)
                .help("put it straight into the behaviour; conditions may stand in a stage"),
        );
        body.has_junk = true;
    }
    let mut known = body.stages.known.iter();
    let at = known.position(|it| it.name.span == written.name.span)?;
    let mut inner = scope.inner();
    let names = body.stages.known.iter().map(|it| it.name.text.clone());
    let world = scope.world(body.cx).with_cases(STAGE, names);
    inner.assume(world.is_case(&Path::root(STAGE), &written.name.text));
    let outer = body.stages.here.replace(at);
    let statements = body.statements(&inner, &written.body, &branch::in_stage(branch, at));
    body.stages.here = outer;
    Some(StatementKind::When(vec![Branch {
        condition: Some(Expr::Compare {
            op: Compare::Eq,
            order: Order::Case,
            left: Box::new(Expr::Path(Path::root(STAGE))),
            right: Box::new(Expr::Case(written.name.text.clone())),
        }),
        span: written.name.span,
        body: statements,
    }]))
}

/// An `on TOOL -> STAGE`.
pub(super) fn way(
    body: &mut Body<'_, '_>,
    scope: &Scope<'_>,
    written: &ast::On,
    keyword: Span,
    branch: &BranchId,
) -> Option<StatementKind> {
    if body.refused_in_ruleset(keyword, "on") {
        return None;
    }
    let Some(from) = body.stages.here else {
        body.cx.report(
            Diagnostic::error(
                "misplaced-statement",
                keyword,
                "`on` may only stand in a stage",
            )
            .help("put it into the `stage` out of which it leads"),
        );
        return None;
    };
    let cx = body.cx;
    if body.stages.known[from].is_final {
        let name = &body.stages.known[from].name;
        cx.report(
            Diagnostic::error(
                "final-stage",
                keyword,
                format!("`{}` is final, and this leads out of it", name.text),
            )
            .label(name.span, "said to be final here")
            .help("take the `on` out, or the word `final`"),
        );
    }
    let to = body.stages.position(&written.stage.text);
    if to.is_none() {
        let names = body
            .stages
            .known
            .iter()
            .map(|stage| stage.name.text.as_str());
        let message = format!("unknown stage `{}`", written.stage.text);
        cx.report(
            Diagnostic::error("unknown-name", written.stage.span, message)
                .did_you_mean(nearest(&written.stage.text, names)),
        );
        body.stages.astray = true;
    }
    let declared = cx.find(scope.module(), &written.tool, &[Kind::Tool]);
    let tool = declared.map(|declared| declared.qualified.clone());
    if let Some(tool) = &tool {
        body.speaks_of(scope, tool, written.tool.span, offer::By::Way);
        let before = body.stages.ways.iter().find(|way| {
            way.from == from && way.tool == *tool && !branch::exclude(&way.branch, branch)
        });
        if let Some(before) = before {
            let message = format!("`{}` leads out of this stage already", written.tool.text);
            cx.report(
                Diagnostic::error("duplicate-line", written.tool.span, message)
                    .label(before.span, "here")
                    .help("keep one of them")
                    .fix(keyword.to(written.stage.span), "", "take this one out"),
            );
        }
    }
    body.stages.ways.push(Led {
        from,
        to,
        tool: tool.clone().unwrap_or_default(),
        span: written.tool.span,
        branch: branch.clone(),
    });
    Some(StatementKind::Way(Way {
        from,
        tool: tool?,
        target: written.stage.text.clone(),
    }))
}

/// Reports stages that nothing reaches and those that nothing leaves.
pub(super) fn refuse_dead(body: &Body<'_, '_>) {
    let Stages { known, ways, .. } = &body.stages;
    if body.has_junk || body.stages.astray {
        return;
    }
    let mut reached = vec![false; known.len()];
    let mut open = vec![0];
    while let Some(at) = open.pop() {
        if let Some(new @ false) = reached.get_mut(at) {
            *new = true;
            open.extend(
                ways.iter()
                    .filter(|way| way.from == at)
                    .filter_map(|way| way.to),
            );
        }
    }
    for (at, stage) in known.iter().enumerate() {
        let (name, span) = (&stage.name.text, stage.name.span);
        if known[..at].iter().any(|before| before.name.text == *name) {
            continue;
        }
        if !reached[at] {
            body.cx.report(
                Diagnostic::error(
                    "unreachable-stage",
                    span,
                    format!("nothing leads to the stage `{name}`"),
                )
                .at("a thread begins in the first stage of the file")
                .help(format!(
                    "write `on TOOL -> {name}` in a stage that comes before it, or take it out"
                )),
            );
        }
        let left = ways.iter().any(|way| way.from == at && way.to != Some(at));
        if !stage.is_final && !left {
            let behind = Span {
                start: span.end,
                ..span
            };
            let message = format!("nothing leads out of the stage `{name}`");
            let report = Diagnostic::error("dead-end-stage", span, message)
                .help("write `on TOOL -> STAGE` in it, or say that it is `final`");
            // A final stage has no `on` at all.
            let turns = ways.iter().any(|way| way.from == at);
            body.cx.report(if turns {
                report
            } else {
                report.fix(behind, " final", "say that it is final")
            });
        }
    }
}
