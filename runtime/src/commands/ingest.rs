//! `silexd ingest`: takes in mail from files.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::bail;
use silex_runtime::agent::{Deployment, receive};
use silex_runtime::mail::inbound::{Source, raw};
use silex_runtime::store::mails::Accepted;

use super::print;

/// One that cannot be taken in keeps no other out.
pub(crate) async fn run(deployment: &Deployment, files: &[PathBuf]) -> anyhow::Result<()> {
    let most = deployment.config.inbound.max_bytes;
    let mut refused = 0;
    for path in files {
        let said = match read(path, most) {
            Ok(bytes) => {
                let received = raw::receive(bytes, Source::File, None, &[]);
                match receive::accept(deployment, received).await? {
                    Accepted::New(_) => "taken in".to_owned(),
                    Accepted::Known(_) => "known already".to_owned(),
                }
            }
            Err(why) => {
                refused += 1;
                format!("not taken in: {why}")
            }
        };
        print(&format!("{}: {said}", path.display()));
    }
    match refused {
        0 => Ok(()),
        1 => bail!("one file was not taken in"),
        many => bail!("{many} files were not taken in"),
    }
}

/// The bytes of a mail, or why they are none: what `POST /mail` refuses is refused here.
fn read(path: &Path, most: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
    match read {
        Err(error) => Err(error.to_string()),
        Ok(0) => Err("it is empty".to_owned()),
        Ok(length) if length > most => Err(format!(
            "it has more than {most} bytes (`inbound.max_bytes`)"
        )),
        Ok(_) => Ok(bytes),
    }
}
