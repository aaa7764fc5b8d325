//! The lists of the pages: threads, what waits for review, and the rules that turns had.

use super::super::inbox::Place;
use super::super::variants::{self, Variant};
use super::super::{review_queue, reviews, saying, texts};
use super::*;

/// A thread of somebody, in which something happened then.
async fn thread_of(tx: &mut Connection, name: &str, at: i64) -> Result<i64, StoreError> {
    let new = NewThread {
        contact_key: format!("{name}@example.com"),
        contact_name: name.to_uppercase(),
        subject: format!("A question of {name}"),
        ..thread()
    };
    let id = threads::open(tx, &new, at).await?;
    threads::touch(tx, id, at).await?;
    Ok(id)
}

async fn names(tx: &mut Connection, asked: &Asked, limit: i64) -> Result<Vec<String>, StoreError> {
    let page = inbox::page(tx, asked, limit).await?;
    let names = page.into_iter().map(|entry| entry.thread.contact_name);
    Ok(names.collect())
}

#[tokio::test]
async fn threads_are_read_a_page_at_a_time_and_searched_by_whatever_is_typed() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        // Two at the same moment are in order by their numbers.
        for (name, at) in [("ada", 1), ("ben", 2), ("cleo", 2), ("100%_dan", 3)] {
            thread_of(tx, name, at).await?;
        }
        let all = Asked::default();
        assert_eq!(names(tx, &all, 2).await?, ["100%_DAN", "CLEO"]);
        let last = inbox::page(tx, &all, 2).await?.pop().unwrap().thread;
        let after = Some(Place {
            at: last.updated_at,
            id: last.id,
        });
        let further = Asked {
            after,
            ..Asked::default()
        };
        assert_eq!(names(tx, &further, 9).await?, ["BEN", "ADA"]);
        let search = |words: &str| Asked {
            search: Some(words.to_owned()),
            ..Asked::default()
        };
        assert_eq!(names(tx, &search("ben@EXAMPLE"), 9).await?, ["BEN"]);
        assert_eq!(names(tx, &search(" question of c"), 9).await?, ["CLEO"]);
        assert_eq!(names(tx, &search("0%_d"), 9).await?, ["100%_DAN"]);
        assert_eq!(names(tx, &search("_"), 9).await?, ["100%_DAN"]);
        assert!(names(tx, &search("' or 1=1 --"), 9).await?.is_empty());
        Ok(())
    });
}

#[tokio::test]
async fn mails_are_found_by_what_they_say_the_newest_first_and_then_further_back() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let thread = thread_of(tx, "ada", 1).await?;
        for body in [
            "The Summer book",
            "100% sure",
            "a SUMMER rain",
            "Äpfel",
            "no_thing",
        ] {
            let new = NewMail {
                body: body.to_owned(),
                ..mail(thread, body)
            };
            mails::keep(tx, &new, 2).await?;
        }
        let found = async |tx: &mut Connection, words: &str, before, limit| {
            let found = texts::find(tx, words, before, limit).await?;
            let hits = found.hits.iter().map(|hit| hit.words.clone() + &hit.behind);
            Ok::<_, StoreError>((hits.collect::<Vec<_>>(), found.further))
        };
        let all = |texts: &[&str]| {
            texts
                .iter()
                .map(|&text| text.to_owned())
                .collect::<Vec<_>>()
        };
        let (hits, further) = found(tx, " summer", None, 1).await?;
        assert_eq!(hits, all(&["SUMMER rain"]));
        let (hits, further) = found(tx, "summer", further, 1).await?;
        assert_eq!((hits, further), (all(&["Summer book"]), None));
        assert_eq!(found(tx, "0%", None, 9).await?.0, all(&["0% sure"]));
        assert_eq!(found(tx, "o_t", None, 9).await?.0, all(&["o_thing"]));
        assert_eq!(found(tx, "Äpfel", None, 9).await?.0, all(&["Äpfel"]));
        assert_eq!(found(tx, "' or 1=1 --", None, 9).await?, (Vec::new(), None));
        Ok(())
    });
}

#[tokio::test]
async fn threads_are_filtered_by_where_they_are() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let (held, mail, _) = held_draft(tx).await?;
        threads::assign(tx, held, "ann").await?;
        let working = thread_of(tx, "working", 2).await?;
        jobs::enqueue(tx, &in_line(&threads::order_key(working)), 1).await?;
        thread_of(tx, "quiet", 3).await?;
        let of = |state| Asked {
            state: Some(state),
            ..Asked::default()
        };
        assert_eq!(names(tx, &of(ThreadState::Held), 9).await?, ["Mia"]);
        assert_eq!(names(tx, &of(ThreadState::Working), 9).await?, ["WORKING"]);
        assert_eq!(names(tx, &of(ThreadState::Quiet), 9).await?, ["QUIET"]);
        assert!(names(tx, &of(ThreadState::Stuck), 9).await?.is_empty());
        let anns = Asked {
            reviewer: Some("ann".to_owned()),
            ..Asked::default()
        };
        assert_eq!(names(tx, &anns, 9).await?, ["Mia"]);
        let entry = inbox::find(tx, held).await?.unwrap();
        let newest = entry.newest.unwrap();
        assert_eq!(
            (newest.state, newest.verified, entry.mails),
            (MailState::Received, true, 1)
        );
        assert_eq!(mails::besides(tx, held, (Some(mail), 99), 9).await?, []);
        Ok(())
    });
}

