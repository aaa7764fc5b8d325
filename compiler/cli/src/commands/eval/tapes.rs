//! Recorded runs in a folder: one JSON file for each.

use std::path::{Path, PathBuf};

use silex_runtime::eval::transcript::{FORMAT, Transcript};

use crate::{Failure, files};

/// A folder of recordings.
#[derive(Debug)]
pub(super) struct Tapes {
    folder: Option<PathBuf>,
}

impl Tapes {
    /// The folder that is written or read, if any; one that is read must be there.
    pub(super) fn new(record: Option<&Path>, replay: Option<&Path>) -> Result<Self, Failure> {
        if let Some(folder) = replay.filter(|folder| !folder.is_dir()) {
            return Err(Failure::at(folder, "there is no such folder to replay"));
        }
        Ok(Self {
            folder: record.or(replay).map(Path::to_owned),
        })
    }

    pub(super) fn write(
        &self,
        example: &str,
        number: u32,
        transcript: &Transcript,
    ) -> Result<(), Failure> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        let mut text = serde_json::to_string_pretty(transcript).map_err(Failure::new)?;
        text.push('\n');
        files::write(&path(folder, example, number), text.as_bytes())
    }

    pub(super) fn read(&self, example: &str, number: u32) -> Result<Transcript, Failure> {
        let folder = self.folder.clone().unwrap_or_default();
        let path = path(&folder, example, number);
        if !path.is_file() {
            return Err(Failure::new(format!(
                "run {number} of {example} is not recorded: there is no {}",
                path.display()
            )));
        }
        let transcript: Transcript = serde_json::from_slice(&files::bytes(&path)?)
            .map_err(|error| Failure::at(&path, error))?;
        if transcript.format != FORMAT {
            return Err(Failure::at(
                &path,
                format!("recorded in format {}, this is {FORMAT}", transcript.format),
            ));
        }
        if transcript.example != example {
            return Err(Failure::at(
                &path,
                format!("a recording of {}", transcript.example),
            ));
        }
        Ok(transcript)
    }
}

fn path(folder: &Path, example: &str, number: u32) -> PathBuf {
    folder.join(format!("{example}.{number}.json"))
}
