//! What `silex dev` keeps: a database, a folder for mail to come, one for mail that went.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::{Failure, files};

/// The folder `.silex` of a package.
#[derive(Debug)]
pub(super) struct State {
    folder: PathBuf,
    /// The package's sample mails.
    samples: PathBuf,
    /// Held while it is in use, so that no second `silex dev` takes it away.
    _lock: File,
}

impl State {
    /// Makes it, empty unless what is there is to be kept.
    pub(super) fn make(package: &Path, keep: bool) -> Result<Self, Failure> {
        let folder = package.join(".silex");
        files::make_folder(&folder)?;
        let path = folder.join("dev.lock");
        let lock = File::create(&path).map_err(|error| Failure::at(&path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new(format!(
                    "another `silex dev` runs in {}: stop it first, or use its page",
                    package.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(Failure::at(&path, error)),
        }
        let state = Self {
            folder,
            samples: package.join("mail"),
            _lock: lock,
        };
        if !keep {
            state.clear()?;
        }
        files::write(&state.folder.join(".gitignore"), b"*\n")?;
        files::make_folder(&state.mail().join("taken"))?;
        files::make_folder(&state.outbox())?;
        Ok(state)
    }

    /// The database file.
    pub(super) fn database(&self) -> PathBuf {
        self.folder.join("silex.db")
    }

    /// The watched folder.
    pub(super) fn mail(&self) -> PathBuf {
        self.folder.join("mail")
    }

    /// Where approved mail goes.
    pub(super) fn outbox(&self) -> PathBuf {
        self.folder.join("outbox")
    }

    /// The sample mails of the package.
    pub(super) fn samples(&self) -> Result<Vec<PathBuf>, Failure> {
        files::with_extension(&files::Disk, &self.samples, "eml")
    }

    /// Removes what an earlier run left, and nothing else.
    fn clear(&self) -> Result<(), Failure> {
        for folder in [self.mail(), self.outbox()] {
            gone(fs::remove_dir_all(&folder)).map_err(|error| Failure::at(&folder, error))?;
        }
        for ending in ["", "-wal", "-shm"] {
            let mut path = self.database().into_os_string();
            path.push(ending);
            gone(fs::remove_file(&path)).map_err(|error| Failure::at(Path::new(&path), error))?;
        }
        Ok(())
    }
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
