//! The store as its callers use it, on a database in a temporary folder.

use std::path::PathBuf;

use serde_json::json;
use tempfile::TempDir;

use super::deliveries::{self, DeliveryState, Intended, NewDelivery};
use super::drafts::{self, Decision, DraftState, NewDraft};
use super::entities::{self, NewEntity, Owner};
use super::events::{self, NewEvent};
use super::jobs::{self, Claimed, JobState, Lease, NewJob};
use super::mails::{self, Accepted, Direction, MailState, NewMail, NewRaw};
use super::threads::{self, NewThread, ThreadState};
use super::turns::{self, NewTurn, Step, StepKind};
use super::{Access, Connection, Store, StoreError, reviewers};

/// A store that vanishes with the test.
pub(crate) struct Scratch {
    pub(crate) store: Store,
    folder: TempDir,
}

impl Scratch {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("silex.db"), Access::Own, 0)
            .await
            .unwrap();
        Self { store, folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("silex.db")
    }
}

/// Runs a body in one write, which must succeed.
macro_rules! write {
    ($store:expr, |$tx:ident| $body:expr) => {
        $store
            .write("", move |$tx| Box::pin(async move { $body }))
            .await
            .unwrap()
    };
}

fn thread() -> NewThread {
    NewThread {
        agent: "aleik.ghostwriter".to_owned(),
        contact_key: "mia@example.com".to_owned(),
        contact_name: "Mia".to_owned(),
        subject: "Re: Chapter two".to_owned(),
        base_subject: "chapter two".to_owned(),
        token: "t0ken".to_owned(),
    }
}

fn mail(thread_id: i64, message_id: &str) -> NewMail {
    NewMail {
        raw_id: None,
        thread_id: Some(thread_id),
        direction: Direction::In,
        message_id: message_id.to_owned(),
        in_reply_to: None,
        refs: vec!["first@example.com".to_owned()],
        from_address: "mia@example.com".to_owned(),
        from_name: "Mia".to_owned(),
        envelope_to: "aleik@example.net".to_owned(),
        subject: "Re: Chapter two".to_owned(),
        body: "When?".to_owned(),
        quoted: String::new(),
        record: json!({ "text": "When?" }),
        verified: true,
        automatic: None,
        state: MailState::Received,
        reason: None,
    }
}

fn draft(thread_id: i64, mail_id: i64) -> NewDraft {
    NewDraft {
        thread_id,
        mail_id,
        turn_id: None,
        subject: "Re: Chapter two".to_owned(),
        body: "On Monday.".to_owned(),
        broken_rules: json!([]),
        missed_rules: json!(["aleik.assist.short"]),
        hold_reasons: json!(["first turn"]),
        attempts: 1,
        prompt: json!([]),
        reviewer: Some("ann".to_owned()),
    }
}

fn decision(draft_id: i64, revision: i64) -> Decision {
    Decision {
        draft_id,
        revision,
        by: "ann".to_owned(),
        note: None,
    }
}

/// A thread with one mail and a held draft that answers it.
async fn held_draft(tx: &mut Connection) -> Result<(i64, i64, i64), StoreError> {
    let thread_id = threads::open(tx, &thread(), 1).await?;
    let mail_id = mails::keep(tx, &mail(thread_id, "one@example.com"), 2).await?;
    let draft_id = drafts::hold(tx, &draft(thread_id, mail_id), "aleik.assist", 3).await?;
    Ok((thread_id, mail_id, draft_id))
}

async fn claim_one(tx: &mut Connection, now: i64) -> Result<Claimed, StoreError> {
    let mut claimed = jobs::claim(tx, 1, now + 30_000, now).await?;
    claimed
        .pop()
        .ok_or_else(|| StoreError::Conflict("nothing is ready".to_owned()))
}

fn in_line(key: &str) -> NewJob {
    NewJob {
        order_key: Some(key.to_owned()),
        ..NewJob::new("handle", json!({}))
    }
}

mod opening {
    use super::*;

    #[tokio::test]
    async fn a_second_owner_is_refused_and_told_by_what() {
        let scratch = Scratch::new().await;
        let error = Store::open(&scratch.path(), Access::Own, 0)
            .await
            .unwrap_err();
        assert!(matches!(error, StoreError::Owned { .. }));
        assert!(error.to_string().contains("silex.db.lock"), "{error}");
    }

