//! `volatile-before-stable`: what changes from prompt to prompt stands before what never does.
//!
//! A provider keeps the beginning of a prompt as far as it is always the same, if that is long
//! enough. Little that would be kept is not worth a word.

use silex_bundle::behaviour::Kind;
use silex_bundle::{Behaviour, Segment};

use crate::analysis::facts::Prefix;
use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View, capability, place};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "volatile-before-stable",
    level: Level::Warn,
    explain: include_str!("volatile_before_stable.md"),
    check: Check::Prompts(check),
};

/// Most names of what would have to move.
const NAMED: usize = 3;

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, behaviour) in view.named_behaviours() {
        // Another layout may have an order of its own.
        let prefix = view.facts.prefix(name);
        let prefix = prefix.filter(|_| view.facts.is_laid_out_plainly(behaviour));
        let finding = prefix.and_then(|it| early(view, name, behaviour, it));
        found.extend(finding);
    }
    found
}

fn early(view: &View<'_>, name: &str, behaviour: &Behaviour, prefix: Prefix) -> Option<Diagnostic> {
    let model = behaviour
        .model
        .as_ref()
        .and_then(|it| view.bundle.models.get(it));
    let known = model.and_then(|model| capability::of(&model.provider, &model.name));
    let least = known.map_or(capability::LEAST_KEPT, |known| known.least_kept);
    let kept = if prefix.stable < least {
        0
    } else {
        prefix.stable
    };
    let lost = prefix.stable + prefix.lost - kept;
    let first = prefix.first_volatile.filter(|_| lost >= least)?;
    let last = behaviour.segments.iter().rposition(|it| !it.varies())?;
    let first_segment = behaviour.segments.get(first)?;
    // What a ruleset brings in is moved with the line that follows it.
    let span = if first_segment.via.is_empty() {
        place(first_segment.span)
    } else {
        view.behaviour_name(name, behaviour)
    };
    let moved = behaviour.segments.get(first..last)?;
    let mut names: Vec<String> = Vec::new();
    for segment in moved.iter().filter(|it| it.varies()) {
        let name = named(segment);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let rest = match names.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(NAMED);
    let message = format!(
        "what changes from mail to mail stands before about {} tokens that never change",
        prefix.lost
    );
    Some(
        Diagnostic::warning(LINT.code, span, message)
            .at(format!(
                "each call pays anew for about {lost} tokens that the provider would keep"
            ))
            .help(format!(
                "move {}{rest} behind {}, or take out of it what changes",
                names.join(", "),
                named(behaviour.segments.get(last)?),
            )),
    )
}

/// What an author calls a segment, or the line that brings it in.
fn named(segment: &Segment) -> String {
    if let Some(ruleset) = segment.via.first() {
        let bare = ruleset.rsplit('.').next().unwrap_or(ruleset);
        return format!("`follow {bare}`");
    }
    match &segment.kind {
        Kind::Role => "the role".to_owned(),
        Kind::Goal => "the goal".to_owned(),
        Kind::Fact { name } | Kind::Step { name, .. } => format!("`{name}`"),
        Kind::Rule(rule) => format!("`{}`", rule.name),
    }
}
