//! `unused-input`: an input of a behaviour that changes nothing.

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::syntax::ast::{ItemKind, TypeKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unused-input",
    level: Level::Warn,
    explain: include_str!("unused_input.md"),
    check: Check::Understood(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in &view.index.items {
        let ItemKind::Behaviour(behaviour) = &item.tree.kind else {
            continue;
        };
        let references = view.index.references(item);
        for param in &behaviour.params {
            // These become messages of the conversation, whatever the statements say.
            let shown = matches!(
                &param.ty.kind,
                TypeKind::Named(name) if name.text == "Mail" || name.text == "Thread"
            );
            let name = &param.name;
            if shown || references.iter().any(|it| it.text == name.text) {
                continue;
            }
            let fills = view.declared(item).is_some_and(|declared| {
                let offers = view.bundle.behaviours.get(&declared.qualified);
                offers.is_some_and(|it| {
                    it.tools
                        .iter()
                        .any(|offer| offer.owner.as_deref() == Some(&name.text))
                })
            });
            if !fills {
                let message = format!("the input `{}` changes nothing", name.text);
                found.push(
                    Diagnostic::warning(LINT.code, name.span, message)
                        .at("no hole, no condition and no tool needs it")
                        .help("take it out, here and where the behaviour is called, or say something of it"),
                );
            }
        }
    }
    found
}
