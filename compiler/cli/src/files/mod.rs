//! Reading a package, and writing what was made of it.

mod revision;
mod tree;

use std::fs;
use std::path::{Path, PathBuf};

use silex_compiler::package::{Manifest, Package, SourceFile};
use silex_compiler::source::FileId;

pub(crate) use revision::Revision;
pub(crate) use tree::{Disk, Tree};

use crate::Failure;

/// How deep packages may use packages.
const DEPTH: usize = 16;

/// Reads the package in a folder, with the packages that it uses.
pub(crate) fn package(folder: &Path) -> Result<Package, Failure> {
    read(&Disk, folder, 0)
}

/// Reads a package from a tree of files that need not be on disk.
pub(crate) fn package_in(tree: &dyn Tree, folder: &Path) -> Result<Package, Failure> {
    read(tree, folder, 0)
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

fn read(tree: &dyn Tree, folder: &Path, depth: usize) -> Result<Package, Failure> {
    let path = folder.join("silex.yaml");
    if !tree.is_file(&path) {
        return Err(Failure::new(format!(
            "{} is no package: there is no `silex.yaml` in it (`silex new NAME` makes one)",
            folder.display()
        )));
    }
    let manifest = String::from_utf8_lossy(&tree.bytes(&path)?).into_owned();
    let known = self::manifest(&manifest);
    let mut files = Vec::new();
    for path in modules(tree, &folder.join(&known.specs))? {
        files.push(SourceFile {
            path: inside(folder, &path),
            bytes: tree.bytes(&path)?,
        });
    }
    let mut layouts = Vec::new();
    for path in with_extension(tree, &folder.join(&known.layouts), "jinja")? {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        layouts.push((name, text(tree, &path)?));
    }
    let mut dependencies = Vec::new();
    for dependency in &known.dependencies {
        let there = folder.join(&dependency.path);
        // One that is missing is the compiler's to report, at its place in the manifest.
        if depth < DEPTH && tree.is_file(&there.join("silex.yaml")) {
            dependencies.push((dependency.name.clone(), read(tree, &there, depth + 1)?));
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
pub(crate) fn modules(tree: &dyn Tree, folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        found.extend(with_extension(tree, &folder, "silex")?);
        let folders = tree.folders(&folder)?;
        open.extend(folders.into_iter().filter(|path| !is_hidden(path)));
    }
    found.sort();
    Ok(found)
}

/// Whether a file or folder is no author's: an editor's lock or swap file, a tool's folder.
fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// The files of a folder with an extension, in order; none when there is no folder.
pub(crate) fn with_extension(
    tree: &dyn Tree,
    folder: &Path,
    extension: &str,
) -> Result<Vec<PathBuf>, Failure> {
    let is_wanted =
        |path: &Path| path.extension().is_some_and(|known| known == extension) && !is_hidden(path);
    let mut found = tree.files(folder, &is_wanted)?;
    found.sort();
    Ok(found)
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
fn text(tree: &dyn Tree, path: &Path) -> Result<String, Failure> {
    String::from_utf8(tree.bytes(path)?).map_err(|error| {
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
