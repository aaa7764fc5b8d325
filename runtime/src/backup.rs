//! Back-ups: a folder with the database as of one moment, what belongs to it, and the digest of each
//! file; and the way back.
//!
//! A restored database does not know what was sent after it was copied. It knows that it was restored,
//! and leaves every sending that may be a second one to a person.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::config::Config;
use crate::store::events::{self, NewEvent};
use crate::store::{self, Access, Database, Found, Store, StoreError, backup, beside, transaction};

const DATABASE: &str = "silex.db";
const SECRET: &str = "silex.db.secret";
const BUNDLE: &str = "bundle.json";
const CONTENTS: &str = "contents.json";

/// Why there is no back-up, or none was restored. Nothing is left half done.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is not a file.
    #[error(
        "the database is on a server: copy it with `pg_dump --format=custom`, see docs/operations.md"
    )]
    Server,
    /// Nothing was restored.
    #[error("there is no database in {0}")]
    Nothing(String),
    /// Nothing is written over.
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// A file is not what was copied.
    #[error("{} is not what was copied: its digest is another", .0.display())]
    Changed(PathBuf),
    /// The folder is no back-up.
    #[error("{} is no back-up: {why}", .folder.display())]
    NoBackup {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system refused something.
    #[error("{}: {error}", .path.display())]
    System {
        /// Where.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
}

/// What is in a back-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    /// When the copy was begun, milliseconds since 1970.
    pub made_at: i64,
    /// The version of the program that made it.
    pub program: String,
    /// The digest of each file, SHA-256.
    pub files: BTreeMap<String, String>,
}

/// Copies the database of a configuration, its secret and its bundle into a new folder. The owner of the
/// database may run and write.
///
/// # Errors
/// When anything is in the way, there is no space, or the copy does not read well.
pub async fn make(config: &Config, folder: &Path, now: i64) -> Result<Contents, BackupError> {
    let database = config.database.file().ok_or(BackupError::Server)?;
    if folder.exists() {
        return Err(BackupError::Exists(folder.to_owned()));
    }
    if !database.exists() {
        let error = io::Error::from(io::ErrorKind::NotFound);
        return Err(system(database)(error));
    }
    // It gets its name when it is whole.
    let unfinished = beside(folder, ".unfinished");
    private_folder(&unfinished)?;
    let copied = fill(config, database, &unfinished, now).await;
    let finished = copied.and_then(|contents| {
        fs::rename(&unfinished, folder).map_err(system(folder))?;
        sync(parent(folder))?;
        Ok(contents)
    });
    if finished.is_err() {
        // Why it failed says more than that it cannot be removed.
        let _ = fs::remove_dir_all(&unfinished);
    }
    finished
}

async fn fill(
    config: &Config,
    database: &Path,
    folder: &Path,
    now: i64,
) -> Result<Contents, BackupError> {
    let copy = folder.join(DATABASE);
    backup::copy(database, &copy).await?;
    backup::check(&copy).await?;
    let others = [
        (beside(database, ".secret"), SECRET),
        (config.bundle.clone(), BUNDLE),
    ];
    let mut files = BTreeMap::from([(DATABASE.to_owned(), digest(&copy)?)]);
    for (from, name) in others.iter().filter(|(from, _)| from.exists()) {
        let to = folder.join(name);
        fs::copy(from, &to).map_err(system(from))?;
        files.insert((*name).to_owned(), digest(&to)?);
    }
    let contents = Contents {
        made_at: now,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        files,
    };
    let path = folder.join(CONTENTS);
    let text = json!(contents).to_string();
    fs::write(&path, text).map_err(system(&path))?;
    for name in contents
        .files
        .keys()
        .map(String::as_str)
        .chain([CONTENTS, "."])
    {
        sync(&folder.join(name))?;
    }
    Ok(contents)
}

