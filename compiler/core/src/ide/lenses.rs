//! What can be done with a declaration where it stands.

use super::Analysis;
use crate::resolve::Kind;
use crate::source::{FileId, Span};

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lens {
    /// Show the prompt of a behaviour.
    Preview(String),
    /// Show the distinct prompts of a behaviour; how many there are.
    Variants(String, u128),
    /// Play an example.
    Run(String),
}

/// What can be done in a file, and with what; behaviours and examples by their qualified names.
#[must_use]
pub fn of_file(analysis: &Analysis, file: FileId) -> Vec<(Span, Lens)> {
    let Some((_, module)) = analysis.module(file) else {
        return Vec::new();
    };
    let facts = analysis.facts();
    let mut lenses = Vec::new();
    for item in &module.file.items {
        let Some((name, kind)) = item.kind.name().zip(Kind::of(&item.kind)) else {
            continue;
        };
        let qualified = format!("{}.{}", module.name, name.text);
        if kind == Kind::Example {
            lenses.push((name.span, Lens::Run(qualified)));
        } else if kind == Kind::Behaviour {
            let count = facts
                .as_ref()
                .and_then(|it| Some(it.variants(&qualified)?.count()));
            lenses.push((name.span, Lens::Preview(qualified.clone())));
            lenses.extend(count.map(|count| (name.span, Lens::Variants(qualified, count))));
        }
    }
    lenses
}
