//! That formatting changed nothing but the look.

use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::ast::File;
use crate::syntax::parse;

/// Whether a text has a tree, apart from the places of its nodes.
pub(super) fn is_tree_of(tree: &File, formatted: &str) -> bool {
    let mut diagnostics = Diagnostics::default();
    let other = parse(FileId(0), formatted, &mut diagnostics);
    diagnostics.is_clean() && format!("{tree:-?}") == format!("{other:-?}")
}

#[cfg(test)]
mod tests {
    use super::*;

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
