//! The invariants hold after a story as it should be, and each is found broken when it is.

use super::*;
use crate::store::budgets::{self, Calling, Taken, Wish};
use crate::store::database::Dialect;
use crate::store::invariants::{Asked, Checked, Invariant, check};

const NOW: i64 = 1_000_000;

/// A mail is taken, read, answered, approved and sent, as the stages do it.
async fn story(store: &Store) {
    write!(store, |tx| {
        let raw = read(tx).await?;
        let thread = threads::open(tx, &thread(), 2).await?;
        let kept = NewMail {
            raw_id: Some(raw),
            ..mail(thread, "one@example.com")
        };
        let mail = mails::keep(tx, &kept, 2).await?;
        tell(tx, "mail.received", Some(mail), None, json!({})).await?;
        for kind in ["screen", "handle"] {
            let job = NewJob {
                kind: kind.to_owned(),
                ..in_line(&threads::order_key(thread))
            };
            jobs::enqueue(tx, &job, 3).await?;
        }
        for at in [4, 6] {
            let held = claim_one(tx, at).await?;
            jobs::complete(tx, held.lease, at + 1).await?;
        }
        mails::screened(tx, mail, 1).await?;
        mails::handled(tx, mail).await?;
        sent(tx, thread, mail).await?;
        let call = Calling {
            lease: Lease { job: 1, fence: 1 },
            thread,
            turn_id: 1,
            number: 0,
            model: "m".to_owned(),
        };
        let wish = Wish {
            call,
            amount: 5,
            day: "1970-01-01".to_owned(),
            all: Some(10),
            agents: std::collections::BTreeMap::new(),
        };
        let Taken::From(Some(reserved)) = budgets::reserve(tx, &wish, 9).await? else {
            panic!("there is enough")
        };
        budgets::settle(tx, reserved, 4).await
    });
}

/// Bytes that came, and the job that read them.
async fn read(tx: &mut Connection) -> Result<i64, StoreError> {
    let new = NewRaw {
        source: "raw".to_owned(),
        external_id: "one".to_owned(),
        envelope_from: None,
        envelope_to: None,
        verdicts: None,
        bytes: b"From: mia@example.com".to_vec(),
    };
    let Accepted::New(raw) = mails::accept(tx, &new, 1).await? else {
        return Err(StoreError::Conflict("it is known".to_owned()));
    };
    jobs::enqueue(tx, &NewJob::new("receive", json!({ "raw": raw })), 1).await?;
    let held = claim_one(tx, 2).await?;
    jobs::complete(tx, held.lease, 2).await?;
    Ok(raw)
}

/// A turn wrote a draft, which was approved and sent.
async fn sent(tx: &mut Connection, thread: i64, mail: i64) -> Result<(), StoreError> {
    let turn = NewTurn {
        key: "handle 1".to_owned(),
        thread_id: Some(thread),
        mail_id: Some(mail),
        behaviour: "aleik.assist".to_owned(),
        bundle: "b".to_owned(),
        inputs: json!({}),
    };
    jobs::enqueue(tx, &NewJob::new("handle", json!({})), 5).await?;
    let held = claim_one(tx, 5).await?;
    let Begun::New(turn) = turns::begin(tx, held.lease, &turn, 5).await? else {
        return Err(StoreError::Conflict("it was begun before".to_owned()));
    };
    let step = Step {
        turn_id: turn,
        number: 0,
        kind: StepKind::Model,
        request_digest: "d".to_owned(),
        request: json!({}),
        result: Some(json!({})),
        error: None,
        usage: None,
        model: None,
        cost: 4,
        started_at: 5,
        finished_at: 6,
    };
    turns::record(tx, held.lease, &step).await?;
    tell(
        tx,
        "turn.step",
        Some(mail),
        None,
        json!({ "turn": turn, "step": 0 }),
    )
    .await?;
    jobs::complete(tx, held.lease, 6).await?;
    let draft = drafts::hold(tx, &draft(thread, mail), "aleik.assist", 7).await?;
    tell(tx, "draft.written", Some(mail), Some(draft), json!({})).await?;
    drafts::approve(tx, &decision(draft, 1), 8).await?;
    tell(
        tx,
        "draft.approved",
        Some(mail),
        Some(draft),
        json!({ "revision": 1 }),
    )
    .await?;
    let letter = NewDelivery {
        intent: "reply 1 1".to_owned(),
        purpose: Purpose::Reply,
        agent: Some("aleik.ghostwriter".to_owned()),
        thread_id: Some(thread),
        draft_id: Some(draft),
        revision: Some(1),
        sender: "Aleik <aleik@example.net>".to_owned(),
        recipient: "mia@example.com".to_owned(),
        message_id: "reply@example.net".to_owned(),
        raw: Vec::new(),
    };
    let Intended::Send(delivery) = deliveries::intend(tx, &letter, 8).await? else {
        return Err(StoreError::Conflict("it was sent".to_owned()));
    };
    deliveries::accepted(tx, delivery.id, "ext", None, 9).await?;
    drafts::delivered(tx, draft, 1).await?;
    tell(tx, "draft.delivered", Some(mail), Some(draft), json!({})).await
}

