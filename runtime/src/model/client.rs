//! The models of a deployment: which provider answers for a model, and what happens when it
//! cannot.
//!
//! A call that failed before anything was paid is made once more at once; after that, trying again
//! is the job's work. A provider that asked to be left alone, or that is out, is not called by
//! anybody until its circuit lets a call through; while it is out, the model's fallback is asked.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ::metrics::{counter, histogram};
use silex_bundle::Model;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::circuit::Circuit;
use super::http::{self, Heard};
use super::line::{Change, Line};
use super::output;
use super::providers::Provider;
use super::scripted::Scripted;
use super::{Cause, Completion, Delta, Fault, ModelError, Request, Usage};
use crate::clock::Clock;
use crate::telemetry::{metrics, span};

/// Tries of one call before its job has to come again.
const TRIES: u32 = 2;
/// Changes of circuits that wait to be told to others. One that finds no room is told by the next.
const CHANGES: usize = 256;

/// The models that a bundle names, over the providers of a deployment. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Models {
    deployment: Arc<Deployment>,
    named: Arc<BTreeMap<String, Model>>,
}

#[derive(Debug)]
struct Deployment {
    lines: BTreeMap<String, Line>,
    scripted: bool,
    script: Scripted,
    clock: Clock,
    changes: mpsc::Sender<Change>,
    told: std::sync::Mutex<Option<mpsc::Receiver<Change>>>,
}

impl Models {
    /// Models that are asked at their providers. Those of the provider `scripted` play `script`.
    ///
    /// # Errors
    /// The system has no usable TLS.
    pub fn live(
        providers: Vec<Provider>,
        script: Scripted,
        clock: Clock,
    ) -> Result<Self, ModelError> {
        let lines = providers
            .into_iter()
            .map(|provider| Ok((provider.name.clone(), Line::new(provider)?)));
        Ok(Self::of(
            lines.collect::<Result<_, ModelError>>()?,
            false,
            script,
            clock,
        ))
    }

    /// Models that all play `script`, whatever their provider. Nothing is sent anywhere.
    #[must_use]
    pub fn scripted(script: Scripted) -> Self {
        Self::of(BTreeMap::new(), true, script, Clock::system())
    }

    fn of(lines: BTreeMap<String, Line>, scripted: bool, script: Scripted, clock: Clock) -> Self {
        let (changes, told) = mpsc::channel(CHANGES);
        Self {
            deployment: Arc::new(Deployment {
                lines,
                scripted,
                script,
                clock,
                changes,
                told: std::sync::Mutex::new(Some(told)),
            }),
            named: Arc::default(),
        }
    }

