//! The line to a provider: its account, how many calls run at once, how fast they may come, and
//! the circuits that keep calls from it while it cannot answer.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Client;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::bucket::Bucket;
use super::circuit::{Circuit, Passage};
use super::http;
use super::providers::Provider;
use super::{Cause, Fault, ModelError};
use crate::clock::Clock;

/// How long a call waits for another to end before its job gives its place up.
const FOR_A_PLACE: Duration = Duration::from_secs(2);
/// When a job without a place comes again.
const COME_AGAIN: Duration = Duration::from_secs(2);

/// A provider and its state in this process.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) provider: Provider,
    pub(super) client: Client,
    places: Semaphore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// By name: the provider's own for its account, `provider/model` for one of its models.
    circuits: BTreeMap<String, Circuit>,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
}

/// A circuit that changed, for those who tell others of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The provider, or `provider/model`.
    pub circuit: String,
    /// How it is now.
    pub state: Circuit,
    /// Whether it was opened or closed by this; else it was paused, or stays open.
    pub turned: bool,
}

impl Line {
    pub(super) fn new(provider: Provider) -> Result<Self, ModelError> {
        let pace = provider.pace;
        Ok(Self {
            client: http::client(&provider.limits)?,
            places: Semaphore::new(provider.concurrency.max(1)),
            state: Mutex::new(State {
                circuits: BTreeMap::new(),
                requests: pace.requests.map(Bucket::per_minute),
                tokens: pace.tokens.map(Bucket::per_minute),
            }),
            provider,
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn circuit_of(&self, model: &str) -> String {
        format!("{}/{model}", self.provider.name)
    }

    fn fault(&self, message: impl Into<String>) -> Fault {
        Fault {
            provider: self.provider.name.clone(),
            ..Fault::new(None, message)
        }
    }

    /// A place among the calls that run at once.
    ///
    /// # Errors
    /// All are taken, and stay so for a while.
    pub(super) async fn place(&self) -> Result<SemaphorePermit<'_>, ModelError> {
        match timeout(FOR_A_PLACE, self.places.acquire()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(ModelError::Snooze {
                after: COME_AGAIN,
                fault: self.fault("all calls that may run at once are taken"),
            }),
        }
    }

    /// Whether a call of a model that takes about so many tokens may be made now.
    ///
    /// # Errors
    /// The provider is paused, out, or asked as often as the settings allow.
    pub(super) fn pass(&self, model: &str, tokens: u64, clock: &Clock) -> Result<(), ModelError> {
        let (now, patience) = (clock.now_ms(), self.provider.limits.total);
        let of_model = self.circuit_of(model);
        let mut state = self.state();
        for name in [&self.provider.name, &of_model] {
            let Some(circuit) = state.circuits.get_mut(name) else {
                continue;
            };
            match circuit.pass(now, patience) {
                Passage::Free => {}
                Passage::Paused(after) => {
                    let fault = self.fault("the provider asked to be left alone for a while");
                    return Err(ModelError::Snooze { after, fault });
                }
                Passage::Shut(after, cause, reason) => {
                    let fault = self.fault(reason);
                    return Err(ModelError::Out {
                        after,
                        cause,
                        fault,
                    });
                }
            }
        }
        let State {
            requests,
            tokens: left,
            ..
        } = &mut *state;
        let mut buckets: Vec<(&mut Bucket, u64)> = Vec::new();
        buckets.extend(requests.as_mut().map(|bucket| (bucket, 1)));
        buckets.extend(left.as_mut().map(|bucket| (bucket, tokens)));
        let waits = buckets
            .iter_mut()
            .filter_map(|(bucket, n)| bucket.wait_for(*n, now));
        if let Some(after) = waits.max() {
            let fault = self.fault("the settings allow no more calls of it now");
            return Err(ModelError::Snooze { after, fault });
        }
        buckets.into_iter().for_each(|(bucket, n)| bucket.take(n));
        Ok(())
    }

    /// What a call came to means for those that come after it. An error that opens a circuit
    /// becomes one that says so.
    pub(super) fn settle<T>(
        &self,
        model: &str,
        ended: Result<T, ModelError>,
        clock: &Clock,
    ) -> (Result<T, ModelError>, Vec<Change>) {
        let now = clock.now_ms();
        let (account, of_model) = (self.provider.name.clone(), self.circuit_of(model));
        let mut state = self.state();
        match ended {
            Ok(answer) => {
                let names = [account, of_model];
                let changes = names.into_iter().filter_map(|name| {
                    let circuit = state.circuits.get_mut(&name)?;
                    let turned = circuit.succeeded(now);
                    turned.then(|| change(name, circuit, true))
                });
                (Ok(answer), changes.collect())
            }
            Err(ModelError::Snooze { after, fault }) => {
                let circuit = state.circuits.entry(of_model.clone()).or_default();
                let news = circuit.pause(now, after);
                let changes = news.then(|| change(of_model, circuit, false));
                let error = ModelError::Snooze { after, fault };
                (Err(error), changes.into_iter().collect())
            }
            Err(ModelError::Retry { after, fault }) => {
                let circuit = state.circuits.entry(of_model.clone()).or_default();
                let was_open = circuit.open.is_some();
                if !circuit.failed(now, &fault.message) {
                    return (Err(ModelError::Retry { after, fault }), Vec::new());
                }
                let error = out(circuit, fault, now);
                (Err(error), vec![change(of_model, circuit, !was_open)])
            }
            Err(ModelError::GiveUp {
                cause: cause @ (Cause::Key | Cause::Quota | Cause::Config | Cause::Missing),
                fault,
            }) => {
                let name = if cause == Cause::Missing {
                    of_model
                } else {
                    account
                };
                let circuit = state.circuits.entry(name.clone()).or_default();
                let was_open = circuit.open.is_some();
                circuit.break_open(now, cause, &fault.message);
                let error = out(circuit, fault, now);
                (Err(error), vec![change(name, circuit, !was_open)])
            }
            Err(error) => (Err(error), Vec::new()),
        }
    }

    /// The provider's own count says that it is used up: nobody asks before it is full again.
    pub(super) fn used_up(&self, model: &str, wait: Duration, clock: &Clock) -> Option<Change> {
        let name = self.circuit_of(model);
        let mut state = self.state();
        let circuit = state.circuits.entry(name.clone()).or_default();
        let news = circuit.pause(clock.now_ms(), wait);
        news.then(|| change(name, circuit, false))
    }

    /// Takes over what another node found out about a circuit.
    pub(super) fn learn(&self, circuit: &str, state: &Circuit) -> bool {
        let mut own = self.state();
        let own = own.circuits.entry(circuit.to_owned()).or_default();
        own.learn(state)
    }
}

fn change(name: String, circuit: &Circuit, turned: bool) -> Change {
    Change {
        circuit: name,
        state: circuit.clone(),
        turned,
    }
}

/// The error of a call that found, or made, its circuit open.
fn out(circuit: &Circuit, fault: Fault, now: i64) -> ModelError {
    let (until, cause) = match &circuit.open {
        Some(open) => (open.probe_at, open.cause),
        None => (now, Cause::Down),
    };
    let after = Duration::from_millis(u64::try_from(until - now).unwrap_or_default());
    ModelError::Out {
        after,
        cause,
        fault,
    }
}
