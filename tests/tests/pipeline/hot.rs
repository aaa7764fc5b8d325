//! More mail of one than is worked off: others do not wait for its end.

use serde_json::json;
use silex_runtime::store::jobs::{self, Filter};
use silex_tests::silexd::{Silexd, TOKEN};
use silex_tests::wait::until;

use crate::desk::{Peers, SILEXD, answers, clerk, client, desk, mail};

#[test]
fn a_mail_is_answered_before_a_thread_of_many_is_worked_off() {
    let peers = Peers::new(clerk);
    let mut settings = peers.settings();
    settings["queue"] = json!({ "workers": 2, "threads": 1, "nice": 0 });
    settings["inbound"] = json!({ "pace": { "thread_per_hour": 1000, "sender_per_day": 1000 } });
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    // They are all there before work begins.
    for (number, word) in ('a'..='z').enumerate() {
        let hot = format!("hot-{number}@hot.example");
        // Nothing refers to itself, and what repeats the mail before it is put aside.
        let refers = if number > 0 {
            "References: <hot-0@hot.example>\r\n"
        } else {
            ""
        };
        let text = format!("And what of the {word}?");
        silexd.drop_mail(&hot, &mail(&hot, "hot@hot.example", refers, &text));
    }
    let other = "other@b.example";
    silexd.drop_mail(
        "other",
        &mail(other, "bert@b.example", "", "Please note this."),
    );
    silexd.serve();
    until("the other's answer", || {
        silexd
            .outbox()
            .iter()
            .any(|sent| answers(sent, other))
            .then_some(())
    });
    peers.until_idle(&silexd);
    let jobs = peers.read(&silexd, async |db| {
        jobs::list(db, &Filter::default(), 10_000).await.unwrap()
    });
    let last = |tenant: &str| {
        let of = jobs.iter().filter(|job| job.tenant == tenant);
        of.filter_map(|job| job.done_at).max().unwrap()
    };
    assert!(last("bert@b.example") < last("hot@hot.example"));
}

#[test]
fn mail_is_taken_in_before_that_of_a_sender_of_many() {
    let peers = Peers::new(clerk);
    let mut settings = peers.settings();
    settings["queue"] = json!({ "workers": 2, "threads": 1, "nice": 0 });
    let mut silexd = Silexd::new(SILEXD, &desk("otherwise pass"), &settings);
    silexd.serve();
    // They are all there before one is taken in.
    silexd.prints(&["jobs", "pause", "receive"]);
    let post = |id: &str, sender: &str| {
        let request = client().post(format!("{}/mail", silexd.address()));
        let request = request.bearer_auth(TOKEN).header("x-envelope-from", sender);
        let mail = mail(id, sender, "", &format!("What of {id}?"));
        assert_eq!(peers.ask(request.body(mail)).status, 202);
    };
    for number in 0..40 {
        post(&format!("{number}@flood.example"), "flood@flood.example");
    }
    // Of three strangers one may have a share in common with the flood, by chance, but not all.
    let others = ["ada@a.example", "bert@b.example", "cleo@c.example"];
    for other in others {
        post(&format!("first-{other}"), other);
    }
    silexd.prints(&["jobs", "resume", "receive"]);
    peers.until_idle(&silexd);
    let jobs = peers.read(&silexd, async |db| {
        jobs::list(db, &Filter::default(), 10_000).await.unwrap()
    });
    let mut taken: Vec<_> = jobs.iter().filter(|job| job.kind == "receive").collect();
    assert_eq!(taken.len(), 43);
    taken.sort_by_key(|job| job.id);
    let (flood, others) = taken.split_at(40);
    assert!(others.iter().any(|job| job.done_at < flood[20].done_at));
}