    /// The same deployment with the models of a bundle, for fallbacks. Circuits and limits stay
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
        self.deployment.scripted
    }

    /// The model to use while `model` is out.
    #[must_use]
    pub fn fallback(&self, model: &Model) -> Option<&Model> {
        self.named.get(model.fallback.as_ref()?)
    }

    /// A model and the fallbacks that may be asked in its place, in order.
    #[must_use]
    pub fn chain<'a>(&'a self, model: &'a Model) -> Vec<&'a Model> {
        let mut chain = vec![model];
        while let Some(next) = chain.last().and_then(|last| self.fallback(last)) {
            // Fallbacks may name each other.
            if chain.contains(&next) {
                break;
            }
            chain.push(next);
        }
        chain
    }

    /// What happens to circuits from now on, for whoever tells other nodes. There is one such.
    #[must_use]
    pub fn changes(&self) -> Option<mpsc::Receiver<Change>> {
        let told = self.deployment.told.lock();
        told.unwrap_or_else(std::sync::PoisonError::into_inner)
            .take()
    }

    /// Takes over what another node found out about a circuit. Whether it was news.
    pub fn learn(&self, circuit: &str, state: &Circuit) -> bool {
        let provider = circuit.split('/').next().unwrap_or(circuit);
        let line = self.deployment.lines.get(provider);
        line.is_some_and(|line| line.learn(circuit, state))
    }

    /// Asks a model, and while it is out its fallbacks in turn. `on_delta` sees the answer as it
    /// arrives; what a failed try showed is not taken back.
    ///
    /// # Errors
    /// No answer. While a model and its fallbacks are out, the error is that of the model.
    pub async fn complete(
        &self,
        model: &Model,
        request: &Request,
        mut on_delta: impl FnMut(Delta) + Send,
    ) -> Result<Completion, ModelError> {
        let mut first = None;
        for asked in self.chain(model) {
            let request = match asked == model {
                true => Cow::Borrowed(request),
                false => Cow::Owned(Request {
                    model: asked.name.clone(),
                    temperature: asked.temperature,
                    max_tokens: request.max_tokens.min(asked.max_tokens),
                    ..request.clone()
                }),
            };
            match self.ask(asked, &request, &mut on_delta).await {
                Err(error @ ModelError::Out { .. }) => {
                    tracing::warn!(provider = %asked.provider, model = %asked.name, "model out");
                    first.get_or_insert(error);
                }
                answered => return answered,
            }
        }
        Err(first.unwrap_or_else(|| ModelError::retry(None, "no model was asked")))
    }

    async fn ask(
        &self,
        model: &Model,
        request: &Request,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Completion, ModelError> {
        let deployment = &*self.deployment;
        if deployment.scripted || model.provider == "scripted" {
            return deployment.script.answer(request, on_delta);
        }
        let line = deployment.lines.get(&model.provider).ok_or_else(|| {
            let message = "the provider is not set up in the configuration";
            ModelError::GiveUp {
                cause: Cause::Config,
                fault: Fault {
                    provider: model.provider.clone(),
                    ..Fault::new(None, message)
                },
            }
        })?;
        let _place = line.place().await?;
        let tokens = match line.provider.pace.tokens {
            Some(_) => most(request).all(),
            None => 0,
        };
        let mut tried = 0;
        loop {
            tried += 1;
            line.pass(&model.name, tokens, &deployment.clock)?;
            match self.exchange(line, model, request, on_delta).await {
                Err(ModelError::Retry { after: None, fault })
                    if tried < TRIES && !fault.charged =>
                {
                    // A provider's words may quote what it was asked.
                    tracing::debug!(provider = %model.provider, status = fault.status, "model asked again");
                    tokio::time::sleep(Duration::from_millis(fastrand::u64(50..250))).await;
                }
                Err(error) => return Err(error),
                Ok(mut completion) => {
                    if let Some(wanted) = &request.output {
                        completion.text = output::open(&wanted.schema, completion.text);
                    }
                    return Ok(completion);
                }
            }
        }
    }

    /// One exchange, and what it means for those that come after it.
    async fn exchange(
        &self,
        line: &Line,
        model: &Model,
        request: &Request,
        on_delta: &mut (dyn FnMut(Delta) + Send),
    ) -> Result<Completion, ModelError> {
        let clock = &self.deployment.clock;
        let total = Duration::from_millis(model.timeout_ms).min(line.provider.limits.total);
        let span = tracing::info_span!(
            span::MODEL_CALL,
            provider = model.provider,
            model = model.name
        );
        let begun = clock.begin();
        let ended = http::exchange(&line.client, &line.provider, total, request, on_delta)
            .instrument(span)
            .await;
        let took = Duration::from_millis(begun.took_ms().unsigned_abs());
        let usage = ended.as_ref().map(|heard| &heard.completion.usage);
        count(model, usage, took);
        let (ended, changes) = line.settle(&model.name, ended, clock);
        for change in changes {
            self.tell(change);
        }
        let Heard {
            completion,
            used_up,
        } = ended?;
        if let Some(change) = used_up.and_then(|wait| line.used_up(&model.name, wait, clock)) {
            self.tell(change);
        }
        Ok(completion)
    }

    fn tell(&self, change: Change) {
        if let Err(error) = self.deployment.changes.try_send(change) {
            tracing::debug!(%error, "a change of a circuit is not told");
        }
    }
}

/// Counts a call, what it came to, and its tokens.
fn count(model: &Model, ended: Result<&Usage, &ModelError>, took: Duration) {
    let labels = [
        ("provider", model.provider.clone()),
        ("model", model.name.clone()),
    ];
    histogram!(metrics::MODEL_SECONDS, &labels).record(took);
    let outcome = match ended {
        Ok(_) => "answered",
        Err(ModelError::Retry { .. }) => "retry",
        Err(ModelError::Snooze { .. }) => "snoozed",
        Err(ModelError::Out { .. }) => "out",
        Err(ModelError::GiveUp { .. }) => "failed",
    };
    let [provider, name] = labels;
    let labelled = |last: (&'static str, &'static str)| {
        let last = (last.0, last.1.to_owned());
        [provider.clone(), name.clone(), last]
    };
    counter!(metrics::MODEL_CALLS, &labelled(("outcome", outcome))).increment(1);
    let Ok(usage) = ended else { return };
    for (kind, tokens) in [
        ("input", usage.input),
        ("output", usage.output),
        ("cache_read", usage.cache_read),
        ("cache_write", usage.cache_write),
    ] {
        counter!(metrics::MODEL_TOKENS, &labelled(("kind", kind))).increment(tokens);
    }
}

/// The most that a request can come to. A token is three bytes at least, all in all.
#[must_use]
pub fn most(request: &Request) -> Usage {
    let tools = request.tools.iter();
    let tools: usize = tools
        .map(|tool| tool.description.len() + tool.input_schema.to_string().len())
        .sum();
    let messages = serde_json::to_string(&request.messages).map_or(0, |text| text.len());
    let bytes = request.system.len() + tools + messages;
    Usage {
        input: (bytes as u64).div_ceil(3),
        output: u64::from(request.max_tokens),
        ..Usage::default()
    }
}
