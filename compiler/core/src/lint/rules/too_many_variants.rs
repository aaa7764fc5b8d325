//! `too-many-variants`: more distinct prompts than the compiler looks at one by one.

use crate::analysis::variants::Factor;
use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "too-many-variants",
    level: Level::Warn,
    explain: include_str!("too_many_variants.md"),
    check: Check::Understood(check),
};

/// Most factors that are named.
const NAMED: usize = 3;

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, behaviour) in view.named_behaviours() {
        let Some(variants) = view.facts.too_many(name) else {
            continue;
        };
        let about = if variants.is_exact() { "" } else { "about " };
        let message = format!(
            "`{}` has {about}{} distinct prompts, over the cap of {}",
            name.rsplit('.').next().unwrap_or(name),
            variants.count(),
            view.facts.cap(),
        );
        let span = view.behaviour_name(name, behaviour);
        found.push(
            Diagnostic::warning(LINT.code, span, message)
                .at(multiplied(&variants.factors()))
                .help(
                    "split the behaviour, or raise `limits.variants` in `silex.yaml`: until then a \
                     cover stands for them all, in which every two choices meet",
                ),
        );
    }
    found
}

/// What multiplies the prompts most.
fn multiplied(factors: &[Factor]) -> String {
    let named = factors.iter().take(NAMED).map(|factor| {
        let (first, rest) = factor.asks.split_at(factor.asks.len().min(NAMED));
        let asks: Vec<String> = first.iter().map(|name| format!("`{name}`")).collect();
        let rest = match rest.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{rest} by {}", asks.join(", "), factor.ways)
    });
    let named: Vec<String> = named.collect();
    let rest = match factors.len() - named.len() {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("each of these multiplies them: {}{rest}", named.join("; "))
}
