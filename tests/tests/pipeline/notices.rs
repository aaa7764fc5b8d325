//! Mail that comes by Amazon SES: notices of SNS with real signatures, mail in a bucket, and what
//! strangers try.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use silex_bundle::Bundle;
use silex_runtime::store::jobs::{self, Filter, JobState};
use silex_runtime::store::mails::{self, MailState};
use silex_runtime::store::quarantine;
use silex_tests::silexd::{Silexd, merge};
use silex_tests::stub_aws::authority::{Asked, Version};
use silex_tests::stub_aws::s3::{BUCKET, Fault, S3};
use silex_tests::stub_aws::sns::{HOST, Message, Sns, TOPIC};
use silex_tests::wait::until;

use crate::desk::{Answer, Peers, SILEXD, answers, clerk, client, desk, mail, unjudged};

/// A desk behind SES: its peers, SNS, the bucket, and the `silexd`.
pub(crate) struct Cloud {
    pub(crate) peers: Peers,
    pub(crate) sns: Sns,
    pub(crate) s3: S3,
    pub(crate) silexd: Silexd,
}

impl Cloud {
    /// A desk that serves, with more settings of SNS.
    pub(crate) fn new(more: &Value) -> Self {
        let more = json!({ "inbound": { "sns": more } });
        Self::of(Peers::new(clerk), &desk("otherwise pass"), &more)
    }

    /// A package that serves beside these peers, with more settings.
    pub(crate) fn of(peers: Peers, bundle: &Bundle, more: &Value) -> Self {
        let sns = peers.wait(Sns::start()).unwrap();
        let s3 = peers.wait(S3::start()).unwrap();
        let mut settings = peers.settings();
        settings["inbound"] = json!({
            "sns": { "topics": [TOPIC] },
            "s3": {
                "bucket": BUCKET, "prefix": "in/", "region": "eu-west-1", "endpoint": s3.endpoint(),
                "access_key": "AKIATEST", "secret_key": "shared", "reconcile_minutes": 0,
            },
        });
        merge(&mut settings, more);
        let mut silexd = Silexd::new(SILEXD, bundle, &settings);
        let (name, value) = sns.variable(&silexd.path(""));
        silexd.set(name, &value);
        silexd.serve();
        Self {
            peers,
            sns,
            s3,
            silexd,
        }
    }

    fn request(&self, body: String) -> reqwest::RequestBuilder {
        let url = format!("{}/sns", self.silexd.address());
        client()
            .post(url)
            .header("content-type", "text/plain; charset=UTF-8")
            .body(body)
    }

    pub(crate) fn post(&self, message: &Message) -> Answer {
        self.peers.ask(self.request(message.body()))
    }

    /// How a mail ended, and why, by its Message-ID.
    fn state(&self, id: &str) -> Option<(MailState, String)> {
        let found = self.peers.read(&self.silexd, async |db| {
            mails::by_message_id(db, id).await.unwrap()
        });
        found.map(|mail| (mail.state, mail.reason.unwrap_or_default()))
    }

    fn until_answered(&self, id: &str) {
        until(&format!("the answer to {id}"), || {
            self.silexd
                .outbox()
                .iter()
                .any(|sent| answers(sent, id))
                .then_some(())
        });
    }
}

/// The notice of a mail that came, with what SES found out about it.
fn notice(ses_id: &str, found: &Value, action: &Value) -> Value {
    let verdict = |name: &str| json!({ "status": found[name].as_str().unwrap_or("PASS") });
    json!({
        "notificationType": "Received",
        "receipt": {
            "recipients": ["desk@desk.example"], "action": action, "dmarcPolicy": found["policy"],
            "spamVerdict": verdict("spam"), "virusVerdict": verdict("virus"), "spfVerdict": verdict("spf"),
            "dkimVerdict": verdict("dkim"), "dmarcVerdict": verdict("dmarc"),
        },
        "mail": { "messageId": ses_id, "source": "ada@a.example", "destination": ["someone@else.example"] },
    })
}

/// A message with the mail in it.
pub(crate) fn inline(sns_id: &str, ses_id: &str, mail: &str, found: &Value) -> Message {
    let mut notice = notice(
        ses_id,
        found,
        &json!({ "type": "SNS", "encoding": "BASE64" }),
    );
    notice["content"] = BASE64.encode(mail).into();
    Message::notification(sns_id, &notice.to_string())
}

