//! `ignored-feature`: a setting that the provider of a model refuses, or ignores.
//!
//! The table is of the date that stands in the page; a provider that it does not know is not
//! looked at.

use crate::diagnostic::Diagnostic;
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

/// What a provider takes, by how the names of its models begin; the first row that fits counts.
struct Capability {
    provider: &'static str,
    model: &'static str,
    /// The greatest temperature; none if the model takes no temperature.
    temperature: Option<f64>,
    /// The most tokens of one answer.
    max_tokens: f64,
}

const fn row(
    provider: &'static str,
    model: &'static str,
    temperature: Option<f64>,
    max_tokens: f64,
) -> Capability {
    Capability {
        provider,
        model,
        temperature,
        max_tokens,
    }
}

const CAPABILITIES: [Capability; 16] = [
    row("anthropic", "claude-3-haiku", Some(1.0), 4_096.0),
    row("anthropic", "claude-3-5-haiku", Some(1.0), 8_192.0),
    row("anthropic", "claude-3-5-sonnet", Some(1.0), 8_192.0),
    row("anthropic", "claude-opus-4-1", Some(1.0), 32_000.0),
    row("anthropic", "claude-opus-4-2", Some(1.0), 32_000.0),
    row("anthropic", "", Some(1.0), 64_000.0),
    row("openai", "o1", None, 100_000.0),
    row("openai", "o3", None, 100_000.0),
    row("openai", "o4", None, 100_000.0),
    row("openai", "gpt-5", None, 128_000.0),
    row("openai", "gpt-4o", Some(2.0), 16_384.0),
    row("openai", "gpt-4.1", Some(2.0), 32_768.0),
    row("openai", "", Some(2.0), 128_000.0),
    row("mistral", "", Some(1.5), f64::INFINITY),
    row("moonshot", "", Some(1.0), f64::INFINITY),
    row("groq", "", Some(2.0), f64::INFINITY),
];

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
            let known = CAPABILITIES
                .iter()
                .find(|it| it.provider == said.provider && said.name.starts_with(it.model));
            if let Some(known) = known {
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