    #[tokio::test]
    async fn a_tool_reads_and_writes_beside_the_owner() {
        let scratch = Scratch::new().await;
        let tool = Store::open(&scratch.path(), Access::Shared, 0)
            .await
            .unwrap();
        let id = write!(tool, |tx| events::append(
            tx,
            &NewEvent::new("draft.approved", "ann"),
            5
        )
        .await);
        let mut db = scratch.store.read().await.unwrap();
        assert_eq!(events::newest(&mut db).await.unwrap(), id);
    }

    #[tokio::test]
    async fn a_closed_store_gives_its_lock_back_with_everything_in_it() {
        let scratch = Scratch::new().await;
        write!(scratch.store, |tx| jobs::enqueue(
            tx,
            &NewJob::new("receive", json!({})),
            1
        )
        .await);
        scratch.store.close().await;
        let again = Store::open(&scratch.path(), Access::Own, 0).await.unwrap();
        let counts = jobs::counts(&mut again.read().await.unwrap())
            .await
            .unwrap();
        assert_eq!(counts[&JobState::Ready], 1);
    }

    #[tokio::test]
    async fn a_database_of_a_newer_program_is_refused() {
        let scratch = Scratch::new().await;
        write!(scratch.store, |tx| {
            sqlx::query("insert into schema_version (version, applied_at) values (999, 0)")
                .execute(tx)
                .await?;
            Ok(())
        });
        scratch.store.close().await;
        for access in [Access::Own, Access::Shared] {
            let error = Store::open(&scratch.path(), access, 0).await.unwrap_err();
            assert!(
                matches!(error, StoreError::Newer { found: 999, .. }),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let scratch = Scratch::new().await;
        let mut db = scratch.store.read().await.unwrap();
        let event = NewEvent::new("mail.received", "folder");
        assert!(events::append(&mut db, &event, 1).await.is_err());
    }
}

mod writing {
    use super::*;

    #[tokio::test]
    async fn a_write_that_fails_undoes_nothing_of_the_others_in_its_commit() {
        let scratch = Scratch::new().await;
        let writes = (0..50).map(|number| {
            let store = scratch.store.clone();
            async move {
                store
                    .write("", move |tx| {
                        Box::pin(async move {
                            let event = NewEvent::new(&format!("number {number}"), "test");
                            events::append(tx, &event, number).await?;
                            match number % 3 {
                                0 => Err(StoreError::Conflict("mine".to_owned())),
                                1 => panic!("a bug in a write"),
                                _ => Ok(()),
                            }
                        })
                    })
                    .await
                    .is_ok()
            }
        });
        let kept = futures_util::future::join_all(writes).await;
        assert_eq!(kept.iter().filter(|kept| **kept).count(), 16);
        let mut db = scratch.store.read().await.unwrap();
        let events = events::after(&mut db, 0, 100).await.unwrap();
        assert_eq!(events.len(), 16);
        assert!(events.iter().all(|event| event.at % 3 == 2), "{events:?}");
    }

    #[tokio::test]
    async fn writes_that_wait_together_share_a_commit() {
        let scratch = Scratch::new().await;
        let before = *scratch.store.commits().borrow();
        let writes = (0..200).map(|number| {
            scratch.store.write("", move |tx| {
                Box::pin(
                    async move { events::append(tx, &NewEvent::new("e", "test"), number).await },
                )
            })
        });
        futures_util::future::join_all(writes).await;
        let commits = *scratch.store.commits().borrow() - before;
        assert!(commits < 100, "{commits} commits for 200 writes");
    }

    #[tokio::test]
    async fn a_write_without_effect_wakes_nobody() {
        let scratch = Scratch::new().await;
        let commits = scratch.store.commits();
        let refused = scratch
            .store
            .write("", |tx| {
                Box::pin(jobs::complete(tx, Lease { job: 7, fence: 1 }, 0))
            })
            .await;
        assert_eq!(refused, Err(StoreError::Lost { job: 7, fence: 1 }));
        assert!(!commits.has_changed().unwrap());
    }

    #[tokio::test]
    async fn a_write_that_waits_is_kept_though_its_caller_is_gone() {
        let scratch = Scratch::new().await;
        let store = scratch.store.clone();
        let write = tokio::spawn(async move {
            write!(store, |tx| events::append(
                tx,
                &NewEvent::new("kept", "test"),
                1
            )
            .await)
        });
        tokio::task::yield_now().await;
        write.abort();
        let _ = write.await;
        // The next write comes after it in the same line.
        let id = write!(scratch.store, |tx| events::append(
            tx,
            &NewEvent::new("next", "test"),
            1
        )
        .await);
        assert_eq!(id, 2);
    }
}

mod lines {
    use super::*;

    async fn states(store: &Store) -> Vec<JobState> {
        let mut db = store.read().await.unwrap();
        let mut all = jobs::list(&mut db, &jobs::Filter::default(), 100)
            .await
            .unwrap();
        all.reverse();
        all.iter().map(|job| job.state).collect()
    }

    #[tokio::test]
    async fn of_a_line_only_the_head_is_ready() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            for key in ["thread 1", "thread 1", "thread 2", "thread 1"] {
                jobs::enqueue(tx, &in_line(key), 1).await?;
            }
            Ok(())
        });
        use JobState::{Blocked, Done, Ready, Running};
        assert_eq!(states(&store).await, [Ready, Blocked, Ready, Blocked]);
        let first = write!(store, |tx| Ok(jobs::claim(tx, 9, 30_000, 1)
            .await?
            .remove(0)));
        assert_eq!(states(&store).await, [Running, Blocked, Running, Blocked]);
        write!(store, |tx| jobs::complete(tx, first.lease, 2).await);
        assert_eq!(states(&store).await, [Done, Ready, Running, Blocked]);
    }

    #[tokio::test]
    async fn two_heads_are_impossible() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
            jobs::enqueue(tx, &in_line("thread 1"), 1).await
        });
        let forced = store
            .write("", |tx| {
                Box::pin(async move {
                    sqlx::query("update job set state = 'ready'")
                        .execute(tx)
                        .await?;
                    Ok(())
                })
            })
            .await;
        assert!(matches!(forced, Err(StoreError::Conflict(_))), "{forced:?}");
    }

    #[tokio::test]
    async fn a_backoff_holds_the_line_or_steps_aside() {
        use JobState::{Blocked, Ready, Scheduled};
        for (on_backoff, next, back) in [
            (jobs::OnBackoff::Hold, Blocked, [Ready, Blocked]),
            (jobs::OnBackoff::StepAside, Ready, [Blocked, Ready]),
        ] {
            let Scratch {
                store,
                folder: _folder,
            } = Scratch::new().await;
            write!(store, |tx| {
                let job = NewJob {
                    on_backoff,
                    ..in_line("thread 1")
                };
                jobs::enqueue(tx, &job, 1).await?;
                jobs::enqueue(tx, &job, 1).await?;
                let first = claim_one(tx, 1).await?;
                jobs::retry_later(tx, first.lease, 500, "no luck", 1).await
            });
            assert_eq!(states(&store).await, [Scheduled, next]);
            write!(store, |tx| jobs::stage(tx, 499).await);
            assert_eq!(states(&store).await, [Scheduled, next], "it is not due");
            write!(store, |tx| jobs::stage(tx, 500).await);
            assert_eq!(states(&store).await, back);
        }
    }

    #[tokio::test]
    async fn a_job_for_later_does_not_hold_its_line_until_then() {
        use JobState::{Blocked, Ready, Scheduled};
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            jobs::enqueue(
                tx,
                &NewJob {
                    run_at: 900,
                    ..in_line("thread 1")
                },
                1,
            )
            .await?;
            jobs::enqueue(tx, &in_line("thread 1"), 1).await
        });
        assert_eq!(states(&store).await, [Scheduled, Ready]);
        write!(store, |tx| jobs::stage(tx, 900).await);
        assert_eq!(states(&store).await, [Blocked, Ready]);
    }

    #[tokio::test]
    async fn a_dead_or_cancelled_head_lets_the_next_go() {
        use JobState::{Cancelled, Dead, Ready};
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            for _ in 0..3 {
                jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
            }
            let first = claim_one(tx, 1).await?;
            jobs::bury(tx, first.lease, "the request is wrong", 1).await?;
            jobs::cancel(tx, 2, "not needed", 1).await
        });
        assert_eq!(states(&store).await, [Dead, Cancelled, Ready]);
    }

    #[tokio::test]
    async fn a_waiting_job_holds_its_line_until_a_person_moves_it() {
        use JobState::{Blocked, Ready, Waiting};
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
            jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
            let first = claim_one(tx, 1).await?;
            jobs::wait(tx, first.lease, "it refused").await
        });
        assert_eq!(states(&store).await, [Waiting, Blocked]);
        write!(store, |tx| jobs::rerun(tx, 1, 2).await);
        assert_eq!(states(&store).await, [Ready, Blocked]);
    }
}

