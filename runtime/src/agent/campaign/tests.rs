//! Campaigns over a store of their own and a clock that tests move.

use std::sync::Arc;

use serde_json::json;
use silex_bundle::Bundle;
use silex_bundle::agent::Decision;
use silex_bundle::behaviour::Kind;

use super::{tick, unsubscribe};
use crate::agent::{Deployment, Parts};
use crate::bundle::Loaded;
use crate::clock::Clock;
use crate::config::Config;
use crate::jobs;
use crate::mail::transport::{Outbox, Transport};
use crate::queue::{Attempt, JobError, Progress};
use crate::store::campaigns::{self, Send, SendState};
use crate::store::entities::{self, Evidence, NewEntity};
use crate::store::tests::put_back;
use crate::store::{Access, Database, jobs as rows};
use crate::tools::Natives;
use crate::turn::run::Edge;

const AGENT: &str = "workshop.workshop";
const HOUR: i64 = 3_600_000;
/// A Friday, 15:00 in Berlin: an hour before the tips.
const FRIDAY: i64 = 1_780_664_400_000;

/// The workshop whose model is the script, with what other tests are about taken out.
struct Workshop {
    deployment: Deployment,
    clock: Clock,
    folder: tempfile::TempDir,
}

impl Workshop {
    async fn new(review: Decision) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bytes = include_bytes!("../../../../tests/bundles/workshop.json");
        let (mut bundle, digest) = Bundle::read(bytes).unwrap();
        bundle.tools.clear();
        for behaviour in bundle.behaviours_mut() {
            behaviour.tools.clear();
            behaviour.stages.clear();
            behaviour.observe.clear();
            // What the script writes breaks some, and would be held.
            behaviour
                .segments
                .retain(|segment| !matches!(segment.kind, Kind::Rule(_)));
        }
        let agent = bundle.agents.get_mut(AGENT).unwrap();
        agent.observe.clear();
        agent.after.clear();
        agent.relays.clear();
        agent.review.lines.clear();
        agent.review.due = None;
        agent.review.otherwise = review;
        agent.route = silex_bundle::agent::Target::Drop;
        agent.deliver.at_most = Some(silex_bundle::tool::AtMost {
            count: 1,
            per_ms: 86_400_000,
        });
        let mut config = Config {
            database: Database::File(folder.path().join("silex.db")),
            public_url: Some("https://mail.workshop.example/".to_owned()),
            stand_ins: true,
            ..Config::default()
        };
        config.models.scripted = true;
        config.outbound.outbox = folder.path().join("outbox");
        let loaded = Arc::new(Loaded::new(bundle, digest));
        let natives = Natives::standard();
        let opened = crate::open(config, loaded, natives, Access::Own, None).await;
        let opened = opened.unwrap();
        let clock = Clock::fixed(FRIDAY);
        let deployment = Deployment::new(Parts {
            config: opened.config.clone(),
            edge: Edge {
                clock: clock.clone(),
                ..opened.edge.clone()
            },
            transport: Transport::Outbox(Outbox::new(folder.path().join("outbox"))),
            certificates: opened.certificates.clone(),
            bucket: opened.bucket.clone(),
            webhooks: opened.webhooks.clone(),
            secret: b"a secret of thirty-two characters".to_vec(),
            stop: opened.stop.clone(),
        });
        Self {
            deployment,
            clock,
            folder,
        }
    }

    /// Somebody who rides far, in this zone.
    async fn rider(&self, address: &str, zone: &str) {
        let entity = NewEntity {
            kind: "customer.Customer".to_owned(),
            key: address.to_owned(),
            owner: None,
            value: json!({ "address": address, "name": "", "timezone": zone, "service_due": null,
                "reminders": true, "riding": { "bicycle": "plain", "weekly_km": 90 } }),
        };
        let saved = self.deployment.store().write("", move |tx| {
            Box::pin(
                async move { entities::save(tx, &entity, None, &Evidence::of("test"), 1).await },
            )
        });
        saved.await.unwrap();
    }

    /// Looks after the duty, as two nodes do at once, and runs the jobs that are due; those that are put off stay.
    async fn look(&self) {
        let (one, other) = tokio::join!(tick(&self.deployment), tick(&self.deployment));
        one.and(other).unwrap();
        let mut put_off = Vec::new();
        while let Some(attempt) = self.claim().await {
            let lease = attempt.job.lease;
            match jobs::run(self.deployment.clone(), attempt).await {
                Ok(over) => put_back(self.deployment.store(), over, self.clock.now_ms()).await,
                Err(JobError::Snooze { until, reason }) => put_off.push((lease, until, reason)),
                Err(error) => panic!("{error:?}"),
            }
        }
        for (lease, until, reason) in put_off {
            let put = self.deployment.store().write("", move |tx| {
                Box::pin(async move { rows::snooze(tx, lease, until, &reason, None).await })
            });
            put.await.unwrap();
        }
    }

    async fn claim(&self) -> Option<Attempt> {
        let now = self.clock.now_ms();
        let claim = self.deployment.store().write("", move |tx| {
            Box::pin(async move {
                rows::stage(tx, now).await?;
                rows::claim(tx, "test 1", 1, now + 30_000, || now).await
            })
        });
        let job = claim.await.unwrap().pop()?;
        let progress = Progress::starting(self.clock.clone());
        Some(Attempt { job, progress })
    }

    /// Hours go by, with a look every quarter.
    async fn hours(&self, hours: i64) {
        for _ in 0..hours * 4 {
            self.clock.advance(HOUR / 4);
            self.look().await;
        }
    }

    async fn sends(&self) -> Vec<Send> {
        let mut reader = self.deployment.store().read().await.unwrap();
        let mut sends = campaigns::list(&mut reader, AGENT, "tips", i64::MAX, 100)
            .await
            .unwrap();
        sends.reverse();
        sends
    }

    /// Whom it was for, where it is and why, in order.
    async fn told(&self) -> Vec<String> {
        let sends = self.sends().await;
        let told = sends.into_iter().map(|send| {
            let reason = send.reason.map(|it| format!(": {it}")).unwrap_or_default();
            format!(
                "{} {} {:?}{reason}",
                send.period, send.contact_key, send.state
            )
        });
        told.collect()
    }

    fn outbox(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.folder.path().join("outbox")) else {
            return Vec::new();
        };
        let mut mails: Vec<_> = files
            .flatten()
            .map(|file| std::fs::read_to_string(file.path()).unwrap())
            .collect();
        mails.sort();
        mails
    }
}

