//! `unoffered-tool-named`: prose names a tool that the behaviour does not offer.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::ItemKind;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unoffered-tool-named",
    level: Level::Warn,
    explain: include_str!("unoffered_tool_named.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let tools = &index.tool_names;
    let mut found = Vec::new();
    for prose in &index.prose {
        // A ruleset cannot know who follows it.
        let behaviour = index
            .item(prose.item)
            .filter(|item| matches!(item.tree.kind, ItemKind::Behaviour(_)));
        let Some(behaviour) = behaviour else {
            continue;
        };
        for word in index.words(prose) {
            // A name of one plain word is a word, unless it is set off as a name.
            let named = word.quoted || word.text.contains('_');
            if !named || !tools.contains(word.text) {
                continue;
            }
            let mentioned = index
                .references(behaviour)
                .iter()
                .any(|name| name.text == word.text);
            if !mentioned {
                let owner = behaviour.tree.kind.name().map_or("", |name| &name.text);
                let message = format!("`{owner}` does not offer the tool `{}`", word.text);
                found.push(
                    Diagnostic::warning(LINT.code, word.span(prose.tree.span.file), message)
                        .at("the model would look for a tool that it does not have")
                        .help(format!(
                            "offer it: `tools {}`, or speak of what is to be done, not of the tool",
                            word.text
                        )),
                );
            }
        }
    }
    found
}