mod claiming {
    use super::*;

    #[tokio::test]
    async fn a_unique_key_is_free_again_when_its_job_is_over() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let job = NewJob {
            unique_key: Some("raw 1".to_owned()),
            ..NewJob::new("receive", json!({}))
        };
        let enqueued = write!(store, |tx| {
            let first = jobs::enqueue(tx, &job, 1).await?;
            let second = jobs::enqueue(tx, &job, 1).await?;
            let claimed = claim_one(tx, 1).await?;
            jobs::complete(tx, claimed.lease, 1).await?;
            Ok([first, second, jobs::enqueue(tx, &job, 2).await?])
        });
        use jobs::Enqueued::{Existing, Inserted};
        let [Inserted(first), Existing(same), Inserted(next)] = enqueued else {
            panic!("{enqueued:?}");
        };
        assert_eq!(same, first);
        assert_ne!(next, first);
    }

    #[tokio::test]
    async fn a_ghost_changes_nothing() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let (ghost, alive) = write!(store, |tx| {
            jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
            let ghost = claim_one(tx, 1).await?;
            jobs::rescue_expired(tx, 2, 40_000).await?;
            Ok((ghost.lease, claim_one(tx, 40_000).await?.lease))
        });
        let late = store
            .write("", move |tx| {
                Box::pin(async move {
                    events::append(tx, &NewEvent::new("effect", "ghost"), 1).await?;
                    jobs::complete(tx, ghost, 1).await
                })
            })
            .await;
        assert_eq!(
            late,
            Err(StoreError::Lost {
                job: 1,
                fence: ghost.fence
            })
        );
        assert_eq!(
            events::newest(&mut store.read().await.unwrap())
                .await
                .unwrap(),
            0
        );
        write!(store, |tx| {
            assert!(!jobs::renew(tx, ghost, 99_000).await?);
            assert!(jobs::retry_later(tx, ghost, 9, "late", 1).await.is_err());
            assert!(jobs::snooze(tx, ghost, 9, "late").await.is_err());
            assert!(jobs::release(tx, ghost).await.is_err());
            assert!(jobs::renew(tx, alive, 99_000).await?);
            jobs::complete(tx, alive, 1).await
        });
    }

    #[tokio::test]
    async fn a_snooze_spends_no_attempt_and_a_retry_does() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let attempts = write!(store, |tx| {
            jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
            let first = claim_one(tx, 1).await?;
            jobs::snooze(tx, first.lease, 1, "the provider asks for patience").await?;
            jobs::stage(tx, 1).await?;
            let second = claim_one(tx, 1).await?;
            jobs::retry_later(tx, second.lease, 1, "no answer", 1).await?;
            jobs::stage(tx, 1).await?;
            let third = claim_one(tx, 1).await?;
            Ok([first, second, third].map(|claimed| (claimed.attempt, claimed.lease.fence)))
        });
        assert_eq!(attempts, [(1, 1), (1, 2), (2, 3)]);
    }

    #[tokio::test]
    async fn the_last_failed_attempt_leaves_a_dead_job_with_its_error() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let job = write!(store, |tx| {
            let job = NewJob {
                max_attempts: 1,
                ..NewJob::new("handle", json!({}))
            };
            jobs::enqueue(tx, &job, 1).await?;
            let claimed = claim_one(tx, 1).await?;
            jobs::retry_later(tx, claimed.lease, 9, "no answer", 5).await?;
            jobs::find(tx, 1).await
        })
        .unwrap();
        assert_eq!(
            (job.state, job.error.as_deref(), job.done_at),
            (JobState::Dead, Some("no answer"), Some(5))
        );
    }

    #[tokio::test]
    async fn a_job_that_ends_the_process_twice_is_quarantined() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let (first, second, job) = write!(store, |tx| {
            jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
            jobs::enqueue(tx, &in_line("thread 1"), 1).await?;
            claim_one(tx, 1).await?;
            let first = jobs::rescue_all(tx, 2, 2).await?;
            claim_one(tx, 2).await?;
            let second = jobs::rescue_all(tx, 2, 3).await?;
            assert_eq!(claim_one(tx, 3).await?.lease.job, 2, "the line goes on");
            Ok((first, second, jobs::find(tx, 1).await?))
        });
        assert_eq!(first, jobs::Rescued { ready: 1, dead: 0 });
        assert_eq!(second, jobs::Rescued { ready: 0, dead: 1 });
        let job = job.unwrap();
        assert_eq!((job.state, job.crashes), (JobState::Dead, 2));
        assert!(job.error.unwrap().starts_with("quarantined"));
    }

    #[tokio::test]
    async fn a_flood_of_one_tenant_delays_only_its_own() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let order = write!(store, |tx| {
            for tenant in ["flood"; 300].into_iter().chain(["ann", "bob"]) {
                let job = NewJob {
                    tenant: tenant.to_owned(),
                    ..NewJob::new("handle", json!({}))
                };
                jobs::enqueue(tx, &job, 1).await?;
            }
            let first = jobs::claim(tx, 4, 30_000, 1).await?;
            let second = jobs::claim(tx, 2, 30_000, 1).await?;
            Ok(first
                .into_iter()
                .chain(second)
                .map(|job| job.tenant)
                .collect::<Vec<_>>())
        });
        assert_eq!(order, ["flood", "ann", "bob", "flood", "flood", "flood"]);
    }

    #[tokio::test]
    async fn a_higher_priority_goes_before_any_fairness() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let order = write!(store, |tx| {
            for (tenant, priority) in [("ann", 0), ("bob", 5), ("bob", 5), ("cleo", 0)] {
                let job = NewJob {
                    tenant: tenant.to_owned(),
                    priority,
                    ..NewJob::new("x", json!({}))
                };
                jobs::enqueue(tx, &job, 1).await?;
            }
            Ok(jobs::claim(tx, 3, 30_000, 1)
                .await?
                .iter()
                .map(|job| job.lease.job)
                .collect::<Vec<_>>())
        });
        assert_eq!(order, [2, 3, 1]);
    }

    #[tokio::test]
    async fn only_what_ended_well_and_long_ago_is_pruned() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let (pruned, left) = write!(store, |tx| {
            for _ in 0..4 {
                jobs::enqueue(tx, &NewJob::new("x", json!({})), 1).await?;
            }
            let claimed = jobs::claim(tx, 3, 30_000, 1).await?;
            jobs::complete(tx, claimed[0].lease, 10).await?;
            jobs::complete(tx, claimed[1].lease, 20).await?;
            jobs::bury(tx, claimed[2].lease, "broken", 10).await?;
            let pruned = jobs::prune(tx, 20, 100).await?;
            let left = jobs::list(tx, &jobs::Filter::default(), 10).await?;
            Ok((pruned, left.iter().map(|job| job.id).collect::<Vec<_>>()))
        });
        assert_eq!((pruned, left), (1, vec![4, 3, 2]));
    }
}