#[tokio::test]
async fn each_of_the_audience_gets_it_once_by_their_own_clock() {
    let workshop = Workshop::new(Decision::Pass).await;
    workshop.rider("ada@a.example", "Europe/Berlin").await;
    workshop.rider("bo@b.example", "America/New_York").await;
    workshop.look().await;
    assert_eq!(workshop.told().await, [""; 0], "nothing is due");
    workshop.hours(2).await;
    assert_eq!(
        workshop.told().await.len(),
        1,
        "{:?}",
        workshop.told().await
    );
    workshop.hours(10).await;
    assert_eq!(
        workshop.told().await,
        [
            "2026-06-05 ada@a.example Sent",
            "2026-06-05 bo@b.example Sent"
        ]
    );
    assert_eq!(workshop.outbox().len(), 2);
    // The clock goes back and forth again.
    workshop.clock.advance(-8 * HOUR);
    workshop.hours(12).await;
    assert_eq!(workshop.outbox().len(), 2);
}

#[tokio::test]
async fn a_mail_of_a_campaign_can_be_ended_with_one_click() {
    let workshop = Workshop::new(Decision::Pass).await;
    workshop.rider("ada@a.example", "Europe/Berlin").await;
    workshop.look().await;
    workshop.hours(2).await;
    let mail = workshop.outbox().remove(0);
    for field in [
        "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "\r\nAuto-Submitted: auto-generated\r\n",
        "\r\nPrecedence: bulk\r\n",
    ] {
        assert!(mail.contains(field), "{field}: {mail}");
    }
    let (_, token) = mail
        .split_once("<https://mail.workshop.example/unsubscribe/")
        .unwrap();
    let token = token.split('>').next().unwrap();
    for wrong in ["", "1", "1-0", &token[1..], &token[..token.len() - 1]] {
        let found = unsubscribe::find(&workshop.deployment, wrong).await;
        assert_eq!(found.unwrap(), None, "{wrong}");
    }
    for _ in 0..2 {
        let send = unsubscribe::find(&workshop.deployment, token).await;
        let send = send.unwrap().unwrap();
        unsubscribe::unsubscribe(&workshop.deployment, send)
            .await
            .unwrap();
    }
    workshop.hours(7 * 24).await;
    assert_eq!(
        workshop.told().await,
        [
            "2026-06-05 ada@a.example Sent",
            "2026-06-12 ada@a.example Skipped: the contact has unsubscribed"
        ]
    );
    assert_eq!(workshop.outbox().len(), 1);
}

