//! The models of a deployment: which provider answers for a model, and what happens when it
//! cannot.
//!
//! A provider answers so many calls at once; one that asked to be left alone is not called by
//! anybody in this process until its time is over. When a provider gives up, the model's fallback
//! is asked. Trying again later is the job's work, not done here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use silex_bundle::Model;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::http::{self, TimeLimits};
use super::output;
use super::providers::Provider;
use super::scripted::Scripted;
use super::{Cause, Completion, Delta, Fault, ModelError, Request};

/// The models that a bundle names, over the providers of a deployment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Models {
    deployment: Arc<Deployment>,
    named: Arc<BTreeMap<String, Model>>,
}

#[derive(Debug)]
struct Deployment {
    lines: BTreeMap<String, Line>,
    client: Option<Client>,
    limits: TimeLimits,
    script: Scripted,
}

/// A provider and its state in this process.
#[derive(Debug)]
struct Line {
    provider: Provider,
    free: Semaphore,
    paused_until: Mutex<Option<Instant>>,
}

impl Models {
    /// Models that are asked at their providers. Those of the provider `scripted` play `script`.
    ///
    /// # Errors
    /// The system has no usable TLS.
    pub fn live(
        providers: Vec<Provider>,
        limits: TimeLimits,
        script: Scripted,
    ) -> Result<Self, ModelError> {
        let client = Some(http::client(&limits)?);
        let lines = providers.into_iter().map(|provider| {
            let free = Semaphore::new(provider.concurrency.max(1));
            (
                provider.name.clone(),
                Line {
                    provider,
                    free,
                    paused_until: Mutex::new(None),
                },
            )
        });
        let deployment = Deployment {
            lines: lines.collect(),
            client,
            limits,
            script,
        };
        Ok(Self {
            deployment: Arc::new(deployment),
            named: Arc::default(),
        })
    }

    /// Models that all play `script`, whatever their provider. Nothing is sent anywhere.
    #[must_use]
    pub fn scripted(script: Scripted) -> Self {
        let deployment = Deployment {
            lines: BTreeMap::new(),
            client: None,
            limits: TimeLimits::default(),
            script,
        };
        Self {
            deployment: Arc::new(deployment),
            named: Arc::default(),
        }
    }

    /// The same deployment with the models of a bundle, for fallbacks. Pauses and limits stay
    /// shared.
    #[must_use]
    pub fn of_bundle(&self, named: BTreeMap<String, Model>) -> Self {
        Self {
            deployment: Arc::clone(&self.deployment),
            named: Arc::new(named),
        }
    }

    /// Whether answers come from a script alone.
    #[must_use]
    pub fn is_scripted(&self) -> bool {
        self.deployment.client.is_none()
    }

    /// The model to use when `model` cannot answer: also for a job on its last attempt.
    #[must_use]
    pub fn fallback(&self, model: &Model) -> Option<&Model> {
        self.named.get(model.fallback.as_ref()?)
    }

    /// Asks a model, and its fallbacks in turn while each gives up. `on_delta` sees the answer as
    /// it arrives; what a failed try showed is not taken back.
    ///
    /// # Errors
    /// No answer. The error is that of the first model that gave up, or of the fallback that may
    /// still answer later.
    pub async fn complete(
        &self,
        model: &Model,
        request: &Request,
        mut on_delta: impl FnMut(Delta) + Send,
    ) -> Result<Completion, ModelError> {
        let mut first = match self.ask(model, request, &mut on_delta).await {
            Err(error @ ModelError::GiveUp { .. }) => error,
            answered => return answered,
        };
        let mut last = model;
        // Each model of the bundle at most once: fallbacks may name each other.
        for _ in 0..self.named.len() {
            let Some(next) = self.fallback(last).filter(|next| *next != model) else {
                break;
            };
            tracing::warn!(provider = %last.provider, model = %last.name, next = %next.name, error = %first, "model fell back");
            let request = Request {
                model: next.name.clone(),
                temperature: next.temperature,
                ..request.clone()
            };
            match self.ask(next, &request, &mut on_delta).await {
                Err(ModelError::GiveUp { .. }) => last = next,
                answered => return answered,
            }
        }
        if let ModelError::GiveUp {
            cause: Cause::Key | Cause::Quota | Cause::Missing | Cause::Config,
            fault,
        } = &mut first
        {
            tracing::error!(provider = %fault.provider, status = fault.status, message = %fault.message, "model unusable");
        }
        Err(first)
    }

    async fn ask(
        &self,
        model: &Model,
        request: &Request,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Completion, ModelError> {
        let deployment = &*self.deployment;
        let Some(client) = deployment
            .client
            .as_ref()
            .filter(|_| model.provider != "scripted")
        else {
            return deployment.script.answer(request, on_delta);
        };
        let Some(line) = deployment.lines.get(&model.provider) else {
            let message = "the provider is not set up in the configuration";
            let fault = Fault {
                provider: model.provider.clone(),
                ..Fault::new(None, message)
            };
            return Err(ModelError::GiveUp {
                cause: Cause::Config,
                fault,
            });
        };
        let total = Duration::from_millis(model.timeout_ms);
        let begun = Instant::now();
        let Ok(Ok(_permit)) = timeout(total, line.free.acquire()).await else {
            let message = "all calls that may run at once are taken";
            return Err(ModelError::Retry {
                after: None,
                fault: Fault {
                    provider: model.provider.clone(),
                    ..Fault::new(None, message)
                },
            });
        };
        line.wait_is_over()?;
        let left = total.saturating_sub(begun.elapsed());
        let answer = http::exchange(
            client,
            &line.provider,
            &deployment.limits,
            left,
            request,
            on_delta,
        )
        .await;
        if let Err(ModelError::Snooze { after, .. }) = &answer {
            line.pause(*after);
        }
        answer.map(|mut completion| {
            if let Some(wanted) = &request.output {
                completion.text = output::open(&wanted.schema, completion.text);
            }
            completion
        })
    }
}

impl Line {
    fn pause(&self, after: Duration) {
        let until = Instant::now() + after;
        let mut paused = self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *paused = Some(paused.map_or(until, |earlier| earlier.max(until)));
    }

    fn wait_is_over(&self) -> Result<(), ModelError> {
        let paused = *self
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let after = paused.map_or(Duration::ZERO, |until| {
            until.saturating_duration_since(Instant::now())
        });
        if after.is_zero() {
            return Ok(());
        }
        let message = "the provider asked to be left alone for a while";
        let fault = Fault {
            provider: self.provider.name.clone(),
            ..Fault::new(None, message)
        };
        Err(ModelError::Snooze { after, fault })
    }
}
