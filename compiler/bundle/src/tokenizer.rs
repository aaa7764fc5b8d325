//! How the tokens of a text are counted: exactly, where the name of a model tells how its provider does.

use crate::{Behaviour, Bundle, Model};

/// How the tokens of a model are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tokenizer {
    /// Exactly, as GPT-4o and later models do.
    O200k,
    /// Exactly, as GPT-4 and GPT-3.5 do.
    Cl100k,
    /// A quarter of the bytes, because how the provider counts is not public.
    Estimated,
}

/// Which models of OpenAI's protocol have which tokenizer, by the beginning of the name, as OpenAI
/// published it in 2025. The first that fits counts.
const OPENAI: [(&str, Tokenizer); 9] = [
    ("gpt-4o", Tokenizer::O200k),
    ("chatgpt-4o", Tokenizer::O200k),
    ("gpt-4.1", Tokenizer::O200k),
    ("gpt-5", Tokenizer::O200k),
    ("o1", Tokenizer::O200k),
    ("o3", Tokenizer::O200k),
    ("o4", Tokenizer::O200k),
    ("gpt-4", Tokenizer::Cl100k),
    ("gpt-3.5", Tokenizer::Cl100k),
];

impl Tokenizer {
    /// The tokenizer of a model; the deployment's default model is not known.
    #[must_use]
    pub fn of(model: Option<&Model>) -> Self {
        let Some(model) =
            model.filter(|model| matches!(model.provider.as_str(), "openai" | "azure"))
        else {
            return Self::Estimated;
        };
        let known = OPENAI.iter().find(|(name, _)| model.name.starts_with(name));
        known.map_or(Self::Estimated, |(_, tokenizer)| *tokenizer)
    }

    /// The tokenizer of a behaviour's model.
    #[must_use]
    pub fn of_behaviour(bundle: &Bundle, behaviour: &Behaviour) -> Self {
        let name = behaviour.model.as_ref();
        Self::of(name.and_then(|name| bundle.models.get(name)))
    }

    /// The tokens of a text.
    #[must_use]
    pub fn count(self, text: &str) -> u64 {
        let count = match self {
            Self::O200k => bpe_openai::o200k_base().count(text),
            Self::Cl100k => bpe_openai::cl100k_base().count(text),
            Self::Estimated => text.len().div_ceil(4),
        };
        count as u64
    }

    /// Whether it counts exactly.
    #[must_use]
    pub fn is_exact(self) -> bool {
        self != Self::Estimated
    }

    /// So many tokens in words; `about` so many where they are estimated.
    #[must_use]
    pub fn words(self, tokens: u64) -> String {
        let about = if self.is_exact() { "" } else { "about " };
        format!("{about}{tokens} tokens")
    }

    /// Its name, for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::O200k => "o200k_base",
            Self::Cl100k => "cl100k_base",
            Self::Estimated => "estimated",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(provider: &str, name: &str, wanted: Tokenizer) {
        let model = serde_json::json!({ "provider": provider, "name": name });
        let model: Model = serde_json::from_value(model).unwrap();
        assert_eq!(Tokenizer::of(Some(&model)), wanted);
    }

    #[test]
    fn the_name_of_a_model_tells_its_tokenizer() {
        check("openai", "gpt-4o-mini", Tokenizer::O200k);
        check("azure", "gpt-4-turbo", Tokenizer::Cl100k);
        check("openai", "gpt-4.1", Tokenizer::O200k);
        check("vllm", "gpt-4o-mini", Tokenizer::Estimated);
        check("anthropic", "claude-sonnet-4-5", Tokenizer::Estimated);
        assert_eq!(Tokenizer::of(None), Tokenizer::Estimated);
    }

    #[test]
    fn tokens_are_those_of_the_provider() {
        let text = "Answer the newest message; quote older ones only when asked.";
        assert_eq!(Tokenizer::O200k.count(text), 12);
        assert_eq!(Tokenizer::Cl100k.count(text), 12);
        assert_eq!(Tokenizer::Estimated.count(text), 15);
    }

    #[test]
    fn an_estimate_is_said_to_be_one() {
        assert_eq!(Tokenizer::O200k.words(12), "12 tokens");
        assert_eq!(Tokenizer::Estimated.words(15), "about 15 tokens");
    }
}
