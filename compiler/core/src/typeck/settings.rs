//! `model`, `limit` and `layout`: said once, for the whole behaviour.

use super::body::Body;
use super::branch::BranchId;
use super::misplaced;
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::{Kind, ModuleId};
use crate::source::Span;
use crate::syntax::ast::{self, QuotaKind, StatementKind};

/// A setting as written.
enum Setting<'s> {
    Model(&'s ast::Name),
    Limit(&'s ast::Limit),
    Layout(&'s ast::Name),
}

/// Takes a setting.
pub(super) fn check(
    body: &mut Body<'_, '_>,
    module: ModuleId,
    written: &ast::Statement,
    branch: &BranchId,
) {
    let setting = match &written.kind {
        StatementKind::Model(name) => Setting::Model(name),
        StatementKind::Limit(limit) => Setting::Limit(limit),
        StatementKind::Layout(name) => Setting::Layout(name),
        StatementKind::Role(_)
        | StatementKind::Fact(_)
        | StatementKind::Rule(_)
        | StatementKind::Follow(_)
        | StatementKind::Observe(_)
        | StatementKind::When(_)
        | StatementKind::Match(_)
        | StatementKind::Each(_)
        | StatementKind::Steps(_)
        | StatementKind::Stage(_)
        | StatementKind::Tools(_)
        | StatementKind::On(_)
        | StatementKind::Allow(_)
        | StatementKind::Junk(_) => return,
    };
    let what = match setting {
        Setting::Model(_) => "model",
        Setting::Limit(_) => "limit",
        Setting::Layout(_) => "layout",
    };
    if body.refused_in_ruleset(written.keyword, what) {
        return;
    }
    if !branch.is_empty() {
        let within = if body.stages.are_around() {
            "in a stage"
        } else {
            "under a condition"
        };
        let message = format!("`{what}` may not stand {within}");
        let finding = Diagnostic::error("misplaced-statement", written.keyword, message)
            .help("say it once, for the whole behaviour");
        let kind = std::mem::discriminant(&written.kind);
        let mut straight = body.written.statements.iter();
        let is_said = straight.any(|it| std::mem::discriminant(&it.kind) == kind);
        body.cx.report(match body.outermost {
            Some(around) if !is_said => misplaced::moved(body.cx, finding, written.span, around),
            Some(_) | None => finding,
        });
    }
    match setting {
        Setting::Model(name) => {
            let declared = body.cx.find(module, name, &[Kind::Model]);
            let qualified = declared
                .map(|declared| declared.qualified.clone())
                .unwrap_or_default();
            let before = body.model.replace((qualified, written.keyword));
            twice(body, what, before.map(|(_, span)| span), written.keyword);
        }
        Setting::Layout(name) => {
            if !body.cx.layouts.contains(&name.text.as_str()) {
                let near = nearest(&name.text, body.cx.layouts.iter().copied());
                let message = format!("unknown layout `{}`", name.text);
                let all = body.cx.layouts.join("`, `");
                body.cx.report(
                    Diagnostic::error("unknown-name", name.span, message)
                        .at(format!("there are `{all}`"))
                        .did_you_mean(near),
                );
            }
            let before = body.layout.replace((name.text.clone(), written.keyword));
            twice(body, what, before.map(|(_, span)| span), written.keyword);
        }
        Setting::Limit(limit) => {
            for quota in &limit.quotas {
                take(body, quota);
            }
        }
    }
}

fn twice(body: &Body<'_, '_>, what: &str, first: Option<Span>, span: Span) {
    if let Some(first) = first {
        let message = format!("`{what}` is said twice");
        body.cx.report(
            Diagnostic::error("duplicate-name", span, message)
                .label(first, "first here")
                .rests_on([span]),
        );
    }
}

fn take(body: &mut Body<'_, '_>, quota: &ast::Quota) {
    let (name, least, most) = match quota.kind {
        QuotaKind::Turns => ("turns", 1, 100),
        QuotaKind::Tokens => ("tokens", 1, 1_000_000),
        QuotaKind::History => ("history", 0, 1_000_000),
        QuotaKind::Attempts => ("attempts", 1, 20),
        QuotaKind::Calls => ("calls", 0, 1_000),
    };
    let first = body
        .quotas
        .iter()
        .find(|(kind, _)| *kind == quota.kind)
        .map(|(_, span)| *span);
    twice(body, &format!("limit {name}"), first, quota.span);
    body.quotas.push((quota.kind, quota.span));
    let number = quota
        .number
        .text
        .parse::<u32>()
        .ok()
        .filter(|it| (least..=most).contains(it));
    let Some(number) = number else {
        let message = format!("`{}` cannot be the limit of {name}", quota.number.text);
        body.cx.report(
            Diagnostic::error("out-of-range", quota.number.span, message)
                .help(format!("it is a whole number from {least} to {most}")),
        );
        return;
    };
    match quota.kind {
        QuotaKind::Turns => body.limits.turns = number,
        QuotaKind::Tokens => body.limits.tokens = number,
        QuotaKind::History => body.limits.history = number,
        QuotaKind::Attempts => body.limits.attempts = number,
        QuotaKind::Calls => body.limits.calls = number,
    }
}
