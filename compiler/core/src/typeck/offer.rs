//! Tools of a behaviour: whose data they touch, and that those spoken of are offered.

use silex_bundle::Type;

use super::Context;
use super::body::Body;
use super::branch::BranchId;
use super::scope::Scope;
use super::ty;
use crate::diagnostic::Diagnostic;
use crate::hir::Offered;
use crate::resolve::{Declared, Kind, ModuleId};
use crate::satisfy::{self, Formula};
use crate::source::Span;
use crate::syntax::ast;

/// A tool that is offered under conditions.
#[derive(Debug)]
pub(super) struct Offer {
    tool: String,
    span: Span,
    branch: BranchId,
    facts: Vec<Formula>,
}

/// A tool that is spoken of under conditions.
#[derive(Debug, Clone)]
pub(super) struct Spoken {
    /// Qualified.
    pub(super) tool: String,
    /// Where.
    pub(super) span: Span,
    /// By what.
    pub(super) by: By,
    /// Under what.
    pub(super) facts: Vec<Formula>,
}

/// What speaks of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// A rule or a step.
    About,
    /// `on TOOL -> STAGE`.
    Way,
}

/// A tool of a `tools` line.
pub(super) fn check(
    body: &mut Body<'_, '_>,
    scope: &Scope<'_>,
    name: &ast::Name,
    branch: &BranchId,
) -> Option<Offered> {
    let declared = body.source(scope.module(), name, Kind::Tool)?;
    let owner = owner(body, declared, name);
    let before = body
        .offers
        .iter()
        .find(|offer| offer.tool == declared.qualified && branch.starts_with(&offer.branch));
    if let Some(before) = before {
        let message = format!("`{}` is offered twice", name.text);
        body.cx.report(
            Diagnostic::error("duplicate-name", name.span, message)
                .label(before.span, "first here"),
        );
    }
    body.offers.push(Offer {
        tool: declared.qualified.clone(),
        span: name.span,
        branch: branch.clone(),
        facts: scope.facts().cloned().collect(),
    });
    Some(Offered {
        tool: declared.qualified.clone(),
        owner: owner?,
        span: name.span,
    })
}

/// The input that fills the tool's `for`; none inside if it has no `for`.
#[expect(
    clippy::option_option,
    reason = "a tool without `for` and a wrong one differ"
)]
fn owner(body: &Body<'_, '_>, declared: &Declared<'_>, name: &ast::Name) -> Option<Option<String>> {
    let ast::ItemKind::Tool(tool) = &declared.item.kind else {
        return None;
    };
    let Some(bound) = &tool.bound else {
        return Some(None);
    };
    // What the tool's own declaration gets wrong is reported there.
    let entity = body.cx.names.lookup(declared.module, &bound.entity.text)?;
    let wanted = Type::Named(entity.qualified.clone());
    let mut fitting = body.inputs.iter().filter(|input| input.of == wanted);
    let report = |message: String| {
        Diagnostic::error("tool-owner", name.span, message)
            .label(bound.span, "the tool is bound to it here")
            .rests_on([bound.span])
    };
    let entity = &bound.entity.text;
    match (fitting.next(), fitting.next()) {
        (Some(input), None) => Some(Some(input.name.clone())),
        (None, _) => {
            if body.inputs.iter().all(|input| !ty::is_unknown(&input.of)) {
                let message = format!(
                    "`{}` is for a `{entity}`, and this behaviour has no input of that entity",
                    name.text
                );
                body.cx.report(
                    report(message).help(format!("add an input `{}: {entity}`", bound.name.text)),
                );
            }
            None
        }
        (Some(one), Some(other)) => {
            let message = format!(
                "`{}` is for one `{entity}`: is it `{}` or `{}`?",
                name.text, one.name, other.name
            );
            body.cx.report(
                report(message)
                    .help("a behaviour that offers the tool has exactly one input of that entity"),
            );
            None
        }
    }
}

/// Reports tools that are spoken of where they are not offered; one that never is, once.
pub(super) fn refuse_unoffered(body: &Body<'_, '_>, module: ModuleId, written: &ast::Body) {
    let (cx, offers) = (body.cx, &body.offers);
    let mut never: Vec<&str> = Vec::new();
    for spoken in &body.spoken {
        let here: Vec<&Offer> = offers
            .iter()
            .filter(|offer| offer.tool == spoken.tool)
            .collect();
        if here.is_empty() {
            if never.contains(&spoken.tool.as_str()) {
                continue;
            }
            never.push(&spoken.tool);
        }
        let offered = Formula::Any(
            here.iter()
                .map(|offer| Formula::All(offer.facts.clone()))
                .collect(),
        );
        let missing = offered.negated();
        if here.iter().any(|offer| offer.facts.is_empty())
            || !satisfy::possible(spoken.facts.iter(), &missing)
        {
            continue;
        }
        let name = ty::bare(&spoken.tool);
        let report = match here.first() {
            None => Diagnostic::error(
                "tool-not-offered",
                spoken.span,
                format!("`{name}` is spoken of and not offered"),
            )
            .help(match spoken.by {
                By::About => {
                    format!("add it to `tools`, or speak of a topic: `about topic {name}`")
                }
                By::Way => format!("add `tools {name}` to the stage"),
            }),
            Some(offer) => Diagnostic::error(
                "tool-not-offered",
                spoken.span,
                format!("`{name}` is not always offered where this line is active"),
            )
            .label(offer.span, "offered under a condition")
            .help("offer it under the same condition as this line, or under none"),
        };
        let report = report.rests_on(body.unsettled.iter().copied());
        let fix = offer_always(cx, module, written, spoken);
        cx.report(match fix.filter(|_| here.is_empty()) {
            Some((at, text)) => report.fix(at, text, format!("offer `{name}`")),
            None => report,
        });
    }
}

/// What offers a tool to a whole behaviour, and where it is inserted: at the end of the first
/// `tools`, or before all else. In a module that does not know the tool's name nothing does.
fn offer_always(
    cx: &Context<'_>,
    module: ModuleId,
    written: &ast::Body,
    spoken: &Spoken,
) -> Option<(Span, String)> {
    let name = ty::bare(&spoken.tool);
    cx.names
        .lookup(module, name)
        .filter(|known| known.qualified == spoken.tool && spoken.by == By::About)?;
    let tools = written.statements.iter().find_map(|statement| {
        if let ast::StatementKind::Tools(names) = &statement.kind {
            names.last()
        } else {
            None
        }
    });
    Some(match tools {
        Some(last) => (behind(last.span), format!(", {name}")),
        None => {
            let first = written.statements.first()?.span;
            let before = Span {
                end: first.start,
                ..first
            };
            (before, format!("tools {name}\n  "))
        }
    })
}

fn behind(span: Span) -> Span {
    Span {
        start: span.end,
        ..span
    }
}