async fn tell(
    tx: &mut Connection,
    kind: &str,
    mail_id: Option<i64>,
    draft_id: Option<i64>,
    data: serde_json::Value,
) -> Result<(), StoreError> {
    let event = NewEvent {
        mail_id,
        draft_id,
        data,
        ..NewEvent::new(kind, "silex")
    };
    events::append(tx, &event, 5).await?;
    Ok(())
}

/// Columns of a job that have no default, but for its kind, arguments and state.
const JOB: &str =
    "insert into job (on_backoff, tenant, run_at, max_attempts, created_at, kind, args, state";

/// What breaks an invariant, and what is said of it then.
const BROKEN: &[(Invariant, &str, &[&str])] = &[
    (Invariant::I1, "mail 1 is in the ledger 0 times", &["update ledger set raw_id = null"]),
    (
        Invariant::I1,
        "mail 77 stands in the ledger and is gone",
        &["insert into ledger (source, external_id, raw_id, noted_at) values ('raw', 'two', 77, 0)"],
    ),
    (
        Invariant::I1,
        "mail 2 was not read, and nothing reads it",
        &["insert into raw_mail (bytes, stored_at) values ('a', 0)"],
    ),
    (
        Invariant::I1,
        "mail {\"raw\":9} is read by 2 jobs at once",
        &[
            "JOB) values ('hold', '', 0, 1, 0, 'receive', '{\"raw\":9}', 'ready')",
            "JOB) values ('hold', '', 0, 1, 0, 'receive', '{\"raw\":9}', 'ready')",
        ],
    ),
    (
        Invariant::I1,
        "the mail ses-1 was announced, and nothing fetches it",
        &["insert into ledger (source, external_id, noted_at) values ('ses', 'ses-1', 0)"],
    ),
    (
        Invariant::I2,
        "`mail.received` of mail 1 happened 2 times",
        &["insert into event (at, kind, mail_id, actor, data) values (9, 'mail.received', 1, 'a', '{}')"],
    ),
    (
        Invariant::I2,
        "draft 1 was written 2 times",
        &["insert into event (at, kind, draft_id, actor, data) values (9, 'draft.written', 1, 'a', '{}')"],
    ),
    (
        Invariant::I2,
        "draft 1 was delivered 2 times",
        &["insert into event (at, kind, draft_id, actor, data) values (9, 'draft.delivered', 1, 'a', '{}')"],
    ),
    (
        Invariant::I2,
        "step 0 of turn 1 happened 2 times",
        &["insert into event (at, kind, actor, data) values (9, 'turn.step', 'a', '{\"turn\":1,\"step\":0}')"],
    ),
    (
        Invariant::I2,
        "step 5 of turn 1 is not in the journal",
        &["insert into event (at, kind, actor, data) values (9, 'turn.step', 'a', '{\"turn\":1,\"step\":5}')"],
    ),
    (
        Invariant::I2,
        "step 7 of turn 1 was not told",
        &["update step set number = 7 where number = 0"],
    ),
    (
        Invariant::I3,
        "of line a began before job",
        &[
            "JOB, order_key, started_at, done_at) values ('hold', '', 0, 1, 0, 'x', '{}', 'done', 'line a', 10, 20)",
            "JOB, order_key, started_at, done_at) values ('hold', '', 0, 1, 0, 'x', '{}', 'done', 'line a', 15, 25)",
        ],
    ),
    (
        Invariant::I4,
        "draft 1 was sent 2 times in revision 1",
        &["insert into delivery (intent, purpose, thread_id, draft_id, revision, sender, recipient, message_id,
                                 raw, state, created_at)
           select intent || ' again', purpose, thread_id, draft_id, revision, sender, recipient, message_id,
                  raw, state, created_at from delivery where id = 1"],
    ),
    (
        Invariant::I4,
        "delivery 2 sends revision 2 of draft 1, which was not approved",
        &["update delivery set revision = 2 where id = 2"],
    ),
    (
        Invariant::I4,
        "draft 1 is delivered, and no sending of it was accepted",
        &["update delivery set state = 'failed'"],
    ),
    (
        Invariant::I5,
        "(lost) is running, and its lease is over",
        &["JOB, lease_until) values ('hold', '', 0, 1, 0, 'lost', '{}', 'running', 5)"],
    ),
    (
        Invariant::I5,
        "(stuck) is blocked behind nothing",
        &["JOB, order_key) values ('hold', '', 0, 1, 0, 'stuck', '{}', 'blocked', 'line b')"],
    ),
    (
        Invariant::I5,
        "(over) is dead, and nobody knows since when",
        &["JOB) values ('hold', '', 0, 1, 0, 'over', '{}', 'dead')"],
    ),
    (
        Invariant::I5,
        "mail 1 is screened, and nothing works on it",
        &["update mail set state = 'screened' where id = 1"],
    ),
    (
        Invariant::I5,
        "draft 1 is approved, and nothing works on it",
        &["update draft set state = 'approved' where id = 1"],
    ),
    (
        Invariant::I5,
        "delivery 1 (reply) waits, and nothing sends it",
        &["update delivery set state = 'queued', revision = null where id = 1"],
    ),
    (
        Invariant::I5,
        "question 1 is open, and job 99 does not wait for it",
        &["insert into question (turn_id, step, thread_id, job_id, question, arguments, state, reviewer, asked_at)
           values (1, 0, 1, 99, 'When?', '{}', 'open', 'ann', 9)"],
    ),
    (
        Invariant::I6,
        "(again) was tried 4 times of 1",
        &[
            "UNCHECKED",
            "JOB, attempt, done_at) values ('hold', '', 0, 1, 0, 'again', '{}', 'dead', 4, 9)",
        ],
    ),
    (
        Invariant::I7,
        "delivery 1 went to Mia@example.com, which was suppressed",
        &[
            "insert into suppression (address, reason, detail, added_by, added_at)
             values ('mia@example.com', 'bounce', '', 'ses', 5)",
            "update delivery set state = 'accepted', created_at = 70000, recipient = 'Mia@example.com'",
        ],
    ),
    (
        Invariant::I7,
        "delivery 1 went to Mia@example.com, who had unsubscribed",
        &[
            "insert into unsubscription (agent, address, noted_at)
             values ('aleik.ghostwriter', 'mia@example.com', 5)",
            "update delivery set purpose = 'campaign'",
        ],
    ),
    (
        Invariant::I8,
        "draft 1 is nobody's, and nobody was told",
        &["update draft set state = 'held', reviewer = null"],
    ),
    (
        Invariant::I8,
        "question 1 is nobody's, and nobody was told",
        &["update question set reviewer = null"],
    ),
    (
        Invariant::I9,
        "of `day 1970-01-01` 16 millionths are spent; it is 10, and the dearest call 5",
        &["update budget set spent = 16"],
    ),
];

async fn carry_out(store: &Store, statements: &'static [&'static str]) {
    write!(store, |tx| {
        for statement in statements {
            let sql = match (*statement, Dialect::of(tx)) {
                ("UNCHECKED", Dialect::Sqlite) => "pragma ignore_check_constraints = on".to_owned(),
                ("UNCHECKED", Dialect::Postgres) => {
                    "alter table job drop constraint job_check".to_owned()
                }
                (sql, _) => sql.replace("JOB", JOB),
            };
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await?;
        }
        Ok(())
    });
}

