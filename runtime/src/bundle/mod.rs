//! The bundle that a deployment runs, and its behaviours made ready to render.

pub mod documents;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use serde_json::Value;
use silex_bundle::example::{CallOutcome, Event};
use silex_bundle::render::{Prepared, RenderError};
use silex_bundle::{Behaviour, Bundle, Model, Tool};

/// How many older bundles stay in memory.
const OLDER: usize = 16;

/// A bundle with its digest. Behaviours are prepared when they are first rendered.
#[derive(Debug)]
pub struct Loaded {
    bundle: Arc<Bundle>,
    digest: String,
    prepared: BTreeMap<String, OnceLock<Result<Prepared, RenderError>>>,
    fallback: Model,
}

impl Loaded {
    /// Makes a bundle ready.
    #[must_use]
    pub fn new(bundle: Bundle, digest: String) -> Self {
        let prepared = bundle
            .behaviours
            .keys()
            .map(|name| (name.clone(), OnceLock::new()))
            .collect();
        let fallback = match bundle.models.values().next() {
            Some(only) if bundle.models.len() == 1 => only.clone(),
            _ => scripted(),
        };
        Self {
            bundle: Arc::new(bundle),
            digest,
            prepared,
            fallback,
        }
    }

    /// The bundle.
    #[must_use]
    pub fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// Its SHA-256, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// A behaviour that can be rendered.
    ///
    /// # Errors
    /// When there is no such behaviour, or its layout is not usable.
    pub fn prepared(&self, behaviour: &str) -> Result<&Prepared, RenderError> {
        let cell = self
            .prepared
            .get(behaviour)
            .ok_or_else(|| RenderError::NoBehaviour(behaviour.to_owned()))?;
        cell.get_or_init(|| Prepared::new(&self.bundle, behaviour))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The model of a behaviour: its own, else the only one of the bundle, else the script.
    #[must_use]
    pub fn model_of(&self, behaviour: &Behaviour) -> &Model {
        behaviour
            .model
            .as_ref()
            .and_then(|name| self.bundle.models.get(name))
            .unwrap_or(&self.fallback)
    }
}

/// What the first example answers that calls the tool.
#[must_use]
pub fn example_answer<'a>(bundle: &'a Bundle, tool: &Tool) -> Option<&'a Value> {
    let examples = bundle.examples.values();
    let mut events = examples.flat_map(|example| &example.script);
    events.find_map(|event| match event {
        Event::Calls {
            tool: called,
            outcome: CallOutcome::Returns(value),
            ..
        } => (bundle.tools.get(called) == Some(tool)).then_some(value),
        Event::Calls { .. } | Event::Replies(_) => None,
    })
}

fn scripted() -> Model {
    Model {
        provider: "scripted".to_owned(),
        name: "script".to_owned(),
        temperature: None,
        max_tokens: silex_bundle::model::default_max_tokens(),
        timeout_ms: silex_bundle::model::default_timeout_ms(),
        retry: None,
        fallback: None,
    }
}

/// The bundle that new work starts on, and older ones that unfinished turns began with.
#[derive(Debug)]
pub struct Bundles {
    current: RwLock<Arc<Loaded>>,
    older: Mutex<BTreeMap<String, Arc<Loaded>>>,
}

impl Bundles {
    /// Starts with a bundle.
    #[must_use]
    pub fn new(first: Arc<Loaded>) -> Self {
        Self {
            current: RwLock::new(first),
            older: Mutex::default(),
        }
    }

    /// What new work starts on.
    #[must_use]
    pub fn current(&self) -> Arc<Loaded> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Puts another bundle in its place. Turns that have begun go on with theirs.
    pub fn replace(&self, next: Arc<Loaded>) {
        let before = std::mem::replace(
            &mut *self.current.write().unwrap_or_else(PoisonError::into_inner),
            next,
        );
        self.keep(before);
    }

    /// The bundle of this digest, if it is in memory.
    #[must_use]
    pub fn find(&self, digest: &str) -> Option<Arc<Loaded>> {
        let current = self.current();
        if current.digest() == digest {
            return Some(current);
        }
        self.older
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(digest)
            .cloned()
    }

    /// Keeps a bundle that an unfinished turn began with.
    pub fn keep(&self, bundle: Arc<Loaded>) {
        let mut older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        if older.len() >= OLDER {
            // Any but the one that comes in; the store has them all.
            older.pop_first();
        }
        older.insert(bundle.digest().to_owned(), bundle);
    }
}
