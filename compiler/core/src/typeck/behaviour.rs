//! Behaviours: their signatures, then their bodies.

use super::body::Body;
use super::scope::Scope;
use super::{Context, declaration, doc, offer, overrides, stage, taint, ty};
use crate::hir;
use crate::package::DEFAULT_LAYOUT;
use crate::resolve::Kind;
use crate::syntax::ast;

/// Names that stand for something else in a behaviour.
const TAKEN: [&str; 4] = ["now", "today", "reply", "result"];

/// Types the inputs and results of all behaviours, so that they can be called.
pub(super) fn signatures(cx: &mut Context<'_>) {
    for declared in cx.fresh(&[Kind::Behaviour]) {
        let ast::ItemKind::Behaviour(written) = &declared.item.kind else {
            continue;
        };
        let returns = ty::lower_or_unknown(cx, declared.module, &written.returns);
        taint::refuse_trusted(cx, written.returns.span, &returns, "what a model answers");
        let behaviour = hir::Behaviour {
            doc: doc(declared.item.docs.as_ref()),
            inputs: declaration::params(cx, declared.module, &written.params, &TAKEN),
            returns,
            model: None,
            limits: cx.limits.clone(),
            tokens_limit: None,
            layout: DEFAULT_LAYOUT.to_owned(),
            stages: Vec::new(),
            body: Vec::new(),
        };
        cx.hir
            .behaviours
            .insert(declared.qualified.clone(), behaviour);
        cx.hir
            .names
            .insert(declared.qualified.clone(), declared.name.span);
    }
}

/// Types the bodies of all behaviours.
pub(super) fn check_all(cx: &mut Context<'_>) {
    for declared in cx.fresh(&[Kind::Behaviour]) {
        let ast::ItemKind::Behaviour(written) = &declared.item.kind else {
            continue;
        };
        let Some(behaviour) = cx.hir.behaviours.get(&declared.qualified) else {
            continue;
        };
        let mut scope = Scope::new(declared.module);
        for input in &behaviour.inputs {
            scope.bind(&input.name, input.of.clone());
        }
        let mut body = Body::new(
            cx,
            &declared.qualified,
            &written.body,
            &behaviour.inputs,
            Some(&behaviour.returns),
        );
        let statements = body.statements(&scope, &written.body, &Vec::new());
        if !body.has_junk {
            offer::refuse_unoffered(&body, declared.module, &written.body);
        }
        stage::refuse_dead(&body);
        overrides::refuse_cycles(&body);
        for param in &written.params {
            body.refuse_stage(&param.name);
        }
        let stages = body.stages.declared();
        let tokens = |(kind, _): &&(ast::QuotaKind, _)| *kind == ast::QuotaKind::Tokens;
        let tokens_limit = body.quotas.iter().find(tokens).map(|(_, span)| *span);
        let (model, layout, limits) = (body.model, body.layout, body.limits);
        if let Some(behaviour) = cx.hir.behaviours.get_mut(&declared.qualified) {
            behaviour.body = statements;
            behaviour.stages = stages;
            behaviour.model = model.map(|(name, _)| name);
            behaviour.limits = limits;
            behaviour.tokens_limit = tokens_limit;
            if let Some((layout, _)) = layout {
                behaviour.layout = layout;
            }
        }
    }
}
