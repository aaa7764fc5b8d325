//! What became of mails that were sent: events of SES, and reports of mail servers by mail.

use serde_json::{Value, json};
use silex_runtime::store::{deliveries, delivery_events, mails, suppression};
use silex_tests::silexd::TOKEN;
use silex_tests::stub_aws::sns::Message;
use silex_tests::wait::until;

use crate::desk::{answers, client, mail};
use crate::notices::Cloud;

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
