//! The table of providers: whose address, whose protocol, where the key goes.
//!
//! A provider on a known protocol is a row here and a name in the bundle crate. The table names
//! environment variables; reading them is the configuration's work.

use secrecy::SecretString;

use super::anthropic::Anthropic;
use super::openai::OpenAi;
use super::protocol::Protocol;
use super::{Cause, Limits, ModelError};

/// A provider that every runtime knows.
#[derive(Debug)]
pub struct Known {
    /// Its name in specs.
    pub name: &'static str,
    /// What it speaks.
    pub protocol: &'static dyn Protocol,
    /// Where it is; none where every account has its own address.
    pub base_url: Option<&'static str>,
    /// The environment variable that usually holds its key.
    pub key_variable: &'static str,
    /// Whether it answers without a key.
    pub open: bool,
    /// How the key is sent.
    pub key_header: KeyHeader,
    /// What else every request carries.
    pub headers: &'static [(&'static str, &'static str)],
}

/// How a key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyHeader {
    /// `authorization: Bearer KEY`.
    Bearer,
    /// A header of this name with the key alone.
    Named(&'static str),
}

/// OpenAI's own form.
const OPENAI: OpenAi = OpenAi {
    max_tokens: "max_completion_tokens",
    cache_key: true,
};
/// The older form, which those that follow OpenAI know.
const FOLLOWER: OpenAi = OpenAi {
    max_tokens: "max_tokens",
    cache_key: false,
};

/// The providers that have an address. `scripted`, which has none, is the ninth name of
/// [`silex_bundle::model::PROVIDERS`].
pub static KNOWN: [Known; 8] = [
    Known {
        name: "anthropic",
        protocol: &Anthropic,
        base_url: Some("https://api.anthropic.com/v1"),
        key_variable: "ANTHROPIC_API_KEY",
        open: false,
        key_header: KeyHeader::Named("x-api-key"),
        headers: &[("anthropic-version", "2023-06-01")],
    },
    Known {
        name: "openai",
        protocol: &OPENAI,
        base_url: Some("https://api.openai.com/v1"),
        key_variable: "OPENAI_API_KEY",
        open: false,
        key_header: KeyHeader::Bearer,
        headers: &[],
    },
    Known {
        name: "azure",
        protocol: &OPENAI,
        base_url: None,
        key_variable: "AZURE_OPENAI_API_KEY",
        open: false,
        key_header: KeyHeader::Named("api-key"),
        headers: &[],
    },
    Known {
        name: "moonshot",
        protocol: &FOLLOWER,
        base_url: Some("https://api.moonshot.ai/v1"),
        key_variable: "MOONSHOT_API_KEY",
        open: false,
        key_header: KeyHeader::Bearer,
        headers: &[],
    },
    Known {
        name: "mistral",
        protocol: &FOLLOWER,
        base_url: Some("https://api.mistral.ai/v1"),
        key_variable: "MISTRAL_API_KEY",
        open: false,
        key_header: KeyHeader::Bearer,
        headers: &[],
    },
    Known {
        name: "groq",
        protocol: &FOLLOWER,
        base_url: Some("https://api.groq.com/openai/v1"),
        key_variable: "GROQ_API_KEY",
        open: false,
        key_header: KeyHeader::Bearer,
        headers: &[],
    },
    Known {
        name: "ollama",
        protocol: &FOLLOWER,
        base_url: Some("http://127.0.0.1:11434/v1"),
        key_variable: "OLLAMA_API_KEY",
        open: true,
        key_header: KeyHeader::Bearer,
        headers: &[],
    },
    Known {
        name: "vllm",
        protocol: &FOLLOWER,
        base_url: Some("http://127.0.0.1:8000/v1"),
        key_variable: "VLLM_API_KEY",
        open: true,
        key_header: KeyHeader::Bearer,
        headers: &[],
    },
];

/// The row of a name.
#[must_use]
pub fn known(name: &str) -> Option<&'static Known> {
    KNOWN.iter().find(|row| row.name == name)
}

/// Calls of one provider that may run at once, where the configuration does not say.
const CONCURRENCY: usize = 8;

/// A provider as this deployment uses it.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its name in specs.
    pub name: String,
    /// What is known of it.
    pub known: &'static Known,
    /// Its address without a slash at the end.
    pub base_url: String,
    /// Its key. Does not print.
    pub key: Option<SecretString>,
    /// Calls that may run at once.
    pub concurrency: usize,
    /// How long a call may take, and how large its answer may be.
    pub limits: Limits,
    /// How fast calls may come.
    pub pace: Pace,
}

/// How fast the calls of one provider may come from this process; no limit where none is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pace {
    /// Calls a minute.
    pub requests: Option<u64>,
    /// Tokens a minute, read and written.
    pub tokens: Option<u64>,
}

impl Provider {
    /// A provider of the table. `base_url` replaces the one of the table.
    ///
    /// # Errors
    /// The name is not in the table, or no address is known.
    pub fn new(
        name: &str,
        base_url: Option<&str>,
        key: Option<SecretString>,
    ) -> Result<Self, ModelError> {
        let config = |message: String| ModelError::give_up(Cause::Config, None, message);
        let known = known(name).ok_or_else(|| config(format!("unknown provider `{name}`")))?;
        Self::like(known, name, base_url, key)
    }

    /// A provider of the configuration's own name that speaks like `known`.
    ///
    /// # Errors
    /// No address is known.
    pub fn like(
        known: &'static Known,
        name: &str,
        base_url: Option<&str>,
        key: Option<SecretString>,
    ) -> Result<Self, ModelError> {
        let Some(base_url) = base_url.or(known.base_url) else {
            let message = format!("the provider `{name}` needs a base URL in the configuration");
            return Err(ModelError::give_up(Cause::Config, None, message));
        };
        let base_url = base_url.trim_end_matches('/').to_owned();
        Ok(Self {
            name: name.to_owned(),
            known,
            base_url,
            key,
            concurrency: CONCURRENCY,
            limits: Limits::default(),
            pace: Pace::default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_that_a_spec_may_use_has_a_row_or_is_the_script() {
        for name in silex_bundle::model::PROVIDERS {
            assert!(known(name).is_some() || name == "scripted", "{name}");
        }
        assert_eq!(KNOWN.len() + 1, silex_bundle::model::PROVIDERS.len());
    }

    #[test]
    fn a_provider_without_an_address_is_refused_with_its_name() {
        let error = Provider::new("azure", None, None).unwrap_err();
        assert!(error.to_string().contains("`azure`"), "{error}");
        assert!(
            Provider::new("azure", Some("https://a.example/openai/v1/"), None)
                .unwrap()
                .base_url
                .ends_with("/v1")
        );
    }

    #[test]
    fn a_key_does_not_print() {
        let provider = Provider::new("openai", None, Some("sk-secret".into())).unwrap();
        assert!(!format!("{provider:?}").contains("secret"));
    }
}
