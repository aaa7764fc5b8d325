//! The clock of a held draft: its reviewer is warned, then it goes to another or to those above.
//!
//! Time counts while its reviewer works. When there is nobody left it stays held, with an alarm: no
//! draft is ever sent because its time was over. A draft whose reviewer is away goes to another at
//! once, and one that nobody could take goes to the first who can.

use futures_util::FutureExt;
use serde_json::json;
use silex_bundle::agent;

use super::super::Deployment;
use super::{POLICY, letter, note, question};
use crate::hours::Hours;
use crate::store::drafts::{self, Draft, DraftState};
use crate::store::reviewers::{self, Reviewer};
use crate::store::reviews::{self, Overdue, Review};
use crate::store::threads::Thread;
use crate::store::{Connection, StoreError, lock, questions, threads, transaction};

/// Drafts that are looked at in one go.
const AT_ONCE: i64 = 100;

/// The clock of a draft, one that does not run if there was none.
pub(super) async fn clock(tx: &mut Connection, draft: i64) -> Result<Review, StoreError> {
    let stopped = Review {
        draft_id: draft,
        had: Vec::new(),
        overdue: None,
        patience: None,
        warn_at: None,
        due_at: None,
        redone: 0,
    };
    Ok(reviews::find(tx, draft).await?.unwrap_or(stopped))
}

/// Starts the clock of a draft for whoever has it, as its agent's spec says. Gives when it is due.
pub(super) async fn start(
    tx: &mut Connection,
    deployment: &Deployment,
    thread: &Thread,
    draft: i64,
    reviewer: Option<&Reviewer>,
    now: i64,
) -> Result<Option<i64>, StoreError> {
    let bundle = deployment.bundle_in(tx, thread).await?;
    let due = bundle
        .bundle()
        .agents
        .get(&thread.agent)
        .and_then(|agent| agent.review.due);
    let mut clock = clock(tx, draft).await?;
    clock.had = reviewer
        .iter()
        .map(|reviewer| reviewer.name.clone())
        .collect();
    clock.patience = due.map(|due| i64::try_from(due.after_ms).unwrap_or(i64::MAX));
    clock.overdue = due.map(|due| match due.then {
        agent::Overdue::Reassign => Overdue::Reassign,
        agent::Overdue::Escalate => Overdue::Escalate,
    });
    wind(&mut clock, reviewer, now);
    reviews::set(tx, &clock).await?;
    Ok(clock.due_at)
}

/// Sets when a draft is due that `reviewer` gets now, and when they are warned: after three quarters
/// of the time.
fn wind(clock: &mut Review, reviewer: Option<&Reviewer>, now: i64) {
    let patience = reviewer.and(clock.patience);
    let hours = reviewer.and_then(hours);
    let after = |length: i64| match &hours {
        Some(hours) => hours.after(now, length),
        None => now.saturating_add(length),
    };
    clock.due_at = patience.map(after);
    clock.warn_at = patience.map(|patience| after(patience / 4 * 3));
}

fn hours(reviewer: &Reviewer) -> Option<Hours> {
    let hours = reviewer.hours.as_ref()?.parse();
    if let Err(error) = &hours {
        tracing::warn!(reviewer = reviewer.name, %error, "hours that were stored cannot be read");
    }
    hours.ok()
}

/// A draft that goes to somebody else.
pub(super) struct Given<'a> {
    /// Who gets it.
    pub(super) reviewer: Reviewer,
    /// Who has had it, with them.
    pub(super) had: Vec<String>,
    /// Who gives it.
    pub(super) by: &'a str,
    /// What happened: `reassigned` or `escalated`.
    pub(super) why: &'a str,
}

/// Gives a held draft to somebody else, who is told, and for whom its clock starts again.
pub(super) async fn give(
    tx: &mut Connection,
    deployment: &Deployment,
    draft: &Draft,
    given: Given<'_>,
    now: i64,
) -> Result<(), StoreError> {
    let Given {
        reviewer,
        had,
        by,
        why,
    } = given;
    drafts::assign(tx, draft.id, Some(&reviewer.name)).await?;
    let mut clock = clock(tx, draft.id).await?;
    clock.had = had;
    wind(&mut clock, Some(&reviewer), now);
    reviews::set(tx, &clock).await?;
    let data = json!({ "from": draft.reviewer, "to": reviewer.name, "due": clock.due_at });
    note(tx, &format!("draft.{why}"), by, draft, data, now).await?;
    letter::draft(tx, deployment, draft, &reviewer, now).await
}

/// Gives a held draft to nobody, with an alarm: somebody has to open the page.
pub(super) async fn orphan(tx: &mut Connection, draft: &Draft, now: i64) -> Result<(), StoreError> {
    drafts::assign(tx, draft.id, None).await?;
    let data = json!({ "why": "no reviewer can take it" });
    tracing::warn!(draft.id = draft.id, "no reviewer can take a draft");
    note(tx, "draft.unassigned", POLICY, draft, data, now).await
}

