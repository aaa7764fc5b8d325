//! That formatting changed nothing but the look.

use crate::diagnostic::Diagnostics;
use crate::package::Package;
use crate::source::FileId;
use crate::syntax::ast::File;
use crate::syntax::parse;

/// Whether a text has a tree, apart from the places of its nodes.
pub(super) fn is_tree_of(tree: &File, formatted: &str) -> bool {
    let mut diagnostics = Diagnostics::default();
    let other = parse(FileId(0), formatted, &mut diagnostics);
    diagnostics.is_clean() && format!("{tree:-?}") == format!("{other:-?}")
}

/// Whether a package with formatted files means what it meant before: its bundle is the same but
/// for its sources. A package that does not build means nothing yet, and keeps that.
#[must_use]
pub fn keeps_meaning(before: &Package, after: &Package) -> bool {
    match crate::build(before).0 {
        Some(bundle) => crate::build(after)
            .0
            .is_some_and(|other| other.meaning_digest() == bundle.meaning_digest()),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::SourceFile;

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
        assert!(crate::build(&package(SPEC)).0.is_some());
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

    #[test]
    fn trees_are_compared_without_their_places() {
        let tree = |text| parse(FileId(0), text, &mut Diagnostics::default());
        assert!(is_tree_of(
            &tree("enum T { a, b }"),
            "enum T {\n  a\n  b\n}\n"
        ));
        assert!(!is_tree_of(&tree("enum T { a, b }"), "enum T { b, a }"));
        assert!(!is_tree_of(&tree("enum T { a }"), "enum T { a"));
    }
}