mod mail_and_threads {
    use super::*;

    #[tokio::test]
    async fn the_same_external_id_is_accepted_once_for_good() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let raw = NewRaw {
            source: "post".to_owned(),
            external_id: "abc".to_owned(),
            bytes: b"From: mia".to_vec(),
            ..NewRaw::default()
        };
        let (first, again, bytes) = write!(store, |tx| {
            let first = mails::accept(tx, &raw, 1).await?;
            let again = mails::accept(tx, &raw, 2).await?;
            Ok((first, again, mails::raw(tx, 1).await?.map(|raw| raw.bytes)))
        });
        assert_eq!((first, again), (Accepted::New(1), Accepted::Known(Some(1))));
        assert_eq!(bytes.as_deref(), Some(&b"From: mia"[..]));
    }

    #[tokio::test]
    async fn a_mail_comes_back_as_it_was_kept() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let found = write!(store, |tx| {
            let thread_id = threads::open(tx, &thread(), 1).await?;
            mails::keep(tx, &mail(thread_id, "one@example.com"), 2).await?;
            mails::by_message_id(tx, "one@example.com").await
        })
        .unwrap();
        assert_eq!(found.refs, ["first@example.com"]);
        assert_eq!(found.record, json!({ "text": "When?" }));
        assert!(found.verified);
        assert_eq!(
            (found.state, found.direction),
            (MailState::Received, Direction::In)
        );
    }

    #[tokio::test]
    async fn a_mail_moves_only_from_where_it_is() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let thread_id = threads::open(tx, &thread(), 1).await?;
            let id = mails::keep(tx, &mail(thread_id, "one@example.com"), 2).await?;
            assert!(mails::handled(tx, id).await.is_err(), "it was not screened");
            mails::quarantine(tx, id, "an injection").await?;
            assert_eq!(
                mails::in_state(tx, MailState::Quarantined, 9).await?.len(),
                1
            );
            mails::free(tx, id).await?;
            mails::handled(tx, id).await?;
            assert!(
                mails::ignore(tx, id, "late").await.is_err(),
                "it was handled"
            );
            Ok(())
        });
    }

    #[tokio::test]
    async fn a_thread_is_found_by_reference_token_and_subject() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let id = threads::open(tx, &thread(), 1).await?;
            mails::keep(tx, &mail(id, "one@example.com"), 2).await?;
            let refs = ["unknown@x".to_owned(), "one@example.com".to_owned()];
            let agent = "aleik.ghostwriter";
            let found = [
                threads::by_message_ids(tx, agent, &refs).await?,
                threads::by_token(tx, "t0ken").await?,
                threads::by_subject(tx, agent, "mia@example.com", "chapter two", 0).await?,
                threads::by_message_ids(tx, "another.agent", &refs).await?,
                threads::by_subject(tx, agent, "eve@example.com", "chapter two", 0).await?,
            ];
            let found = found.map(|thread| thread.map(|thread| thread.id));
            assert_eq!(found, [Some(id), Some(id), Some(id), None, None]);
            Ok(())
        });
    }

    #[tokio::test]
    async fn a_list_says_where_each_thread_is() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let (thread_id, _, _) = held_draft(tx).await?;
            assert_eq!(threads::list(tx, 9).await?[0].state, ThreadState::Held);
            jobs::enqueue(tx, &in_line(&threads::order_key(thread_id)), 1).await?;
            assert_eq!(threads::list(tx, 9).await?[0].state, ThreadState::Working);
            let claimed = claim_one(tx, 1).await?;
            jobs::bury(tx, claimed.lease, "broken", 1).await?;
            let list = threads::list(tx, 9).await?;
            assert_eq!((list[0].state, list[0].mails), (ThreadState::Stuck, 1));
            Ok(())
        });
    }
}

