//! What is parsed, and what is said about what is not.

mod properties;
mod recovery;

use super::parse;
use crate::diagnostic::Diagnostics;
use crate::source::FileId;
use crate::syntax::ast::File;

/// Every construct of the language, in the form that its description shows.
pub(crate) const DESIGN: &str = include_str!("design.silex");

fn parsed(text: &str) -> (File, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let file = parse(FileId(0), text, &mut diagnostics);
    (file, diagnostics)
}

/// The tree without its positions, and what is wrong.
fn check_clean(text: &str) -> File {
    let (file, diagnostics) = parsed(text);
    assert_eq!(diagnostics.finish(), [], "in {text}");
    file
}

#[test]
fn every_construct_of_the_language_is_read() {
    assert_eq!(check_clean(DESIGN).items.len(), 21);
}
