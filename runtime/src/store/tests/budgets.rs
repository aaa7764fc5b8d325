//! What is reserved for a call, and what becomes of it when nobody waits for the answer any more.

use std::collections::BTreeMap;

use super::*;
use crate::store::budgets::{self, Calling, Cost, Taken, Wish};

const DAY: &str = "day 1970-01-01";

fn wish(lease: Lease, (thread, turn_id): (i64, i64)) -> Wish {
    let call = Calling {
        lease,
        thread,
        turn_id,
        number: 0,
        model: "m".to_owned(),
    };
    Wish {
        call,
        amount: 70,
        day: "1970-01-01".to_owned(),
        all: Some(100),
        agents: BTreeMap::new(),
    }
}

async fn reserved(tx: &mut Connection, wish: &Wish) -> Result<i64, StoreError> {
    let Taken::From(Some(id)) = budgets::reserve(tx, wish, 3).await? else {
        panic!("there is enough")
    };
    Ok(id)
}

#[tokio::test]
async fn a_call_that_its_attempt_left_open_is_settled_when_the_attempt_is_over() {
    let Scratch {
        store,
        folder: _folder,
        ..
    } = Scratch::new().await;
    write!(store, |tx| {
        let thread = threads::open(tx, &thread(), 1).await?;
        let turn = NewTurn {
            key: "reply 1".to_owned(),
            thread_id: Some(thread),
            mail_id: None,
            behaviour: "aleik.assist".to_owned(),
            bundle: "sha".to_owned(),
            inputs: json!({}),
        };
        jobs::enqueue(tx, &NewJob::new("handle", json!({})), 1).await?;
        let first = claim_one(tx, 1).await?.lease;
        let Begun::New(turn) = turns::begin(tx, first, &turn, 1).await? else {
            panic!("nobody began it before")
        };
        let open = reserved(tx, &wish(first, (thread, turn))).await?;
        assert!(budgets::dropped(tx).await?.is_empty(), "its attempt runs");
        budgets::settle_dropped(tx, &[], 3).await?;
        assert_eq!(budgets::spent(tx, DAY).await?, 0);

        jobs::release(tx, "test 1").await?;
        let second = claim_one(tx, 4).await?.lease;
        assert_eq!(budgets::dropped(tx).await?, [open], "another attempt runs");
        budgets::settle_dropped(tx, &[open], 4).await?;
        assert_eq!(budgets::spent(tx, DAY).await?, 0, "it was answered");
        budgets::settle_dropped(tx, &[], 4).await?;
        budgets::settle_dropped(tx, &[], 4).await?;
        // The first attempt comes late.
        budgets::settle(tx, open, 7).await?;
        assert_eq!(budgets::spent(tx, DAY).await?, 70);
        let mut costs = Vec::new();
        budgets::costs(tx, 0, 9, |cost: Cost| {
            costs.push((cost.unanswered, cost.cost))
        })
        .await?;
        assert_eq!(costs, [(1, 70)]);

        // Nothing is reserved any more: what is left of the budget can be had, by one after the other.
        for cost in [20, 20] {
            let id = reserved(tx, &wish(second, (thread, turn))).await?;
            assert_eq!(
                budgets::reserve(tx, &wish(second, (thread, turn)), 5).await?,
                Taken::Reserved
            );
            budgets::settle(tx, id, cost).await?;
        }
        assert_eq!(budgets::spent(tx, DAY).await?, 110);
        Ok(())
    });
}
