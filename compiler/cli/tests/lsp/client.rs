//! An editor: it starts the server, speaks to it, and waits for what it says.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take on a machine that has much to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// A manifest that says nothing more than it must.
pub(crate) const MANIFEST: &str = "name: letters\nversion: 0.1.0\nsilex: \"0.1\"\n";

/// An editor with the server that it has started.
pub(crate) struct Client {
    folder: TempDir,
    process: Child,
    input: Option<ChildStdin>,
    said: Receiver<Value>,
    /// What was said and not waited for yet.
    kept: VecDeque<Value>,
    next: i64,
    /// What the server says that it can.
    pub(crate) can: Value,
}

impl Client {
    /// An editor of a package of some files, which counts columns in UTF-16.
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self::with(files, &json!({}))
    }

    /// The same with what it says that it can.
    pub(crate) fn with(files: &[(&str, &str)], capabilities: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            write(folder.path(), path, text);
        }
        let mut process = Command::new(env!("CARGO_BIN_EXE_silex"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = process.stdin.take();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (send, said) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if send.send(message).is_err() {
                    break;
                }
            }
        });
        let mut client = Self {
            folder,
            process,
            input,
            said,
            kept: VecDeque::new(),
            next: 1,
            can: Value::Null,
        };
        let mut answer = client.ask(
            "initialize",
            json!({ "processId": null, "rootUri": null, "capabilities": capabilities }),
        );
        assert_eq!(answer["serverInfo"]["name"], "silex");
        client.can = answer["capabilities"].take();
        client.tell("initialized", &json!({}));
        client
    }

    pub(crate) fn uri(&self, path: &str) -> String {
        let folder = std::fs::canonicalize(self.folder.path()).unwrap();
        format!("file://{}/{path}", folder.display())
    }

    /// Writes a file to disk, as another program would, and says so.
    pub(crate) fn write_to_disk(&mut self, path: &str, text: &str) {
        write(self.folder.path(), path, text);
        self.watched(path, 1);
    }

    /// Renames a file on disk, and says so as editors do: one is gone, another is there.
    pub(crate) fn rename_on_disk(&mut self, from: &str, to: &str) {
        let folder = self.folder.path();
        std::fs::rename(folder.join(from), folder.join(to)).unwrap();
        let changes = json!({ "changes": [
            { "uri": self.uri(from), "type": 3 },
            { "uri": self.uri(to), "type": 1 },
        ] });
        self.tell("workspace/didChangeWatchedFiles", &changes);
    }

    /// Makes a link on disk that leads nowhere, and says so.
    pub(crate) fn link_to_nothing(&mut self, path: &str) {
        std::os::unix::fs::symlink("nothing", self.folder.path().join(path)).unwrap();
        self.watched(path, 1);
    }

    /// Removes a file from disk, and says so.
    pub(crate) fn remove_from_disk(&mut self, path: &str) {
        std::fs::remove_file(self.folder.path().join(path)).unwrap();
        self.watched(path, 3);
    }

    fn watched(&mut self, path: &str, kind: u32) {
        let uri = self.uri(path);
        let changes = json!({ "changes": [{ "uri": uri, "type": kind }] });
        self.tell("workspace/didChangeWatchedFiles", &changes);
    }

    /// Opens a file with a text, and gives what is found in it.
    pub(crate) fn open(&mut self, path: &str, text: &str) -> Vec<Value> {
        let uri = self.uri(path);
        self.tell(
            "textDocument/didOpen",
            &json!({ "textDocument": { "uri": uri, "languageId": "silex", "version": 1, "text": text } }),
        );
        self.found(path, 1)
    }

    /// Opens a file whose text has a `$0` in it, and gives its place.
    pub(crate) fn open_at(&mut self, path: &str, marked: &str) -> Value {
        let (before, behind) = marked.split_once("$0").unwrap();
        self.open(path, &format!("{before}{behind}"));
        position(before)
    }

    /// Closes a file, which then is as it is on disk.
    pub(crate) fn close(&mut self, path: &str) {
        let uri = self.uri(path);
        let document = json!({ "textDocument": { "uri": uri } });
        self.tell("textDocument/didClose", &document);
    }

    /// Puts a text in place of the part of a file from one place to another.
    pub(crate) fn edit(
        &mut self,
        path: &str,
        version: i64,
        from: (u32, u32),
        to: (u32, u32),
        text: &str,
    ) {
        let range = json!({
            "start": { "line": from.0, "character": from.1 },
            "end": { "line": to.0, "character": to.1 },
        });
        let uri = self.uri(path);
        self.tell(
            "textDocument/didChange",
            &json!({
                "textDocument": { "uri": uri, "version": version },
                "contentChanges": [{ "range": range, "text": text }],
            }),
        );
    }

    /// Puts a text in place of that of a file.
    pub(crate) fn replace(&mut self, path: &str, version: i64, text: &str) {
        let uri = self.uri(path);
        self.tell(
            "textDocument/didChange",
            &json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }] }),
        );
    }

    /// What is found in a version of a file.
    pub(crate) fn found(&mut self, path: &str, version: i64) -> Vec<Value> {
        let uri = self.uri(path);
        let told = self.wait(|it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == uri.as_str()
                && it["params"]["version"] == version
        });
        told["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// How much is said before what is found in a version of a file.
    pub(crate) fn said_before(&mut self, path: &str, version: i64) -> usize {
        let before = self.kept.len();
        self.found(path, version);
        self.kept.len() - before
    }

    /// What is found next in a file, whatever its version.
    pub(crate) fn found_next(&mut self, path: &str) -> Vec<Value> {
        let uri = self.uri(path);
        let told = self.wait(|it| {
            it["method"] == "textDocument/publishDiagnostics" && it["params"]["uri"] == uri.as_str()
        });
        told["params"]["diagnostics"].as_array().unwrap().clone()
    }

    /// Asks, and gives the answer.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let answer = self.asked(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Asks, and gives why it is refused.
    pub(crate) fn refused(&mut self, method: &str, params: Value) -> String {
        let answer = self.asked(method, params);
        answer["error"]["message"].as_str().unwrap().to_owned()
    }

    fn asked(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.wait(|it| it["id"] == id && it.get("method").is_none())
    }

    /// Asks, and does not wait.
    fn request(&mut self, method: &str, params: Value) -> i64 {
        let id = self.next;
        self.next += 1;
        let mut message = json!({ "jsonrpc": "2.0", "id": id, "method": method });
        message["params"] = params;
        self.send(&message);
        id
    }

    /// The answer to what was asked before.
    pub(crate) fn answer(&mut self, id: i64) -> Value {
        self.wait(|it| it["id"] == id && it.get("method").is_none())
    }

    /// Asks about a place in a file.
    pub(crate) fn ask_at(&mut self, method: &str, path: &str, position: &Value) -> Value {
        let uri = self.uri(path);
        self.ask(
            method,
            json!({ "textDocument": { "uri": uri }, "position": position }),
        )
    }

    /// Asks about a file.
    pub(crate) fn ask_of(&mut self, method: &str, path: &str) -> Value {
        let uri = self.uri(path);
        self.ask(method, json!({ "textDocument": { "uri": uri } }))
    }

    pub(crate) fn tell(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends what may be no message.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// What the server wants the author to see.
    pub(crate) fn shown(&mut self) -> String {
        let told = self.wait(|it| it["method"] == "window/showMessage");
        told["params"]["message"].as_str().unwrap().to_owned()
    }

    /// What the server wrote to the editor's log.
    pub(crate) fn logged(&mut self) -> String {
        let told = self.wait(|it| it["method"] == "window/logMessage");
        told["params"]["message"].as_str().unwrap().to_owned()
    }

    /// Sends several messages at once, so that the server has them all before it looks.
    pub(crate) fn send_together(&mut self, messages: &[Value]) {
        let text: String = messages.iter().map(framed).collect();
        self.send_raw(text.as_bytes());
    }

    fn send(&mut self, message: &Value) {
        self.send_together(std::slice::from_ref(message));
    }

    fn wait(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&is_wanted) {
            return self.kept.remove(at).unwrap();
        }
        loop {
            let message = self.said.recv_timeout(PATIENCE);
            let message =
                message.unwrap_or_else(|_| panic!("nothing more is said; kept: {:?}", self.kept));
            if is_wanted(&message) {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    /// Ends the server as an editor does; how it ended.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.ask("shutdown", Value::Null);
        self.exit()
    }

    /// Tells the server to end, and leaves its input open; how it ended.
    pub(crate) fn exit(mut self) -> Option<i32> {
        self.tell("exit", &Value::Null);
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server goes on behind `exit`");
    }

    /// Closes the input, as an editor that dies does; how the server ended.
    pub(crate) fn vanish(mut self) -> Option<i32> {
        self.input = None;
        self.process.wait().unwrap().code()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn framed(message: &Value) -> String {
    let text = message.to_string();
    format!("Content-Length: {}\r\n\r\n{text}", text.len())
}

fn read(from: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if from.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some(number) = line.strip_prefix("Content-Length: ") {
            length = number.trim().parse().ok()?;
        }
    }
    let mut text = vec![0; length];
    from.read_exact(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The place behind a text, in UTF-16.
pub(crate) fn position(before: &str) -> Value {
    let line = before.matches('\n').count();
    let last = before.rsplit('\n').next().unwrap_or_default();
    json!({ "line": line, "character": last.encode_utf16().count() })
}

/// Line and column of the first place of a text in another.
pub(crate) fn place_of(text: &str, part: &str) -> Value {
    let at = text
        .find(part)
        .unwrap_or_else(|| panic!("there is no {part:?}"));
    position(&text[..at])
}

/// What stands in a range of a text.
pub(crate) fn written<'t>(text: &'t str, range: &Value) -> &'t str {
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut units = place["character"].as_u64().unwrap();
        let mut at = start;
        for sign in text[start..].chars() {
            if units == 0 {
                break;
            }
            units -= sign.len_utf16() as u64;
            at += sign.len_utf8();
        }
        at
    };
    &text[offset(&range["start"])..offset(&range["end"])]
}

/// A text with edits made, which do not overlap.
pub(crate) fn edited(text: &str, edits: &Value) -> String {
    let mut all: Vec<(usize, usize, String)> = Vec::new();
    for edit in edits.as_array().unwrap() {
        let part = written(text, &edit["range"]);
        let start = part.as_ptr() as usize - text.as_ptr() as usize;
        let new = edit["newText"].as_str().unwrap().to_owned();
        all.push((start, start + part.len(), new));
    }
    all.sort_by_key(|(start, ..)| *start);
    let mut text = text.to_owned();
    for (start, end, new) in all.into_iter().rev() {
        text.replace_range(start..end, &new);
    }
    text
}

/// The codes of findings, in order.
pub(crate) fn codes(found: &[Value]) -> Vec<&str> {
    found
        .iter()
        .map(|it| it["code"].as_str().unwrap())
        .collect()
}
