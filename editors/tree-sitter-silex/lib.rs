//! Silex for editors that read with tree-sitter: the language, and the queries that colour, indent and
//! fold by it.

use tree_sitter_language::LanguageFn;

#[expect(unsafe_code, reason = "a tree-sitter parser is a function of C")]
unsafe extern "C" {
    fn tree_sitter_silex() -> *const ();
}

/// The grammar.
#[expect(
    unsafe_code,
    reason = "the generated function gives a table that is never written"
)]
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_silex) };

/// Which node has which colour.
pub const HIGHLIGHTS: &str = include_str!("queries/highlights.scm");
/// What is indented.
pub const INDENTS: &str = include_str!("queries/indents.scm");
/// What can be folded.
pub const FOLDS: &str = include_str!("queries/folds.scm");
/// What is written in another language.
pub const INJECTIONS: &str = include_str!("queries/injections.scm");
