//! A draft is written again, with a person's note: the turn that wrote it goes on.

use futures_util::FutureExt;
use serde_json::{Value, json};

use super::super::{Deployment, StageError, argument, event, route};
use super::{hold, reopen, subject};
use crate::model::ModelError;
use crate::queue::Attempt;
use crate::store::drafts::{self, Draft, DraftState};
use crate::store::jobs::{self, Over};
use crate::store::{events, transaction};
use crate::turn::resume;
use crate::turn::run::{Finished, TurnError, Whose};
use crate::turn::{Again, Outcome};

/// Runs the turn that goes on from the one which wrote the draft of a job, and holds what it writes.
///
/// # Errors
/// When the model or the store fails and another attempt may succeed; otherwise the draft goes back
/// to people as it was.
pub async fn redo(deployment: &Deployment, attempt: &Attempt) -> Result<Over, StageError> {
    let id = argument(&attempt.job, "draft")?;
    let revision = argument(&attempt.job, "revision")?;
    let (draft, mail, said) = subject(deployment, id).await?;
    let waits = draft.state == DraftState::Rewriting && draft.revision == revision;
    let Some(turn) = draft.turn_id.filter(|_| waits) else {
        // It was taken back, or newer mail made it stale.
        return written(deployment, attempt, &draft, None).await;
    };
    let whose = Whose {
        key: format!("redo {id} {revision}"),
        thread: said.into_thread().id,
        mail: mail.as_ref().map(|mail| mail.id),
        lease: attempt.job.lease,
        progress: attempt.progress.clone(),
    };
    let again = Again {
        turn,
        draft: draft.body.clone(),
        broken: rules(&draft.broken_rules),
        note: draft.note.clone().unwrap_or_default(),
    };
    match resume::again(&deployment.edge, &whose, again).await {
        Ok(finished) => written(deployment, attempt, &draft, Some(&finished)).await,
        Err(error) if passes(&error, attempt) => Err(error.into()),
        Err(error) => give_up(deployment, attempt, &draft, &error.to_string()).await,
    }
}

/// Whether another attempt may succeed, or somebody else has the job.
fn passes(error: &TurnError, attempt: &Attempt) -> bool {
    let last = attempt.job.attempt >= attempt.job.max_attempts;
    match error {
        TurnError::Store(_)
        | TurnError::Asks(_)
        | TurnError::Model(ModelError::Snooze { .. } | ModelError::Out { .. }) => true,
        TurnError::Model(ModelError::Retry { .. }) => !last,
        TurnError::Model(_)
        | TurnError::Render(_)
        | TurnError::Person(_)
        | TurnError::Unusable(_) => false,
    }
}

/// The rules that a draft breaks, as the model read them.
fn rules(broken: &Value) -> Vec<String> {
    let broken = broken.as_array().into_iter().flatten();
    broken
        .filter_map(|judged| judged.get("text").and_then(Value::as_str))
        .map(str::to_owned)
        .collect()
}

async fn written(
    deployment: &Deployment,
    attempt: &Attempt,
    draft: &Draft,
    finished: Option<&Finished>,
) -> Result<Over, StageError> {
    let (lease, now, ours) = (
        attempt.job.lease,
        deployment.clock().now_ms(),
        deployment.clone(),
    );
    let (id, revision) = (draft.id, draft.revision);
    let new = finished.map(|finished| {
        let (returned, holds) = match &finished.outcome {
            Outcome::Returned(returned) => (Some(&**returned), returned.doubts()),
            Outcome::AskPerson(why) | Outcome::HandedOver(why) => (None, vec![why.clone()]),
        };
        let subject = draft.subject.clone();
        let place = (draft.thread_id, draft.mail_id);
        let new = route::new_draft(place, subject, Some((finished, returned)), &holds);
        (new, finished.turn.given().behaviour.clone())
    });
    let work = transaction(move |tx| {
        async move {
            if let Some((new, behaviour)) = new
                && drafts::rewritten(tx, id, revision, &new, &behaviour, now).await?
                && let Some(draft) = drafts::find(tx, id).await?
            {
                let data = json!({ "revision": draft.revision, "holds": new.hold_reasons });
                let (thread, mail) = (Some(draft.thread_id), draft.mail_id);
                let mut told = event("draft.rewritten", &behaviour, thread, mail, data);
                told.draft_id = Some(id);
                events::append(tx, &told, now).await?;
                hold(tx, &ours, &draft, now).await?;
            }
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("redo.written", work).await?)
}

/// The draft goes back to people as it was, with the reason.
async fn give_up(
    deployment: &Deployment,
    attempt: &Attempt,
    draft: &Draft,
    why: &str,
) -> Result<Over, StageError> {
    let (lease, now, ours) = (
        attempt.job.lease,
        deployment.clock().now_ms(),
        deployment.clone(),
    );
    let (id, revision, reason) = (
        draft.id,
        draft.revision,
        format!("it could not be written again: {why}"),
    );
    let work = transaction(move |tx| {
        async move {
            reopen(tx, &ours, id, revision, &reason, now).await?;
            jobs::complete(tx, lease, now).await
        }
        .boxed()
    });
    Ok(deployment.store().write("redo.given_up", work).await?)
}
