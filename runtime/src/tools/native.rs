//! `via native`: an ordinary Rust function that the runtime was linked with.
//!
//! It may compute or block as it likes: it runs on the blocking pool, where it starves nobody.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use silex_bundle::expr::{Expr, Path, Scope};

use super::{Done, ToolError};

type Function = Arc<dyn Fn(&Map<String, Value>) -> Result<Value, String> + Send + Sync>;

/// Native functions by name.
#[derive(Clone, Default)]
pub struct Natives(BTreeMap<String, Function>);

impl std::fmt::Debug for Natives {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Natives {
    /// The functions that every `silexd` has: `measure_text(text) -> { words, sentences }`.
    #[must_use]
    pub fn standard() -> Self {
        Self::default().with("measure_text", |names| {
            let scope = Scope::of(names);
            let count = |function: &str| {
                let text = Expr::Path(Path::root("text"));
                let call = Expr::Call {
                    function: function.to_owned(),
                    args: vec![text],
                };
                call.eval(&scope)
                    .map(std::borrow::Cow::into_owned)
                    .map_err(|error| error.to_string())
            };
            Ok(json!({ "words": count("words")?, "sentences": count("sentences")? }))
        })
    }

    /// Adds a function. It gets the tool's parameters and its `for` entity by name; an `Err` is
    /// told to the model.
    ///
    /// ```
    /// use silex_runtime::tools::Natives;
    /// let natives = Natives::default().with("double", |names| {
    ///     names["n"].as_i64().map(|n| (2 * n).into()).ok_or_else(|| "no number".to_owned())
    /// });
    /// assert!(natives.has("double"));
    /// ```
    #[must_use]
    pub fn with(
        mut self,
        name: &str,
        function: impl Fn(&Map<String, Value>) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Self {
        self.0.insert(name.to_owned(), Arc::new(function));
        self
    }

    /// Whether there is such a function.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub(super) async fn call(
        &self,
        name: &str,
        names: Map<String, Value>,
    ) -> Result<Done, ToolError> {
        let function = self.0.get(name).cloned();
        let function = function
            .ok_or_else(|| ToolError::Failed(format!("there is no native function `{name}`")))?;
        match tokio::task::spawn_blocking(move || function(&names)).await {
            Ok(Ok(value)) => Ok(Done { value, write: None }),
            Ok(Err(problem)) => Err(ToolError::Failed(problem)),
            Err(_) => Err(ToolError::Unsure(format!(
                "the native function `{name}` panicked"
            ))),
        }
    }
}
