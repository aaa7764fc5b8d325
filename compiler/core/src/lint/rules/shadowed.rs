//! `shadowed`: a branch, or a line of a review, that an earlier one takes everything from.

use silex_bundle::Type;

use crate::diagnostic::Diagnostic;
use crate::lint::reach::ReachKind;
use crate::lint::{Check, Lint, View, place};
use crate::package::Level;
use crate::satisfy::{Answer, Formula, World, solve};
use crate::source::Span;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "shadowed",
    level: Level::Warn,
    explain: include_str!("shadowed.md"),
    check: Check::Understood(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for reach in view.reach {
        if let ReachKind::Shadowed(by) = reach.kind {
            found.push(
                Diagnostic::warning(LINT.code, reach.span, "this branch is never taken")
                    .label(by, "all that it would take is taken before")
                    .help("put the narrower condition first, or take this branch out"),
            );
        }
    }
    found.extend(view.index.items.iter().flat_map(|item| {
        let name = view.declared(item).map(|it| it.qualified.as_str());
        let agent = name.and_then(|name| view.bundle.agents.get(name));
        agent.map_or_else(Vec::new, |agent| reviews(view, agent))
    }));
    found
}

/// Lines of a review whose drafts the lines before them decide.
fn reviews(view: &View<'_>, agent: &silex_bundle::Agent) -> Vec<Diagnostic> {
    let named = |name: &str| Type::Named(format!("silex.{name}"));
    let (contact, thread) = (Type::Named(agent.contact.entity.clone()), named("Thread"));
    let (mail, draft) = (Type::Optional(Box::new(named("Mail"))), named("Draft"));
    let world = World::new(&view.bundle.declarations)
        .with(&agent.contact.name, &contact)
        .with("thread", &thread)
        .with("mail", &mail)
        .with("draft", &draft);
    let mut before: Vec<(Span, Formula)> = Vec::new();
    let mut found = Vec::new();
    for line in &agent.review.lines {
        let (span, own) = (place(line.span), world.formula(&line.when));
        let left: Vec<Formula> = before.iter().map(|(_, it)| it.clone().negated()).collect();
        let all: Vec<&Formula> = left.iter().chain([&own]).collect();
        match before.first() {
            Some((first, _)) if solve(&all) == Answer::No => found.push(
                Diagnostic::warning(LINT.code, span, "no draft comes to this line")
                    .label(*first, "the lines from here decide them all")
                    .help("put the narrower line first, or take this one out"),
            ),
            Some(_) | None => before.push((span, own)),
        }
    }
    found
}
