//! Mail leaves by a mail server or by SES, and neither fails in a way that sends twice or loses.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use serde_json::{Value, json};
use silex_tests::silexd::Silexd;
use silex_tests::smtp_sink::{Door, Fault, Login, SmtpSink, Tls};
use silex_tests::stub_aws::authority::Authority;
use silex_tests::stub_aws::ses::{self, Ses};
use silex_tests::wait::until;
use tokio::net::TcpSocket;

use crate::desk::{Peers, SILEXD, answers, clerk, client, desk, mail};

/// A desk whose mail leaves as `outbound` says.
fn silexd(peers: &Peers, outbound: &Value) -> Silexd {
    let mut settings = peers.settings();
    settings["queue"] = json!({ "workers": 1, "threads": 1, "nice": 0 });
    settings["outbound"] = outbound.clone();
    Silexd::new(SILEXD, &desk("otherwise pass"), &settings)
}

fn smtp(sink: &SmtpSink) -> Value {
    json!({ "smtp": { "host": "127.0.0.1", "port": sink.port(), "tls": "none" }, "unknown_minutes": 0 })
}

/// A desk that signs in at a mail server by TLS, on a system that trusts this authority.
fn signing_in(peers: &Peers, sink: &SmtpSink, tls: &str, trusted: &Authority) -> Silexd {
    let outbound = json!({ "smtp": {
        "host": "localhost", "port": sink.port(), "tls": tls, "user": "desk", "password": PASSWORD,
    } });
    let mut silexd = silexd(peers, &outbound);
    silexd.put("roots.pem", trusted.pem().as_bytes());
    let roots = silexd.path("roots.pem").display().to_string();
    silexd.set("SSL_CERT_FILE", &roots);
    silexd
}

const PASSWORD: &str = "not-a-real-password";

/// Who may send, and how they say so.
fn account(mechanism: &'static str) -> Option<Login> {
    Some(Login {
        mechanism,
        user: "desk",
        password: PASSWORD,
    })
}

/// The settings that lead to an SES.
pub(crate) fn of_ses(url: &str) -> Value {
    json!({ "ses": {
        "region": "eu-west-1", "access_key": "AK", "secret_key": "not-a-real-secret",
        "endpoint": url, "configuration_set": "silex",
    } })
}

pub(crate) fn ask(silexd: &Silexd) {
    silexd.drop_mail(
        "1",
        &mail("first@a.example", "ada@a.example", "", "Please note this."),
    );
}

/// The deliveries as the command lists them, once one of them is in this state.
pub(crate) fn listed(silexd: &Silexd, state: &str) -> String {
    until(&format!("a delivery that is {state}"), || {
        let listed = silexd.prints(&["deliveries", "list", "--state", state]);
        // Senders that rest are listed too.
        let shown = |line: &str| {
            let word = line.split_whitespace().nth(1);
            word.is_some_and(|word| word.trim_end_matches(',') == state)
        };
        listed.lines().any(shown).then_some(listed)
    })
}

/// The deliveries as the command lists them, once a sender rests.
fn rests(silexd: &Silexd) -> String {
    until("the sender to rest", || {
        let listed = silexd.prints(&["deliveries", "list"]);
        listed.contains("rests until").then_some(listed)
    })
}

