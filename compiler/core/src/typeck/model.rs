//! Models: a provider that is known, numbers in range, fallbacks that end.

use silex_bundle::Model;
use silex_bundle::model::{PROVIDERS, default_max_tokens, default_timeout_ms};

use super::Context;
use super::bounds::{out_of_range, retry, timeout, whole};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::{Declared, Kind};
use crate::source::Span;
use crate::syntax::ast;

/// Checks all models.
pub fn check_all(cx: &mut Context<'_>) {
    for declared in cx.fresh(&[Kind::Model]) {
        if let ast::ItemKind::Model(model) = &declared.item.kind {
            let model = check(cx, declared, model);
            cx.hir.models.insert(declared.qualified.clone(), model);
        }
    }
    refuse_cycles(cx);
}

fn check(cx: &Context<'_>, declared: &Declared<'_>, from: &ast::Model) -> Model {
    let mut model = Model {
        provider: String::new(),
        name: String::new(),
        temperature: None,
        max_tokens: default_max_tokens(),
        timeout_ms: default_timeout_ms(),
        retry: None,
        fallback: None,
    };
    let mut once = Once::default();
    for line in &from.lines {
        let word = match &line.kind {
            ast::ModelLineKind::Provider(name) => {
                model.provider = provider(cx, name);
                "provider"
            }
            ast::ModelLineKind::Name(text) => {
                if text.text.trim().is_empty() {
                    cx.report(
                        Diagnostic::error("wrong-value", text.span, "the model's name is empty")
                            .help("write it as its provider does: `claude-sonnet-4-5`"),
                    );
                }
                model.name.clone_from(&text.text);
                "name"
            }
            ast::ModelLineKind::Temperature(number) => {
                if !(0.0..=2.0).contains(&number.value) {
                    out_of_range(cx, number, "a temperature lies between 0 and 2");
                }
                model.temperature = Some(number.value);
                "temperature"
            }
            ast::ModelLineKind::MaxTokens(number) => {
                match whole(number).filter(|count| (1..=1_000_000).contains(count)) {
                    Some(count) => model.max_tokens = count,
                    None => out_of_range(
                        cx,
                        number,
                        "`max_tokens` is a whole number from 1 to 1000000",
                    ),
                }
                "max_tokens"
            }
            ast::ModelLineKind::Timeout(duration) => {
                model.timeout_ms = timeout(cx, duration);
                "timeout"
            }
            ast::ModelLineKind::Retry(from) => {
                model.retry = retry(cx, from);
                "retry"
            }
            ast::ModelLineKind::Fallback(name) => {
                let found = cx.find(declared.module, name, &[Kind::Model]);
                model.fallback = found.map(|found| found.qualified.clone());
                "fallback"
            }
            ast::ModelLineKind::Junk(_) => continue,
        };
        once.line(cx, word, (line.keyword, line.span));
    }
    let broken = from
        .lines
        .iter()
        .any(|line| matches!(line.kind, ast::ModelLineKind::Junk(_)));
    for (word, line) in [("provider", "provider anthropic"), ("name", "name \"…\"")] {
        if !broken && !once.has(word) {
            let message = format!("model `{}` has no `{word}`", from.name.text);
            cx.report(
                Diagnostic::error("missing-line", from.name.span, message)
                    .help(format!("add `{line}`")),
            );
        }
    }
    model
}

fn provider(cx: &Context<'_>, name: &ast::Name) -> String {
    if !PROVIDERS.contains(&name.text.as_str()) {
        let message = format!("unknown provider `{}`", name.text);
        let problem = Diagnostic::error("unknown-name", name.span, message);
        cx.report(match nearest(&name.text, PROVIDERS) {
            Some(nearest) => problem.did_you_mean(Some(nearest)),
            None => problem.help(format!("known providers: {}", PROVIDERS.join(", "))),
        });
    }
    name.text.clone()
}

/// Lines that may stand once.
#[derive(Default)]
pub(super) struct Once(Vec<(&'static str, Span)>);

impl Once {
    /// Takes note of a line, of which the mark and the whole are given; it must be the first of its
    /// word.
    pub(super) fn line(&mut self, cx: &Context<'_>, word: &'static str, (at, whole): (Span, Span)) {
        match self.0.iter().find(|(known, _)| *known == word) {
            Some((_, first)) => cx.report(
                Diagnostic::error("duplicate-line", at, format!("`{word}` stands twice"))
                    .label(*first, "the first stands here")
                    .help("keep one of them")
                    .fix(whole, "", format!("take this `{word}` out")),
            ),
            None => self.0.push((word, at)),
        }
    }

    /// Whether a line of the word stood there.
    pub(super) fn has(&self, word: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == word)
    }
}

/// Each model falls back to at most one other, so a cycle is a way that meets its start.
fn refuse_cycles(cx: &Context<'_>) {
    for declared in cx.names.declared() {
        let start = &declared.qualified;
        let mut way = vec![start];
        let mut next = cx
            .hir
            .models
            .get(start)
            .and_then(|model| model.fallback.as_ref());
        while let Some(name) = next.filter(|name| !way.contains(name)) {
            way.push(name);
            next = cx
                .hir
                .models
                .get(name)
                .and_then(|model| model.fallback.as_ref());
        }
        // A cycle is told at the first of its models.
        if next == Some(start) && way.iter().all(|name| *name >= start) {
            let words: Vec<&str> = way.iter().map(|name| super::ty::bare(name)).collect();
            let message = format!(
                "a model falls back to itself: `{}` → `{}`",
                words.join("` → `"),
                declared.name.text
            );
            cx.report(
                Diagnostic::error("fallback-cycle", declared.name.span, message)
                    .help("take one `fallback` out, so that one model is the last"),
            );
        }
    }
}
