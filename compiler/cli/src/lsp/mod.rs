//! The language server: what editors ask over standard input and output.
//!
//! One loop reads messages in order. Those that have come in by the time it looks are taken together,
//! so that of a burst of edits only the last is checked, and a request that was cancelled meanwhile is
//! not carried out. An edit is read at once, and checked when nothing more has come in meanwhile, so that
//! what is asked right behind it does not wait for the check; an editor that never pauses is told all the
//! same after so many messages. Nothing is told of a text that is not the newest: findings follow the edits
//! that came before them, and carry their version. What the answers are is the compiler's
//! ([`silex_compiler::ide`]); here they get the shape of the protocol, a file for each request.

mod documents;
mod findings;
mod packages;
mod positions;
mod requests;
mod uris;
mod wire;

use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, InitializeParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::packages::Packages;
use self::positions::Encoding;
use crate::{Ended, Failure};

/// Serves an editor until it ends it.
pub(crate) fn serve() -> Result<Ended, Failure> {
    let (connection, writer) = wire::connect();
    let (id, params) = connection.initialize_start().map_err(Failure::new)?;
    let params: InitializeParams = serde_json::from_value(params).map_err(Failure::new)?;
    let encoding = Encoding::agreed(&params);
    let answer = json!({
        "capabilities": requests::capabilities(encoding),
        "serverInfo": { "name": "silex", "version": env!("CARGO_PKG_VERSION") },
    });
    connection
        .initialize_finish(id, answer)
        .map_err(Failure::new)?;
    let mut server = Server {
        connection: &connection,
        packages: Packages::new(encoding, requests::annotates(&params)),
        cancelled: BTreeSet::new(),
        is_shut_down: false,
    };
    if requests::watches(&params) {
        server.send(requests::watch());
    }
    let ended = server.run();
    drop(connection);
    // An editor that is gone reads nothing more, and that is no failure.
    let _ = writer.join();
    ended
}

/// So many messages are taken together, and hold back what is found.
const BURST: usize = 256;

struct Server<'c> {
    connection: &'c Connection,
    packages: Packages,
    cancelled: BTreeSet<RequestId>,
    /// Whether the editor has said that it will end the server.
    is_shut_down: bool,
}

impl Server<'_> {
    /// Serves until `exit`, which the protocol wants behind `shutdown`, or the end of the input.
    fn run(&mut self) -> Result<Ended, Failure> {
        let inbox = &self.connection.receiver;
        let mut held = 0;
        while let Ok(first) = inbox.recv() {
            let mut batch = VecDeque::from([first]);
            batch.extend(inbox.try_iter().take(BURST));
            held += batch.len();
            self.cancelled = batch.iter().filter_map(cancelled).collect();
            for message in batch {
                match message {
                    Message::Request(request) if request.method == "shutdown" => {
                        self.is_shut_down = true;
                        self.send(Response::new_ok(request.id, Value::Null));
                    }
                    Message::Request(request) => self.answer(&request),
                    Message::Notification(note) if note.method == "exit" => {
                        return if self.is_shut_down {
                            Ok(Ended::Clean)
                        } else {
                            Err(Failure::new(
                                "the editor ended the server without `shutdown`",
                            ))
                        };
                    }
                    Message::Notification(note) => self.note(note),
                    // The editor says that it watches files.
                    Message::Response(_) => {}
                }
            }
            self.read();
            if inbox.is_empty() || held >= BURST {
                self.tell();
                held = 0;
            }
        }
        Ok(Ended::Clean)
    }

    fn send(&self, message: impl Into<Message>) {
        // An editor that is gone is told nothing; the loop then ends by itself.
        let _ = self.connection.sender.send(message.into());
    }

    fn answer(&mut self, request: &Request) {
        let id = request.id.clone();
        if self.cancelled.contains(&id) {
            let code = ErrorCode::RequestCanceled as i32;
            self.send(Response::new_err(id, code, "cancelled".to_owned()));
            return;
        }
        if self.is_shut_down {
            let message = "the server has been shut down".to_owned();
            self.send(Response::new_err(
                id,
                ErrorCode::InvalidRequest as i32,
                message,
            ));
            return;
        }
        let answered = guarded(|| {
            self.packages.refresh();
            requests::answer(&self.packages, request)
        });
        let response = match answered {
            Some(Ok(value)) => {
                if let Some(note) = requests::note(&self.packages, request) {
                    self.show(3, note);
                }
                Response::new_ok(id, value)
            }
            Some(Err(refused)) => Response::new_err(id, refused.code as i32, refused.message),
            None => {
                self.packages.begin_anew();
                let message = format!("`{}` failed; please report this", request.method);
                Response::new_err(id, ErrorCode::InternalError as i32, message)
            }
        };
        self.send(response);
    }

    fn note(&mut self, note: Notification) {
        match note.method.as_str() {
            "textDocument/didOpen" => {
                if let Some(it) = params::<DidOpenTextDocumentParams>(note.params) {
                    let document = it.text_document;
                    self.packages
                        .open(&document.uri, document.version, document.text);
                }
            }
            "textDocument/didChange" => {
                if let Some(it) = params::<DidChangeTextDocumentParams>(note.params) {
                    let uri = &it.text_document.text_document_identifier.uri;
                    self.packages
                        .change(uri, it.text_document.version, it.content_changes);
                }
            }
            "textDocument/didClose" => {
                if let Some(it) = params::<DidCloseTextDocumentParams>(note.params) {
                    self.packages.close(&it.text_document.uri);
                }
            }
            "workspace/didChangeWatchedFiles" => {
                if let Some(it) = params::<DidChangeWatchedFilesParams>(note.params) {
                    for event in it.changes {
                        self.packages.changed_on_disk(&event.uri);
                    }
                }
            }
            // `initialized`, `$/setTrace`, `didSave` and the like say nothing that matters here.
            _ => {}
        }
    }

    /// Reads what has changed.
    fn read(&mut self) {
        if guarded(|| self.packages.refresh()).is_none() {
            self.packages.begin_anew();
        }
    }

    /// Tells what is found in the packages that have changed.
    fn tell(&mut self) {
        match guarded(|| findings::changed(&mut self.packages)) {
            Some(told) => {
                for params in told {
                    let method = "textDocument/publishDiagnostics".to_owned();
                    self.send(Notification::new(method, params));
                }
            }
            None => self.packages.begin_anew(),
        }
        for why in self.packages.unread() {
            self.show(1, &why);
        }
    }

    /// Shows the author a message; its kind is 1 for an error and 3 for what is good to know.
    fn show(&self, kind: u8, message: &str) {
        let params = json!({ "type": kind, "message": message });
        self.send(Notification::new("window/showMessage".to_owned(), params));
    }
}

/// Does something that must not end the server, whatever a text is like.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// The request that a message cancels.
fn cancelled(message: &Message) -> Option<RequestId> {
    let Message::Notification(note) = message else {
        return None;
    };
    if note.method != "$/cancelRequest" {
        return None;
    }
    let id = note.params.get("id")?.clone();
    serde_json::from_value(id).ok()
}

/// The parameters of a notification; one that is none is passed over.
fn params<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}
