//! What an operator asks: is the configuration usable, is it ready, does everything hold?

use serde_json::{Value, json};
use silex_tests::silexd::Silexd;
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, clerk, desk, mail};

/// The exit status of a command, and all that it wrote.
fn said(silexd: &Silexd, arguments: &[&str]) -> (Option<i32>, String) {
    let output = silexd.run(arguments);
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn the_check_of_a_configuration_names_every_mistake_with_its_place() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    let (status, text) = said(&silexd, &["config", "check"]);
    assert_eq!(status, Some(0), "{text}");

    silexd.put("silexd.yaml", b"listn: 127.0.0.1:0\nqueue:\n  wrokers: 1\n");
    let (status, text) = said(&silexd, &["config", "check"]);
    assert_eq!(status, Some(1), "{text}");
    for place in ["silexd.yaml:1: ", "silexd.yaml:3: ", "2 mistakes"] {
        assert!(text.contains(place), "{text}");
    }

    let lacking =
        json!({ "bundle": "bundle.json", "models": { "budget": { "agents": { "nobody": 1 } } } });
    silexd.put("silexd.yaml", lacking.to_string().as_bytes());
    silexd.set("SILEXD_QUEUE__NICE", "loud");
    let (status, text) = said(&silexd, &["config", "check"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("SILEXD_QUEUE__NICE"), "{text}");
    silexd.set("SILEXD_QUEUE__NICE", "3");
    let (status, text) = said(&silexd, &["config", "check"]);
    assert_eq!(status, Some(1), "{text}");
    for lack in ["the endpoint `tickets`", "no agent `nobody`", "2 mistakes"] {
        assert!(text.contains(lack), "{lack}: {text}");
    }

    let (status, text) = said(&silexd, &["--config", "nowhere.yaml", "config", "check"]);
    assert_eq!(status, Some(2), "{text}");
}

#[test]
fn the_check_reaches_for_the_database_and_makes_none() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    silexd.move_to_nothing();
    let check = ["config", "check", "--connect"];
    let (status, text) = said(&silexd, &check);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("made at the first start"), "{text}");
    assert!(!silexd.path("silex.db").exists());
    silexd.serve();
    let (status, text) = said(&silexd, &check);
    assert_eq!(status, Some(0), "{text}");
    assert!(text.contains("the database is there"), "{text}");
    silexd.set("SILEXD_OUTBOUND__OUTBOX", "/proc/mail");
    let own = "[{ name: rosa, address: desk+rosa@desk.example }]";
    silexd.set("SILEXD_REVIEWERS", own);
    let (status, text) = said(&silexd, &check);
    assert_eq!(status, Some(1), "{text}");
    for mistake in [
        "the outbox /proc/mail: /proc cannot be written",
        "`rosa` has an address of the agent `desk.desk`",
        "2 mistakes",
    ] {
        assert!(text.contains(mistake), "{mistake}: {text}");
    }
    for nowhere in ["/nowhere/silex.db", "postgres://silex@127.0.0.1:1/none"] {
        silexd.set("SILEXD_DATABASE", nowhere);
        let (status, text) = said(&silexd, &check);
        assert_eq!(status, Some(1), "{text}");
        assert!(text.contains("the database "), "{text}");
    }
}

#[test]
fn ready_says_whether_it_takes_mail() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    silexd.serve();
    // The settings have port 0, and the container's health check asks the port that it has.
    let address = silexd.address();
    silexd.set("SILEXD_LISTEN", address.trim_start_matches("http://"));
    assert_eq!(said(&silexd, &["ready"]), (Some(0), "ready\n".to_owned()));
    silexd.kill();
    let (status, text) = said(&silexd, &["ready"]);
    assert_eq!(status, Some(1), "{text}");
    assert!(text.contains("does not answer"), "{text}");
}

#[test]
fn the_audit_of_a_running_silexd_holds_and_says_what_is_broken() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise pass"));
    silexd.serve();
    silexd.drop_mail(
        "1",
        &mail("1@a.example", "ada@a.example", "", "Please note this."),
    );
    until("the answer", || (silexd.outbox().len() == 1).then_some(()));
    let (status, text) = said(&silexd, &["audit"]);
    assert_eq!(status, Some(0), "{text}");
    assert!(
        text.contains("I4  holds") && text.contains("(1 looked at)"),
        "{text}"
    );
    peers.until_idle(&silexd);
    // Somebody writes into the database by hand.
    peers.meddle(&silexd, "update delivery set revision = 2");
    let (status, text) = said(&silexd, &["audit"]);
    assert_eq!(status, Some(1), "{text}");
    let breach = "delivery 1 sends revision 2 of draft 1, which was not approved";
    assert!(
        text.contains(breach) && text.contains("one invariant is broken"),
        "{text}"
    );
    let output = silexd.run(&["audit", "--json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told[3]["invariant"], "I4");
    assert_eq!(told[3]["breaches"], json!([breach]));
    assert_eq!(
        Silexd::new(
            SILEXD,
            &desk("otherwise pass"),
            &json!({ "database": "/nowhere/x" })
        )
        .run(&["audit"])
        .status
        .code(),
        Some(2)
    );
}

#[test]
fn who_gives_a_command_is_known_and_so_is_what_it_is_about() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    silexd.serve();
    for (arguments, why) in [
        (&["jobs", "pause", "nope"][..], "receive, screen"),
        (&["jobs", "list", "--kind", "nope"], "receive, screen"),
        (
            &["jobs", "retry", "--dead", "--kind", "nope"],
            "receive, screen",
        ),
        (&["mails", "list", "--cause", "nope"], "no_agent, no_sender"),
        (
            &["mails", "redrive", "--cause", "nope"],
            "no_agent, no_sender",
        ),
        (&["jobs", "pause", "--by", " "], "it says nobody"),
        (
            &["drafts", "approve", "1", "--revision", "1", "--by", ""],
            "it says nobody",
        ),
        (
            &["reviewers", "back", "ann", "--by", "ann\nrosa"],
            "control characters",
        ),
    ] {
        let (status, text) = said(&silexd, arguments);
        assert_eq!(status, Some(2), "{arguments:?}: {text}");
        assert!(text.contains(why), "{arguments:?}: {text}");
    }
    silexd.prints(&["jobs", "pause", "screen"]);
    silexd.set("USER", " ");
    silexd.prints(&["jobs", "pause", "deliver", "--by", " ann "]);
    silexd.prints(&["jobs", "pause"]);
    let paused = silexd.prints(&["jobs", "list"]);
    for said in [
        "`screen` are paused by rosa\n",
        "`deliver` are paused by ann\n",
        "every kind of job is paused by operator\n",
    ] {
        assert!(paused.contains(said), "{paused}");
    }
}

