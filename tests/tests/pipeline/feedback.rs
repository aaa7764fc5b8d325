//! What became of mails that were sent: events of SES, and reports of mail servers by mail.

use serde_json::{Value, json};
use silex_runtime::store::mails::MailState;
use silex_runtime::store::{deliveries, delivery_events, entities, events, mails, suppression};
use silex_tests::package::{compiled, of_text};
use silex_tests::silexd::TOKEN;
use silex_tests::stub_aws::ses::{self, Fault, Ses};
use silex_tests::stub_aws::sns::Message;
use silex_tests::wait::until;

use crate::desk::{DESK, Peers, answers, clerk, client, mail};
use crate::notices::Cloud;
use crate::sending::{ask, listed, of_ses};

/// A desk that has answered a mail of Ada's; the answer as it was sent.
fn answered() -> (Cloud, String) {
    let cloud = Cloud::new(&json!({}));
    cloud.silexd.drop_mail(
        "ada",
        &mail("ask@a.example", "ada@a.example", "", "Please note this."),
    );
    let sent = until("the answer", || {
        cloud
            .silexd
            .outbox()
            .into_iter()
            .find(|sent| answers(sent, "ask@a.example"))
    });
    cloud.peers.until_idle(&cloud.silexd);
    (cloud, sent)
}

fn field<'m>(mail: &'m str, name: &str) -> &'m str {
    let start = format!("{name}: ");
    mail.lines()
        .find_map(|line| line.strip_prefix(&start))
        .unwrap()
        .trim()
}

fn event(sns_id: &str, kind: &str, intent: &str, about: &Value) -> Message {
    let key = kind.to_ascii_lowercase();
    let text = json!({
        "eventType": kind, key: about,
        "mail": {
            "timestamp": "2026-03-01T09:00:00.000Z", "messageId": "0102-ses", "destination": ["ada@a.example"],
            "tags": { "silex-intent": [intent] },
        },
    });
    Message::notification(sns_id, &text.to_string())
}