mod turns_and_steps {
    use super::*;

    fn step(turn_id: i64, number: i64) -> Step {
        Step {
            turn_id,
            number,
            kind: StepKind::Model,
            request_digest: "d".to_owned(),
            request: json!({ "ask": number }),
            result: Some(json!("said")),
            error: None,
            usage: None,
            started_at: 1,
            finished_at: 2,
        }
    }

    #[tokio::test]
    async fn a_retry_finds_its_turn_and_the_steps_that_are_done() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let turn = NewTurn {
            key: "mail 1 aleik.assist".to_owned(),
            thread_id: None,
            mail_id: None,
            behaviour: "aleik.assist".to_owned(),
            bundle: "sha".to_owned(),
            inputs: json!({}),
        };
        write!(store, |tx| {
            jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
            let ghost = claim_one(tx, 1).await?.lease;
            let first = turns::begin(tx, &turn, 1).await?;
            turns::record(tx, ghost, &step(first.id, 0)).await?;
            jobs::rescue_all(tx, 9, 2).await?;
            let held = claim_one(tx, 2).await?.lease;
            let again = turns::begin(tx, &turn, 2).await?;
            assert_eq!(again, first);
            assert_eq!(turns::steps(tx, again.id).await?, [step(first.id, 0)]);
            let late = turns::record(tx, ghost, &step(first.id, 1)).await;
            assert!(
                matches!(late, Err(StoreError::Lost { .. })),
                "a ghost journals nothing"
            );
            let twice = turns::record(tx, held, &step(first.id, 0)).await;
            assert!(
                matches!(twice, Err(StoreError::Conflict(_))),
                "no step is done twice"
            );
            turns::record(tx, held, &step(first.id, 1)).await?;
            turns::finish(tx, first.id, &json!({ "reply": "Hi" }), 3).await?;
            assert!(
                turns::fail(tx, first.id, &json!(null), 4).await.is_err(),
                "it is done"
            );
            Ok(())
        });
    }
}