async fn checked(store: &Store) -> Vec<Checked> {
    check(store, Asked::alive(NOW)).await.unwrap()
}

#[tokio::test]
async fn every_invariant_holds_of_a_story_and_says_what_breaks_it() {
    let scratch = Scratch::new().await;
    story(&scratch.store).await;
    for checked in checked(&scratch.store).await {
        assert_eq!(checked.breaches, Vec::<String>::new(), "{checked:?}");
        let about = checked.about > 0 || checked.invariant == Invariant::I8;
        assert!(about, "the story has nothing of it: {checked:?}");
    }
    for (invariant, said, statements) in BROKEN {
        let names = |checked: &[Checked]| {
            let mut of = checked.iter().filter(|of| of.invariant == *invariant);
            of.any(|of| of.breaches.iter().any(|breach| breach.contains(said)))
        };
        let before = checked(&scratch.store).await;
        assert!(!names(&before), "`{said}` is said too early: {before:#?}");
        carry_out(&scratch.store, statements).await;
        let after = checked(&scratch.store).await;
        assert!(names(&after), "`{said}` is not said: {after:#?}");
    }
}

#[tokio::test]
async fn what_a_person_ran_again_has_left_its_line() {
    let scratch = Scratch::new().await;
    write!(scratch.store, |tx| {
        for _ in 0..2 {
            jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
        }
        let first = claim_one(tx, 2).await?;
        jobs::bury(tx, first.lease, "it failed", 3).await?;
        let second = claim_one(tx, 4).await?;
        jobs::complete(tx, second.lease, 5).await?;
        jobs::rerun(tx, first.lease.job, 6).await?;
        let first = claim_one(tx, 7).await?;
        jobs::complete(tx, first.lease, 8).await
    });
    let found = checked(&scratch.store).await;
    assert!(
        found.iter().all(|checked| checked.broken == 0),
        "{found:#?}"
    );
}