/// A message that says where the mail is.
pub(crate) fn in_bucket(sns_id: &str, ses_id: &str) -> Message {
    let action = json!({ "type": "S3", "bucketName": BUCKET, "objectKeyPrefix": "in/", "objectKey": format!("in/{ses_id}") });
    Message::notification(sns_id, &notice(ses_id, &json!({}), &action).to_string())
}

/// A mail to the desk as a service gets it.
pub(crate) fn letter(id: &str) -> String {
    unjudged(&mail(id, "ada@a.example", "", "Please note this."))
}

#[test]
fn a_mail_in_a_notice_is_answered_with_either_signature() {
    let cloud = Cloud::new(&json!({}));
    for (version, id) in [
        (Version::One, "one@a.example"),
        (Version::Two, "two@a.example"),
    ] {
        let body = letter(id).replace("note this", &format!("note {id}"));
        let message = inline(
            &format!("sns {id}"),
            &format!("ses-{id}"),
            &body,
            &json!({}),
        )
        .signed_by(version);
        let answer = cloud.post(&message);
        assert_eq!((answer.status, answer.body.as_str()), (200, "taken\n"));
        cloud.until_answered(id);
    }
    let kept = cloud.peers.read(&cloud.silexd, async |db| {
        mails::by_message_id(db, "two@a.example").await.unwrap()
    });
    assert!(kept.unwrap().verified, "DMARC passed by the word of SES");
    assert_eq!(
        cloud.sns.asked(),
        ["/good.pem"],
        "the certificate is fetched once"
    );
}

#[test]
fn what_is_not_of_our_topic_by_sns_is_refused_and_nothing_is_fetched_for_it() {
    let cloud = Cloud::new(&json!({}));
    let good = inline("sns 1", "ses-1", &letter("forged@a.example"), &json!({}));
    let url = |url: &str| good.clone().with("SigningCertURL", url);
    for (why, message, status) in [
        (
            "a topic of somebody else",
            good.clone()
                .with("TopicArn", "arn:aws:sns:eu-west-1:1:evil"),
            403,
        ),
        (
            "a host that looks alike",
            url(&format!("https://{HOST}.evil.example/good.pem")),
            403,
        ),
        ("a host of nobody", url("https://127.0.0.1/good.pem"), 403),
        (
            "a path that is no certificate",
            url(&format!("https://{HOST}/good.txt")),
            403,
        ),
        ("no TLS", url(&format!("http://{HOST}/good.pem")), 403),
    ] {
        assert_eq!(cloud.post(&message).status, status, "{why}");
    }
    let raw = cloud
        .request(good.body())
        .header("x-amz-sns-rawdelivery", "true");
    assert_eq!(cloud.peers.ask(raw).status, 400, "raw delivery");
    assert_eq!(
        cloud.peers.ask(cloud.request("{}".to_owned())).status,
        400,
        "no message"
    );
    assert_eq!(
        cloud.sns.asked(),
        Vec::<String>::new(),
        "no request was made"
    );
    let tampered = good.body().replace("ses-1", "ses-2");
    assert_eq!(
        cloud.peers.ask(cloud.request(tampered)).status,
        403,
        "a wrong signature"
    );
    let kept = cloud
        .peers
        .read(&cloud.silexd, async |db| mails::raw(db, 1).await.unwrap());
    assert_eq!(kept, None, "nothing of all that was kept");
}

#[test]
fn a_certificate_that_cannot_be_had_or_used_asks_sns_to_try_again() {
    let cloud = Cloud::new(&json!({}));
    cloud.sns.serve("/moved.pem", "redirect");
    cloud
        .sns
        .serve("/rubbish.pem", "-----BEGIN CERTIFICATE-----");
    cloud.sns.serve("/huge.pem", &"x".repeat(100_000));
    let certificates = [
        (
            "/expired.pem",
            Asked {
                years: (2010, 2020),
                ..Asked::default()
            },
        ),
        (
            "/unborn.pem",
            Asked {
                years: (2080, 2090),
                ..Asked::default()
            },
        ),
        (
            "/stranger.pem",
            Asked {
                name: "sns.evil.example".to_owned(),
                ..Asked::default()
            },
        ),
        (
            "/broken.pem",
            Asked {
                chain: true,
                broken: true,
                ..Asked::default()
            },
        ),
        (
            "/chain.pem",
            Asked {
                chain: true,
                ..Asked::default()
            },
        ),
    ];
    for (path, asked) in &certificates {
        cloud.sns.serve_certificate(path, asked);
    }
    let with = |path: &str| {
        inline("sns 1", "ses-1", &letter("late@a.example"), &json!({}))
            .with("SigningCertURL", &format!("https://{HOST}{path}"))
    };
    for path in [
        "/absent.pem",
        "/moved.pem",
        "/rubbish.pem",
        "/huge.pem",
        "/expired.pem",
        "/unborn.pem",
        "/stranger.pem",
        "/broken.pem",
    ] {
        let answer = cloud.post(&with(path));
        assert_eq!(answer.status, 503, "{path}: {}", answer.body);
    }
    assert_eq!(
        cloud.post(&with("/chain.pem")).status,
        200,
        "those above it may be in its file"
    );
    cloud.until_answered("late@a.example");
}

