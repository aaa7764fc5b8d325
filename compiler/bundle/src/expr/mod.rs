//! Expressions as data: conditions, checks, gates, arguments, holes.
//!
//! The compiler has typed them; evaluating one never meets a wrong type unless the data broke
//! its schema, which is an [`EvalError`] and not a panic.
//!
//! ```
//! use serde_json::json;
//! use silex_bundle::expr::{Expr, Presence, Scope};
//!
//! let subscriber = json!({ "address": "ada@example.org" });
//! let scope = Scope::new().with("subscriber", &subscriber);
//! let unknown = Expr::Is {
//!     value: Box::new(Expr::Path("subscriber.preferences".to_owned().into())),
//!     what: Presence::None,
//! };
//! assert!(unknown.holds(&scope)?);
//! # Ok::<(), silex_bundle::expr::EvalError>(())
//! ```

mod eval;
mod order;
mod scope;

pub use eval::EvalError;
pub(crate) use eval::kind_of;
pub(crate) use order::{case_name, datetime};
pub use scope::Scope;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A typed expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// A literal or constant: JSON scalar, text, list, date as text …
    Literal(Value),
    /// A case of an enum: compared by its name only.
    Case(String),
    /// An input, field, parameter or standard name.
    Path(Path),
    /// `not`.
    Not(Box<Expr>),
    /// All of two or more.
    And(Vec<Expr>),
    /// One of two or more.
    Or(Vec<Expr>),
    /// Two values of one type compared.
    Compare {
        /// How.
        op: Compare,
        /// Which type orders them.
        order: Order,
        /// Left side.
        left: Box<Expr>,
        /// Right side.
        right: Box<Expr>,
    },
    /// The value equals one of these.
    OneOf {
        /// The value.
        value: Box<Expr>,
        /// Literals or cases.
        of: Vec<Expr>,
    },
    /// The number lies in the inclusive range.
    Within {
        /// The value.
        value: Box<Expr>,
        /// Least.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<f64>,
        /// Greatest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<f64>,
    },
    /// `is none`, `is some`, `is empty`.
    Is {
        /// The value.
        value: Box<Expr>,
        /// What it is.
        what: Presence,
    },
    /// A standard function; `x | f(a)` is `f(x, a)`. Missing optional arguments are left out.
    Call {
        /// Its name.
        function: String,
        /// In the order of the signature.
        args: Vec<Expr>,
    },
    /// A list of values.
    List(Vec<Expr>),
    /// A record built from values (arguments of `save`, of calls).
    Record(Vec<(String, Expr)>),
}

/// A path: a name in scope and fields behind it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub struct Path {
    /// The name in scope.
    pub root: String,
    /// Fields behind it.
    pub fields: Vec<String>,
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    /// `==`
    #[serde(rename = "==")]
    Eq,
    /// `!=`
    #[serde(rename = "!=")]
    Ne,
    /// `<`
    #[serde(rename = "<")]
    Lt,
    /// `<=`
    #[serde(rename = "<=")]
    Le,
    /// `>`
    #[serde(rename = ">")]
    Gt,
    /// `>=`
    #[serde(rename = ">=")]
    Ge,
}

/// The type by which two values are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Numbers.
    Number,
    /// Text, byte by byte (`==` and `!=` only); email, url, zone too.
    Text,
    /// Booleans.
    Bool,
    /// Cases by name.
    Case,
    /// Dates.
    Date,
    /// Times of day.
    Time,
    /// Instants.
    Datetime,
    /// Durations.
    Duration,
}

/// What `is` asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// JSON null or absent.
    None,
    /// There is a value.
    Some,
    /// A list or text with nothing in it.
    Empty,
}

impl Path {
    /// A name alone.
    #[must_use]
    pub fn root(name: &str) -> Self {
        Self {
            root: name.to_owned(),
            fields: Vec::new(),
        }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.root)?;
        self.fields
            .iter()
            .try_for_each(|field| write!(f, ".{field}"))
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.to_string()
    }
}

impl From<String> for Path {
    fn from(text: String) -> Self {
        let mut parts = text.split('.').map(str::to_owned);
        let root = parts.next().unwrap_or_default();
        Self {
            root,
            fields: parts.collect(),
        }
    }
}