fn bounce() -> Value {
    json!({ "bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [{ "emailAddress": "Ada@a.example", "diagnosticCode": "550 5.1.1" }] })
}

fn suppressed(cloud: &Cloud) -> Vec<(String, String)> {
    let listed = cloud.peers.read(&cloud.silexd, async |db| {
        suppression::list(db, 0, 9).await.unwrap()
    });
    listed
        .into_iter()
        .map(|one| (one.address, format!("{:?}", one.reason)))
        .collect()
}

#[test]
fn events_are_kept_and_end_the_sending_to_an_address() {
    let cloud = Cloud::new(&json!({}));
    for (sns_id, kind, about) in [
        ("sns 1", "Send", json!({})),
        (
            "sns 2",
            "Delivery",
            json!({ "recipients": ["ada@a.example"] }),
        ),
        ("sns 3", "Bounce", bounce()),
        ("sns 3", "Bounce", bounce()),
        (
            "sns 4",
            "Complaint",
            json!({ "complainedRecipients": [{ "emailAddress": "bert@b.example" }] }),
        ),
        (
            "sns 5",
            "Bounce",
            json!({ "bounceType": "Transient", "bouncedRecipients": [{ "emailAddress": "cleo@c.example" }] }),
        ),
    ] {
        assert_eq!(
            cloud
                .post(&event(sns_id, kind, "nothing of ours", &about))
                .status,
            200,
            "{kind}"
        );
    }
    // They are of no mail that we know, and are kept all the same.
    let kept = cloud.peers.read(&cloud.silexd, async |db| {
        delivery_events::unjoined(db, 9).await.unwrap()
    });
    assert_eq!(kept.len(), 5, "{kept:?}");
    let mut listed = suppressed(&cloud);
    listed.sort();
    let expected = [("ada@a.example", "Bounce"), ("bert@b.example", "Complaint")];
    assert_eq!(
        listed,
        expected.map(|(address, reason)| (address.to_owned(), reason.to_owned()))
    );
}

#[test]
fn an_event_finds_its_sending_by_the_id_of_the_provider() {
    let (cloud, _) = answered();
    let delivery = cloud
        .peers
        .read(&cloud.silexd, async |db| {
            deliveries::find(db, 1).await.unwrap()
        })
        .unwrap();
    let mut told = event(
        "sns 1",
        "Delivery",
        "",
        &json!({ "recipients": ["ada@a.example"] }),
    );
    let text = json!({
        "eventType": "Delivery", "delivery": { "recipients": ["ada@a.example"] },
        "mail": { "timestamp": "2026-03-01T09:00:00.000Z", "messageId": delivery.external_id, "destination": ["ada@a.example"] },
    });
    told = told.with("Message", &text.to_string());
    assert_eq!(cloud.post(&told).status, 200);
    let events = cloud.peers.read(&cloud.silexd, async |db| {
        delivery_events::of_delivery(db, delivery.id).await.unwrap()
    });
    assert_eq!(
        events
            .iter()
            .map(|event| event.outcome.as_str())
            .collect::<Vec<_>>(),
        ["delivered"]
    );
}

/// A report of a mail server about a mail to a recipient.
fn report(message_id: &str, recipient: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.a.example\r\nTo: desk@desk.example\r\nSubject: Undelivered\r\nMessage-ID: <report-{recipient}>\r\n\
         Date: Mon, 2 Mar 2026 09:41:06 +0000\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.a.example\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\n\r\n--b--\r\n"
    )
}

#[test]
fn a_report_counts_for_a_mail_of_ours_to_that_recipient_alone() {
    let (cloud, sent) = answered();
    let id = field(&sent, "Message-ID");
    let post = |mail: String| {
        let request = client()
            .post(format!("{}/mail", cloud.silexd.address()))
            .bearer_auth(TOKEN)
            .body(mail);
        assert_eq!(cloud.peers.ask(request).status, 202);
        cloud.peers.until_idle(&cloud.silexd);
    };
    post(report("<made-up@desk.example>", "ada@a.example"));
    post(report(id, "victim@b.example"));
    assert_eq!(suppressed(&cloud), [], "a forged report ends nothing");
    post(report(id, "Ada@a.example"));
    assert_eq!(
        suppressed(&cloud),
        [("ada@a.example".to_owned(), "Bounce".to_owned())]
    );
    let kept = cloud.peers.read(&cloud.silexd, async |db| {
        mails::of_thread(db, 1).await.unwrap()
    });
    let reports = kept
        .iter()
        .filter(|mail| mail.reason.as_deref() == Some("it reports what became of a mail of ours"));
    assert_eq!(
        reports.count(),
        1,
        "it is in the thread of the mail that it is about"
    );
    assert_eq!(cloud.silexd.outbox().len(), 1, "nothing answers a report");
}

#[test]
fn the_list_is_kept_by_hand_as_well() {
    let cloud = Cloud::new(&json!({}));
    let silexd = &cloud.silexd;
    assert!(
        silexd
            .prints(&["suppressed", "list"])
            .contains("no address")
    );
    silexd.prints(&[
        "suppressed",
        "add",
        "Ada@A.example",
        "--note",
        "she asked by telephone",
    ]);
    let listed = silexd.prints(&["suppressed", "list"]);
    assert!(
        listed.contains("ada@a.example")
            && listed.contains("by_hand")
            && listed.contains("telephone"),
        "{listed}"
    );
    assert!(
        !silexd
            .run(&["suppressed", "add", "no address"])
            .status
            .success()
    );
    silexd.prints(&["suppressed", "remove", "ada@a.example"]);
    assert!(
        !silexd
            .run(&["suppressed", "remove", "ada@a.example"])
            .status
            .success(),
        "it is not there any more"
    );
}

/// What an office hears of each answer, and what is noted when one comes back.
const TOLD: &str = r#"  after bounced { save writer.reachable = false }
  relay archive { on delivered to mail "archive@office.example" }
  deliver {"#;

/// A desk that answers a mail of Ada's by an SES, which does so with its mails.
fn sending(script: &[Fault]) -> (Cloud, Ses) {
    let text = DESK.replace("POLICY", "otherwise pass");
    let text = text.replace("= \"\" }", "= \"\", reachable: bool = true }");
    let bundle = compiled(&of_text("desk", &text.replace("  deliver {", TOLD)));
    let peers = Peers::new(clerk);
    let ses = peers.wait(Ses::start(script)).unwrap();
    let cloud = Cloud::of(peers, &bundle, &json!({ "outbound": of_ses(ses.url()) }));
    ask(&cloud.silexd);
    (cloud, ses)
}

/// An event of SES about the mail of this number that it took.
fn about(ses: &Ses, number: usize, sns_id: &str, kind: &str, what: &Value) -> Message {
    let intent = ses.taken()[number - 1]["EmailTags"][0]["Value"].clone();
    let key = kind.to_ascii_lowercase();
    let text = json!({
        "eventType": kind, key: what,
        "mail": {
            "timestamp": "2026-03-01T09:00:00.000Z", "messageId": ses::id(number),
            "destination": ["ada@a.example"], "tags": { "silex-intent": [intent] },
        },
    });
    Message::notification(sns_id, &text.to_string())
}

/// What happened of a kind.
fn happened(cloud: &Cloud, kind: &str) -> usize {
    let found = cloud.peers.read(&cloud.silexd, async |db| {
        events::of_kinds(db, [kind, kind], 0, 99).await.unwrap()
    });
    found.len()
}

/// What SES tells of a mail that it took and that came to its recipient.
fn arrived(ses: &Ses, number: usize, sns_id: &str, to: &str) -> Message {
    about(
        ses,
        number,
        sns_id,
        "Delivery",
        &json!({ "recipients": [to] }),
    )
}

/// The mails of ours that stand in the first thread.
fn kept(cloud: &Cloud) -> usize {
    let mails = cloud.peers.read(&cloud.silexd, async |db| {
        mails::of_thread(db, 1).await.unwrap()
    });
    mails
        .iter()
        .filter(|mail| mail.state == MailState::Sent)
        .count()
}

/// The grace is over of what nobody knew the end of: whoever waited for it looks.
fn end_waiting(cloud: &Cloud) {
    let sql = "update job set run_at = 0 where kind = 'settle'";
    cloud.peers.meddle(&cloud.silexd, sql);
    cloud.peers.until_idle(&cloud.silexd);
}

/// A reply would be left to a person, and what tells an office something would be sent again.
#[test]
fn an_event_settles_a_sending_of_which_nobody_knew_the_end() {
    let (mut cloud, ses) = sending(&[Fault::TakeAndGarble, Fault::TakeAndGarble]);
    let _unknown = listed(&cloud.silexd, "unknown");
    assert_eq!(kept(&cloud), 0);
    let sent = about(&ses, 1, "sns 1", "Send", &json!({}));
    let told = arrived(&ses, 1, "sns 2", "ada@a.example");
    for told in [&sent, &sent, &told] {
        assert_eq!(cloud.post(told).status, 200);
    }
    let _office = listed(&cloud.silexd, "unknown");
    let told = arrived(&ses, 2, "sns 3", "archive@office.example");
    assert_eq!(cloud.post(&told).status, 200);
    end_waiting(&cloud);
    let listed = cloud.silexd.prints(&["deliveries", "list"]);
    assert_eq!(listed.matches("accepted").count(), 2, "{listed}");
    assert_eq!((ses.calls(), ses.taken().len()), (2, 2));
    assert_eq!((kept(&cloud), happened(&cloud, "draft.delivered")), (1, 1));
    let refers = format!("In-Reply-To: <{}@eu-west-1.amazonses.com>\r\n", ses::id(1));
    cloud.silexd.drop_mail(
        "2",
        &mail("again@a.example", "ada@a.example", &refers, "And this."),
    );
    until("the second answer", || (kept(&cloud) == 2).then_some(()));
    let threads = cloud.silexd.prints(&["threads"]);
    assert_eq!(threads.lines().count(), 1, "{threads}");
    cloud.peers.until_idle(&cloud.silexd);
    cloud.silexd.terminate();
    assert_eq!(cloud.peers.violations(&cloud.silexd), Vec::<String>::new());
}

#[test]
fn an_event_that_comes_before_the_answer_of_ses_is_believed_and_the_answer_changes_nothing() {
    let (mut cloud, ses) = sending(&[Fault::TakeAndWait]);
    until("the mail to be taken", || (ses.calls() == 1).then_some(()));
    let told = arrived(&ses, 1, "sns 1", "ada@a.example");
    assert_eq!(cloud.post(&told).status, 200);
    let _accepted = listed(&cloud.silexd, "accepted");
    assert_eq!(kept(&cloud), 1);
    ses.say();
    cloud.peers.until_idle(&cloud.silexd);
    assert_eq!((kept(&cloud), happened(&cloud, "draft.delivered")), (1, 1));
    assert_eq!((happened(&cloud, "delivery.arrived"), ses.calls()), (1, 2));
    cloud.silexd.terminate();
    assert_eq!(cloud.peers.violations(&cloud.silexd), Vec::<String>::new());
}

/// The time limit of a call is half a minute.
#[test]
fn an_event_that_comes_while_ses_hangs_leaves_nothing_to_settle() {
    let (mut cloud, ses) = sending(&[Fault::TakeAndHang]);
    until("the mail to be taken", || (ses.calls() == 1).then_some(()));
    let sent = about(&ses, 1, "sns 1", "Send", &json!({}));
    assert_eq!(cloud.post(&sent).status, 200);
    cloud.peers.until_idle(&cloud.silexd);
    assert_eq!((happened(&cloud, "delivery.unknown"), ses.calls()), (0, 2));
    assert_eq!((kept(&cloud), happened(&cloud, "draft.delivered")), (1, 1));
    cloud.silexd.terminate();
    assert_eq!(cloud.peers.violations(&cloud.silexd), Vec::<String>::new());
}

#[test]
fn an_event_that_comes_after_a_person_settled_it_corrects_them_and_repeats_nothing() {
    for (found, state) in [("yes", "accepted"), ("no", "failed")] {
        let (mut cloud, ses) = sending(&[Fault::TakeAndGarble]);
        let _unknown = listed(&cloud.silexd, "unknown");
        cloud
            .silexd
            .prints(&["deliveries", "settle", "1", "--arrived", found]);
        let _known = listed(&cloud.silexd, state);
        let told = arrived(&ses, 1, "sns 1", "ada@a.example");
        assert_eq!(cloud.post(&told).status, 200);
        end_waiting(&cloud);
        let listed = cloud.silexd.prints(&["deliveries", "list"]);
        assert_eq!(listed.matches("accepted").count(), 2, "{listed}");
        assert_eq!((kept(&cloud), ses.calls()), (1, 2), "arrived: {found}");
        assert_eq!(happened(&cloud, "draft.delivered"), 1);
        let draft = cloud.silexd.prints(&["drafts", "show", "1"]);
        let is_warned = draft.contains("revision 1 did arrive");
        assert_eq!(is_warned, found == "no", "{draft}");
        cloud.silexd.terminate();
        assert_eq!(cloud.peers.violations(&cloud.silexd), Vec::<String>::new());
    }
}

#[test]
fn what_ses_took_and_did_not_send_on_goes_back_to_people_or_is_told_as_come_back() {
    let (mut cloud, ses) = sending(&[Fault::TakeAndGarble]);
    let _unknown = listed(&cloud.silexd, "unknown");
    let virus = json!({ "reason": "Bad content" });
    let told = about(&ses, 1, "sns 1", "Reject", &virus);
    assert_eq!(cloud.post(&told).status, 200);
    let failed = listed(&cloud.silexd, "failed");
    assert!(
        failed.contains("did not send it on: Bad content"),
        "{failed}"
    );
    let held = cloud.silexd.prints(&["drafts", "show", "1"]);
    assert!(held.contains("did not send it on"), "{held}");
    let sent = about(&ses, 1, "sns 2", "Send", &json!({}));
    assert_eq!(cloud.post(&sent).status, 200);
    let held = cloud.silexd.prints(&["drafts", "show", "1"]);
    assert!(
        !held.contains("did arrive"),
        "what came late is no news: {held}"
    );
    cloud.silexd.terminate();
    assert_eq!(cloud.peers.violations(&cloud.silexd), Vec::<String>::new());

    let (mut cloud, ses) = sending(&[]);
    until("both mails", || (ses.calls() == 2).then_some(()));
    let told = about(&ses, 1, "sns 1", "Reject", &virus);
    assert_eq!(cloud.post(&told).status, 200);
    until("what follows when a mail comes back", || {
        (happened(&cloud, "contact.saved") == 1).then_some(())
    });
    cloud.silexd.terminate();
    assert_eq!(cloud.peers.violations(&cloud.silexd), Vec::<String>::new());
}

/// SNS repeats a message under its id, and a second topic tells the same under another.
#[test]
fn what_follows_a_bounce_is_done_once_however_often_it_is_told() {
    let (mut cloud, ses) = sending(&[]);
    until("both mails", || (ses.calls() == 2).then_some(()));
    cloud.peers.until_idle(&cloud.silexd);
    for sns_id in ["sns 1", "sns 1", "sns 2"] {
        let told = about(&ses, 1, sns_id, "Bounce", &bounce());
        assert_eq!(cloud.post(&told).status, 200);
        cloud.peers.until_idle(&cloud.silexd);
    }
    let told = ["delivery.bounced", "contact.saved", "address.suppressed"];
    assert_eq!(told.map(|kind| happened(&cloud, kind)), [1, 1, 1]);
    let writer = cloud.peers.read(&cloud.silexd, async |db| {
        entities::find(db, "desk.Writer", "ada@a.example")
            .await
            .unwrap()
    });
    assert_eq!(writer.unwrap().value["reachable"], false);
    cloud.silexd.terminate();
    assert_eq!(cloud.peers.violations(&cloud.silexd), Vec::<String>::new());
}

#[test]
fn what_became_of_a_mail_stands_beside_its_sending() {
    let (cloud, ses) = sending(&[]);
    until("both mails", || (ses.calls() == 2).then_some(()));
    cloud.peers.until_idle(&cloud.silexd);
    let page = |path: &str| {
        let request = client().get(format!("{}{path}", cloud.silexd.address()));
        cloud.peers.ask(request).body
    };
    let list = || cloud.silexd.prints(&["deliveries", "list"]);
    assert!(!list().contains("accepted,"), "{}", list());
    let arrived = json!({ "recipients": ["ada@a.example"] });
    let spam = json!({ "complainedRecipients": [{ "emailAddress": "ada@a.example" }] });
    let away = json!({ "bounceType": "Transient", "bouncedRecipients": [] });
    // A mail that was said to have arrived may come back all the same, in whatever order it is told.
    for (kind, what, became) in [
        (
            "DeliveryDelay",
            json!({ "delayedRecipients": [] }),
            "delayed",
        ),
        ("Delivery", arrived, "delivered"),
        ("Bounce", bounce(), "bounced"),
        ("Complaint", spam, "complained"),
        ("Bounce", away, "complained"),
    ] {
        let told = about(&ses, 1, &format!("sns {kind} {became}"), kind, &what);
        assert_eq!(cloud.post(&told).status, 200);
        let (listed, badge) = (list(), format!(">{became}</span>"));
        assert!(listed.contains(&format!("accepted, {became} ")), "{listed}");
        assert_eq!(listed.matches("accepted,").count(), 1, "{listed}");
        let of_it = cloud
            .silexd
            .prints(&["deliveries", "list", "--told", became]);
        assert_eq!(of_it.lines().count(), 1, "{of_it}");
        assert!(page("/drafts/1").contains(&badge), "{became}");
        let decided = page("/drafts?whose=decided");
        let is_there = decided.contains(&badge) || became == "delivered";
        assert!(is_there, "{became}: {decided}");
    }
    let for_now = ["deliveries", "list", "--told", "bounced_for_now"];
    assert!(cloud.silexd.prints(&for_now).contains("complained"));
    let not = ["deliveries", "list", "--told", "rejected"];
    assert_eq!(cloud.silexd.prints(&not), "");
    assert!(page("/threads/1").contains("It came back"));
}

/// Neither is a breach: another installation may share the topic, and SES may be late.
#[test]
fn the_audit_names_events_without_a_mail_and_mails_without_an_event() {
    let (mut cloud, ses) = sending(&[]);
    until("both mails", || (ses.calls() == 2).then_some(()));
    cloud.peers.until_idle(&cloud.silexd);
    let audit = || {
        let said = cloud.silexd.prints(&["audit"]);
        let looks = said.lines().filter_map(|line| line.strip_prefix("look: "));
        looks.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(audit(), Vec::<String>::new(), "SES has a day to tell");
    let sql = "update delivery set settled_at = settled_at - 90000000";
    cloud.peers.meddle(&cloud.silexd, sql);
    let untold = |id: i64, to: &str| {
        format!("delivery {id} to {to} was taken by SES, which told nothing of it for a day")
    };
    let (reply, office) = (
        untold(1, "ada@a.example"),
        untold(2, "archive@office.example"),
    );
    assert_eq!(audit(), [office.clone(), reply]);
    let told = about(&ses, 1, "sns 1", "Send", &json!({}));
    assert_eq!(cloud.post(&told).status, 200);
    assert_eq!(audit(), std::slice::from_ref(&office));
    let stray = event("sns 2", "Bounce", "nothing of ours", &bounce());
    assert_eq!(cloud.post(&stray).status, 200);
    let stray = "`bounced` was told of 0102-ses to ada@a.example, which is none of ours";
    assert_eq!(audit(), [stray.to_owned(), office]);
    assert!(!cloud.silexd.said().contains("there are doubts"));
    cloud.silexd.terminate();
    cloud.silexd.serve();
    until("the log of a later day to say so", || {
        let said = cloud.silexd.said();
        said.contains("there are doubts doubts=2").then_some(())
    });
}
