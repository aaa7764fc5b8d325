//! A package as text already read: its manifest, its modules, its layouts, what it uses.
//!
//! Nothing here reads a disk: the caller finds the folders with [`Manifest::parse`], reads the
//! files and hands them over. The standard library is built in.

mod manifest;
mod node;

pub use manifest::{COMPILER, Dependency, Level, LintLevel, Manifest};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resolve::module_name;
use crate::source::{FileId, Sources, Span};
use crate::syntax;

/// A package before anything was understood of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// The text of `silex.yaml`, with U+FFFD for bytes that are not UTF-8.
    pub manifest: String,
    /// The `.silex` files under the spec folder.
    pub files: Vec<SourceFile>,
    /// Layout templates by name: the file's name without its extension.
    pub layouts: Vec<(String, String)>,
    /// The packages under `use`, by the name that they have there.
    pub dependencies: Vec<(String, Package)>,
}

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path from the folder of the manifest, with `/`.
    pub path: String,
    /// What stands in it.
    pub bytes: Vec<u8>,
}

impl SourceFile {
    /// A file that holds a text.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            bytes: text.as_bytes().to_vec(),
        }
    }
}

/// The module of the standard library.
const STANDARD: &str = include_str!("../../../../specs/silex.silex");

/// The layout of a behaviour that names none.
pub const DEFAULT_LAYOUT: &str = "plain";

/// The layouts that every package has.
const STANDARD_LAYOUTS: [(&str, &str); 2] = [
    (
        "plain",
        include_str!("../../../../specs/layouts/plain.jinja"),
    ),
    ("xml", include_str!("../../../../specs/layouts/xml.jinja")),
];

/// Whether a layout is that of the standard library; a package can have its own under the same name.
pub(crate) fn is_standard(name: &str, template: &str) -> bool {
    STANDARD_LAYOUTS.contains(&(name, template))
}

/// A package with all that it uses, each file with its place among the sources.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The manifest of the package itself.
    pub(crate) manifest: Manifest,
    /// Every text that a diagnostic can point into: modules, then manifests and layouts.
    pub(crate) sources: Sources,
    /// The modules, that of the standard library first.
    pub(crate) modules: Vec<LoadedModule>,
    /// Layouts of all packages by name; the package's own hide others of the same name.
    pub(crate) layouts: Vec<(String, String)>,
    /// Their files, of those that are not of the standard library.
    pub(crate) layout_files: Vec<LayoutFile>,
}

/// A layout and the file that it stands in.
#[derive(Debug, Clone)]
pub(crate) struct LayoutFile {
    /// What behaviours call it.
    pub(crate) name: String,
    /// The file.
    pub(crate) file: FileId,
    /// Whether it is the package's own, and not one of those that it uses.
    pub(crate) is_own: bool,
}

/// A module before it was parsed.
#[derive(Debug)]
pub(crate) struct LoadedModule {
    /// Qualified name.
    pub(crate) name: String,
    /// The names before those of its own package: empty, or `house.`.
    pub(crate) prefix: String,
    /// Names of the packages that its package uses.
    pub(crate) dependencies: Vec<String>,
    /// Its text.
    pub(crate) file: FileId,
    /// What is wrong with the bytes of the text.
    pub(crate) decoded: Vec<Diagnostic>,
}

/// Gives every file its number and every module its name.
pub(crate) fn load(package: &Package, diagnostics: &mut Diagnostics) -> Loaded {
    let mut loaded = Loaded {
        manifest: Manifest::default(),
        sources: Sources::default(),
        modules: Vec::new(),
        layouts: Vec::new(),
        layout_files: Vec::new(),
    };
    let file = loaded.sources.add("silex:silex.silex", STANDARD.to_owned());
    let standard = LoadedModule {
        name: "silex".into(),
        prefix: String::new(),
        dependencies: Vec::new(),
        file,
        decoded: Vec::new(),
    };
    loaded.modules.push(standard);
    load_modules(&mut loaded, package, &Place::default(), diagnostics);
    loaded.layouts.extend(
        STANDARD_LAYOUTS
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
    );
    loaded.manifest = load_manifests(&mut loaded, package, &Place::default(), diagnostics);
    loaded
}

/// Where a package lies: how its modules are named and where its files are, from the root.
#[derive(Default)]
struct Place {
    prefix: String,
    folder: String,
}

impl Place {
    fn of(&self, dependency: &Dependency) -> Self {
        Self {
            prefix: format!("{}{}.", self.prefix, dependency.name),
            folder: format!("{}{}/", self.folder, dependency.path.trim_end_matches('/')),
        }
    }
}

