//! The Silex compiler: text in, diagnostics and a bundle out. Pure.
//!
//! [`check`] and [`build`] take a [`Package`] as text already read. What they find points into
//! [`sources`], by which a caller turns a span into a path, a line and a column.

pub mod analysis;
pub mod codegen;
pub mod diagnostic;
pub mod edit_distance;
pub mod format;
pub mod hir;
pub mod lint;
pub mod package;
pub mod resolve;
pub mod source;
pub mod syntax;
pub mod typeck;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use package::{Manifest, Package, SourceFile};
pub use source::Sources;

use silex_bundle::Bundle;
use silex_bundle::behaviour::Limits;

use crate::hir::Hir;
use crate::package::Loaded;
use crate::resolve::Module;

/// What is wrong with a package, and what may be, by file and position.
#[must_use]
pub fn check(package: &Package) -> Vec<Diagnostic> {
    build(package).1
}

/// The bundle of a package, if there is no error in it, and all that was found.
#[must_use]
pub fn build(package: &Package) -> (Option<Bundle>, Vec<Diagnostic>) {
    let mut diagnostics = Diagnostics::default();
    let loaded = package::load(package, &mut diagnostics);
    let hir = understand(&loaded, &mut diagnostics);
    let bundle = diagnostics.is_clean().then(|| generate(&hir, &loaded));
    if let Some(bundle) = &bundle {
        analysis::samples::refuse(bundle, &mut diagnostics);
    }
    (bundle.filter(|_| diagnostics.is_clean()), diagnostics.finish())
}

/// The files into which the diagnostics and the bundle of a package point.
#[must_use]
pub fn sources(package: &Package) -> Sources {
    package::load(package, &mut Diagnostics::default()).sources
}

/// The typed package, as far as its text can be understood.
fn understand(loaded: &Loaded, diagnostics: &mut Diagnostics) -> Hir {
    let modules: Vec<Module> = loaded.modules.iter().map(|module| parse(loaded, module, diagnostics)).collect();
    let names = resolve::resolve(&modules, diagnostics);
    let layouts: Vec<&str> = loaded.layouts.iter().map(|(name, _)| name.as_str()).collect();
    let limits = Limits { tokens: loaded.manifest.tokens, ..Limits::default() };
    let hir = typeck::check(&names, &layouts, limits, diagnostics);
    analysis::exfiltration::refuse(&hir, diagnostics);
    // What could not be read may be what uses an import.
    if diagnostics.is_clean() {
        diagnostics.extend(names.unused_imports());
    }
    hir
}

fn parse(loaded: &Loaded, module: &package::LoadedModule, diagnostics: &mut Diagnostics) -> Module {
    let text = loaded.sources.get(module.file).map_or("", |source| source.text.as_str());
    Module {
        name: module.name.clone(),
        prefix: module.prefix.clone(),
        dependencies: module.dependencies.clone(),
        file: syntax::parse(module.file, text, diagnostics),
    }
}

fn generate(hir: &Hir, loaded: &Loaded) -> Bundle {
    let sources: Vec<source::Source> = loaded.sources.iter().take(loaded.modules.len()).cloned().collect();
    let frame = codegen::Frame { manifest: &loaded.manifest, layouts: &loaded.layouts, sources: &sources };
    codegen::bundle(hir, frame)
}
