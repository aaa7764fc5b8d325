//! Files beside the database that are its owner's alone: the secret, and answers that are not stored yet.

use std::path::Path;

use secrecy::ExposeSecret;

use crate::StartError;
use crate::config::Config;
use crate::store::{Access, Store, beside};
use crate::turn::answers::Answers;

/// Where answers of models are written down until they are in the database: by its owner alone.
pub(crate) async fn answers(
    config: &Config,
    access: Access,
    store: &Store,
    now: i64,
) -> Result<Answers, StartError> {
    let set = config.models.answers.clone();
    let of_file = || Some(beside(config.database.file()?, ".answers"));
    let path = set.or_else(of_file).filter(|_| access == Access::Own);
    let Some(path) = path else {
        return Ok(Answers::default());
    };
    let answers = Answers::open(&path, now).map_err(|error| StartError::System {
        what: path.display().to_string(),
        error,
    })?;
    answers.compare(store).await?;
    Ok(answers)
}

/// The deployment's secret: that of the configuration, or one that is drawn once and kept in a
/// file beside the database, readable for its owner alone.
pub(crate) fn secret(config: &Config) -> Result<Vec<u8>, StartError> {
    let given = config.secret.expose_secret();
    if !given.is_empty() {
        return Ok(given.as_bytes().to_vec());
    }
    let Some(database) = config.database.file() else {
        return Err(StartError::Setting(
            "`secret` is needed with a PostgreSQL server".to_owned(),
        ));
    };
    let path = &beside(database, ".secret");
    let failed = |error| StartError::System {
        what: path.display().to_string(),
        error,
    };
    match std::fs::read(path) {
        Ok(bytes) if bytes.len() >= 32 => Ok(bytes),
        Ok(_) => Err(StartError::Setting(format!(
            "{} is no secret: it has less than 32 bytes",
            path.display()
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut drawn = [0; 32];
            fill(&mut drawn)?;
            let text = hex::encode(drawn);
            write_private(path, text.as_bytes()).map_err(failed)?;
            Ok(text.into_bytes())
        }
        Err(error) => Err(failed(error)),
    }
}

fn fill(bytes: &mut [u8]) -> Result<(), StartError> {
    use rustls::crypto::ring::default_provider;
    default_provider()
        .secure_random
        .fill(bytes)
        .map_err(|error| StartError::Setting(format!("the system has no randomness: {error:?}")))
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
