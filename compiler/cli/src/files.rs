//! Reading a package from disk, and writing what was made of it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use silex_compiler::package::{Manifest, Package, SourceFile};
use silex_compiler::source::FileId;

use crate::Failure;

/// How deep packages may use packages.
const DEPTH: usize = 16;

/// Reads the package in a folder, with the packages that it uses.
pub(crate) fn package(folder: &Path) -> Result<Package, Failure> {
    read(folder, 0)
}

/// The folder of the package that a file belongs to.
pub(crate) fn root(path: &Path) -> Option<PathBuf> {
    let folders = path.ancestors().skip(1);
    let mut packages = folders.filter(|folder| folder.join("silex.yaml").is_file());
    packages.next().map(Path::to_owned)
}

/// The manifest of the package in a folder as far as it can be read.
pub(crate) fn manifest(text: &str) -> Manifest {
    Manifest::parse(text, FileId(0)).0.unwrap_or_default()
}

fn read(folder: &Path, depth: usize) -> Result<Package, Failure> {
    let path = folder.join("silex.yaml");
    if !path.exists() {
        return Err(Failure::new(format!(
            "{} is no package: there is no `silex.yaml` in it (`silex new NAME` makes one)",
            folder.display()
        )));
    }
    let manifest = text(&path)?;
    let known = self::manifest(&manifest);
    let mut files = Vec::new();
    for path in modules(&folder.join(&known.specs))? {
        files.push(SourceFile {
            path: inside(folder, &path),
            bytes: bytes(&path)?,
        });
    }
    let mut layouts = Vec::new();
    for path in with_extension(&folder.join(&known.layouts), "jinja")? {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        layouts.push((name, text(&path)?));
    }
    let mut dependencies = Vec::new();
    for dependency in &known.dependencies {
        let there = folder.join(&dependency.path);
        // One that is missing is the compiler's to report, at its place in the manifest.
        if depth < DEPTH && there.join("silex.yaml").is_file() {
            dependencies.push((dependency.name.clone(), read(&there, depth + 1)?));
        }
    }
    Ok(Package {
        manifest,
        files,
        layouts,
        dependencies,
    })
}

/// The `.silex` files below a folder, in order; none when there is no folder.
pub(crate) fn modules(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        found.extend(with_extension(&folder, "silex")?);
        // A link to a folder may lead back here, and a hidden folder is no author's.
        open.extend(
            entries(&folder)?
                .into_iter()
                .filter(|path| path.is_dir() && !path.is_symlink() && !is_hidden(path)),
        );
    }
    found.sort();
    Ok(found)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// The files of a folder with an extension, in order; none when there is no folder.
pub(crate) fn with_extension(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    for path in entries(folder)? {
        if path.extension().is_some_and(|known| known == extension) {
            // A link that leads nowhere, or in a circle, is not passed over in silence.
            let known = fs::metadata(&path).map_err(|error| Failure::at(&path, error))?;
            if known.is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
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

/// The path from a folder, with `/`.
fn inside(folder: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(folder).unwrap_or(path);
    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

/// The bytes of a file.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| Failure::at(path, error))
}

/// The text of a file that is read whole or not at all.
fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(path)?).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].split(|byte| *byte == b'\n').count();
        let message = format!("line {line}: byte {at} of the file is not UTF-8; save it as UTF-8");
        Failure::at(path, message)
    })
}

/// Makes a folder and those around it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| Failure::at(path, error))
}

/// Writes a file whole or not at all.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        make_folder(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    let part = path.with_file_name(name);
    fs::write(&part, bytes).map_err(|error| Failure::at(&part, error))?;
    fs::rename(&part, path).map_err(|error| Failure::at(path, error))
}
