//! `ignored-feature`: a setting that the provider of a model refuses, or ignores.
//!
//! A provider that the table of capabilities does not know is not looked at.

use crate::diagnostic::Diagnostic;
use crate::lint::capability::{self, Capability};
use crate::lint::index::Index;
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{ItemKind, Model, ModelLineKind, Number};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "ignored-feature",
    level: Level::Warn,
    explain: include_str!("ignored_feature.md"),
    check: Check::Written(check),
};

/// What the lines of a model say.
#[derive(Default)]
struct Said<'a> {
    provider: &'a str,
    name: &'a str,
    temperature: Option<&'a Number>,
    max_tokens: Option<&'a Number>,
}

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for item in &index.items {
        if let ItemKind::Model(model) = &item.tree.kind {
            let said = said(model);
            if let Some(known) = capability::of(said.provider, said.name) {
                found.extend(temperature(&said, known));
                found.extend(max_tokens(&said, known));
            }
        }
    }
    found
}

fn said(model: &Model) -> Said<'_> {
    let mut said = Said::default();
    for line in &model.lines {
        match &line.kind {
            ModelLineKind::Provider(name) => said.provider = &name.text,
            ModelLineKind::Name(name) => said.name = &name.text,
            ModelLineKind::Temperature(number) => said.temperature = Some(number),
            ModelLineKind::MaxTokens(number) => said.max_tokens = Some(number),
            ModelLineKind::Timeout(_)
            | ModelLineKind::Retry(_)
            | ModelLineKind::Fallback(_)
            | ModelLineKind::Junk(_) => {}
        }
    }
    said
}

fn temperature(said: &Said<'_>, known: &Capability) -> Option<Diagnostic> {
    let written = said.temperature?;
    let name = said.name;
    match known.temperature {
        None => Some(
            Diagnostic::warning(
                LINT.code,
                written.span,
                format!("`{name}` takes no temperature"),
            )
            .help("take the line out: the provider refuses it or ignores it"),
        ),
        Some(most) if written.value > most => {
            let message = format!("`{}` takes a temperature of at most {most}", said.provider);
            Some(
                Diagnostic::warning(LINT.code, written.span, message)
                    .help("the call would be refused")
                    .rests_on([written.span])
                    .fix(written.span, most.to_string(), format!("write `{most}`")),
            )
        }
        Some(_) => None,
    }
}

fn max_tokens(said: &Said<'_>, known: &Capability) -> Option<Diagnostic> {
    let written = said.max_tokens.filter(|it| it.value > known.max_tokens)?;
    let most = known.max_tokens;
    let message = format!("`{}` answers with at most {most} tokens", said.name);
    Some(
        Diagnostic::warning(LINT.code, written.span, message)
            .help("the call would be refused")
            .rests_on([written.span])
            .fix(written.span, most.to_string(), format!("write `{most}`")),
    )
}
