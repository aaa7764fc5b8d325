//! The Silex compiler: text in, diagnostics and a bundle out. Pure.
//!
//! [`check`] and [`build`] take a [`Package`] as text already read. What they find points into
//! [`sources`], by which a caller turns a span into a path, a line and a column.

pub mod analysis;
pub mod ask;
pub mod audit;
pub mod codegen;
pub mod condition;
pub mod diagnostic;
pub mod diff;
pub mod edit_distance;
pub mod explain;
pub mod format;
pub mod hir;
pub mod lint;
pub mod package;
pub mod resolve;
pub mod satisfy;
pub mod source;
pub mod syntax;
pub mod typeck;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use package::{Manifest, Package, SourceFile};
pub use source::Sources;

use silex_bundle::Bundle;
use silex_bundle::behaviour::Limits;

use crate::analysis::facts::Facts;
use crate::hir::Hir;
use crate::package::Loaded;
use crate::resolve::{Module, Names};

/// What the compiler made of a package.
#[derive(Debug)]
pub struct Compiled {
    /// The bundle, if there is no error.
    pub bundle: Option<Bundle>,
    /// What is wrong with the package, and what may be, by file and position.
    pub found: Vec<Diagnostic>,
    /// Its manifest, with defaults for what it does not say.
    pub manifest: Manifest,
    /// The files into which the findings and the bundle point.
    pub sources: Sources,
}

/// Which lints look at a package.
#[derive(Debug, Clone, Copy)]
pub enum Lints<'a> {
    /// None, as long as there is no error: what is asked is what the package means.
    None,
    /// Those that its manifest wants, and those of these codes in any case.
    Wanted(&'a [&'a str]),
}

/// What is wrong with a package, and what may be, by file and position.
#[must_use]
pub fn check(package: &Package) -> Vec<Diagnostic> {
    build(package).1
}

/// The bundle of a package, if there is no error in it, and all that was found.
#[must_use]
pub fn build(package: &Package) -> (Option<Bundle>, Vec<Diagnostic>) {
    let compiled = compile(package, Lints::Wanted(&[]));
    (compiled.bundle, compiled.found)
}

/// What the lints of some codes find in a package, or all of them if none is named, and what is
/// wrong with it. A lint that is named looks though it be off.
#[must_use]
pub fn lint(package: &Package, codes: &[&str]) -> Vec<Diagnostic> {
    let mut found = compile(package, Lints::Wanted(codes)).found;
    found.retain(|it| match lint::find(it.code) {
        Some(lint) => codes.is_empty() || codes.contains(&lint.code),
        None => true,
    });
    found
}

/// The package with the changes that the lints of some codes offer, or all of them if none is
/// named, as long as they help.
#[must_use]
pub fn fix(package: &Package, codes: &[&str]) -> lint::Fixed {
    let wanted = |code: &str| codes.is_empty() || codes.contains(&code);
    lint::fix(package, &wanted, &|package| {
        let compiled = compile(package, Lints::Wanted(codes));
        (compiled.found, compiled.sources)
    })
}

/// Whether a package with formatted files means what it meant before: its bundle is the same but
/// for its sources. A package that does not build means nothing yet, and keeps that.
#[must_use]
pub fn keeps_meaning(before: &Package, after: &Package) -> bool {
    let meaning = |package: &Package| {
        let bundle = compile(package, Lints::None).bundle?;
        Some(bundle.meaning_digest())
    };
    meaning(before).is_none_or(|digest| meaning(after) == Some(digest))
}

