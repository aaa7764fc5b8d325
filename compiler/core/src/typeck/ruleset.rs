//! Rulesets: named groups of rules that see only their parameters.

use std::collections::BTreeMap;

use super::body::Body;
use super::scope::Scope;
use super::{Context, declaration};
use super::{offer, overrides};
use crate::hir;
use crate::resolve::Kind;
use crate::source::Span;
use crate::syntax::ast;

/// Names that stand for something else in a ruleset.
const TAKEN: [&str; 4] = ["now", "today", "reply", "result"];

/// What each ruleset asks of the behaviours that follow it.
pub(super) type Spoken = BTreeMap<String, Asks>;

/// What a ruleset asks of the behaviours that follow it.
#[derive(Debug, Default)]
pub(super) struct Asks {
    /// Tools that its lines speak of.
    pub(super) tools: Vec<offer::Spoken>,
    /// Where a check names `reply`.
    pub(super) reply: Option<Span>,
    /// The rulesets that it follows.
    pub(super) follows: Vec<String>,
}

/// Types all rulesets: first their parameters, then their bodies.
pub(super) fn check_all(cx: &mut Context<'_>) {
    for declared in cx.fresh(&[Kind::Ruleset]) {
        let ast::ItemKind::Ruleset(written) = &declared.item.kind else {
            continue;
        };
        let params = declaration::params(cx, declared.module, &written.params, &TAKEN);
        cx.hir.rulesets.insert(
            declared.qualified.clone(),
            hir::Ruleset {
                params,
                body: Vec::new(),
            },
        );
        cx.hir
            .names
            .insert(declared.qualified.clone(), declared.name.span);
    }
    for declared in cx.fresh(&[Kind::Ruleset]) {
        let ast::ItemKind::Ruleset(written) = &declared.item.kind else {
            continue;
        };
        let Some(ruleset) = cx.hir.rulesets.get(&declared.qualified) else {
            continue;
        };
        let mut scope = Scope::new(declared.module);
        for param in &ruleset.params {
            scope.bind(&param.name, param.of.clone());
        }
        let mut body = Body::new(
            cx,
            &declared.qualified,
            &written.body,
            &ruleset.params,
            None,
        );
        let statements = body.statements(&scope, &written.body, &Vec::new());
        overrides::refuse_cycles(&body);
        let follows = body
            .followed
            .iter()
            .map(|followed| followed.ruleset.clone())
            .collect();
        let asks = Asks {
            tools: std::mem::take(&mut body.spoken),
            reply: body.reply,
            follows,
        };
        if let Some(ruleset) = cx.hir.rulesets.get_mut(&declared.qualified) {
            ruleset.body = statements;
        }
        cx.spoken.insert(declared.qualified.clone(), asks);
    }
}