#[test]
fn what_a_mail_server_refuses_for_now_is_sent_again_and_taken_once() {
    let peers = Peers::new(clerk);
    let faults = [Fault::RefuseForNow, Fault::HangUp];
    let sink = peers.wait(SmtpSink::start(&faults)).unwrap();
    let mut silexd = silexd(&peers, &smtp(&sink));
    silexd.serve();
    ask(&silexd);
    let _accepted = listed(&silexd, "accepted");
    peers.until_idle(&silexd);
    let taken = sink.taken();
    assert_eq!((taken.len(), sink.asked()), (1, 3));
    assert_eq!(taken[0].from, "desk@desk.example");
    assert_eq!(taken[0].to, ["ada@a.example"]);
    assert!(answers(&taken[0].mail, "first@a.example"));
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

#[test]
fn a_mail_server_with_a_certificate_of_the_systems_roots_hears_the_password_and_gets_the_mail() {
    let authority = Authority::new();
    let tls = authority.acceptor(&["localhost"]);
    for (name, tls, mechanism) in [
        ("implicit", Tls::Implicit(tls.clone()), "PLAIN"),
        ("starttls", Tls::StartTls(tls), "LOGIN"),
    ] {
        let login = account(mechanism);
        let peers = Peers::new(clerk);
        let sink = peers.wait(SmtpSink::behind(Door { tls, login }, &[]));
        let sink = sink.unwrap();
        let mut silexd = signing_in(&peers, &sink, name, &authority);
        silexd.serve();
        ask(&silexd);
        let _accepted = listed(&silexd, "accepted");
        let taken = sink.taken();
        assert_eq!((taken.len(), sink.asked()), (1, 1), "{name}");
        assert!(taken[0].secured, "{name}");
        assert!(answers(&taken[0].mail, "first@a.example"));
        silexd.terminate();
        assert_eq!(peers.violations(&silexd), Vec::<String>::new());
    }
}

/// What stands between may have stripped `STARTTLS`, or speak TLS itself.
#[test]
fn a_mail_server_that_does_not_prove_who_it_is_hears_neither_password_nor_mail() {
    let (ours, stranger) = (Authority::new(), Authority::stranger());
    let here = &["localhost"][..];
    let elsewhere = ours.acceptor(&["mail.other.example"]);
    for (door, name, heard, why) in [
        (
            Tls::Implicit(stranger.acceptor(here)),
            "implicit",
            &[][..],
            "certificate",
        ),
        (
            Tls::Implicit(elsewhere.clone()),
            "implicit",
            &[],
            "certificate",
        ),
        (
            Tls::StartTls(stranger.acceptor(here)),
            "starttls",
            &["EHLO", "STARTTLS"],
            "certificate",
        ),
        (
            Tls::StartTls(elsewhere),
            "starttls",
            &["EHLO", "STARTTLS"],
            "certificate",
        ),
        (Tls::None, "starttls", &["EHLO"], "STARTTLS"),
    ] {
        let login = account("PLAIN");
        let peers = Peers::new(clerk);
        let sink = peers.wait(SmtpSink::behind(Door { tls: door, login }, &[]));
        let sink = sink.unwrap();
        let mut silexd = signing_in(&peers, &sink, name, &ours);
        silexd.serve();
        ask(&silexd);
        let resting = rests(&silexd);
        assert!(resting.contains(why), "{resting}");
        let said = sink.heard();
        let said: Vec<_> = said
            .iter()
            .filter_map(|line| line.split(' ').next())
            .collect();
        assert_eq!(said, heard, "{resting}");
        assert!(silexd.prints(&["jobs", "list"]).contains("scheduled"));
    }
}

/// Of four workers three wait for the server, and the last goes on with what it has nothing to do with.
#[test]
fn a_mail_server_that_hangs_keeps_nobody_from_reading_mail() {
    let peers = Peers::new(clerk);
    let sink = peers
        .wait(SmtpSink::start(&[Fault::TakeAndWait; 5]))
        .unwrap();
    let mut settings = peers.settings();
    settings["queue"] = json!({ "workers": 4, "threads": 1, "nice": 0 });
    settings["outbound"] = smtp(&sink);
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    silexd.serve();
    for number in 1..=5 {
        let (id, from) = (
            format!("{number}@a.example"),
            format!("c{number}@a.example"),
        );
        silexd.drop_mail(
            &number.to_string(),
            &mail(&id, &from, "", "Please note it."),
        );
    }
    until("five drafts behind a server that hangs", || {
        let drafts = silexd.prints(&["drafts", "list", "--all"]);
        (drafts.matches("approved").count() == 5).then_some(())
    });
    until("three of them to be offered", || {
        (sink.asked() == 3).then_some(())
    });
    for _ in 1..=5 {
        sink.say();
    }
    peers.until_idle(&silexd);
    assert_eq!((sink.taken().len(), sink.asked()), (5, 5));
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

#[test]
fn what_a_mail_server_refuses_for_good_is_held_for_a_person() {
    let peers = Peers::new(clerk);
    let sink = peers.wait(SmtpSink::start(&[Fault::Refuse])).unwrap();
    let mut silexd = silexd(&peers, &smtp(&sink));
    silexd.serve();
    ask(&silexd);
    let failed = listed(&silexd, "failed");
    assert!(failed.contains("no such mailbox"), "{failed}");
    assert!(silexd.prints(&["drafts", "list"]).contains("held"));
    assert_eq!(sink.taken(), []);
}

#[test]
fn a_silence_behind_the_content_is_for_a_person_and_nothing_is_sent_again() {
    let peers = Peers::new(clerk);
    let sink = peers
        .wait(SmtpSink::start(&[Fault::TakeAndHangUp]))
        .unwrap();
    let mut silexd = silexd(&peers, &smtp(&sink));
    silexd.serve();
    ask(&silexd);
    let unknown = listed(&silexd, "unknown");
    peers.until_idle(&silexd);
    assert_eq!((sink.taken().len(), sink.asked()), (1, 1), "{unknown}");
    silexd.prints(&["deliveries", "settle", "1", "--arrived", "yes"]);
    let again = silexd.run(&["deliveries", "settle", "1", "--arrived", "no"]);
    assert_eq!(again.status.code(), Some(1), "it is known");
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

/// Between the intent and the call nothing was sent, and nobody knows it: it is not guessed.
#[test]
fn a_kill_around_the_call_leaves_what_a_person_settles_and_never_sends_twice() {
    let folder = tempfile::tempdir().unwrap();
    let points = folder.path().join("points");
    {
        let peers = Peers::new(clerk);
        let sink = peers.wait(SmtpSink::start(&[])).unwrap();
        let mut silexd = silexd(&peers, &smtp(&sink));
        ask(&silexd);
        silexd.start(Some(&format!("record:{}", points.display())));
        until("the mail to be taken", || {
            (sink.taken().len() == 1).then_some(())
        });
        peers.until_idle(&silexd);
        let _serving = silexd.address();
        silexd.terminate();
    }
    let points = fs::read_to_string(points).unwrap();
    for (name, taken) in [("deliver.before_send", 0), ("deliver.after_send", 1)] {
        let at = 1 + points.lines().position(|point| point == name).unwrap();
        let peers = Peers::new(clerk);
        let sink = peers.wait(SmtpSink::start(&[])).unwrap();
        let mut silexd = silexd(&peers, &smtp(&sink));
        ask(&silexd);
        silexd.start(Some(&format!("kill:{at}")));
        until("the kill", || silexd.was_killed());
        silexd.serve();
        let _unknown = listed(&silexd, "unknown");
        peers.until_idle(&silexd);
        assert_eq!(sink.taken().len(), taken, "killed at {name}");
        let status = silexd.terminate();
        assert!(status.success() || status.signal() == Some(15), "{status}");
        assert_eq!(peers.violations(&silexd), Vec::<String>::new());
    }
}

#[test]
fn ses_gets_the_whole_mail_with_its_intent_and_an_answer_finds_its_thread_by_the_id_of_ses() {
    let peers = Peers::new(clerk);
    let ses = peers
        .wait(Ses::start(&[
            ses::Fault::Refuse(429, "TooManyRequestsException"),
            ses::Fault::Refuse(503, "ServiceUnavailable"),
        ]))
        .unwrap();
    let mut silexd = silexd(&peers, &of_ses(ses.url()));
    silexd.serve();
    ask(&silexd);
    let _accepted = listed(&silexd, "accepted");
    let taken = ses.taken();
    assert_eq!((taken.len(), ses.calls()), (1, 3));
    assert_eq!(taken[0]["FromEmailAddress"], "desk@desk.example");
    assert_eq!(taken[0]["ConfigurationSetName"], "silex");
    let tag = &taken[0]["EmailTags"][0];
    assert_eq!(tag["Name"], "silex-intent");
    let intent = tag["Value"].as_str().unwrap();
    assert!(intent.starts_with("reply-1-1-"), "{intent}");
    let refers = format!("In-Reply-To: <{}@eu-west-1.amazonses.com>\r\n", ses::id(1));
    silexd.drop_mail(
        "2",
        &mail("again@a.example", "ada@a.example", &refers, "And this."),
    );
    until("the second answer", || {
        (ses.taken().len() == 2).then_some(())
    });
    peers.until_idle(&silexd);
    let threads = silexd.prints(&["threads"]);
    assert_eq!(threads.lines().count(), 1, "{threads}");
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

#[test]
fn an_account_that_may_not_send_lets_its_sender_rest_and_loses_no_mail() {
    for exception in [
        "SendingPausedException",
        "AccountSuspendedException",
        "LimitExceededException",
    ] {
        let peers = Peers::new(clerk);
        let refuse = ses::Fault::Refuse(400, exception);
        let ses = peers.wait(Ses::start(&[refuse])).unwrap();
        let mut silexd = silexd(&peers, &of_ses(ses.url()));
        silexd.serve();
        ask(&silexd);
        let resting = rests(&silexd);
        assert!(resting.contains(exception), "{resting}");
        assert_eq!((ses.calls(), ses.taken().len()), (1, 0));
        silexd.prints(&["deliveries", "resume", "desk@desk.example"]);
        assert!(silexd.prints(&["jobs", "list"]).contains("scheduled"));
    }
}

/// Another try would get the same answer.
#[test]
fn what_ses_refuses_for_good_is_held_for_a_person_with_the_reason() {
    for exception in [
        "MessageRejected",
        "MailFromDomainNotVerifiedException",
        "NotFoundException",
        "BadRequestException",
    ] {
        let peers = Peers::new(clerk);
        let refuse = ses::Fault::Refuse(400, exception);
        let ses = peers.wait(Ses::start(&[refuse])).unwrap();
        let mut silexd = silexd(&peers, &of_ses(ses.url()));
        silexd.serve();
        ask(&silexd);
        let failed = listed(&silexd, "failed");
        let why = format!("{exception}: stub says {exception}");
        assert!(failed.contains(&why), "{failed}");
        let held = silexd.prints(&["drafts", "show", "1"]);
        let why = format!("it could not be delivered: {why}");
        assert!(held.contains("held") && held.contains(&why), "{held}");
        peers.until_idle(&silexd);
        assert_eq!((ses.calls(), ses.taken().len()), (1, 0), "{exception}");
        silexd.prints(&["drafts", "approve", "1", "--revision", "2"]);
        let _accepted = listed(&silexd, "accepted");
        peers.until_idle(&silexd);
        assert_eq!((ses.calls(), ses.taken().len()), (2, 1), "{exception}");
        silexd.terminate();
        assert_eq!(peers.violations(&silexd), Vec::<String>::new());
    }
}

#[test]
fn mail_waits_for_an_ses_that_cannot_be_reached_and_leaves_once_when_it_can() {
    let peers = Peers::new(clerk);
    // A port that is somebody's who does not listen yet refuses connections.
    let door = TcpSocket::new_v4().unwrap();
    door.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("http://{}", door.local_addr().unwrap());
    let mut silexd = silexd(&peers, &of_ses(&url));
    silexd.serve();
    ask(&silexd);
    let tried = until("a try that reached nobody", || {
        let waiting = silexd.prints(&["jobs", "list", "--kind", "deliver"]);
        waiting.contains("onnection refused").then_some(waiting)
    });
    assert!(tried.contains("scheduled"), "{tried}");
    assert!(silexd.prints(&["deliveries", "list"]).contains("queued"));
    let ses = peers
        .wait(async { Ses::behind(door.listen(8)?, &[]) })
        .unwrap();
    let _accepted = listed(&silexd, "accepted");
    peers.until_idle(&silexd);
    assert_eq!((ses.calls(), ses.taken().len()), (1, 1));
    silexd.terminate();
    assert_eq!(peers.violations(&silexd), Vec::<String>::new());
}

/// The time limit of a call is half a minute.
#[test]
fn a_silence_of_ses_leaves_the_mail_unknown_and_it_is_not_sent_again() {
    let peers = Peers::new(clerk);
    let ses = peers.wait(Ses::start(&[ses::Fault::TakeAndHang])).unwrap();
    let mut silexd = silexd(&peers, &of_ses(ses.url()));
    silexd.serve();
    ask(&silexd);
    let _unknown = listed(&silexd, "unknown");
    silexd.terminate();
    silexd.serve();
    assert_eq!((ses.calls(), ses.taken().len()), (1, 1));
}

/// What was done is counted where Prometheus reads it.
#[test]
fn calls_and_sendings_are_counted_by_what_they_came_to() {
    let peers = Peers::new(clerk);
    let faults = [Fault::RefuseForNow, Fault::None];
    let sink = peers.wait(SmtpSink::start(&faults)).unwrap();
    let mut silexd = silexd(&peers, &smtp(&sink));
    silexd.serve();
    ask(&silexd);
    let _accepted = listed(&silexd, "accepted");
    let page = peers.ask(client().get(format!("{}/metrics", silexd.address())));
    for line in [
        "silex_deliveries_total{outcome=\"retry\"} 1",
        "silex_deliveries_total{outcome=\"accepted\"} 1",
        "silex_tool_calls_total{tool=\"open_ticket\",outcome=\"done\"} 1",
        "silex_model_calls_total{provider=\"anthropic\",model=\"claude-haiku-4-5\",outcome=\"answered\"} 3",
        "silex_model_tokens_total{provider=\"anthropic\",model=\"claude-haiku-4-5\",kind=\"output\"}",
    ] {
        assert!(page.body.contains(line), "{line}\n{}", page.body);
    }
}

#[test]
fn an_answer_of_ses_that_is_none_leaves_the_mail_unknown() {
    let peers = Peers::new(clerk);
    let ses = peers
        .wait(Ses::start(&[ses::Fault::TakeAndGarble]))
        .unwrap();
    let mut silexd = silexd(&peers, &of_ses(ses.url()));
    silexd.serve();
    ask(&silexd);
    let _unknown = listed(&silexd, "unknown");
    assert_eq!((ses.calls(), ses.taken().len()), (1, 1));
}