/// Compiles a package.
#[must_use]
pub fn compile(package: &Package, lints: Lints<'_>) -> Compiled {
    let mut diagnostics = Diagnostics::default();
    let mut loaded = package::load(package, &mut diagnostics);
    if let Lints::Wanted(codes) = lints {
        lint::turn_on(&mut loaded.manifest, codes);
    }
    let modules: Vec<Module> = loaded
        .modules
        .iter()
        .map(|it| parse(&loaded, it, &mut diagnostics))
        .collect();
    let names = resolve::resolve(&modules, &mut diagnostics);
    let mut hir = understand(&loaded, &names, &mut diagnostics);
    let bundle = generate(&mut hir, &loaded);
    analysis::samples::refuse(&bundle, &mut diagnostics);
    analysis::exfiltration::refuse(&bundle, &hir, &mut diagnostics);
    let facts = Facts::new(&bundle, loaded.manifest.variants);
    // What was wrong is not in the bundle as it was meant.
    if diagnostics.is_clean() {
        analysis::tokens::refuse(&facts, &hir, &mut diagnostics);
    }
    let found = if matches!(lints, Lints::None) && diagnostics.is_clean() {
        Vec::new()
    } else {
        let known = lint::Known {
            modules: &modules,
            sources: &loaded.sources,
            manifest: &loaded.manifest,
            names: &names,
            hir: &hir,
            facts: &facts,
        };
        lint::run(&known, diagnostics)
    };
    let is_clean = found.iter().all(|it| it.severity != Severity::Error);
    Compiled {
        bundle: is_clean.then_some(bundle),
        found,
        manifest: loaded.manifest,
        sources: loaded.sources,
    }
}

/// The files into which the diagnostics and the bundle of a package point.
#[must_use]
pub fn sources(package: &Package) -> Sources {
    package::load(package, &mut Diagnostics::default()).sources
}

/// The typed package, as far as its modules can be understood.
fn understand(loaded: &Loaded, names: &Names<'_>, diagnostics: &mut Diagnostics) -> Hir {
    let layouts: Vec<&str> = loaded
        .layouts
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    let limits = Limits {
        tokens: loaded.manifest.tokens,
        ..Limits::default()
    };
    typeck::check(names, &layouts, limits, diagnostics)
}

fn parse(loaded: &Loaded, module: &package::LoadedModule, diagnostics: &mut Diagnostics) -> Module {
    let text = loaded
        .sources
        .get(module.file)
        .map_or("", |source| source.text.as_str());
    // A file in another encoding is one mistake: the places in it are not those that its author sees.
    let is_encoded = |it: &Diagnostic| {
        let span = it.span();
        it.code == "not-utf8" && span.file == module.file && span.start == span.end
    };
    let encoded = diagnostics.as_slice().iter().any(is_encoded);
    let mut found = Diagnostics::default();
    let file = syntax::parse(module.file, text, &mut found);
    if !encoded {
        diagnostics.extend(found.finish());
    }
    Module {
        name: module.name.clone(),
        prefix: module.prefix.clone(),
        dependencies: module.dependencies.clone(),
        file,
    }
}

fn generate(hir: &mut Hir, loaded: &Loaded) -> Bundle {
    // Modules are loaded before manifests, which no bundle shows.
    let sources = loaded.sources.first(loaded.modules.len());
    let frame = codegen::Frame {
        manifest: &loaded.manifest,
        layouts: &loaded.layouts,
        sources,
    };
    codegen::bundle(hir, frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = r#"model m { provider anthropic name "x" max_tokens 100 }
behaviour f(mail: Mail) -> Reply { model m role "You answer." must a "A." }
"#;

    #[track_caller]
    fn check(changed: &str, same: bool) {
        let package = |text: &str| Package {
            manifest: "name: test\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
            files: vec![SourceFile::new("specs/test.silex", text)],
            ..Package::default()
        };
        assert!(build(&package(SPEC)).0.is_some());
        assert_eq!(keeps_meaning(&package(SPEC), &package(changed)), same);
    }

    #[test]
    fn white_space_and_comments_mean_nothing() {
        let formatted = crate::format::format(SPEC).unwrap();
        assert_ne!(formatted, SPEC);
        check(&formatted, true);
        check(&format!("// note\n{SPEC}"), true);
    }

    #[test]
    fn words_names_and_strengths_mean_something() {
        check(&SPEC.replace("A.", "A!"), false);
        check(&SPEC.replace("must a", "must b"), false);
        check(&SPEC.replace("must", "should"), false);
        check(&SPEC.replace("must", "msut"), false);
    }
}
