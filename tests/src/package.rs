//! Packages compiled on the spot.

use std::fs;
use std::path::{Path, PathBuf};

use silex_bundle::Bundle;
use silex_compiler::{Package, SourceFile};

/// The folder of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A package of one module.
#[must_use]
pub fn of_text(name: &str, text: &str) -> Package {
    Package {
        manifest: format!("name: {name}\nversion: 0.1.0\nsilex: \"0.1\"\n"),
        files: vec![SourceFile::new(&format!("specs/{name}.silex"), text)],
        ..Package::default()
    }
}

/// The package of this name under `examples/`.
///
/// # Panics
/// When it cannot be read.
#[must_use]
pub fn example(name: &str) -> Package {
    let folder = repository().join("examples").join(name);
    let mut files = Vec::new();
    collect(&folder, &folder.join("specs"), &mut files);
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let manifest = read(&folder.join("silex.yaml"));
    Package {
        manifest: String::from_utf8_lossy(&manifest).into_owned(),
        files,
        ..Package::default()
    }
}

/// The bundle of a package that has no error in it.
///
/// # Panics
/// When it has one; the message lists what the compiler said.
#[must_use]
pub fn compiled(package: &Package) -> Bundle {
    let (bundle, diagnostics) = silex_compiler::build(package);
    match bundle {
        Some(bundle) => bundle,
        None => panic!("the package has errors: {diagnostics:#?}"),
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) {
    for path in entries(folder) {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "silex")
        {
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.push(SourceFile {
                path: name,
                bytes: read(&path),
            });
        }
    }
}

/// What is in a folder, by name.
///
/// # Panics
/// When the folder cannot be read.
#[must_use]
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut entries: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