#[test]
fn version_1_can_be_refused() {
    let cloud = Cloud::new(&json!({ "refuse_sha1": true }));
    let message = inline("sns 1", "ses-1", &letter("old@a.example"), &json!({}));
    let refused = cloud.post(&message.clone().signed_by(Version::One));
    assert_eq!(refused.status, 403);
    assert!(
        refused.body.contains("SignatureVersion"),
        "{}",
        refused.body
    );
    assert_eq!(cloud.post(&message).status, 200);
}

#[test]
fn a_subscription_is_confirmed_for_our_topic_at_sns_alone() {
    let cloud = Cloud::new(&json!({}));
    let asked = |id: &str| Message::confirmation(id, "SubscriptionConfirmation");
    for forged in [
        "https://169.254.169.254/?Action=ConfirmSubscription",
        &format!("https://{HOST}/?Action=DeleteTopic&TopicArn={TOPIC}"),
        &format!("https://{HOST}.evil.example/?Action=ConfirmSubscription&TopicArn={TOPIC}"),
    ] {
        assert_eq!(
            cloud
                .post(&asked("sns 1").with("SubscribeURL", forged))
                .status,
            403,
            "{forged}"
        );
    }
    let other = asked("sns 2").with("TopicArn", "arn:aws:sns:eu-west-1:1:evil");
    assert_eq!(cloud.post(&other).status, 403);
    assert_eq!(
        cloud.sns.asked(),
        ["/good.pem"],
        "no confirmation was visited"
    );
    assert_eq!(cloud.post(&asked("sns 3")).status, 200);
    assert!(
        cloud.sns.asked()[1].contains("Token=2336412f"),
        "{:?}",
        cloud.sns.asked()
    );
    let ended = Message::confirmation("sns 4", "UnsubscribeConfirmation");
    assert_eq!(cloud.post(&ended).status, 200);
    assert_eq!(
        cloud.sns.asked().len(),
        2,
        "the end of a subscription is an alarm and nothing else"
    );
    assert!(
        cloud
            .silexd
            .said()
            .contains("a subscription of SNS was ended")
    );
}

#[test]
fn a_hundred_identical_notices_at_once_make_one_mail_and_one_answer() {
    let cloud = Cloud::new(&json!({}));
    let body = inline("sns 1", "ses-1", &letter("once@a.example"), &json!({})).body();
    // Two topics may bring one mail: another id of SNS, the same of SES.
    let other = inline("sns 2", "ses-1", &letter("once@a.example"), &json!({})).body();
    let statuses = cloud.peers.wait(async {
        let posts = (0..100).map(|n| {
            cloud
                .request(if n % 10 == 0 {
                    other.clone()
                } else {
                    body.clone()
                })
                .send()
        });
        let answers = futures_util::future::join_all(posts).await;
        answers
            .into_iter()
            .map(|answer| answer.unwrap().status().as_u16())
            .collect::<Vec<_>>()
    });
    assert_eq!(statuses, [200; 100]);
    cloud.until_answered("once@a.example");
    cloud.peers.until_idle(&cloud.silexd);
    assert_eq!(cloud.silexd.outbox().len(), 1);
    let second = cloud
        .peers
        .read(&cloud.silexd, async |db| mails::raw(db, 2).await.unwrap());
    assert_eq!(second, None, "one mail was kept");
    assert_eq!(
        cloud.post(&inline("sns 3", "ses-1", "x", &json!({}))).body,
        "known already\n"
    );
}

#[test]
fn a_mail_in_the_bucket_is_fetched_also_when_it_is_late() {
    let cloud = Cloud::new(&json!({}));
    cloud.s3.put(
        "in/ses-1",
        letter("bucket@a.example").as_bytes(),
        Some(Fault::Late(1)),
    );
    assert_eq!(cloud.post(&in_bucket("sns 1", "ses-1")).status, 200);
    assert_eq!(
        cloud.post(&in_bucket("sns 2", "ses-1")).body,
        "known already\n"
    );
    cloud.until_answered("bucket@a.example");
    assert_eq!(cloud.s3.asked(), ["in/ses-1", "in/ses-1"]);
}

