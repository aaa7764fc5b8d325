//! The settings of a package's deployment: `silexd.yaml` beside it, and the environment.

use std::path::Path;

use silex_bundle::Model;
use silex_runtime::config::{Config, Variables};
use silex_runtime::model::providers;

use crate::{Failure, files};

/// The settings of the folder; the defaults where it has none.
pub(crate) fn read(folder: &Path) -> Result<Config, Failure> {
    let path = folder.join("silexd.yaml");
    let text = if path.is_file() {
        String::from_utf8_lossy(&files::bytes(&path)?).into_owned()
    } else {
        String::new()
    };
    Config::parse(&text, &Variables::of_process()).map_err(|error| Failure::at(&path, error))
}

/// Fails for the first model whose provider has no key, in the name of what needs it.
pub(crate) fn keys<'a>(
    config: &Config,
    mut models: impl Iterator<Item = (&'a String, &'a Model)>,
    who: &str,
) -> Result<(), Failure> {
    let lacking = models.find_map(|(name, model)| {
        let known = providers::known(&model.provider)?;
        let account = config.models.providers.get(known.name);
        let lacks = !known.open && account.is_none_or(|account| account.key.is_none());
        lacks.then_some((name, known))
    });
    match lacking {
        None => Ok(()),
        Some((name, known)) => Err(Failure::new(format!(
            "{who}: the model `{name}` needs a key of {}: set the environment variable {}",
            known.name, known.key_variable
        ))),
    }
}
