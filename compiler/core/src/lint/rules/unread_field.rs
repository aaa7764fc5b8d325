//! `unread-field`: a field of an entity at which nothing looks.

use std::collections::BTreeSet;

use silex_bundle::behaviour::Piece;
use silex_bundle::{Expr, Type};

use crate::diagnostic::Diagnostic;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::satisfy::World;
use crate::syntax::ast::{Entity, ItemKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unread-field",
    level: Level::Allow,
    explain: include_str!("unread_field.md"),
    check: Check::Across(check),
};

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    // Who uses a library may look at what it only declares.
    if view.behaviours().next().is_none() {
        return Vec::new();
    }
    let whole = seen_whole(view);
    let mut found = Vec::new();
    for item in &view.index.items {
        let ItemKind::Entity(entity) = &item.tree.kind else {
            continue;
        };
        let name = view
            .declared(item)
            .map(|declared| declared.qualified.as_str());
        if name.is_some_and(|name| !whole.contains(name)) {
            found.extend(unread(view, entity));
        }
    }
    found
}

fn unread<'v>(view: &'v View<'_>, entity: &'v Entity) -> impl Iterator<Item = Diagnostic> + 'v {
    let owner = entity.owner.as_ref();
    let fields = entity.fields().map(|field| &field.name);
    let unread = fields.filter(move |name| {
        name.text != entity.key.text
            && owner.is_none_or(|owner| owner.text != name.text)
            && !view.index.read.contains(name.text.as_str())
    });
    unread.map(|name| {
        let message = format!("nothing looks at the field `{}`", name.text);
        Diagnostic::warning(LINT.code, name.span, message)
            .at("no hole, no condition and no argument names it")
            .help("take it out, or say something of it")
    })
}

/// The types whose values somebody sees with all their fields: what a tool takes or gives, what a
/// behaviour gives, what stands in a hole or an argument as it is, and what these hold.
fn seen_whole(view: &View<'_>) -> BTreeSet<String> {
    let bundle = view.bundle;
    let mut seen = BTreeSet::new();
    let mut open: Vec<&Type> = Vec::new();
    for tool in bundle.tools.values() {
        open.push(&tool.returns);
        open.extend(tool.params.iter().map(|param| &param.of));
    }
    open.extend(bundle.behaviours.values().map(|it| &it.returns));
    for behaviour in bundle.behaviours.values() {
        let world = World::of_behaviour(bundle, behaviour);
        let pieces = behaviour.segments.iter().flat_map(|segment| &segment.text);
        for piece in pieces {
            if let Piece::Hole(hole) = piece
                && let Expr::Path(path) = &hole.value
                && let Some(of) = world.type_of(path)
            {
                take(&mut seen, bundle, of);
            }
        }
    }
    for of in open {
        take(&mut seen, bundle, of);
    }
    seen
}

/// Takes in a named type and those in its fields.
fn take(seen: &mut BTreeSet<String>, bundle: &silex_bundle::Bundle, of: &Type) {
    match of {
        Type::List { of, .. } | Type::Optional(of) => take(seen, bundle, of),
        Type::Named(name) => {
            if seen.insert(name.clone())
                && let Some(declaration) = bundle.declarations.get(name)
            {
                for field in declaration.shape.fields() {
                    take(seen, bundle, &field.of);
                }
            }
        }
        Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone => {}
    }
}
