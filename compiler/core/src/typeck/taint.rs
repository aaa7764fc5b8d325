//! Taint: which types can carry words from outside.

use std::cell::RefCell;
use std::collections::BTreeMap;

use silex_bundle::Type;

use super::{Context, ty};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// What is known of named types.
pub(super) type Known = RefCell<BTreeMap<String, bool>>;

/// Whether a value of the type can carry text that someone else wrote.
pub(super) fn untrusted(cx: &Context<'_>, of: &Type) -> bool {
    let Type::Named(name) = of else {
        return of.holds(&cx.hir.declarations, &Type::is_untrusted);
    };
    if let Some(known) = cx.tainted.borrow().get(name) {
        return *known;
    }
    let tainted = of.holds(&cx.hir.declarations, &Type::is_untrusted);
    cx.tainted.borrow_mut().insert(name.clone(), tainted);
    tainted
}

/// Refuses a type that holds `trusted text` where the value comes from outside.
pub(super) fn refuse_trusted(cx: &Context<'_>, span: Span, of: &Type, who: &str) {
    if of.holds(&cx.hir.declarations, &is_trusted) {
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

fn is_trusted(of: &Type) -> bool {
    matches!(of, Type::Text { trusted: true, .. })
}
