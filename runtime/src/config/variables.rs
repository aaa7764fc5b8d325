//! The environment in a configuration: `${NAME}` in its text, and `SILEXD_…` over it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Config, ConfigError, Mistake};

/// What begins the names of variables that go over the file.
const PREFIX: &str = "SILEXD_";

/// The variables of the environment, by name.
#[derive(Debug, Clone, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those of this process. What is not UTF-8 is left out.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Replaces `${NAME}` by the variable's value as a quoted scalar, so that nothing in it is
    /// YAML. It has to be a whole value: inside of a longer one the quotes would be part of it.
    pub(super) fn expand(&self, text: &str) -> Result<String, Vec<Mistake>> {
        let mut out = String::with_capacity(text.len());
        let mut mistakes = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            match self.expand_line(line, number) {
                Ok(line) => out.push_str(&line),
                Err(error) => mistakes.push(Mistake {
                    line: Some(number),
                    error,
                }),
            }
            out.push('\n');
        }
        if mistakes.is_empty() {
            Ok(out)
        } else {
            Err(mistakes)
        }
    }

    fn expand_line(&self, line: &str, number: usize) -> Result<String, ConfigError> {
        let comment = line.trim_start().starts_with('#');
        let (mut out, mut rest) = (String::with_capacity(line.len()), line);
        while let Some(start) = rest.find("${").filter(|_| !comment) {
            let Some(length) = rest[start..].find('}') else {
                break;
            };
            let name = &rest[start + 2..start + length];
            let (before, after) = (&rest[..start], &rest[start + length + 1..]);
            let begins = before.ends_with([' ', '\t', '[', '{', ',']) || before.is_empty();
            let ends = after.starts_with([' ', '\t', ']', '}', ',']) || after.is_empty();
            if !begins || !ends {
                return Err(ConfigError::Part {
                    name: name.to_owned(),
                    line: number,
                });
            }
            let value = self.get(name).ok_or_else(|| ConfigError::Unset {
                name: name.to_owned(),
                line: number,
            })?;
            out.push_str(before);
            out.push_str(&Value::from(value).to_string());
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    /// The settings of `text`, which was read without an error, with the variables over them:
    /// `SILEXD_QUEUE__WORKERS=8` is `queue.workers`. A value is read as YAML, so numbers, lists and
    /// maps can be given; one that does not fit so is taken as text.
    pub(super) fn over(&self, text: &str, config: Config) -> (Config, Vec<ConfigError>) {
        let given = self
            .0
            .iter()
            .filter_map(|(name, value)| Some((name, name.strip_prefix(PREFIX)?, value)));
        let (mut config, mut errors) = (config, Vec::new());
        let mut settings: Value = serde_yaml::from_str(text).unwrap_or_default();
        for (name, key, value) in given {
            let path: Vec<String> = key.split("__").map(str::to_lowercase).collect();
            let read = serde_yaml::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()));
            let with = |value: Value| {
                let mut settings = settings.clone();
                put(&mut settings, &path, value);
                serde_json::from_value::<Config>(settings.clone()).map(|config| (config, settings))
            };
            match with(read).or_else(|_| with(Value::from(value.as_str()))) {
                Ok(set) => (config, settings) = set,
                Err(error) => errors.push(ConfigError::Variable {
                    name: name.clone(),
                    problem: error.to_string(),
                }),
            }
        }
        (config, errors)
    }
}

impl FromIterator<(String, String)> for Variables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(variables.into_iter().collect())
    }
}

/// Sets what is at `path`, making the maps on the way.
fn put(settings: &mut Value, path: &[String], value: Value) {
    let Some((key, rest)) = path.split_first() else {
        *settings = value;
        return;
    };
    if !settings.is_object() {
        *settings = Value::Object(serde_json::Map::new());
    }
    if let Some(map) = settings.as_object_mut() {
        put(map.entry(key.as_str()).or_insert(Value::Null), rest, value);
    }
}
