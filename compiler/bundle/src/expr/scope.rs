//! What the names of an expression mean: values by name, and the facts that functions ask for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Path;

/// Names and facts that an expression sees; a child sees its parent's too.
#[derive(Debug, Clone, Default)]
pub struct Scope<'a> {
    parent: Option<&'a Scope<'a>>,
    names: Vec<(Cow<'a, str>, Cow<'a, Value>)>,
    called: Option<&'a [String]>,
    owned: Option<&'a BTreeMap<String, Value>>,
}

impl<'a> Scope<'a> {
    /// Nothing in scope.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every entry of an object in scope by its key: the inputs of a behaviour, the arguments of
    /// a tool.
    #[must_use]
    pub fn of(values: &'a Map<String, Value>) -> Self {
        let names = values.iter();
        let names = names.map(|(name, value)| (Cow::Borrowed(name.as_str()), Cow::Borrowed(value)));
        Self {
            names: names.collect(),
            ..Self::default()
        }
    }

    /// An empty scope inside this one.
    #[must_use]
    pub fn child(&'a self) -> Self {
        Self {
            parent: Some(self),
            ..Self::default()
        }
    }

    /// The scope with one more name.
    #[must_use]
    pub fn with(mut self, name: &'a str, value: &'a Value) -> Self {
        self.bind(name, value);
        self
    }

    /// Brings a name into scope; the latest of two equal names counts.
    pub fn bind(&mut self, name: &'a str, value: &'a Value) {
        self.names.push((Cow::Borrowed(name), Cow::Borrowed(value)));
    }

    /// Brings a name into scope together with its value.
    pub fn set(&mut self, name: impl Into<Cow<'a, str>>, value: Value) {
        self.names.push((name.into(), Cow::Owned(value)));
    }

    /// The qualified tools that were carried out in this turn, for `called(TOOL)`.
    #[must_use]
    pub fn with_called(mut self, tools: &'a [String]) -> Self {
        self.called = Some(tools);
        self
    }

    /// The documents that the contact owns by qualified entity, each a list, newest first, for
    /// `owned(ENTITY)`.
    #[must_use]
    pub fn with_owned(mut self, documents: &'a BTreeMap<String, Value>) -> Self {
        self.owned = Some(documents);
        self
    }

    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let here = self.names.iter().rev().find(|(known, _)| known == name);
        match (here, self.parent) {
            (Some((_, value)), _) => Some(value),
            (None, Some(parent)) => parent.get(name),
            (None, None) => None,
        }
    }

    /// The value of a path; none when the name or a field behind it is missing.
    #[must_use]
    pub fn lookup(&self, path: &Path) -> Option<&Value> {
        let root = self.get(&path.root)?;
        path.fields
            .iter()
            .try_fold(root, |value, field| value.get(field.as_str()))
    }

    /// The facts of the nearest scope that has them.
    pub(crate) fn called(&self) -> Option<&[String]> {
        self.called.or_else(|| self.parent.and_then(Scope::called))
    }

    pub(crate) fn owned(&self) -> Option<&BTreeMap<String, Value>> {
        self.owned.or_else(|| self.parent.and_then(Scope::owned))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_child_sees_its_parent_and_hides_its_names() {
        let (outer, inner) = (json!({ "plan": "free" }), json!("inner"));
        let parent = Scope::new().with("subscriber", &outer).with("x", &outer);
        let child = parent.child().with("x", &inner);
        assert_eq!(
            child.lookup(&Path::from("subscriber.plan".to_owned())),
            Some(&json!("free"))
        );
        assert_eq!(child.get("x"), Some(&inner));
    }

    #[test]
    fn a_field_of_no_object_is_missing() {
        let text = json!("text");
        let scope = Scope::new().with("mail", &text);
        assert_eq!(
            scope.lookup(&Path::from("mail.from.address".to_owned())),
            None
        );
        assert_eq!(scope.lookup(&Path::from("nobody".to_owned())), None);
    }

    #[test]
    fn facts_are_those_of_the_nearest_scope() {
        let (far, near) = (vec!["a.far".to_owned()], vec!["a.near".to_owned()]);
        let parent = Scope::new().with_called(&far);
        assert_eq!(parent.child().called(), Some(far.as_slice()));
        assert_eq!(
            parent.child().with_called(&near).called(),
            Some(near.as_slice())
        );
    }
}