/// Puts a back-up in the place of the database of a configuration, where none may be. Gives what it held.
///
/// # Errors
/// When there is a database, or a file of the back-up is not what was copied.
pub async fn restore(
    config: &Config,
    folder: &Path,
    by: &str,
    now: i64,
) -> Result<Contents, BackupError> {
    let database = config.database.file().ok_or(BackupError::Server)?;
    let contents = contents(folder)?;
    let secret = beside(database, ".secret");
    let mut places = vec![(DATABASE, database.to_owned())];
    // Without it, answers to mail that was sent are known by their ids alone.
    if contents.files.contains_key(SECRET) {
        places.push((SECRET, secret));
    }
    // Answers that are not in a database yet are of that one.
    let of_another = ["-wal", "-shm", ".answers"].map(|end| beside(database, end));
    let mut inplace = places
        .iter()
        .map(|(_, place)| place.clone())
        .chain(of_another);
    if let Some(exists) = inplace.find(|place| place.exists()) {
        return Err(BackupError::Exists(exists));
    }
    for (name, digested) in &contents.files {
        let path = folder.join(name);
        if digest(&path)? != *digested {
            return Err(BackupError::Changed(path));
        }
    }
    let unfinished = beside(database, ".unfinished");
    let copied = async {
        fs::copy(folder.join(DATABASE), &unfinished).map_err(system(&unfinished))?;
        backup::check(&unfinished).await?;
        note(&unfinished.clone().into(), by, now).await?;
        sync(&unfinished)
    };
    if let Err(error) = copied.await {
        // As above.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    for (name, place) in places.iter().filter(|(name, _)| *name != DATABASE) {
        fs::copy(folder.join(name), place).map_err(system(place))?;
        sync(place)?;
    }
    // The lock of the copy is a file that nobody needs any more.
    let _ = fs::remove_file(beside(&unfinished, ".lock"));
    fs::rename(&unfinished, database).map_err(system(database))?;
    sync(parent(database))?;
    Ok(contents)
}

/// Notes in a database that it was restored, by whatever means. No process may run on it.
///
/// # Errors
/// When there is none, it is in use, or cannot be written.
pub async fn note(database: &Database, by: &str, now: i64) -> Result<(), BackupError> {
    if store::look(database).await? == Found::Nothing {
        return Err(BackupError::Nothing(database.to_string()));
    }
    let store = Store::open(database, Access::Own, now).await?;
    let by = by.to_owned();
    let work = transaction(move |tx| {
        async move {
            backup::note(tx, &by, now).await?;
            let restored = NewEvent::new("database.restored", &by);
            events::append(tx, &restored, now).await?;
            Ok(())
        }
        .boxed()
    });
    let noted = store.write("", work).await;
    store.close().await;
    Ok(noted?)
}

fn contents(folder: &Path) -> Result<Contents, BackupError> {
    let path = folder.join(CONTENTS);
    let no_backup = |why: String| BackupError::NoBackup {
        folder: folder.to_owned(),
        why,
    };
    let text =
        fs::read_to_string(&path).map_err(|error| no_backup(format!("{CONTENTS}: {error}")))?;
    let contents: Contents =
        serde_json::from_str(&text).map_err(|error| no_backup(format!("{CONTENTS}: {error}")))?;
    let known = [DATABASE, SECRET, BUNDLE];
    if let Some(name) = contents
        .files
        .keys()
        .find(|name| !known.contains(&name.as_str()))
    {
        return Err(no_backup(format!("it has a file `{name}`")));
    }
    if !contents.files.contains_key(DATABASE) {
        return Err(no_backup("it has no database".to_owned()));
    }
    Ok(contents)
}

fn digest(path: &Path) -> Result<String, BackupError> {
    let mut file = fs::File::open(path).map_err(system(path))?;
    let mut hash = Sha256::new();
    io::copy(&mut file, &mut hash).map_err(system(path))?;
    Ok(hex::encode(hash.finalize()))
}

fn private_folder(path: &Path) -> Result<(), BackupError> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(system(path))
}

/// Has the system write a file or a folder to the disk.
fn sync(path: &Path) -> Result<(), BackupError> {
    let opened = fs::File::open(path).and_then(|file| file.sync_all());
    opened.map_err(system(path))
}

fn parent(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    parent.unwrap_or(Path::new("."))
}

fn system(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |error| BackupError::System { path, error }
}