fn load_modules(
    loaded: &mut Loaded,
    package: &Package,
    place: &Place,
    diagnostics: &mut Diagnostics,
) {
    let manifest = Manifest::parse(&package.manifest, FileId(0))
        .0
        .unwrap_or_default();
    let dependencies: Vec<String> = manifest
        .dependencies
        .iter()
        .map(|it| it.name.clone())
        .collect();
    let mut files: Vec<&SourceFile> = package.files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    for file in files {
        let id = loaded.sources.next_id();
        let (text, decoded) = syntax::decode(id, &file.bytes);
        loaded
            .sources
            .add(&format!("{}{}", place.folder, file.path), text);
        let start = Span {
            file: id,
            start: 0,
            end: 0,
        };
        let name = module_name(&file.path, &manifest.specs).unwrap_or_else(|| {
            diagnostics.push(
                Diagnostic::error("module-name", start, format!("`{}` cannot be the name of a module", file.path))
                    .help("folders and files are named with lower-case letters, digits and `_`, a letter first"),
            );
            file.path.trim_end_matches(".silex").replace(['/', '-'], "_")
        });
        let first = name.split('.').next().unwrap_or_default();
        if first == "silex" || dependencies.iter().any(|dependency| dependency == first) {
            let message = format!("a module cannot be called `{first}`: a package is called so");
            diagnostics.push(
                Diagnostic::error("module-name", start, message).help("rename the file or folder"),
            );
        }
        loaded.modules.push(LoadedModule {
            name: format!("{}{name}", place.prefix),
            prefix: place.prefix.clone(),
            dependencies: dependencies.clone(),
            file: id,
            decoded,
        });
    }
    for (name, text) in &package.layouts {
        if !loaded.layouts.iter().any(|(other, _)| other == name) {
            loaded.layouts.push((name.clone(), text.clone()));
        }
    }
    for (dependency, package) in used(&manifest, package) {
        load_modules(loaded, package, &place.of(dependency), diagnostics);
    }
}

/// Reads the manifests once more, now that their numbers do not move those of the modules, and gives
/// that of the package.
fn load_manifests(
    loaded: &mut Loaded,
    package: &Package,
    place: &Place,
    diagnostics: &mut Diagnostics,
) -> Manifest {
    let path = format!("{}silex.yaml", place.folder);
    let file = loaded.sources.add(&path, package.manifest.clone());
    let (manifest, found) = Manifest::parse(&package.manifest, file);
    if let Some(at) = package.manifest.find('\u{FFFD}') {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span {
            file,
            start: offset(at),
            end: offset(at + '\u{FFFD}'.len_utf8()),
        };
        diagnostics.push(
            Diagnostic::error("not-utf8", span, "here the file is not UTF-8")
                .help("save the file as UTF-8"),
        );
    } else {
        diagnostics.extend(found);
    }
    let manifest = manifest.unwrap_or_default();
    if package.files.is_empty() {
        let start = Span {
            file,
            start: 0,
            end: 0,
        };
        let message = format!(
            "there is no `.silex` file in the folder `{}`",
            manifest.specs
        );
        diagnostics.push(
            Diagnostic::error("no-module", start, message)
                .help("`specs: FOLDER` says where the modules are"),
        );
    }
    for dependency in &manifest.dependencies {
        if !package
            .dependencies
            .iter()
            .any(|(name, _)| *name == dependency.name)
        {
            let message = format!("there is no package at `{}`", dependency.path);
            diagnostics.push(Diagnostic::error(
                "unknown-package",
                dependency.span,
                message,
            ));
        }
    }
    let folder = manifest.layouts.trim_end_matches('/');
    for (name, text) in &package.layouts {
        let path = format!("{}{folder}/{name}.jinja", place.folder);
        let file = loaded.sources.add(&path, text.clone());
        if !loaded.layout_files.iter().any(|it| it.name == *name) {
            loaded.layout_files.push(LayoutFile {
                name: name.clone(),
                file,
                is_own: place.prefix.is_empty(),
            });
        }
    }
    for (dependency, package) in used(&manifest, package) {
        load_manifests(loaded, package, &place.of(dependency), diagnostics);
    }
    manifest
}

fn used<'a>(
    manifest: &'a Manifest,
    package: &'a Package,
) -> impl Iterator<Item = (&'a Dependency, &'a Package)> {
    manifest.dependencies.iter().filter_map(|dependency| {
        let found = package
            .dependencies
            .iter()
            .find(|(name, _)| *name == dependency.name)?;
        Some((dependency, &found.1))
    })
}

#[cfg(test)]
mod tests;
