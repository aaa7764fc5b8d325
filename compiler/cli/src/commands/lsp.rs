//! `silex lsp`: the language server of editors.

use crate::{Ended, Failure, lsp};

/// Arguments of `silex lsp`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  silex lsp                  what an editor starts: editors/README.md

It speaks the Language Server Protocol on standard input and output. It reads
files and writes none.

Exit status: 0 the editor ended it, 1 the tool failed.")]
pub(crate) struct Arguments {
    /// Standard input and output, as many editors state; there is no other way.
    #[arg(long)]
    stdio: bool,
}

pub(crate) fn run(_: &Arguments) -> Result<Ended, Failure> {
    lsp::serve()
}
