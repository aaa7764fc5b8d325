//! What an author would look up: how long the prompts of a behaviour are and how many, and what is
//! known of a value behind a condition and in an arm.

mod narrowed;

use super::{Analysis, names};
use crate::analysis::facts::Facts;
use crate::resolve::Kind;
use crate::source::FileId;
use crate::syntax::ast;

use narrowed::Known;

/// A hint behind something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Before which byte it stands.
    pub offset: u32,
    /// What it says.
    pub text: String,
    /// More about it.
    pub tooltip: String,
}

/// The hints of a file.
#[must_use]
pub fn of_file(analysis: &Analysis, file: FileId) -> Vec<Hint> {
    let (Some((id, module)), Some(facts)) = (analysis.module(file), analysis.facts()) else {
        return Vec::new();
    };
    let names = analysis.names();
    let all = names::of_module(&names, id, module);
    let mut hints = Vec::new();
    for item in &module.file.items {
        if let (Some(Kind::Behaviour), Some(name)) = (Kind::of(&item.kind), item.kind.name()) {
            let qualified = format!("{}.{}", module.name, name.text);
            hints.extend(measures(analysis, &facts, &qualified, item));
        }
        if let Some(body) = item.kind.body() {
            let known = Known {
                analysis,
                names: &names,
                all: &all,
                item,
            };
            body.visit(&mut |statement| known.within(statement, &mut hints));
        }
    }
    hints
}

/// How long the prompts of a behaviour are, and how many, behind its head.
fn measures(analysis: &Analysis, facts: &Facts<'_>, name: &str, item: &ast::Item) -> Option<Hint> {
    let written = analysis.written(item.span);
    let head = written.split('{').next().unwrap_or_default().trim_end();
    let variants = facts.variants(name)?;
    let count = match (variants.count(), variants.is_exact()) {
        (1, true) => "one prompt".to_owned(),
        (count, true) => format!("{count} prompts"),
        (count, false) => format!("{count} prompts or more"),
    };
    let tokens = facts.tokens(name).map(|(bounds, _)| bounds);
    let text = tokens.map_or_else(
        || count.clone(),
        |it| format!("{}–{} tokens, {count}", it.least, it.most),
    );
    Some(Hint {
        offset: item.span.start + u32::try_from(head.len()).ok()?,
        text,
        tooltip: "what is rendered from statements; tools and conversation not counted".to_owned(),
    })
}
