//! The Silex compiler: text in, diagnostics and a bundle out. Pure.
//!
//! [`check`] and [`build`] take a [`Package`] as text already read. What they find points into
//! [`sources`], by which a caller turns a span into a path, a line and a column.

pub mod analysis;
pub mod ask;
pub mod audit;
pub mod codegen;
pub mod diagnostic;
pub mod diff;
pub mod edit_distance;
pub mod explain;
pub mod format;
pub mod hir;
pub mod ide;
pub mod lint;
pub mod memory;
pub mod package;
pub mod resolve;
pub mod satisfy;
pub mod source;
pub mod syntax;
pub mod typeck;

mod ledger;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use package::{Manifest, Package, SourceFile};
pub use silex_bundle::condition;
pub use source::Sources;

use silex_bundle::Bundle;

use crate::memory::Memory;

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
    let meaning = match lints {
        Lints::None => Memory::default().meaning(package),
        Lints::Wanted(_) => None,
    };
    if let Some(compiled) = meaning {
        return compiled;
    }
    let mut memory = Memory::default();
    let found = memory.compile(package, lints);
    memory.into_compiled(found)
}

/// The files into which the diagnostics and the bundle of a package point.
#[must_use]
pub fn sources(package: &Package) -> Sources {
    package::load(package, &mut Diagnostics::default()).sources
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
