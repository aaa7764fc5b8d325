//! The examples compile clean, to the bundles that stand in `tests/bundles/`.
//!
//! The same files are the runtime's test inputs, so the seam is tested from both sides. Run with
//! `UPDATE=1` to write them anew; the difference is read in review like code.

use std::path::{Path, PathBuf};
use std::{env, fs};

use silex_bundle::Bundle;
use silex_compiler::source::FileId;
use silex_compiler::{Manifest, Package, SourceFile, build, sources};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read_package(folder: &Path) -> Package {
    let manifest = fs::read_to_string(folder.join("silex.yaml")).unwrap();
    let read = Manifest::parse(&manifest, FileId(0)).0.unwrap();
    let mut package = Package {
        manifest,
        ..Package::default()
    };
    read_files(folder, &folder.join(&read.specs), &mut package.files);
    package.layouts = read_layouts(&folder.join(&read.layouts));
    for used in &read.dependencies {
        package
            .dependencies
            .push((used.name.clone(), read_package(&folder.join(&used.path))));
    }
    package
}

fn read_layouts(folder: &Path) -> Vec<(String, String)> {
    // A package may have none.
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut layouts: Vec<(String, String)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect();
    layouts.sort();
    layouts
}

fn read_files(root: &Path, folder: &Path, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_files(root, &path, files);
        } else if path.extension().is_some_and(|it| it == "silex") {
            let inside = path
                .strip_prefix(root)
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            files.push(SourceFile {
                path: inside,
                bytes: fs::read(&path).unwrap(),
            });
        }
    }
}

/// The bundle of an example, which compiles without a word.
fn check_example(name: &str) -> Bundle {
    let package = read_package(&root().join("examples").join(name));
    let (bundle, diagnostics) = build(&package);
    let sources = sources(&package);
    let told: Vec<String> = diagnostics
        .iter()
        .map(|it| {
            let (path, line, column) = sources.place(it.span());
            format!("{path}:{line}:{column} {}: {}", it.code, it.message)
        })
        .collect();
    assert!(told.is_empty(), "{name}:\n{}", told.join("\n"));
    bundle.unwrap()
}

fn check_golden(name: &str) {
    let bytes = check_example(name).to_bytes();
    let path = root().join("tests/bundles").join(format!("{name}.json"));
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &bytes).unwrap();
    }
    let golden = fs::read(&path).unwrap_or_default();
    assert!(
        bytes == golden,
        "the bundle of {name} differs from {}: run with UPDATE=1 and read the difference",
        path.display()
    );
}

#[test]
fn hello_compiles_to_its_golden_bundle() {
    check_golden("hello");
}

#[test]
fn aleik_compiles_to_its_golden_bundle() {
    check_golden("aleik");
}

#[test]
fn what_the_compiler_writes_can_be_read() {
    for name in ["hello", "aleik"] {
        let bundle = check_example(name);
        assert_eq!(Bundle::read(&bundle.to_bytes()).unwrap().0, bundle);
    }
}

#[test]
fn the_same_package_gives_the_same_bytes() {
    for name in ["hello", "aleik"] {
        assert!(check_example(name).to_bytes() == check_example(name).to_bytes());
    }
}