/// The race: it was written and approved before the contact unsubscribed, and is not sent after.
#[tokio::test]
async fn what_was_approved_before_the_contact_unsubscribed_does_not_leave() {
    let workshop = Workshop::new(Decision::Pass).await;
    workshop.rider("ada@a.example", "Europe/Berlin").await;
    workshop.look().await;
    workshop.clock.advance(HOUR);
    tick(&workshop.deployment).await.unwrap();
    for kind in ["campaign", "review"] {
        let attempt = workshop.claim().await.unwrap();
        assert_eq!(attempt.job.kind, kind);
        let over = jobs::run(workshop.deployment.clone(), attempt).await;
        let store = workshop.deployment.store();
        put_back(store, over.unwrap(), workshop.clock.now_ms()).await;
    }
    let send = workshop.sends().await.remove(0);
    assert_eq!(send.state, SendState::Drafted);
    unsubscribe::unsubscribe(&workshop.deployment, send)
        .await
        .unwrap();
    workshop.hours(1).await;
    assert_eq!(
        workshop.told().await,
        ["2026-06-05 ada@a.example Skipped: the contact has unsubscribed"]
    );
    assert_eq!(workshop.outbox(), [""; 0]);
}

#[tokio::test]
async fn what_was_due_while_no_process_ran_is_made_up_for_or_skipped_with_its_reason() {
    let workshop = Workshop::new(Decision::Pass).await;
    workshop.rider("ada@a.example", "Europe/Berlin").await;
    workshop.look().await;
    // Ten days later: two Fridays were missed for long.
    workshop.clock.advance(10 * 24 * HOUR);
    workshop.look().await;
    let told = workshop.told().await;
    assert_eq!(told.len(), 2, "{told:?}");
    for (told, day) in told.iter().zip(["2026-06-05", "2026-06-12"]) {
        let expected = format!("{day} ada@a.example Skipped: it was due");
        assert!(told.starts_with(&expected), "{told}");
    }
    // Three hours late, the next one is made up for.
    workshop.clock.advance(4 * 24 * HOUR + 4 * HOUR);
    workshop.look().await;
    let told = workshop.told().await;
    assert!(told[2].starts_with("2026-06-19 ada@a.example"), "{told:?}");
    assert!(!told[2].contains("Skipped"), "{told:?}");
}

#[tokio::test]
async fn it_waits_for_the_end_of_the_quiet_hours_of_the_contact() {
    let workshop = Workshop::new(Decision::Pass).await;
    workshop.rider("ada@a.example", "Europe/Berlin").await;
    workshop.look().await;
    // It is found four and a half hours late: by then it is quiet.
    workshop.clock.advance(5 * HOUR + HOUR / 2);
    workshop.look().await;
    workshop.hours(10).await;
    assert_eq!(workshop.outbox(), [""; 0]);
    workshop.hours(2).await;
    assert_eq!(workshop.outbox().len(), 1, "{:?}", workshop.told().await);
}

#[tokio::test]
async fn a_draft_of_a_campaign_is_held_like_any_other() {
    let workshop = Workshop::new(Decision::Hold).await;
    workshop.rider("ada@a.example", "Europe/Berlin").await;
    workshop.look().await;
    workshop.hours(3).await;
    assert_eq!(workshop.told().await, ["2026-06-05 ada@a.example Drafted"]);
    assert_eq!(workshop.outbox(), [""; 0]);
}