/// Moves on whatever is due, and gives a reviewer to whatever has none who is there. Any node may
/// run it, at any time, and again. What cannot be moved keeps nothing else back.
///
/// # Errors
/// When the store cannot be used; what was moved stays moved.
pub async fn tick(deployment: &Deployment) -> Result<(), StoreError> {
    let now = deployment.clock().now_ms();
    let mut reader = deployment.store().read().await?;
    let all = reviewers::list(&mut reader, now).await?;
    // Where nobody can take anything, what nobody has waits on.
    let waiting = all.iter().any(Reviewer::can_take);
    let due = reviews::due(&mut reader, now, AT_ONCE).await?;
    let left = reviews::orphans(&mut reader, waiting, now, AT_ONCE).await?;
    let asked = questions::orphans(&mut reader, waiting, now, AT_ONCE).await?;
    drop(reader);
    let moves = due.into_iter().map(Move::On);
    let moves = moves.chain(left.into_iter().map(Move::Adopt));
    for step in moves.chain(asked.into_iter().map(Move::Question)) {
        let ours = deployment.clone();
        let work = transaction(move |tx| async move { step.make(tx, &ours, now).await }.boxed());
        match deployment.store().write("review.moved", work).await {
            Err(StoreError::Conflict(why)) => tracing::debug!(why, "somebody was quicker"),
            Err(error) if !error.is_passing() => {
                tracing::error!(?step, %error, "what is due was not moved");
            }
            moved => moved?,
        }
    }
    Ok(())
}

/// Something that a tick moves.
#[derive(Debug, Clone, Copy)]
enum Move {
    /// The draft whose time is over, or nearly.
    On(i64),
    /// The draft that has no reviewer who is there.
    Adopt(i64),
    /// The question that has none.
    Question(i64),
}

impl Move {
    async fn make(
        self,
        tx: &mut Connection,
        deployment: &Deployment,
        now: i64,
    ) -> Result<(), StoreError> {
        match self {
            Self::On(draft) => move_on(tx, deployment, draft, now).await,
            Self::Adopt(draft) => adopt(tx, deployment, draft, now).await,
            Self::Question(question) => question::adopt(tx, deployment, question, now).await,
        }
    }
}

/// Warns the reviewer of a draft, or gives it to others because its time is over.
async fn move_on(
    tx: &mut Connection,
    deployment: &Deployment,
    id: i64,
    now: i64,
) -> Result<(), StoreError> {
    let Some(draft) = held(tx, id).await? else {
        return Ok(());
    };
    let clock = clock(tx, id).await?;
    if !reviews::stop(tx, id, now).await? {
        if reviews::warned(tx, id, now).await? {
            let data = json!({ "reviewer": draft.reviewer, "due": clock.due_at });
            note(tx, "draft.due_soon", POLICY, &draft, data, now).await?;
            return letter::warning(tx, deployment, &draft, clock.due_at, now).await;
        }
        return Ok(());
    }
    let escalates = clock.overdue == Some(Overdue::Escalate);
    let next = if escalates {
        above(tx, &draft, &clock.had, now).await?
    } else {
        reviewers::assign(tx, draft.thread_id, &clock.had, now).await?
    };
    match next {
        Some(reviewer) => {
            let mut had = clock.had;
            had.push(reviewer.name.clone());
            let why = if escalates { "escalated" } else { "reassigned" };
            let given = Given {
                reviewer,
                had,
                by: POLICY,
                why,
            };
            give(tx, deployment, &draft, given, now).await
        }
        None => {
            tracing::warn!(
                draft.id = id,
                "a draft is overdue, and nobody is left for it"
            );
            let data =
                json!({ "reviewer": draft.reviewer, "why": "nobody is left who could take it" });
            note(tx, "draft.overdue", POLICY, &draft, data, now).await
        }
    }
}

/// The first above the reviewer of a draft who is there and has not had it.
async fn above(
    tx: &mut Connection,
    draft: &Draft,
    had: &[String],
    now: i64,
) -> Result<Option<Reviewer>, StoreError> {
    let all = reviewers::list(tx, now).await?;
    let find = |name: &String| all.iter().find(|reviewer| reviewer.name == *name);
    let mut passed = had.to_vec();
    let mut at = draft.reviewer.as_ref().and_then(find);
    while let Some(next) = at
        .and_then(|reviewer| reviewer.escalates_to.as_ref())
        .and_then(find)
    {
        if passed.contains(&next.name) {
            return Ok(None);
        }
        if next.is_there() {
            reviewers::assign_to(tx, draft.thread_id, next).await?;
            return Ok(Some(next.clone()));
        }
        passed.push(next.name.clone());
        at = Some(next);
    }
    Ok(None)
}

/// Gives a draft whose reviewer is away, or that nobody could take, to somebody who can.
async fn adopt(
    tx: &mut Connection,
    deployment: &Deployment,
    id: i64,
    now: i64,
) -> Result<(), StoreError> {
    let Some(draft) = held(tx, id).await? else {
        return Ok(());
    };
    if reviewers::is_there(tx, draft.reviewer.as_deref(), now).await? {
        return Ok(());
    }
    match reviewers::assign(tx, draft.thread_id, &[], now).await? {
        Some(reviewer) => {
            let had = vec![reviewer.name.clone()];
            let given = Given {
                reviewer,
                had,
                by: POLICY,
                why: "reassigned",
            };
            give(tx, deployment, &draft, given, now).await
        }
        None if draft.reviewer.is_some() => orphan(tx, &draft, now).await,
        None => Ok(()),
    }
}

/// A held draft, for whoever moves it: of two nodes that look at once, one does.
async fn held(tx: &mut Connection, id: i64) -> Result<Option<Draft>, StoreError> {
    lock::draft(tx, id).await?;
    let draft = drafts::find(tx, id).await?;
    Ok(draft.filter(|draft| draft.state == DraftState::Held))
}

/// The thread of a draft.
pub(super) async fn thread(tx: &mut Connection, draft: &Draft) -> Result<Thread, StoreError> {
    let thread = threads::find(tx, draft.thread_id).await?;
    thread.ok_or_else(|| StoreError::Corrupt(format!("draft {} has no thread", draft.id)))
}