#[test]
fn who_reads_no_further_ends_no_command_and_what_cannot_be_written_is_told() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    silexd.serve();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = silexd.run_into(writer, &["reviewers", "list", "--json"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    let full = std::fs::File::create("/dev/full").unwrap();
    let output = silexd.run_into(full, &["reviewers", "list", "--json"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("standard output: No space left"), "{text}");
}

#[test]
fn a_file_that_is_no_mail_keeps_no_other_out() {
    let peers = Peers::new(clerk);
    let mut settings = peers.settings();
    settings["inbound"] = json!({ "max_bytes": 2000 });
    let silexd = Silexd::new(SILEXD, &desk("otherwise hold"), &settings);
    silexd.put("empty.eml", b"");
    silexd.put("great.eml", &[b'a'; 2001]);
    let letter = mail("1@a.example", "ada@a.example", "", "Please note this.");
    silexd.put("good.eml", letter.as_bytes());
    let files = ["ingest", "none.eml", "empty.eml", "great.eml", "good.eml"];
    let (status, text) = said(&silexd, &files);
    assert_eq!(status, Some(1), "{text}");
    for line in [
        "none.eml: not taken in: No such file",
        "empty.eml: not taken in: it is empty",
        "great.eml: not taken in: it has more than 2000 bytes",
        "good.eml: taken in\n",
        "3 files were not taken in",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
}

#[test]
fn what_there_is_not_is_told_as_it_is() {
    let peers = Peers::new(clerk);
    let mut silexd = peers.silexd(&desk("otherwise hold"));
    silexd.serve();
    let none = silexd.prints(&["replay", "--all"]);
    assert!(none.contains("0 differ; cost 0.0000"), "{none}");
    for (arguments, status, why) in [
        (&["jobs", "cancel", "999"][..], 1, "there is no job 999"),
        (&["jobs", "retry", "999"], 1, "there is no job 999"),
        (
            &["campaigns", "show", "a.b", "c"],
            1,
            "there is no campaign `c` of `a.b`",
        ),
        (&["replay", "999"], 2, "999"),
        (&["replay", "1", "--bundle", "nope.json"], 2, "nope.json"),
    ] {
        let (ended, text) = said(&silexd, arguments);
        assert_eq!(ended, Some(status), "{arguments:?}: {text}");
        assert!(text.contains(why), "{arguments:?}: {text}");
    }
    let client = reqwest::Client::new();
    for path in ["/threads/abc", "/mails/1/attachments/-1", "/nope"] {
        let answer = peers.ask(client.get(format!("{}{path}", silexd.address())));
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert!(
            answer.body.contains("There is no such page"),
            "{path}: {}",
            answer.body
        );
    }
}

#[test]
fn a_draft_is_edited_into_what_can_be_sent() {
    let peers = Peers::new(clerk);
    let mut settings = peers.settings();
    settings["outbound"] = json!({ "max_bytes": 100 });
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise hold"), &settings);
    silexd.serve();
    for name in ["1", "2"] {
        let id = format!("{name}@a.example");
        silexd.drop_mail(name, &mail(&id, "ada@a.example", "", "Please note this."));
    }
    until("both drafts", || {
        (silexd.prints(&["drafts", "list"]).lines().count() == 2).then_some(())
    });
    let threads = silexd.prints(&["threads", "list", "--limit", "1"]);
    assert!(
        threads.ends_with("there are more than 1: `--limit` shows them\n"),
        "{threads}"
    );
    let edit = ["drafts", "edit", "1", "--revision", "1", "--body"];
    for (name, bytes, why) in [
        ("latin", &b"caf\xe9"[..], "latin is no text in UTF-8"),
        ("blank", b" \n", "the text is empty"),
        (
            "great",
            &[b'a'; 101],
            "the text has 101 bytes, and 100 are the most",
        ),
    ] {
        silexd.put(name, bytes);
        let (status, text) = said(&silexd, &[&edit[..], &[name]].concat());
        assert_eq!(status, Some(1), "{text}");
        assert!(text.contains(why), "{text}");
    }
    silexd.put("right", b"Noted.");
    silexd.prints(&[&edit[..], &["right", "--subject", "x\nBcc: a@b.example"]].concat());
    let shown = silexd.prints(&["drafts", "show", "1"]);
    assert!(
        shown.contains("--- the draft: x Bcc: a@b.example\nNoted."),
        "{shown}"
    );
}
