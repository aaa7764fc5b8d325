//! Where the files of a package lie: on disk, or in a revision of a repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::Failure;

/// Files in folders.
pub(crate) trait Tree {
    /// Whether there is a file.
    fn is_file(&self, path: &Path) -> bool;

    /// The bytes of a file.
    fn bytes(&self, path: &Path) -> Result<Vec<u8>, Failure>;

    /// The files of a folder whose path is wanted; none when there is no folder.
    fn files(
        &self,
        folder: &Path,
        is_wanted: &dyn Fn(&Path) -> bool,
    ) -> Result<Vec<PathBuf>, Failure>;

    /// The folders in a folder, links left out: one may lead back here.
    fn folders(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure>;
}

/// The files on this computer.
pub(crate) struct Disk;

impl Tree for Disk {
    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn bytes(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        super::bytes(path)
    }

    fn files(
        &self,
        folder: &Path,
        is_wanted: &dyn Fn(&Path) -> bool,
    ) -> Result<Vec<PathBuf>, Failure> {
        let mut found = Vec::new();
        for path in entries(folder)?.into_iter().filter(|path| is_wanted(path)) {
            // A link that leads nowhere, or in a circle, is not passed over in silence.
            let known = fs::metadata(&path).map_err(|error| Failure::at(&path, error))?;
            if known.is_file() {
                found.push(path);
            }
        }
        Ok(found)
    }

    fn folders(&self, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
        let entries = entries(folder)?.into_iter();
        let folders = entries.filter(|path| path.is_dir() && !path.is_symlink());
        Ok(folders.collect())
    }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Failure::at(folder, error)),
    };
    listed
        .map(|entry| {
            entry
                .map(|entry| entry.path())
                .map_err(|error| Failure::at(folder, error))
        })
        .collect()
}
