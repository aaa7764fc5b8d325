//! Relays into files: a line of a file, or a file of a folder, for each event.
//!
//! A line may stand twice when the process ended between writing it and noting that; both have the same
//! `id`. A file of a folder is written once, whole.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::payload::Message;

/// Adds a line to a file, and waits until it is on the disk.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn append(path: &Path, message: &Message) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new()
        .create(true)
        .read(true)
        .append(true)
        .open(path)?;
    let mut line = String::new();
    // What a loss of power cut short is left to stand as a line of its own.
    if !ends_with_newline(&mut file)? {
        line.push('\n');
    }
    line.push_str(&message.body);
    line.push('\n');
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

fn ends_with_newline(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Writes a file of its own into a folder, and waits until it is on the disk.
///
/// # Errors
/// When it cannot be written.
pub(super) fn put(folder: &Path, message: &Message) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let name = format!("{:010}-{}-{}.json", message.event, message.word, message.id);
    let unfinished = folder.join(format!(".{name}"));
    let mut file = File::create(&unfinished)?;
    file.write_all(message.body.as_bytes())?;
    file.sync_all()?;
    fs::rename(&unfinished, folder.join(name))?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(event: i64) -> Message {
        Message {
            id: format!("msg_{event}"),
            event,
            word: "delivered",
            body: format!("{{\"id\":\"msg_{event}\"}}"),
        }
    }

    #[test]
    fn a_line_that_was_cut_short_spoils_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/books.jsonl");
        append(&path, &message(1)).unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"id\":\"msg_").unwrap();
        append(&path, &message(2)).unwrap();
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            "{\"id\":\"msg_1\"}\n{\"id\":\"msg_\n{\"id\":\"msg_2\"}\n"
        );
    }

    #[test]
    fn an_event_has_one_file_however_often_it_is_told() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            put(folder.path(), &message(7)).unwrap();
        }
        let names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["0000000007-delivered-msg_7.json"]);
    }
}
