//! Taint: which types can carry words from outside.

use std::cell::RefCell;
use std::collections::BTreeMap;

use silex_bundle::Type;
use silex_bundle::schema::{Field, Shape};

use super::{Context, ty};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// What is known of named types.
pub(super) type Known = RefCell<BTreeMap<String, bool>>;

/// Whether a value of the type can carry text that someone else wrote.
pub(super) fn untrusted(cx: &Context<'_>, of: &Type) -> bool {
    let Type::Named(name) = of else {
        return holds(cx, of, is_untrusted, &mut Vec::new());
    };
    if let Some(known) = cx.tainted.borrow().get(name) {
        return *known;
    }
    let tainted = holds(cx, of, is_untrusted, &mut Vec::new());
    cx.tainted.borrow_mut().insert(name.clone(), tainted);
    tainted
}

/// Refuses a type that holds `trusted text` where the value comes from outside.
pub(super) fn refuse_trusted(cx: &Context<'_>, span: Span, of: &Type, who: &str) {
    if holds(cx, of, is_trusted, &mut Vec::new()) {
        cx.report(
            Diagnostic::error(
                "trusted-from-outside",
                span,
                format!("{who} cannot be `trusted text`"),
            )
            .at(format!("`{}` is or holds one", ty::name(of)))
            .help("only the deployment writes trusted text; take the word `trusted` out"),
        );
    }
}

fn is_untrusted(of: &Type) -> bool {
    matches!(
        of,
        Type::Text { trusted: false, .. } | Type::Email | Type::Url
    )
}

fn is_trusted(of: &Type) -> bool {
    matches!(of, Type::Text { trusted: true, .. })
}

/// Whether something in the type answers yes. A type that holds itself is looked at once.
fn holds<'c>(
    cx: &'c Context<'_>,
    of: &'c Type,
    asked: fn(&Type) -> bool,
    seen: &mut Vec<&'c str>,
) -> bool {
    let name = match of {
        Type::List { of, .. } | Type::Optional(of) => return holds(cx, of, asked, seen),
        Type::Named(name) => name,
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
        | Type::Timezone => return asked(of),
    };
    if seen.contains(&name.as_str()) {
        return false;
    }
    seen.push(name);
    let Some(declaration) = cx.hir.declarations.get(name) else {
        return false;
    };
    let mut any =
        |fields: &'c [Field]| fields.iter().any(|field| holds(cx, &field.of, asked, seen));
    match &declaration.shape {
        Shape::Record { fields } | Shape::Entity { fields, .. } => any(fields),
        Shape::Enum { cases } => cases.iter().any(|case| any(&case.fields)),
    }
}
