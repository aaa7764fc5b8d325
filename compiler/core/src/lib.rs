//! The Silex compiler: text in, diagnostics and a bundle out. Pure.

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
