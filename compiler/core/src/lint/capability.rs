//! What providers take and keep, as data. It is of the date that stands in the page of
//! `ignored-feature`.

/// What a provider does for some of its models.
pub(super) struct Capability {
    provider: &'static str,
    model: &'static str,
    /// The greatest temperature; none if the model takes no temperature.
    pub(super) temperature: Option<f64>,
    /// The most tokens of one answer.
    pub(super) max_tokens: f64,
    /// The fewest tokens that a prompt must begin with to be kept.
    pub(super) least_kept: u64,
}

/// The fewest tokens that a prompt must begin with to be kept, where nothing else is known.
pub(super) const LEAST_KEPT: u64 = 1_024;

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
        least_kept: LEAST_KEPT,
    }
}

impl Capability {
    const fn keeping(mut self, least: u64) -> Self {
        self.least_kept = least;
        self
    }
}

/// By how the names of the models begin; the first row that fits counts.
static CAPABILITIES: [Capability; 18] = [
    row("anthropic", "claude-3-haiku", Some(1.0), 4_096.0).keeping(2_048),
    row("anthropic", "claude-3-5-haiku", Some(1.0), 8_192.0).keeping(2_048),
    row("anthropic", "claude-3-5-sonnet", Some(1.0), 8_192.0),
    row("anthropic", "claude-opus-4-1", Some(1.0), 32_000.0),
    row("anthropic", "claude-opus-4-2", Some(1.0), 32_000.0),
    row("anthropic", "claude-opus-4-", Some(1.0), 64_000.0).keeping(4_096),
    row("anthropic", "claude-haiku-4-5", Some(1.0), 64_000.0).keeping(4_096),
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

/// What is known of a model.
pub(super) fn of(provider: &str, model: &str) -> Option<&'static Capability> {
    let mut known = CAPABILITIES.iter();
    known.find(|it| it.provider == provider && model.starts_with(it.model))
}
