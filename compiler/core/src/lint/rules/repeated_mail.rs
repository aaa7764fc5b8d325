//! `repeated-mail`: the body of a mail in a hole, though it is a message already.

use crate::diagnostic::Diagnostic;
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{ExprKind, ItemKind, TypeKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "repeated-mail",
    level: Level::Warn,
    explain: include_str!("repeated_mail.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for call in index.calls.iter().filter(|it| it.tree.name.text == "fence") {
        let item = index.item(call.item).map(|item| &item.tree.kind);
        let (Some(ItemKind::Behaviour(behaviour)), Some(piped)) = (item, call.piped) else {
            continue;
        };
        let ExprKind::Path(path) = &piped.kind else {
            continue;
        };
        let [root, field] = &*path.names else {
            continue;
        };
        let is_mail = behaviour.params.iter().any(|param| {
            param.name.text == root.text
                && matches!(&param.ty.kind, TypeKind::Named(name) if name.text == "Mail")
        });
        if is_mail && field.text == "body" {
            let message = format!("`{path}` is in the conversation already");
            found.push(
                Diagnostic::warning(LINT.code, call.span, message)
                    .at("the model reads it twice")
                    .help("take the hole out: an input of type `Mail` becomes the last message, fenced"),
            );
        }
    }
    found
}