mod drafts_and_deliveries {
    use super::*;

    fn delivery(draft_id: i64, revision: i64) -> NewDelivery {
        NewDelivery {
            intent: deliveries::intent(draft_id, revision, "Mia@Example.com", "reply"),
            draft_id,
            revision,
            recipient: "Mia@Example.com".to_owned(),
            message_id: "out@example.net".to_owned(),
            raw: b"Subject: hi".to_vec(),
        }
    }

    #[tokio::test]
    async fn two_people_cannot_decide_the_same_draft() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let (_, _, id) = held_draft(tx).await?;
            drafts::approve(tx, &decision(id, 1), 5).await?;
            let second = drafts::reject(tx, &decision(id, 1), 6).await;
            assert!(matches!(second, Err(StoreError::Conflict(_))));
            assert_eq!(
                drafts::find(tx, id).await?.map(|draft| draft.state),
                Some(DraftState::Approved)
            );
            Ok(())
        });
    }

    #[tokio::test]
    async fn an_approval_is_of_the_text_that_was_read() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let (_, _, id) = held_draft(tx).await?;
            assert_eq!(
                drafts::edit(tx, &decision(id, 1), "Re: it", "On Tuesday.", 5).await?,
                2
            );
            assert!(drafts::approve(tx, &decision(id, 1), 6).await.is_err());
            assert!(
                drafts::edit(tx, &decision(id, 1), "Re: it", "Never.", 6)
                    .await
                    .is_err()
            );
            drafts::approve(tx, &decision(id, 2), 7).await?;
            let texts: Vec<_> = drafts::revisions(tx, id)
                .await?
                .into_iter()
                .map(|text| text.body)
                .collect();
            assert_eq!(texts, ["On Monday.", "On Tuesday."]);
            assert_eq!(
                drafts::find(tx, id).await?.unwrap().original_body,
                "On Monday."
            );
            Ok(())
        });
    }

    #[tokio::test]
    async fn newer_mail_makes_what_is_unsent_stale() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let (thread_id, mail_id, id) = held_draft(tx).await?;
            assert!(!mails::has_newer(tx, thread_id, mail_id).await?);
            let newer = mails::keep(tx, &mail(thread_id, "two@example.com"), 9).await?;
            assert!(mails::has_newer(tx, thread_id, mail_id).await?);
            assert_eq!(drafts::supersede(tx, thread_id, newer).await?, [id]);
            assert!(drafts::approve(tx, &decision(id, 1), 9).await.is_err());
            Ok(())
        });
    }

    #[tokio::test]
    async fn a_draft_whose_sending_began_is_not_made_stale() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let (thread_id, _, id) = held_draft(tx).await?;
            drafts::approve(tx, &decision(id, 1), 5).await?;
            deliveries::intend(tx, &delivery(id, 1), 6).await?;
            let newer = mails::keep(tx, &mail(thread_id, "two@example.com"), 9).await?;
            assert!(drafts::supersede(tx, thread_id, newer).await?.is_empty());
            drafts::delivered(tx, id, 1).await
        });
    }

    #[tokio::test]
    async fn only_the_approved_revision_is_sent_and_each_intent_once() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let (_, _, id) = held_draft(tx).await?;
            let unapproved = deliveries::intend(tx, &delivery(id, 1), 4).await;
            assert!(matches!(unapproved, Err(StoreError::Conflict(_))));
            drafts::approve(tx, &decision(id, 1), 5).await?;
            assert!(
                deliveries::intend(tx, &delivery(id, 2), 6).await.is_err(),
                "another revision"
            );
            let Intended::New(sent) = deliveries::intend(tx, &delivery(id, 1), 6).await? else {
                panic!("it is the first");
            };
            let Intended::Existing(before) = deliveries::intend(tx, &delivery(id, 1), 7).await?
            else {
                panic!("it is the second");
            };
            assert_eq!((before.id, before.state), (sent, DeliveryState::Sending));
            deliveries::unknown(tx, sent, "a time-out").await?;
            deliveries::accepted(tx, sent, "0001.eml", 8).await?;
            assert!(
                deliveries::failed(tx, sent, "late", 9).await.is_err(),
                "it is settled"
            );
            Ok(())
        });
    }

    #[tokio::test]
    async fn a_thread_gets_the_reviewer_who_waits_for_the_least() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let pool = ["ann".to_owned(), "bob".to_owned()];
            for name in &pool {
                reviewers::set(tx, name, &format!("{name}@example.net"), 1).await?;
            }
            let (thread_id, _, _) = held_draft(tx).await?;
            let first = reviewers::assign(tx, thread_id, &pool).await?.unwrap();
            assert_eq!(first.name, "bob", "ann has a held draft");
            reviewers::set_absent(tx, "bob", true).await?;
            let second = reviewers::assign(tx, thread_id, &pool).await?.unwrap();
            assert_eq!(second.name, "ann");
            assert_eq!(
                threads::find(tx, thread_id)
                    .await?
                    .unwrap()
                    .reviewer
                    .as_deref(),
                Some("ann")
            );
            reviewers::set_absent(tx, "ann", true).await?;
            assert_eq!(reviewers::assign(tx, thread_id, &pool).await?, None);
            Ok(())
        });
    }
}

