//! Open pages that listen: many of them, slow ones, and on another node.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use silex_runtime::store::saying::{self, Saying};
use silex_runtime::store::transaction;
use silex_tests::silexd::Silexd;
use silex_tests::usage::Usage;
use silex_tests::wait::until;

use crate::desk::{Peers, clerk, desk, mail};

/// Pages that are open at once.
const OPEN: usize = 1000;
/// What is said while they do not read: as much as a long answer.
const LETTERS: usize = 100_000;
/// What a page that does not read may cost, with all that is beside it in a build without
/// optimisation, KiB.
const EACH: u64 = 160;

/// Opens a stream and reads the head of the answer.
pub(crate) fn listen(silexd: &Silexd, path: &str, last: &str) -> BufReader<TcpStream> {
    let address = silexd.address();
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    let asked = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nlast-event-id: {last}\r\n\r\n");
    stream.write_all(asked.as_bytes()).unwrap();
    let mut reader = BufReader::with_capacity(512, stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    assert!(line.contains("200"), "{line}");
    while line.trim() != "" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    reader
}

/// What comes until it is enough.
pub(crate) fn hear(stream: &mut BufReader<TcpStream>, is_enough: impl Fn(&str) -> bool) -> String {
    let mut heard = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let read = stream.read(&mut piece).unwrap();
        assert!(
            read > 0,
            "the stream ended: {}",
            String::from_utf8_lossy(&heard)
        );
        heard.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&heard);
        if is_enough(&text) {
            return text.into_owned();
        }
    }
}

/// A desk with a turn, in whose thread something is said.
fn speaking() -> (Peers, Silexd) {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    silexd.drop_mail("one", &mail("one@a.example", "ada@a.example", "", "Hello"));
    silexd.serve();
    until("the draft", || {
        silexd
            .prints(&["drafts", "list"])
            .contains("held")
            .then_some(())
    });
    peers.until_idle(&silexd);
    (peers, silexd)
}

fn say(peers: &Peers, silexd: &Silexd, text: &str) {
    let saying = Saying {
        turn_id: 1,
        step: 99,
        thread_id: 1,
        text: text.to_owned(),
    };
    let work = transaction(move |tx| Box::pin(async move { saying::say(tx, &saying, 1).await }));
    peers.wait(async {
        let store = silexd.store().await.unwrap();
        store.write("", work).await.unwrap();
        store.close().await;
    });
}

#[test]
fn a_thousand_pages_that_do_not_read_cost_little_and_hold_nobody_up() {
    let (peers, silexd) = speaking();
    let slow: Vec<_> = (0..OPEN)
        .map(|_| listen(&silexd, "/threads/1/live", ""))
        .collect();
    let before = Usage::of(silexd.pid()).unwrap();
    let mut text = String::new();
    let mut reads = listen(&silexd, "/threads/1/live", "");
    while text.len() < LETTERS {
        text.push_str(&"so many words ".repeat(1000));
        let last = format!("up to {}.", text.len());
        text.push_str(&last);
        say(&peers, &silexd, &text);
        // Whoever reads is told while the others are not.
        hear(&mut reads, |heard| heard.contains(&last));
    }
    let after = Usage::of(silexd.pid()).unwrap();
    let grown = after.memory_kib.saturating_sub(before.memory_kib);
    let bound = EACH * u64::try_from(OPEN).unwrap();
    assert!(grown < bound, "{grown} KiB for {OPEN} pages");
    drop(slow);
}

#[test]
fn who_comes_back_is_told_from_where_they_were() {
    let (peers, silexd) = speaking();
    say(&peers, &silexd, "Dear Ada, we look");
    let mut first = listen(&silexd, "/threads/1/live", "");
    assert!(hear(&mut first, |heard| heard.contains("we look")).contains("id: 1.99.17"));
    drop(first);
    say(&peers, &silexd, "Dear Ada, we look for it");
    let mut again = listen(&silexd, "/threads/1/live", "1.99.17");
    let heard = hear(&mut again, |heard| heard.contains(" for it"));
    assert!(!heard.contains("Dear Ada"), "{heard}");
    // Whoever missed events is told at once; whoever has them all is not.
    let mut page = listen(&silexd, "/events", "1");
    assert!(hear(&mut page, |heard| heard.contains("data: ")).contains("id: "));
}
