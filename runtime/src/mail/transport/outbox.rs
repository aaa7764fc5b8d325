//! The outbox folder: a `.eml` file for each mail, so that a new user needs no account.
//!
//! A file appears whole or not at all, and is named after its intent: a second send of the same
//! intent finds the first one's file and changes nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::{Accepted, SendError};

/// A folder that takes mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outbox {
    folder: PathBuf,
}

impl Outbox {
    /// The outbox in a folder, which is made when the first mail is sent.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Where the mail of an intent is or will be.
    #[must_use]
    pub fn path(&self, intent: &str) -> PathBuf {
        self.folder.join(format!("{}.eml", file_stem(intent)))
    }

    /// Writes a mail into the folder.
    ///
    /// # Errors
    /// The file could not be written; then there is none.
    pub async fn send(&self, raw: &[u8], intent: &str) -> Result<Accepted, SendError> {
        let (path, raw) = (self.path(intent), raw.to_vec());
        let accepted = Accepted {
            id: file_stem(intent),
            message_id: None,
        };
        let written = tokio::task::spawn_blocking(move || write_once(&path, &raw)).await;
        match written {
            Ok(Ok(())) => Ok(accepted),
            Ok(Err(error)) => Err(SendError::Retry(format!(
                "{}: {error}",
                self.folder.display()
            ))),
            // The write was cut short, but looking at the folder settles it at the next try.
            Err(error) => Err(SendError::Retry(error.to_string())),
        }
    }
}

fn write_once(path: &Path, raw: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    if path.try_exists()? {
        // An earlier attempt may have ended before it was on disk.
        return File::open(folder)?.sync_all();
    }
    fs::create_dir_all(folder)?;
    // Written anew by each attempt and never read, so one that is left over does no harm.
    let unfinished = path.with_extension("eml.part");
    let mut file = File::create(&unfinished)?;
    file.write_all(raw)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()
}

/// The intent as a file name: other characters than the plainest are written as `%` and a number.
fn file_stem(intent: &str) -> String {
    let mut stem = String::new();
    for byte in intent.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
            stem.push(char::from(byte));
        } else {
            stem.push_str(&format!("%{byte:02x}"));
        }
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::transport::{Envelope, Transport};

    fn envelope() -> Envelope {
        Envelope {
            from: "w@a.example".into(),
            to: vec!["b@c.example".into()],
        }
    }

    fn files(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn where_nothing_can_be_written_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a file");
        fs::write(&file, "").unwrap();
        let refused = Outbox::new(&file).send(b"one", "i-1").await.unwrap_err();
        assert!(refused.to_string().contains("a file: "), "{refused}");
    }

    #[tokio::test]
    async fn the_same_intent_is_one_file_however_often_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Transport::Outbox(Outbox::new(folder.path().join("out")));
        let first = outbox.send(&envelope(), b"one\r\n", "i-1").await.unwrap();
        let second = outbox.send(&envelope(), b"two\r\n", "i-1").await.unwrap();
        assert_eq!(first, second);
        assert_eq!(files(&folder.path().join("out")), ["i-1.eml"]);
        assert_eq!(
            fs::read(folder.path().join("out/i-1.eml")).unwrap(),
            b"one\r\n"
        );
    }

    #[tokio::test]
    async fn an_unfinished_file_of_a_crash_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("i-1.eml.part"), "half").unwrap();
        Outbox::new(folder.path())
            .send(b"whole", "i-1")
            .await
            .unwrap();
        assert_eq!(files(folder.path()), ["i-1.eml"]);
        assert_eq!(fs::read(folder.path().join("i-1.eml")).unwrap(), b"whole");
    }

    #[tokio::test]
    async fn an_intent_cannot_name_a_file_elsewhere() {
        let folder = tempfile::tempdir().unwrap();
        Outbox::new(folder.path().join("out"))
            .send(b"x", "../../up:1")
            .await
            .unwrap();
        assert_eq!(
            files(&folder.path().join("out")),
            ["%2e%2e%2f%2e%2e%2fup%3a1.eml"]
        );
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_tried_again_later() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), "").unwrap();
        let failed = Outbox::new(folder.path().join("file/out"))
            .send(b"x", "i-1")
            .await;
        assert!(matches!(failed, Err(SendError::Retry(_))), "{failed:?}");
    }

    #[tokio::test]
    async fn a_mail_to_nobody_is_refused() {
        let outbox = Transport::Outbox(Outbox::new("unused"));
        let refused = outbox
            .send(
                &Envelope {
                    to: Vec::new(),
                    ..envelope()
                },
                b"x",
                "i-1",
            )
            .await;
        assert!(matches!(refused, Err(SendError::Refused(_))), "{refused:?}");
    }
}
