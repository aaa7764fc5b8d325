//! Text to tree: the grammar, the parser and the tree that it makes.
//!
//! A file always gives a tree; what could not be read is in it as junk, and reported once.

pub mod ast;
mod decode;
pub(crate) mod dedent;
pub(crate) mod lexer;
mod parser;

pub use decode::decode;
pub use parser::parse;
pub(crate) use parser::{Mark, is_word, ours, parse_outlined};
