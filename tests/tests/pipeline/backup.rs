//! A copy of the database is taken while it is written, and restored; what may have been sent in the
//! meantime is not sent again.

use std::process::Command;

use serde_json::{Value, json};
use silex_tests::postgres;
use silex_tests::silexd::Silexd;
use silex_tests::smtp_sink::{SmtpSink, Taken};
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, answers, clerk, desk, mail};

fn settings(peers: &Peers, sink: &SmtpSink) -> Value {
    let mut settings = peers.settings();
    settings["outbound"] = json!({ "smtp": { "host": "127.0.0.1", "port": sink.port(), "tls": "none" }, "unknown_minutes": 0 });
    settings
}

fn question(id: &str) -> String {
    mail(id, "ada@a.example", "", "Please note this.")
}

/// A question that is written when no test runs any more.
fn later(id: &str) -> String {
    question(id).replace("2 Mar 2026", "2 Mar 2099")
}

/// Copies the database of a `silexd` that may run, as its page for operators says.
fn back_up(silexd: &Silexd) {
    if silexd.database().starts_with("postgres") {
        let copy = silexd.path("copy.dump");
        let dump = [
            "--format=custom",
            "--file",
            copy.to_str().unwrap(),
            "--dbname",
        ];
        run("pg_dump", &[&dump[..], &[silexd.database()]].concat());
    } else {
        silexd.prints(&["backup", "copy"]);
    }
}

/// Puts the copy in the place of the database. No process may run.
fn restore(silexd: &mut Silexd) {
    if silexd.database().starts_with("postgres") {
        let fresh = postgres::fresh().unwrap();
        let copy = silexd.path("copy.dump");
        run("pg_restore", &["--dbname", &fresh, copy.to_str().unwrap()]);
        silexd.move_to(&fresh);
        silexd.prints(&["restore", "--only-note"]);
    } else {
        let lost = [
            "silex.db",
            "silex.db-wal",
            "silex.db-shm",
            "silex.db.answers",
        ];
        for name in lost {
            // What is not there needs no moving.
            let _ = std::fs::rename(silexd.path(name), silexd.path(&format!("lost-{name}")));
        }
        silexd.prints(&["restore", "copy"]);
    }
}

fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
}

#[test]
fn what_was_sent_after_the_copy_was_made_is_not_sent_again_by_itself() {
    let peers = Peers::new(clerk);
    let sink = peers.wait(SmtpSink::start(&[])).unwrap();
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings(&peers, &sink));
    silexd.serve();
    // At the copy the first answer is approved and waits for its sending.
    silexd.prints(&["jobs", "pause", "deliver"]);
    silexd.drop_mail("1", &question("first@a.example"));
    // The list tells of the pause too, so the kind alone is no job yet.
    until("an approved answer", || {
        let jobs = silexd.prints(&["jobs", "list"]);
        jobs.contains(r#"{"draft":1,"revision":1}"#).then_some(())
    });
    back_up(&silexd);
    silexd.prints(&["jobs", "resume", "deliver"]);
    silexd.drop_mail("2", &question("second@a.example"));
    until("both answers", || (sink.taken().len() == 2).then_some(()));
    silexd.terminate();

    restore(&mut silexd);
    silexd.serve();
    silexd.prints(&["jobs", "resume", "deliver"]);
    // The second mail is found in its bucket again, as if nobody had ever answered it.
    silexd.drop_mail("2-again", &question("second@a.example"));
    // Its answer is approved as the first was, until its sending is looked at.
    for draft in ["1", "2"] {
        until("a draft to wait for a person", || {
            let shown = silexd.run(&["drafts", "show", draft]).stdout;
            let shown = String::from_utf8_lossy(&shown);
            shown
                .contains("this may have been sent before")
                .then_some(())
        });
    }
    assert_eq!(sink.taken().len(), 2, "nothing was sent again");

    // Life goes on: what is new is answered, and what a person has looked up is sent.
    silexd.drop_mail("3", &later("third@a.example"));
    until("the answer to what is new", || {
        let new = |taken: &Taken| answers(&taken.mail, "third@a.example");
        sink.taken().iter().any(new).then_some(())
    });
    silexd.prints(&["drafts", "approve", "1", "--revision", "2"]);
    until("what was approved again", || {
        (sink.taken().len() == 4).then_some(())
    });
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

#[test]
fn a_copy_that_is_made_under_load_is_whole_and_runs_on() {
    const MAILS: usize = 12;
    let peers = Peers::new(clerk);
    let sink = peers.wait(SmtpSink::start(&[])).unwrap();
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings(&peers, &sink));
    silexd.serve();
    for number in 0..MAILS {
        let id = format!("{number}@a.example");
        let from = format!("writer-{number}@a.example");
        silexd.drop_mail(&id, &mail(&id, &from, "", "Please note this."));
        if number == MAILS / 2 {
            until("the first answers", || {
                (sink.taken().len() > 1).then_some(())
            });
            back_up(&silexd);
        }
    }
    until("all answers", || {
        (sink.taken().len() == MAILS).then_some(())
    });
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());

    restore(&mut silexd);
    silexd.serve();
    peers.until_idle(&silexd);
    assert_eq!(sink.taken().len(), MAILS, "nothing was sent again");
    let audit = silexd.run(&["audit"]);
    assert!(
        audit.status.success(),
        "{}",
        String::from_utf8_lossy(&audit.stdout)
    );
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

#[test]
fn a_copy_that_was_changed_or_would_replace_something_is_refused() {
    let peers = Peers::new(clerk);
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise hold"), &peers.settings());
    if silexd.database().starts_with("postgres") {
        let refused = silexd.run(&["backup", "copy"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&refused.stderr).contains("pg_dump"));
        return;
    }
    silexd.serve();
    silexd.prints(&["backup", "copy"]);
    let refused = |silexd: &Silexd, arguments: &[&str], why: &str| {
        let output = silexd.run(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(why), "{why}: {said}");
    };
    refused(&silexd, &["backup", "copy"], "copy is there already");
    refused(&silexd, &["restore", "copy"], "silex.db is there already");
    refused(&silexd, &["restore", "in"], "is no back-up");
    silexd.terminate();
    let away = |name: &str| std::fs::rename(silexd.path(name), silexd.path("old")).unwrap();
    away("silex.db");
    // What was heard for the old database is not for the copy.
    let why = "silex.db.answers is there already";
    refused(&silexd, &["restore", "copy"], why);
    away("silex.db.answers");
    let mut bytes = std::fs::read(silexd.path("copy/silex.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    silexd.put("copy/silex.db", &bytes);
    refused(&silexd, &["restore", "copy"], "is not what was copied");
    assert!(!silexd.path("silex.db").exists());
}

#[test]
fn where_there_is_no_database_none_was_restored() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise pass"));
    silexd.move_to_nothing();
    let output = silexd.run(&["restore", "--only-note"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("there is no database in "), "{text}");
    assert!(!silexd.path("silex.db").exists());
}