mod documents {
    use super::*;

    fn order(key: &str, owner: &str, text: &str) -> NewEntity {
        NewEntity {
            kind: "aleik.Order".to_owned(),
            key: key.to_owned(),
            owner: Some(Owner {
                kind: "aleik.Subscriber".to_owned(),
                key: owner.to_owned(),
            }),
            value: json!({ "title": text, "tags": ["Kapitel", 7] }),
        }
    }

    async fn check_search(words: &str, expected: &[&str]) {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let words = words.to_owned();
        let found = write!(store, |tx| {
            entities::save(
                tx,
                &order("a", "mia", "A chapter about the sea"),
                None,
                "x",
                1,
            )
            .await?;
            entities::save(
                tx,
                &order("b", "eve", "A chapter about the sea"),
                None,
                "x",
                1,
            )
            .await?;
            entities::save(tx, &order("c", "mia", "Über den Wald"), None, "x", 1).await?;
            let mia = Owner {
                kind: "aleik.Subscriber".to_owned(),
                key: "mia".to_owned(),
            };
            entities::search(tx, "aleik.Order", Some(&mia), &words, 10).await
        });
        let keys: Vec<_> = found.iter().map(|entity| entity.key.as_str()).collect();
        assert_eq!(keys, expected);
    }

    #[tokio::test]
    async fn a_search_sees_only_what_the_owner_has() {
        check_search("sea", &["a"]).await;
    }

