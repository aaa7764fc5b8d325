//! `silexd ingest`: takes in mail from files.

use std::path::PathBuf;

use anyhow::Context as _;
use silex_runtime::agent::{Deployment, receive};
use silex_runtime::mail::inbound::{Source, raw};
use silex_runtime::store::mails::Accepted;

use super::print;

pub(crate) async fn run(deployment: &Deployment, files: &[PathBuf]) -> anyhow::Result<()> {
    for path in files {
        let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
        let accepted =
            receive::accept(deployment, raw::receive(bytes, Source::File, None, &[])).await?;
        let said = match accepted {
            Accepted::New(_) => "taken in",
            Accepted::Known(_) => "known already",
        };
        print(&format!("{}: {said}", path.display()));
    }
    Ok(())
}
