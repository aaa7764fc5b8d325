//! The standard functions: one file each, with its signature, its meaning and its samples.
//!
//! `x | f(a)` is `f(x, a)`: there is one set. A regular expression, a tool and an entity arrive as
//! literal texts: the pattern in the syntax of `regex` (the flag `i` as a leading `(?i)`), and
//! the qualified name.

mod called;
mod count;
mod date;
mod default;
mod fence;
mod host;
mod inline;
mod join;
mod json;
mod links;
mod lower;
mod matches;
mod mentions;
mod money;
mod owned;
mod relative;
mod sentences;
mod truncate;
mod words;

use std::borrow::Cow;

use serde_json::Value;

use crate::expr::{EvalError, Scope};

pub(crate) use truncate::cut;

/// A standard function.
#[derive(Debug)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it gives, in one sentence or two.
    pub doc: &'static str,
    /// What it takes; those that may be missing stand last.
    pub params: &'static [Param],
    /// What it returns.
    pub returns: Returns,
    /// Whether its value may stand in prose.
    pub taint: Taint,
    /// Where it may be called.
    pub place: Place,
    /// Calls and what they give; shown in the documentation, and tests.
    pub samples: &'static [Sample],
    /// Its meaning. The number of arguments fits the signature.
    eval: fn(&[Cow<'_, Value>], &Scope<'_>) -> Result<Value, EvalError>,
}

/// A parameter of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// Its name, for `name: value` arguments.
    pub name: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// Whether it may be left out.
    pub optional: bool,
}

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Any value.
    Any,
    /// A list of anything.
    List,
    /// `text`, `email` or `url`.
    Text,
    /// A list of `text`, `email` or `url`.
    Texts,
    /// Text that the author or the deployment wrote.
    TrustedText,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// A URL.
    Url,
    /// An instant.
    Datetime,
    /// A date or an instant.
    DateOrDatetime,
    /// An optional value of any type `T`.
    Optional,
    /// The `T` of the [`Takes::Optional`] before it.
    Inner,
    /// A regular expression, as a literal.
    Regex,
    /// The name of a tool.
    Tool,
    /// The name of an entity.
    Entity,
}

/// What a function returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// A whole number, not below zero.
    Int,
    /// A boolean.
    Bool,
    /// Text, as long as its first argument may be unless a number says less.
    Text,
    /// Text that may stand in prose bare.
    TrustedText,
    /// Text of a host name, `text 1..253`.
    Host,
    /// A list of URLs.
    Urls,
    /// The `T` of [`Takes::Optional`].
    Inner,
    /// Up to fifty of the entity that [`Takes::Entity`] names.
    Entities,
    /// Words of a prompt: only as the last filter of a hole.
    Prose,
}

/// What is known about who wrote a function's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taint {
    /// May stand in prose bare.
    Clean,
    /// May not.
    Untrusted,
    /// As the first argument.
    AsFirst,
    /// Untrusted if any argument is.
    AsAny,
}

/// Where a function may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In conditions of `when` and `match`, and wherever [`Place::Expressions`] may.
    Everywhere,
    /// In gates, checks, `where`, `review`, arguments and holes.
    Expressions,
    /// In checks only.
    Checks,
    /// In arguments of an agent's calls only.
    AgentArguments,
    /// As the last filter of a hole only.
    HoleEnd,
}

/// A call and what it gives.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// The arguments, a JSON list.
    pub args: &'static str,
    /// The value, as JSON.
    pub gives: &'static str,
}

/// In the order of the reference.
static ALL: [&Function; 19] = [
    &count::FUNCTION,
    &words::FUNCTION,
    &sentences::FUNCTION,
    &mentions::FUNCTION,
    &matches::FUNCTION,
    &called::FUNCTION,
    &links::FUNCTION,
    &host::FUNCTION,
    &lower::FUNCTION,
    &truncate::FUNCTION,
    &join::FUNCTION,
    &default::FUNCTION,
    &date::FUNCTION,
    &relative::FUNCTION,
    &money::FUNCTION,
    &json::FUNCTION,
    &owned::FUNCTION,
    &fence::FUNCTION,
    &inline::FUNCTION,
];

/// Every standard function, in the order of the reference.
#[must_use]
pub fn all() -> &'static [&'static Function] {
    &ALL
}

/// The function of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Function> {
    ALL.iter().copied().find(|function| function.name == name)
}

