//! The levels of warnings: what the manifest and the author's `allow` make of each.
//!
//! Errors have no level. The last line of `lints` that names a warning's code, or `all`, counts;
//! `allow CODE because "…"` beside the declarations of a file takes its warnings away.

use crate::diagnostic::{Diagnostic, Severity};
use crate::package::{Level, Manifest};
use crate::resolve::Module;
use crate::source::FileId;
use crate::syntax::ast::ItemKind;

/// A code that an author allows in a file.
#[derive(Debug)]
pub(crate) struct Allowed {
    file: FileId,
    code: String,
}

/// What the files allow.
pub(crate) fn allowed(modules: &[Module]) -> Vec<Allowed> {
    let items = modules
        .iter()
        .flat_map(|module| module.file.items.iter().map(|item| (module.file.id, item)));
    let allows = items.filter_map(|(file, item)| match &item.kind {
        ItemKind::Allow(allow) => Some(Allowed {
            file,
            code: allow.code.text.clone(),
        }),
        ItemKind::Use(_)
        | ItemKind::Const(_)
        | ItemKind::Enum(_)
        | ItemKind::Record(_)
        | ItemKind::Entity(_)
        | ItemKind::Tool(_)
        | ItemKind::Model(_)
        | ItemKind::Ruleset(_)
        | ItemKind::Behaviour(_)
        | ItemKind::Agent(_)
        | ItemKind::Example(_)
        | ItemKind::Junk(_) => None,
    });
    allows.collect()
}

/// The findings with their levels applied.
pub(crate) fn levelled(
    found: Vec<Diagnostic>,
    manifest: &Manifest,
    allowed: &[Allowed],
) -> Vec<Diagnostic> {
    let levelled = found.into_iter().filter_map(|mut diagnostic| {
        if diagnostic.severity == Severity::Error {
            return Some(diagnostic);
        }
        let file = diagnostic.span().file;
        if allowed
            .iter()
            .any(|allow| allow.file == file && allow.code == diagnostic.code)
        {
            return None;
        }
        let named = |code: &str| code == "all" || code == diagnostic.code;
        match manifest.lints.iter().rev().find(|(code, _)| named(code)) {
            Some((_, Level::Allow)) => return None,
            Some((_, Level::Deny)) => diagnostic.severity = Severity::Error,
            Some((_, Level::Warn)) | None => {}
        }
        Some(diagnostic)
    });
    levelled.collect()
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;
    use crate::{Package, SourceFile, build};

    const USING: &str = "use b.{x}\n";

    /// The severity of the one warning in a package with some lints.
    fn check_level(lints: &str, allow: &str, wanted: Option<Severity>) {
        let package = Package {
            manifest: format!("name: a\nversion: 0.1.0\nsilex: \"0.1\"\nlints: {{ {lints} }}\n"),
            files: vec![
                SourceFile::new("specs/a.silex", &format!("{USING}{allow}")),
                SourceFile::new("specs/b.silex", "const x = 3\n"),
            ],
            ..Package::default()
        };
        let (bundle, found) = build(&package);
        assert_eq!(
            found.first().map(|it| (it.code, it.severity)),
            wanted.map(|it| ("unused-import", it))
        );
        assert_eq!(bundle.is_some(), wanted != Some(Severity::Error));
    }

    #[test]
    fn a_warning_is_told_and_does_not_stop_a_build() {
        check_level("", "", Some(Severity::Warning));
    }

    #[test]
    fn a_denied_warning_stops_a_build() {
        check_level("unused-import: deny", "", Some(Severity::Error));
        check_level("all: deny", "", Some(Severity::Error));
    }

    #[test]
    fn an_allowed_warning_is_not_told() {
        check_level("unused-import: allow", "", None);
        check_level(
            "",
            "allow unused-import because \"it comes next week\"\n",
            None,
        );
    }

    #[test]
    fn what_is_named_counts_before_all() {
        check_level(
            "unused-import: warn, all: deny",
            "",
            Some(Severity::Warning),
        );
    }
}