#[test]
fn a_mail_that_the_bucket_does_not_give_is_not_lost() {
    let cloud = Cloud::new(&json!({}));
    let mut elsewhere = notice(
        "ses-9",
        &json!({}),
        &json!({ "type": "S3", "bucketName": "payroll", "objectKey": "in/ses-9" }),
    );
    elsewhere["mail"]["messageId"] = "ses-9".into();
    for (n, (fault, said)) in [
        (Some(Fault::Denied), "the bucket refuses us: AccessDenied"),
        (Some(Fault::Cut), "the object came with"),
        (Some(Fault::Broken), "the bucket cannot be reached"),
    ]
    .into_iter()
    .enumerate()
    {
        let (ses_id, id) = (format!("ses-{n}"), format!("held{n}@a.example"));
        let bytes = letter(&id).replace("note this", &format!("note {id} {}", "x ".repeat(50_000)));
        cloud
            .s3
            .put(&format!("in/{ses_id}"), bytes.as_bytes(), fault);
        assert_eq!(
            cloud.post(&in_bucket(&format!("sns {n}"), &ses_id)).status,
            200
        );
        let job = until(said, || {
            let listed = cloud.peers.read(&cloud.silexd, async |db| {
                jobs::list(db, &Filter::default(), 99).await.unwrap()
            });
            let tried = |job: &jobs::Job| {
                job.kind == "fetch" && job.error.as_ref().is_some_and(|error| error.contains(said))
            };
            listed.into_iter().find(tried)
        });
        assert!(
            matches!(
                job.state,
                JobState::Scheduled | JobState::Ready | JobState::Running
            ),
            "{job:?}"
        );
        // Once the bucket gives it, the next try has it.
        cloud
            .s3
            .put(&format!("in/{ses_id}"), bytes.as_bytes(), None);
        cloud.until_answered(&id);
    }
    assert_eq!(
        cloud
            .post(&Message::notification("sns 9", &elsewhere.to_string()))
            .status,
        200
    );
    until("the mail of another bucket to be left for a person", || {
        let listed = cloud.silexd.prints(&["mails", "list"]);
        listed
            .contains("`payroll/in/ses-9` is not in the bucket")
            .then_some(())
    });
    assert_eq!(
        cloud
            .s3
            .asked()
            .iter()
            .filter(|key| key.contains("ses-9"))
            .count(),
        0
    );
}

#[test]
fn mail_whose_notice_was_lost_is_found_in_the_bucket() {
    let cloud = Cloud::new(&json!({}));
    let stored = |id: &str, verdict: &str| {
        format!(
            "X-SES-Spam-Verdict: PASS\r\nX-SES-Virus-Verdict: {verdict}\r\n\
             Authentication-Results: amazonses.com; spf=pass; dmarc=pass header.from=a.example;\r\n{}",
            letter(id).replace("note this", &format!("note {id}"))
        )
    };
    for (n, verdict) in [(1, "PASS"), (2, "FAIL"), (3, "PASS")] {
        cloud.s3.put(
            &format!("in/ses-{n}"),
            stored(&format!("lost{n}@a.example"), verdict).as_bytes(),
            None,
        );
    }
    cloud
        .s3
        .put("in/AMAZON_SES_SETUP_NOTIFICATION", b"hello", None);
    cloud.s3.put("out/ses-4", b"not ours", None);
    let told = inline(
        "sns 3",
        "ses-3",
        &stored("lost3@a.example", "PASS"),
        &json!({}),
    );
    assert_eq!(cloud.post(&told).status, 200);
    let said = cloud.silexd.prints(&["reconcile"]);
    assert!(
        said.contains("2 missed") && said.contains("1 known"),
        "{said}"
    );
    cloud.until_answered("lost1@a.example");
    cloud.until_answered("lost3@a.example");
    cloud.peers.until_idle(&cloud.silexd);
    assert_eq!(
        cloud.state("lost2@a.example").unwrap().1,
        "a virus was found in it"
    );
    assert_eq!(cloud.silexd.outbox().len(), 2);
    let again = cloud.silexd.prints(&["reconcile"]);
    assert!(
        again.contains("0 missed") && again.contains("3 known"),
        "{again}"
    );
}

