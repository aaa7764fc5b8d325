//! `kill -9` beside the way of a mail that a folder brings: where notices of SES are taken in, a bucket is
//! read, a campaign is written, and what became of a sending is found out.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;

use serde_json::json;
use silex_runtime::store::{delivery_events, quarantine};
use silex_tests::silexd::Silexd;
use silex_tests::smtp_sink::{Fault, SmtpSink};
use silex_tests::stub_aws::sns::Message;
use silex_tests::wait::until;

use crate::club::{club, counted, field, member, prepare};
use crate::desk::{Peers, SILEXD, answers, clerk, client};
use crate::notices::{Cloud, in_bucket, inline, letter};

/// The points of these kinds that a run passed, each once, in the order of their first time.
fn points(recorded: &str, kinds: &[&str]) -> Vec<String> {
    let mut points = Vec::new();
    for point in recorded.lines() {
        let is_asked = kinds.iter().any(|kind| point.starts_with(kind));
        if is_asked && !points.iter().any(|it| it == point) {
            points.push(point.to_owned());
        }
    }
    points
}

/// Tells a story without a fault, and then with a kill at each of the points of these kinds.
fn killed_at_each(kinds: &[&str], least: usize, tell: impl Fn(&str) -> bool + Sync) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("points");
    assert!(!tell(&format!("record:{}", file.display())));
    let points = points(&fs::read_to_string(file).unwrap(), kinds);
    assert!(points.len() >= least, "{points:?}");
    for pair in points.chunks(2) {
        std::thread::scope(|scope| {
            for point in pair {
                let tell = &tell;
                scope.spawn(move || assert!(tell(&format!("kill:{point}")), "{point}"));
            }
        });
    }
}

/// Starts a `silexd` again whenever it was killed. Whether it was, up to where `look` gives something.
fn through_deaths(silexd: &mut Silexd, what: &str, look: impl Fn(&Silexd) -> Option<()>) -> bool {
    let mut killed = false;
    until(what, || {
        if silexd.was_killed().is_some() {
            assert!(!killed, "it was to be killed once");
            killed = true;
            silexd.start(None);
        }
        look(silexd)
    });
    killed
}

/// Where it listens, if it does already.
fn listening(silexd: &Silexd) -> Option<String> {
    let said = silexd.said();
    let (_, rest) = said.split_once("silexd listens on ")?;
    rest.split_once('\n').map(|(address, _)| address.to_owned())
}

/// Posts something to it until it is taken, as SNS and mail programs do.
fn post(peers: &Peers, silexd: &Silexd, path: &str, body: String) -> Option<()> {
    let url = format!("{}{path}", listening(silexd)?);
    let posted = client().post(url).body(body);
    let answer = peers.wait(async { posted.send().await.ok() })?;
    assert!(
        answer.status().is_success() || answer.status().is_server_error(),
        "{answer:?}"
    );
    answer.status().is_success().then_some(())
}

