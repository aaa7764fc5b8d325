//! `needless-fence`: a block around a few words.

use silex_bundle::Type;
use silex_bundle::schema::{Field, Shape};

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::syntax::ast::{ExprKind, Path};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "needless-fence",
    level: Level::Warn,
    explain: include_str!("needless_fence.md"),
    check: Check::Understood(check),
};

/// Up to so many characters a text is a line.
const LINE: u32 = 100;

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for call in view
        .index
        .calls
        .iter()
        .filter(|it| it.tree.name.text == "fence")
    {
        let Some(ExprKind::Path(path)) = call.piped.map(|piped| &piped.kind) else {
            continue;
        };
        let item = view.index.item(call.item);
        let behaviour = item
            .and_then(|item| view.declared(item))
            .and_then(|declared| view.hir.behaviours.get(&declared.qualified));
        let of = behaviour.and_then(|behaviour| type_of(view, &behaviour.inputs, path));
        if let Some(Type::Text { max: Some(max), .. }) = of
            && *max <= LINE
        {
            let message = format!("`{path}` has at most {max} characters");
            found.push(
                Diagnostic::warning(LINT.code, call.tree.span, message)
                    .at("a fence takes three lines")
                    .help("quote it in the line")
                    .fix(call.tree.span, format!("inline({max})"), "write `inline`"),
            );
        }
    }
    found
}

/// The type at the end of a path through records and entities; what may be none is behind a guard.
fn type_of<'v>(view: &'v View<'_>, inputs: &'v [Field], path: &Path) -> Option<&'v Type> {
    let mut fields = inputs;
    let mut of = None;
    for name in &path.names {
        let field = fields.iter().find(|field| field.name == name.text)?;
        let mut inner = &field.of;
        if let Type::Optional(some) = inner {
            inner = some;
        }
        of = Some(inner);
        fields = &[];
        if let Type::Named(named) = inner
            && let Shape::Record { fields: own } | Shape::Entity { fields: own, .. } =
                &view.bundle.declarations.get(named)?.shape
        {
            fields = own;
        }
    }
    of
}
