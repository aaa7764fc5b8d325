//! A file that cannot be written, since the disk refuses it or somebody else holds it: whoever posts mail
//! is told to come again, pages answer, and when it is over nothing was lost, doubled or damaged. And what is on
//! the disk at any moment is all that was promised.

use std::fs;

use silex_runtime::store::{StoreError, backup, transaction};
use silex_tests::postgres;
use silex_tests::silexd::{Silexd, TOKEN};
use silex_tests::wait::until;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::desk::{Peers, SILEXD, answers, clerk, client, desk, mail};

/// Posts a mail from a writer of its own. Gives the status.
fn post(peers: &Peers, silexd: &Silexd, id: &str) -> u16 {
    let letter = mail(id, &format!("writer-of-{id}"), "", "Please note this.");
    let post = client().post(format!("{}/mail", silexd.address()));
    peers.ask(post.bearer_auth(TOKEN).body(letter)).status
}

fn look(peers: &Peers, silexd: &Silexd, path: &str) -> u16 {
    let look = client().get(format!("{}{path}", silexd.address()));
    peers.ask(look).status
}

/// Posts again what was refused, as whoever posts mail does, and checks what came of all.
fn posted_again_all_are_answered_once(
    peers: &Peers,
    silexd: &mut Silexd,
    refused: &[&str],
    all: &[&str],
) {
    until("it to be ready", || {
        (look(peers, silexd, "/readyz") == 200).then_some(())
    });
    for id in refused {
        until(&format!("{id} to be taken"), || {
            (post(peers, silexd, id) / 100 == 2).then_some(())
        });
    }
    until("all to be answered", || {
        (silexd.outbox().len() >= all.len() && peers.is_idle(silexd)).then_some(())
    });
    let status = silexd.terminate();
    assert!(status.success(), "{status}");
    let sent = silexd.outbox();
    for id in all {
        let answered = sent.iter().filter(|sent| answers(sent, id)).count();
        assert_eq!(answered, 1, "answers to {id}");
    }
    assert_eq!(sent.len(), all.len(), "nothing else was sent");
    assert_eq!(peers.violations(silexd), Vec::<String>::new());
    let file = silexd.path("silex.db");
    peers.wait(backup::check(&file)).unwrap();
    assert!(!silexd.said().contains("panicked"), "{}", silexd.said());
}

/// Not a byte more goes into any file that is there, the log included.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_refuses_every_write_is_told_as_such_and_nothing_is_lost() {
    use serde_json::json;

    use crate::notices::{Cloud, inline, letter};

    if postgres::server().is_some() {
        return;
    }
    let Cloud {
        peers,
        mut silexd,
        sns,
        ..
    } = Cloud::new(&json!({}));
    let _sns = sns;
    let taken = ["0@a.example", "1@a.example", "2@a.example", "3@a.example"];
    let refused = ["4@a.example", "5@a.example"];
    for id in taken {
        assert_eq!(post(&peers, &silexd, id), 202);
    }
    silexd.limit_files(Some(0));
    for id in refused {
        assert_eq!(post(&peers, &silexd, id), 503, "{id}");
    }
    let notice = inline("sns-1", "ses-1", &letter("6@a.example"), &json!({}));
    let notify = || {
        let post = client().post(format!("{}/sns", silexd.address()));
        peers.ask(post.body(notice.body())).status
    };
    assert_eq!(notify(), 503);
    assert_eq!(look(&peers, &silexd, "/readyz"), 503);
    assert_eq!(look(&peers, &silexd, "/"), 200);
    silexd.limit_files(None);
    until("the notice to be taken", || (notify() == 200).then_some(()));
    let all = [&taken[..], &refused, &["6@a.example"]].concat();
    posted_again_all_are_answered_once(&peers, &mut silexd, &refused, &all);
}

#[test]
fn a_file_that_another_process_holds_is_waited_for_and_then_told_as_such() {
    if postgres::server().is_some() {
        return;
    }
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise pass"));
    silexd.serve();
    let (let_go, held) = oneshot::channel::<()>();
    let mut holding = JoinSet::new();
    peers.wait(async {
        let store = silexd.store().await.unwrap();
        let (hold, holds) = oneshot::channel();
        let work = transaction(move |_| {
            Box::pin(async move {
                hold.send(()).unwrap();
                held.await.unwrap();
                Err::<(), _>(StoreError::Conflict("nothing to keep".to_owned()))
            })
        });
        holding.spawn(async move { store.write("", work).await });
        holds.await.unwrap();
    });
    std::thread::scope(|scope| {
        let posting = scope.spawn(|| post(&peers, &silexd, "1@a.example"));
        // It waits for the file itself, for a while.
        assert_eq!(look(&peers, &silexd, "/readyz"), 503);
        let looking = ["/", "/drafts", "/jobs", "/contacts"]
            .map(|path| scope.spawn(|| look(&peers, &silexd, path)));
        for looking in looking {
            assert_eq!(looking.join().unwrap(), 200);
        }
        assert!(!posting.is_finished(), "nobody else waits for the file");
        assert_eq!(posting.join().unwrap(), 503);
    });
    let_go.send(()).unwrap();
    assert!(peers.wait(holding.join_all())[0].is_err());
    let all = ["1@a.example"];
    posted_again_all_are_answered_once(&peers, &mut silexd, &all, &all);
}

/// Copies the files of one to another, as a disk has them when the power goes.
fn copy_disk(from: &Silexd, to: &Silexd) {
    let database = ["silex.db", "silex.db-wal", "silex.db.answers"];
    fs::create_dir_all(to.path("out")).unwrap();
    let sent = fs::read_dir(from.path("out")).into_iter().flatten();
    let sent = sent.map(|entry| format!("out/{}", entry.unwrap().file_name().display()));
    for name in database.map(str::to_owned).into_iter().chain(sent) {
        // A file may not be there yet.
        let _ = fs::copy(from.path(&name), to.path(&name));
    }
}

#[test]
fn what_is_on_the_disk_at_any_moment_has_every_mail_that_was_taken() {
    if postgres::server().is_some() {
        return;
    }
    let peers = Peers::new(clerk);
    let (bundle, settings) = (desk("otherwise pass"), peers.settings());
    let mut silexd = Silexd::new(SILEXD, &bundle, &settings);
    silexd.serve();
    let ids: Vec<String> = (0..20)
        .map(|number| format!("{number}@a.example"))
        .collect();
    let mut disks = Vec::new();
    for (taken, id) in (1..).zip(&ids) {
        assert_eq!(post(&peers, &silexd, id), 202);
        if taken % 5 == 0 {
            let disk = Silexd::new(SILEXD, &bundle, &settings);
            silexd.still(|| copy_disk(&silexd, &disk));
            disks.push((disk, &ids[..taken]));
        }
    }
    silexd.kill();
    for (mut disk, taken) in disks {
        disk.prints(&["audit"]);
        disk.serve();
        let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
        posted_again_all_are_answered_once(&peers, &mut disk, &[], &taken);
    }
}