#[tokio::test]
async fn what_is_due_first_is_reviewed_first_and_what_is_never_due_last() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let mut ids = Vec::new();
        for due_at in [None, Some(500), Some(100)] {
            let (_, _, id) = held_draft(tx).await?;
            let clock = reviews::Review {
                draft_id: id,
                had: Vec::new(),
                overdue: None,
                patience: None,
                warn_at: None,
                due_at,
                redone: 0,
            };
            reviews::set(tx, &clock).await?;
            ids.push(id);
        }
        let [never, late, soon] = ids[..] else {
            panic!()
        };
        let listed = review_queue::held(tx, None, None, 2).await?;
        let seen: Vec<_> = listed.iter().map(|draft| draft.id).collect();
        assert_eq!(seen, [soon, late]);
        let rest = review_queue::held(tx, None, Some((500, late)), 9).await?;
        assert_eq!(
            rest.iter().map(|draft| draft.id).collect::<Vec<_>>(),
            [never]
        );
        assert_eq!(review_queue::next(tx, Some("ann"), soon).await?, Some(late));
        assert!(
            review_queue::held(tx, Some("bob"), None, 9)
                .await?
                .is_empty()
        );
        assert_eq!(review_queue::count_of(tx, "ann").await?, 3);
        drafts::reject(tx, &decision(soon, 1), 9).await?;
        let decided = review_queue::decided(tx, None, 9).await?;
        assert_eq!(
            (decided.len(), decided[0].id, decided[0].decided_at),
            (1, soon, Some(9))
        );
        Ok(())
    });
}

#[tokio::test]
async fn a_rule_leads_to_the_turns_in_whose_prompt_it_stood() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let thread_id = threads::open(tx, &thread(), 1).await?;
        jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        let lease = claim_one(tx, 1).await?.lease;
        let rules = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let sets = [
            rules(&["a.kind", "a.brief"]),
            rules(&["a.kind"]),
            rules(&["a.kind", "a.brief"]),
        ];
        for (at, rules) in sets.into_iter().enumerate() {
            let new = NewTurn {
                key: format!("turn {at}"),
                thread_id: Some(thread_id),
                mail_id: None,
                behaviour: "a".to_owned(),
                bundle: "sha".to_owned(),
                inputs: json!({}),
            };
            let Begun::New(id) = turns::begin(tx, lease, &new, 1).await? else {
                panic!()
            };
            let variant = Variant::new("a", rules);
            variants::keep(tx, &variant).await?;
            turns::finish(tx, id, &json!(null), Some(&variant.digest), 2).await?;
        }
        let active =
            |found: Vec<variants::Active>| found.iter().map(|it| it.turn_id).collect::<Vec<_>>();
        assert_eq!(
            active(variants::active(tx, "a.brief", None, 9).await?),
            [3, 1]
        );
        assert_eq!(
            active(variants::active(tx, "a.brief", Some(3), 9).await?),
            [1]
        );
        assert_eq!(
            active(variants::active(tx, "a.kind", None, 9).await?),
            [3, 2, 1]
        );
        assert!(variants::active(tx, "a.kin", None, 9).await?.is_empty());
        let used = variants::of_behaviour(tx, "a").await?;
        assert_eq!(used.iter().map(|set| set.turns).collect::<Vec<_>>(), [2, 1]);
        Ok(())
    });
}

#[tokio::test]
async fn what_is_said_is_there_until_the_journal_has_it() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let thread_id = threads::open(tx, &thread(), 1).await?;
        jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        let lease = claim_one(tx, 1).await?.lease;
        let new = NewTurn {
            key: "turn".to_owned(),
            thread_id: Some(thread_id),
            mail_id: None,
            behaviour: "a".to_owned(),
            bundle: "sha".to_owned(),
            inputs: json!({}),
        };
        let Begun::New(turn_id) = turns::begin(tx, lease, &new, 1).await? else {
            panic!()
        };
        let said = |text: &str| saying::Saying {
            turn_id,
            step: 0,
            thread_id,
            text: text.to_owned(),
        };
        saying::watch(tx, thread_id, 50).await?;
        saying::watch(tx, thread_id, 40).await?;
        assert_eq!(saying::watched(tx, 45).await?, [thread_id]);
        assert!(saying::watched(tx, 50).await?.is_empty());
        saying::say(tx, &said("Dear"), 10).await?;
        saying::say(tx, &said("Dear Ada"), 11).await?;
        assert_eq!(saying::now(tx).await?, [said("Dear Ada")]);
        let step = Step {
            turn_id,
            number: 0,
            kind: StepKind::Model,
            request_digest: "d".to_owned(),
            request: json!({}),
            result: Some(json!("Dear Ada")),
            error: None,
            usage: Some(json!({ "input": 7, "output": 3 })),
            model: None,
            cost: 12,
            started_at: 1,
            finished_at: 2,
        };
        turns::record(tx, lease, &step).await?;
        assert!(saying::now(tx).await?.is_empty());
        let spent = turns::spent(tx, thread_id).await?;
        assert_eq!(
            (spent.models, spent.tools, spent.tokens, spent.cost),
            (1, 0, 10, 12)
        );
        saying::forget(tx, 100).await?;
        assert!(saying::watched(tx, 0).await?.is_empty());
        Ok(())
    });
}