/// A mail in its notice, one in the bucket, what became of a sending, and a notice that cannot be read.
fn tell_of_notices(fault: &str) -> bool {
    let mut cloud = Cloud::new(&json!({}));
    assert!(cloud.silexd.terminate().success());
    cloud
        .s3
        .put("in/ses-2", letter("two@a.example").as_bytes(), None);
    let event = json!({
        "eventType": "Delivery", "delivery": { "recipients": ["ada@a.example"] },
        "mail": {
            "timestamp": "2026-03-01T09:00:00.000Z", "messageId": "0102-ses", "destination": ["ada@a.example"],
        },
    });
    let notices = [
        inline("sns 1", "ses-1", &letter("one@a.example"), &json!({})),
        in_bucket("sns 2", "ses-2"),
        Message::notification("sns 3", &event.to_string()),
        Message::notification("sns 4", r#"{ "notificationType": "Received" }"#),
        Message::confirmation("sns 5", "UnsubscribeConfirmation"),
    ];
    cloud.silexd.start(Some(fault));
    let mut killed = false;
    for notice in notices {
        // SNS gives each of them twice.
        for _ in 0..2 {
            let (peers, body) = (&cloud.peers, notice.body());
            killed |= through_deaths(&mut cloud.silexd, "a notice to be taken", |silexd| {
                post(peers, silexd, "/sns", body.clone())
            });
        }
    }
    let peers = &cloud.peers;
    killed |= through_deaths(&mut cloud.silexd, "both to be answered", |silexd| {
        (silexd.outbox().len() >= 2 && peers.is_idle(silexd)).then_some(())
    });
    let _serving = cloud.silexd.address();
    assert!(cloud.silexd.terminate().success());
    for id in ["one@a.example", "two@a.example"] {
        let sent = cloud.silexd.outbox();
        let of_it = sent.iter().filter(|sent| answers(sent, id));
        assert_eq!(of_it.count(), 1, "answers to {id}, {fault}");
    }
    let (events, aside) = cloud.peers.read(&cloud.silexd, async |db| {
        let events = delivery_events::unjoined(db, 9).await.unwrap();
        let aside = quarantine::of_cause(db, "unreadable", i64::MAX, 9).await;
        (events.len(), aside.unwrap().len())
    });
    assert_eq!((events, aside), (1, 1), "{fault}");
    assert_eq!(
        peers.violations(&cloud.silexd),
        Vec::<String>::new(),
        "{fault}"
    );
    killed
}

#[test]
fn killed_while_it_takes_notices_in_it_loses_none_and_takes_none_twice() {
    killed_at_each(&["notice.", "fetch."], 7, tell_of_notices);
}

#[test]
fn killed_while_it_looks_through_the_bucket_it_finds_every_mail_the_next_time() {
    for (point, missed) in [("before_commit", "1 missed"), ("after_commit", "0 missed")] {
        let mut cloud = Cloud::new(&json!({}));
        let found = "X-SES-Spam-Verdict: PASS
X-SES-Virus-Verdict: PASS
\
                     Authentication-Results: amazonses.com; spf=pass; dmarc=pass header.from=a.example;
";
        let stored = format!("{found}{}", letter("one@a.example"));
        cloud.s3.put("in/ses-1", stored.as_bytes(), None);
        cloud
            .silexd
            .set("SILEX_FAULT", &format!("kill:reconcile.taken.{point}"));
        let killed = cloud.silexd.run(&["reconcile"]);
        assert_eq!(killed.status.signal(), Some(9), "{killed:?}");
        cloud.silexd.set("SILEX_FAULT", "");
        let said = cloud.silexd.prints(&["reconcile"]);
        assert!(said.contains(missed), "{point}: {said}");
        cloud.peers.until_idle(&cloud.silexd);
        let sent = cloud.silexd.outbox();
        assert_eq!(sent.len(), 1, "{point}: {sent:?}");
        assert!(cloud.silexd.terminate().success());
        assert_eq!(cloud.peers.violations(&cloud.silexd), Vec::<String>::new());
    }
}

const MEMBERS: usize = 3;

/// A campaign to the members, of whom one's server says nothing, and one ends it with a click.
fn tell_of_a_campaign(fault: &str) -> bool {
    let peers = Peers::new(clerk);
    let now = silex_runtime::clock::Clock::system().now_ms();
    let sink = peers
        .wait(SmtpSink::start(&[Fault::TakeAndHangUp]))
        .unwrap();
    let mut settings = peers.settings();
    settings["public_url"] = json!("https://club.example/");
    settings["queue"] = json!({ "workers": 1, "threads": 1, "nice": 0 });
    settings["outbound"] = json!({
        "smtp": { "host": "127.0.0.1", "port": sink.port(), "tls": "none" },
        "late_hours": 48, "unknown_minutes": 0,
    });
    let mut silexd = Silexd::new(SILEXD, &club(), &settings);
    peers.wait(prepare(silexd.database(), MEMBERS, now));
    silexd.start(Some(fault));
    let mut killed = through_deaths(&mut silexd, "all to be written to", |silexd| {
        (sink.taken().len() >= MEMBERS && peers.is_idle(silexd)).then_some(())
    });
    let link = field(&sink.taken()[MEMBERS - 1].mail, "List-Unsubscribe");
    let link = link.trim_matches(['<', '>']);
    let path = link.strip_prefix("https://club.example").unwrap();
    for _ in 0..2 {
        killed |= through_deaths(&mut silexd, "the click to be heard", |silexd| {
            let click = "List-Unsubscribe=One-Click".to_owned();
            post(&peers, silexd, path, click)
        });
    }
    let _serving = silexd.address();
    assert!(silexd.terminate().success());
    let mut got = BTreeMap::new();
    for taken in sink.taken() {
        *got.entry(taken.to[0].clone()).or_insert(0) += 1;
    }
    let each = (0..MEMBERS).map(|number| (member(number), 1)).collect();
    assert_eq!(got, each, "{fault}");
    let counted = peers.read(&silexd, counted);
    let expected = [
        ("campaign.planned", MEMBERS),
        ("campaign.skipped", 2 * MEMBERS),
        ("delivery.unknown", 1),
        ("delivery.failed", 1),
        ("contact.unsubscribed", 1),
    ];
    for (kind, times) in expected {
        assert_eq!(
            counted.get(kind),
            Some(&times),
            "{kind}, {fault}: {counted:?}"
        );
    }
    assert_eq!(peers.violations(&silexd), Vec::<String>::new(), "{fault}");
    killed
}

#[test]
fn killed_while_it_writes_a_campaign_it_writes_to_each_member_once() {
    killed_at_each(&["campaign.", "settle."], 11, tell_of_a_campaign);
}
