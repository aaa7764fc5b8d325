//! `uncovered-variant`: a distinct prompt that no example renders.

use silex_bundle::Behaviour;

use crate::analysis::variants::Variant;
use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View, coverage};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "uncovered-variant",
    level: Level::Allow,
    explain: include_str!("uncovered_variant.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let examples = coverage::examples(view.bundle);
    let mut found = Vec::new();
    for (name, behaviour) in view.named_behaviours() {
        let Some(listed) = view.facts.listed(name) else {
            continue;
        };
        // Of those above the cap only some are known, which nobody need show.
        if !listed.all {
            continue;
        }
        let own = examples.get(name).map_or(&[][..], Vec::as_slice);
        let played: Vec<_> = own
            .iter()
            .map(|example| coverage::holds(view.bundle, behaviour, example))
            .collect();
        let is_uncovered = |variant: &&Variant| {
            !played
                .iter()
                .any(|holds| renders(behaviour, holds, variant))
        };
        let uncovered: Vec<&Variant> = listed.variants.iter().filter(is_uncovered).collect();
        let Some(first) = uncovered.first() else {
            continue;
        };
        let bare = name.rsplit('.').next().unwrap_or(name);
        let message = format!(
            "of the {} distinct prompts of `{bare}`, {} {} rendered by no example",
            listed.variants.len(),
            uncovered.len(),
            if uncovered.len() == 1 { "is" } else { "are" },
        );
        let span = view.behaviour_name(name, behaviour);
        found.push(
            Diagnostic::warning(LINT.code, span, message)
                .at(format!("the first where {}", first.witness))
                .help(format!("add an example for `{bare}` with these inputs")),
        );
    }
    found
}

/// Whether an example may render a variant: what stands in one prompt stands in the other.
fn renders(behaviour: &Behaviour, holds: &[Option<bool>], variant: &Variant) -> bool {
    let here = |when: usize| holds.get(when).copied().flatten();
    let there = |when: usize| variant.holds.get(when) == Some(&true);
    let mut segments = behaviour.segments.iter().filter_map(|it| it.when);
    let mut tools = behaviour.tools.iter().filter(|offer| offer.when.is_some());
    segments.all(|when| here(when).is_none_or(|holds| holds == there(when)))
        && tools.all(|offer| {
            // A tool that is offered twice is offered where either holds.
            let alike = behaviour.tools.iter().filter(|it| it.tool == offer.tool);
            let whens: Vec<Option<usize>> = alike.map(|it| it.when).collect();
            let any_there = whens.iter().any(|when| when.is_none_or(there));
            let any_here = whens
                .iter()
                .any(|when| when.is_none_or(|at| here(at) == Some(true)));
            let open = whens
                .iter()
                .any(|when| when.is_some_and(|at| here(at).is_none()));
            any_here == any_there || (open && any_there)
        })
}
