//! Taint: which types can carry words from outside.

use std::cell::RefCell;
use std::collections::BTreeMap;

use silex_bundle::Type;
use silex_bundle::schema::{Field, Shape};

use super::Context;

/// What is known of named types. A type that holds itself counts as clean while it is looked at:
/// what taints it is found on the way.
pub(super) type Known = RefCell<BTreeMap<String, bool>>;

/// Whether a value of the type can carry text that someone else wrote.
pub(super) fn untrusted(cx: &Context<'_>, of: &Type) -> bool {
    match of {
        Type::Text { trusted, .. } => !trusted,
        Type::Email | Type::Url => true,
        Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone => false,
        Type::List { of, .. } | Type::Optional(of) => untrusted(cx, of),
        Type::Named(name) => {
            if let Some(known) = cx.tainted.borrow().get(name) {
                return *known;
            }
            let mut seen = Vec::new();
            let tainted = named(cx, name, &mut seen);
            cx.tainted.borrow_mut().insert(name.clone(), tainted);
            tainted
        }
    }
}

fn named(cx: &Context<'_>, name: &str, seen: &mut Vec<String>) -> bool {
    if seen.iter().any(|it| it == name) {
        return false;
    }
    seen.push(name.to_owned());
    let Some(declaration) = cx.hir.declarations.get(name) else {
        return false;
    };
    let any = |fields: &[Field], seen: &mut Vec<String>| {
        fields.iter().any(|field| inside(cx, &field.of, seen))
    };
    match &declaration.shape {
        Shape::Record { fields } | Shape::Entity { fields, .. } => any(fields, seen),
        Shape::Enum { cases } => cases.iter().any(|case| any(&case.fields, seen)),
    }
}

fn inside(cx: &Context<'_>, of: &Type, seen: &mut Vec<String>) -> bool {
    match of {
        Type::Named(name) => named(cx, name, seen),
        Type::List { of, .. } | Type::Optional(of) => inside(cx, of, seen),
        Type::Text { .. }
        | Type::Email
        | Type::Url
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone => untrusted(cx, of),
    }
}
