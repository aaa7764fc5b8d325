//! Behaviours: their signatures, then their bodies.

use super::{Context, declaration, doc, ty};
use crate::hir;
use crate::resolve::Kind;
use crate::syntax::ast;

/// Names that stand for something else in a behaviour.
const TAKEN: [&str; 4] = ["now", "today", "reply", "result"];

/// Types the inputs and results of all behaviours, so that they can be called.
pub(super) fn signatures(cx: &mut Context<'_>) {
    let names = cx.names;
    for declared in names.declared().filter(|declared| declared.kind == Kind::Behaviour) {
        let ast::ItemKind::Behaviour(written) = &declared.item.kind else { continue };
        let behaviour = hir::Behaviour {
            doc: doc(declared.item.docs.as_ref()),
            inputs: declaration::params(cx, declared.module, &written.params, &TAKEN),
            returns: ty::lower_or_unknown(cx, declared.module, &written.returns),
            model: None,
            limits: cx.limits.clone(),
            layout: "default".to_owned(),
            body: Vec::new(),
        };
        cx.hir.behaviours.insert(declared.qualified.clone(), behaviour);
        cx.hir.names.insert(declared.qualified.clone(), declared.name.span);
    }
}