#[test]
fn what_ses_found_out_puts_mail_aside_by_its_cause() {
    let cloud = Cloud::new(&json!({}));
    for (n, (found, cause, state)) in [
        (json!({ "virus": "FAIL" }), "virus", MailState::Quarantined),
        (json!({ "spam": "FAIL" }), "spam", MailState::Quarantined),
        (
            json!({ "dmarc": "FAIL", "policy": "reject" }),
            "forged",
            MailState::Quarantined,
        ),
        (
            json!({ "dmarc": "FAIL", "policy": "none" }),
            "",
            MailState::Handled,
        ),
        (
            json!({ "virus": "PROCESSING_FAILED", "spam": "GRAY", "dmarc": "GRAY" }),
            "",
            MailState::Handled,
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let id = format!("v{n}@a.example");
        let body = letter(&id)
            .replace("note this", &format!("note {id}"))
            .replace("ada@", &format!("ada{n}@"));
        assert_eq!(
            cloud
                .post(&inline(
                    &format!("sns {n}"),
                    &format!("ses-{n}"),
                    &body,
                    &found
                ))
                .status,
            200
        );
        cloud.peers.until_idle(&cloud.silexd);
        assert_eq!(cloud.state(&id).unwrap().0, state, "{found}");
        let of_cause = cloud.peers.read(&cloud.silexd, async |db| {
            quarantine::of_cause(db, cause, i64::MAX, 9).await.unwrap()
        });
        assert_eq!(of_cause.len(), usize::from(!cause.is_empty()), "{found}");
    }
}

#[test]
fn a_notice_that_cannot_be_read_is_kept_once_with_the_mail_in_it_and_shown() {
    let cloud = Cloud::new(&json!({}));
    let text = text_of(&inline(
        "sns 1",
        "ses-1",
        &letter("one@a.example"),
        &json!({}),
    ));
    // As if SES had given what it found out another form.
    let changed = text.replace("{\"status\":\"PASS\"}", "\"PASS\"");
    assert_ne!(changed, text);
    let message = Message::notification("sns 1", &changed);
    for said in ["taken\n", "known already\n"] {
        let answer = cloud.post(&message);
        assert_eq!((answer.status, answer.body.as_str()), (200, said));
    }
    let listed = cloud.silexd.prints(&["mails", "list"]);
    assert!(
        listed.contains("unreadable") && listed.contains("`Received`") && listed.contains("1 mail"),
        "{listed}"
    );
    let kept = cloud.peers.read(&cloud.silexd, async |db| {
        let aside = quarantine::of_cause(db, "unreadable", i64::MAX, 9)
            .await
            .unwrap();
        let raw = aside[0].raw_id.unwrap();
        mails::raw(db, raw).await.unwrap().unwrap().bytes
    });
    assert_eq!(String::from_utf8(kept).unwrap(), changed);
}

#[test]
fn mail_that_was_put_aside_is_tried_again_by_its_cause() {
    let cloud = Cloud::new(&json!({}));
    for n in 0..2 {
        let body = letter(&format!("none{n}@a.example"))
            .replace("desk@desk.example", "nobody@else.example");
        let text = inline(&format!("sns {n}"), &format!("ses-{n}"), &body, &json!({}));
        // An address that no agent has: as after a rule of SES that is too wide.
        let text = text.clone().with(
            "Message",
            &text_of(&text).replace("[\"desk@desk.example\"]", "[\"nobody@else.example\"]"),
        );
        assert_eq!(cloud.post(&text).status, 200);
    }
    cloud.peers.until_idle(&cloud.silexd);
    let listed = cloud.silexd.prints(&["mails", "list"]);
    assert!(
        listed.contains("no_agent") && listed.contains("2 mails"),
        "{listed}"
    );
    let redriven = cloud
        .silexd
        .prints(&["mails", "redrive", "--cause", "no_agent"]);
    assert!(redriven.contains("2 mails are tried again"), "{redriven}");
    cloud.peers.until_idle(&cloud.silexd);
    // Nothing was set right in between, so they are aside again, and each is there once.
    let again = cloud.silexd.prints(&["mails", "list"]);
    assert!(again.contains("2 mails"), "{again}");
    let none = cloud.silexd.run(&["mails", "redrive", "--cause", "spam"]);
    assert!(
        none.status.success() && String::from_utf8_lossy(&none.stdout).contains("no mail"),
        "{none:?}"
    );
}

fn text_of(message: &Message) -> String {
    let body: Value = serde_json::from_str(&message.body()).unwrap();
    body["Message"].as_str().unwrap().to_owned()
}