    #[tokio::test]
    async fn a_search_finds_beginnings_and_letters_without_their_marks() {
        check_search("chapt", &["a"]).await;
        check_search("uber", &["c"]).await;
    }

    #[tokio::test]
    async fn signs_and_operators_are_only_words() {
        check_search("sea\" OR body : * NEAR(", &["a"]).await;
        check_search("\"*()^", &[]).await;
        check_search("wald NOT sea", &["c", "a"]).await;
    }

    #[tokio::test]
    async fn an_older_text_is_found_no_more() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        let (old, new) = write!(store, |tx| {
            entities::save(tx, &order("a", "mia", "the sea"), None, "x", 1).await?;
            entities::save(tx, &order("a", "mia", "the forest"), None, "x", 2).await?;
            Ok((
                entities::search(tx, "aleik.Order", None, "sea", 9)
                    .await?
                    .len(),
                entities::search(tx, "aleik.Order", None, "forest", 9)
                    .await?
                    .len(),
            ))
        });
        assert_eq!((old, new), (0, 1));
    }

    #[tokio::test]
    async fn a_write_names_the_version_that_it_read_and_keeps_the_owner() {
        let Scratch {
            store,
            folder: _folder,
        } = Scratch::new().await;
        write!(store, |tx| {
            let absent = entities::save(tx, &order("a", "mia", "one"), Some(1), "x", 1).await;
            assert!(matches!(absent, Err(StoreError::Conflict(_))));
            assert_eq!(
                entities::save(tx, &order("a", "mia", "one"), Some(0), "x", 1).await?,
                1
            );
            assert!(
                entities::save(tx, &order("a", "mia", "two"), Some(0), "x", 1)
                    .await
                    .is_err()
            );
            assert_eq!(
                entities::save(tx, &order("a", "mia", "two"), Some(1), "y", 2).await?,
                2
            );
            assert!(
                entities::save(tx, &order("a", "eve", "mine"), None, "z", 3)
                    .await
                    .is_err()
            );
            let id = entities::find(tx, "aleik.Order", "a").await?.unwrap().id;
            let history: Vec<_> = entities::history(tx, id)
                .await?
                .into_iter()
                .map(|(version, value, by)| format!("{version} {} {by}", value["title"]))
                .collect();
            assert_eq!(history, ["1 \"one\" x", "2 \"two\" y"]);
            Ok(())
        });
    }
}
