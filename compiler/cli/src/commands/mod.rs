//! One file for each subcommand: its arguments and its run.

pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod dev;
pub(crate) mod diff;
pub(crate) mod docs;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod fmt;
pub(crate) mod lint;
pub(crate) mod lsp;
pub(crate) mod new;
pub(crate) mod play;
pub(crate) mod render;
pub(crate) mod snapshot;
pub(crate) mod test;
pub(crate) mod tools;
pub(crate) mod variants;