impl Function {
    /// The value for some arguments. What a fact is asked of, and `now`, come from the scope.
    ///
    /// # Errors
    /// When the arguments do not fit the signature, or the scope lacks what is asked.
    pub fn call(&self, args: &[Cow<'_, Value>], scope: &Scope<'_>) -> Result<Value, EvalError> {
        if !self.accepts(args.len()) {
            return Err(EvalError::Arguments {
                function: self.name.to_owned(),
                found: args.len(),
            });
        }
        (self.eval)(args, scope)
    }

    /// Whether it can be given so many arguments.
    #[must_use]
    pub fn accepts(&self, args: usize) -> bool {
        let required = self.params.iter().filter(|param| !param.optional).count();
        (required..=self.params.len()).contains(&args)
    }

    /// The signature as the reference writes it: `truncate(text, max: int)`.
    #[must_use]
    pub fn signature(&self) -> String {
        let params: Vec<String> = self
            .params
            .iter()
            .map(|param| {
                let takes = param.takes.describe();
                let optional = if param.optional { " = declared" } else { "" };
                format!("{}: {takes}{optional}", param.name)
            })
            .collect();
        format!(
            "{}({}) -> {}",
            self.name,
            params.join(", "),
            self.returns.describe()
        )
    }
}

impl Takes {
    /// In the words of the reference.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::List => "list",
            Self::Text => "text",
            Self::Texts => "[text]",
            Self::TrustedText => "trusted text",
            Self::Int => "int",
            Self::Number => "float",
            Self::Url => "url",
            Self::Datetime => "datetime",
            Self::DateOrDatetime => "date or datetime",
            Self::Optional => "T?",
            Self::Inner => "T",
            Self::Regex => "/re/",
            Self::Tool => "TOOL",
            Self::Entity => "ENTITY",
        }
    }
}

impl Returns {
    /// In the words of the reference.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Text => "text",
            Self::TrustedText => "trusted text",
            Self::Host => "text 1..253",
            Self::Urls => "[url]",
            Self::Inner => "T",
            Self::Entities => "[ENTITY] 0..50",
            Self::Prose => "prose",
        }
    }
}

impl Param {
    /// A parameter that must be given.
    const fn required(name: &'static str, takes: Takes) -> Self {
        Self {
            name,
            takes,
            optional: false,
        }
    }
}

/// The text of an argument.
fn text<'v>(function: &Function, value: &'v Value) -> Result<&'v str, EvalError> {
    value
        .as_str()
        .ok_or_else(|| EvalError::mismatch(function.name, "text", value))
}

/// The items of an argument.
fn list<'v>(function: &Function, value: &'v Value) -> Result<&'v [Value], EvalError> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| EvalError::mismatch(function.name, "a list", value))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls a function with a JSON list of arguments at a fixed time.
    pub(super) fn call(name: &str, args: &str) -> Result<Value, EvalError> {
        let args: Vec<Value> = serde_json::from_str(args).unwrap();
        let args: Vec<Cow<'_, Value>> = args.iter().map(Cow::Borrowed).collect();
        let (now, tools) = (
            Value::from("2027-03-01T09:00:00Z"),
            vec!["aleik.save".to_owned()],
        );
        let owned = std::collections::BTreeMap::from([(
            "aleik.Document".to_owned(),
            serde_json::json!([{ "id": "d1" }]),
        )]);
        let scope = Scope::new()
            .with("now", &now)
            .with_called(&tools)
            .with_owned(&owned);
        find(name).unwrap().call(&args, &scope)
    }

    /// Calls a function and compares with JSON.
    #[track_caller]
    pub(super) fn check(name: &str, args: &str, expected: &str) {
        let value = call(name, args).unwrap();
        assert_eq!(value.to_string(), expected, "{name}({args})");
    }

    #[test]
    fn every_sample_is_true() {
        for function in all() {
            assert!(
                !function.samples.is_empty() || function.place == Place::HoleEnd,
                "{}",
                function.name
            );
            for sample in function.samples {
                check(function.name, sample.args, sample.gives);
            }
        }
    }

    #[test]
    fn parameters_that_may_be_missing_stand_last() {
        for function in all() {
            let optional: Vec<bool> = function.params.iter().map(|param| param.optional).collect();
            assert!(optional.is_sorted(), "{}", function.name);
        }
    }

    #[test]
    fn signatures_read_as_in_the_reference() {
        let signatures: Vec<String> = all().iter().map(|function| function.signature()).collect();
        insta::assert_snapshot!(signatures.join("\n"), @r"
        count(list: list) -> int
        words(text: text) -> int
        sentences(text: text) -> int
        mentions(text: text, phrase: trusted text) -> bool
        matches(text: text, pattern: /re/) -> bool
        called(tool: TOOL) -> bool
        links(text: text) -> [url]
        host(url: url) -> text 1..253
        lower(text: text) -> text
        truncate(text: text, max: int) -> text
        join(list: [text], between: trusted text) -> text
        default(value: T?, otherwise: T) -> T
        date(when: date or datetime) -> trusted text
        relative(when: datetime) -> trusted text
        money(amount: float, currency: trusted text) -> trusted text
        json(value: any) -> text
        owned(entity: ENTITY) -> [ENTITY] 0..50
        fence(value: any, max: int = declared) -> prose
        inline(text: text, max: int) -> prose
        ");
    }

    #[test]
    fn prose_filters_have_no_value() {
        assert_eq!(
            call("inline", r#"["a", 5]"#),
            Err(EvalError::NoFacts("inline"))
        );
        assert_eq!(call("fence", r#"["a"]"#), Err(EvalError::NoFacts("fence")));
    }
}
