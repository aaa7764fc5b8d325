//! The wire: messages over standard input and output.
//!
//! What comes is of any make. A message that cannot be understood is told to the editor's log and passed
//! over; only `exit` and the end of the input end the server.

use std::io::{self, BufRead, Read};
use std::thread::JoinHandle;

use lsp_server::{Connection, Message, Notification};
use serde_json::json;

/// The connection, and the thread that writes; it ends when nothing can be sent any more.
pub(super) fn connect() -> (Connection, JoinHandle<io::Result<()>>) {
    let (ours, theirs) = Connection::memory();
    let Connection { sender, receiver } = theirs;
    let writer = std::thread::spawn(move || {
        let mut output = io::stdout().lock();
        receiver.iter().try_for_each(|it| it.write(&mut output))
    });
    let log = ours.sender.clone();
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        while let Some(text) = read(&mut input) {
            let goes_on = match serde_json::from_slice(&text) {
                Ok(message) => {
                    // Behind it comes nothing, though the editor may leave the input open.
                    let is_last = is_exit(&message);
                    sender.send(message).is_ok() && !is_last
                }
                Err(error) => log.send(passed_over(text.len(), &error)).is_ok(),
            };
            if !goes_on {
                break;
            }
        }
    });
    (ours, writer)
}

fn is_exit(message: &Message) -> bool {
    matches!(message, Message::Notification(note) if note.method == "exit")
}

/// What is said of a text that is no message. Not a word of it: it may be that of a file.
fn passed_over(bytes: usize, error: &serde_json::Error) -> Message {
    let message = format!("a message of {bytes} bytes was passed over: {error}");
    let params = json!({ "type": 2, "message": message });
    Notification::new("window/logMessage".to_owned(), params).into()
}

/// The next message's text; none at the end of the input. Lines that are no head of a message are
/// passed over.
fn read(input: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if let Some((name, value)) = line.split_once(':') {
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse::<u64>().ok();
            }
        } else if let Some(length) = length.filter(|_| line.is_empty()) {
            let mut text = Vec::new();
            let read = input.take(length).read_to_end(&mut text).ok()?;
            return (read as u64 == length).then_some(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, wanted: &[&str]) {
        let mut input = input.as_bytes();
        let texts = std::iter::from_fn(|| read(&mut input));
        let texts: Vec<String> = texts.map(|it| String::from_utf8(it).unwrap()).collect();
        assert_eq!(texts, wanted);
    }

    #[test]
    fn a_message_is_as_long_as_its_head_says() {
        check("Content-Length: 2\r\n\r\n{}", &["{}"]);
        check(
            "content-type: x\r\ncontent-length: 3\r\n\r\n{ }Content-Length: 2\r\n\r\n[]",
            &["{ }", "[]"],
        );
    }

    #[test]
    fn what_is_no_head_is_passed_over() {
        check(
            "\r\n{\"a\"\r\nContent-Length: x\r\n\r\nContent-Length: 2\r\n\r\n{}",
            &["{}"],
        );
        check("Content-Length: 9\r\n\r\n{}", &[]);
    }
}
