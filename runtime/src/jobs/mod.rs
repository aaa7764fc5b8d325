//! The kinds of jobs: what each runs, and what becomes of one that fails.

pub mod by_hand;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::agent::{
    Deployment, StageError, after, campaign, deliver, fetch, guard, post, receive, relay, review,
    route, settle,
};
use crate::model::{Cause, ModelError};
use crate::queue::{Attempt, Backoff, JobError, Policy};
use crate::store::StoreError;
use crate::store::jobs::Over;
use crate::turn::run::TurnError;

/// What differs by kind. Stages that ask models may be long between two signs of progress.
const POLICIES: [Policy; 9] = [
    // A bucket may be away for hours, and a mail in it is not lost meanwhile.
    Policy {
        kind: "fetch",
        backoff: Backoff {
            base: Duration::from_secs(5),
            cap: Duration::from_secs(1800),
        },
        patience: Duration::from_secs(300),
        max_put_off: DAY,
        waits: true,
    },
    Policy {
        kind: "screen",
        backoff: MODELS,
        patience: Duration::from_secs(600),
        max_put_off: DAY,
        waits: false,
    },
    Policy {
        kind: "handle",
        backoff: MODELS,
        patience: Duration::from_secs(600),
        max_put_off: DAY,
        waits: false,
    },
    Policy {
        kind: "redo",
        backoff: MODELS,
        patience: Duration::from_secs(600),
        max_put_off: DAY,
        waits: false,
    },
    Policy {
        kind: "after",
        backoff: MODELS,
        patience: Duration::from_secs(600),
        max_put_off: DAY,
        waits: false,
    },
    Policy {
        kind: "relay",
        backoff: Backoff {
            base: Duration::from_secs(5),
            cap: Duration::from_secs(3600),
        },
        patience: Duration::from_secs(300),
        max_put_off: WEEK,
        waits: true,
    },
    Policy {
        kind: "deliver",
        backoff: SENDING,
        patience: Duration::from_secs(300),
        max_put_off: WEEK,
        waits: true,
    },
    Policy {
        kind: "post",
        backoff: SENDING,
        patience: Duration::from_secs(300),
        max_put_off: WEEK,
        waits: true,
    },
    Policy {
        kind: "campaign",
        backoff: MODELS,
        patience: Duration::from_secs(600),
        max_put_off: DAY,
        waits: false,
    },
];

/// A server that wants to see a sender again is satisfied soon; one that is down may be so for days.
const SENDING: Backoff = Backoff {
    base: Duration::from_secs(5),
    cap: Duration::from_secs(4 * 3600),
};

const MODELS: Backoff = Backoff {
    base: Duration::from_secs(1),
    cap: Duration::from_secs(60),
};
const DAY: Duration = Duration::from_secs(24 * 3600);
/// Quiet hours, a full quota and a paused account are waited for.
const WEEK: Duration = Duration::from_secs(7 * 24 * 3600);

/// What differs by kind in a deployment.
#[must_use]
pub fn policies(deployment: &Deployment) -> Arc<[Policy]> {
    let sends = |kind| matches!(kind, "deliver" | "post");
    Arc::from(POLICIES.map(|policy| Policy {
        waits: policy.waits && (!sends(policy.kind) || deployment.waits_to_send()),
        ..policy
    }))
}

/// A stage of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Gets a mail out of the bucket where it was left.
    Fetch,
    /// Reads a kept mail.
    Receive,
    /// Has the guard judge it.
    Screen,
    /// Routes it and runs the turn.
    Handle,
    /// Decides whether a person sees the draft.
    Review,
    /// Writes a draft again with a person's note.
    Redo,
    /// Sends what was approved.
    Deliver,
    /// Sends what answers no mail.
    Post,
    /// Decides what is done about a sending that nobody knows the end of.
    Settle,
    /// Writes the mail of a campaign to one of its audience.
    Campaign,
    /// Does what a line of `after` says.
    After,
    /// Tells a relay what happened.
    Relay,
}

/// How long a job of an unknown kind is left for others.
const UNKNOWN_AGAIN_MS: i64 = 5_000;

impl Kind {
    /// The names of all kinds, in the order of a mail's way.
    pub const NAMES: [&str; 12] = [
        "fetch", "receive", "screen", "handle", "review", "redo", "deliver", "post", "settle",
        "campaign", "after", "relay",
    ];

    /// The kind of this name, if this program knows it.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "fetch" => Self::Fetch,
            "receive" => Self::Receive,
            "screen" => Self::Screen,
            "handle" => Self::Handle,
            "review" => Self::Review,
            "redo" => Self::Redo,
            "deliver" => Self::Deliver,
            "post" => Self::Post,
            "settle" => Self::Settle,
            "campaign" => Self::Campaign,
            "after" => Self::After,
            "relay" => Self::Relay,
            _ => return None,
        })
    }
}

/// Runs a claimed job to its end.
#[must_use]
pub fn run(deployment: Deployment, attempt: Attempt) -> BoxFuture<'static, Result<Over, JobError>> {
    async move {
        let Some(kind) = Kind::of(&attempt.job.kind) else {
            // A newer node beside this one knows it, or this one will when it is upgraded, however long that is.
            return Err(JobError::Await {
                until: deployment.clock().now_ms() + UNKNOWN_AGAIN_MS,
                reason: format!("this program knows no job `{}`", attempt.job.kind),
            });
        };
        let ended = match kind {
            Kind::Fetch => fetch::fetch(&deployment, &attempt).await,
            Kind::Receive => receive::receive(&deployment, &attempt).await,
            Kind::Screen => guard::screen(&deployment, &attempt).await,
            Kind::Handle => route::handle(&deployment, &attempt).await,
            Kind::Review => review::review(&deployment, &attempt).await,
            Kind::Redo => review::redo::redo(&deployment, &attempt).await,
            Kind::Deliver => deliver::deliver(&deployment, &attempt).await,
            Kind::Post => post::post(&deployment, &attempt).await,
            Kind::Settle => settle::waited(&deployment, &attempt).await,
            Kind::Campaign => campaign::write(&deployment, &attempt).await,
            Kind::After => after::after(&deployment, &attempt).await,
            Kind::Relay => relay::relay(&deployment, &attempt).await,
        };
        match ended {
            // The turn goes on when people have answered.
            Err(StageError::Turn(TurnError::Asks(asked))) => {
                review::question::ask(&deployment, &attempt, asked).await
            }
            ended => ended.map_err(|error| outcome(error, deployment.clock().now_ms())),
        }
    }
    .boxed()
}

/// What becomes of a job whose stage did not end.
fn outcome(error: StageError, now: i64) -> JobError {
    let why = error.to_string();
    match error {
        StageError::Later(_) => JobError::Retry(why),
        StageError::Early { until, reason } => JobError::Snooze { until, reason },
        StageError::LaterIn { wait_ms, .. } => JobError::RetryIn {
            error: why,
            wait_ms,
        },
        StageError::Unusable(_) => JobError::GiveUp(why),
        StageError::Turn(TurnError::Store(store)) => match store {
            // The job did nothing wrong, so it costs no attempt.
            StoreError::Busy(_) | StoreError::Full(_) | StoreError::Away(_) => JobError::Snooze {
                until: now,
                reason: why,
            },
            StoreError::Closed | StoreError::Conflict(_) => JobError::Retry(why),
            StoreError::Lost { .. } => JobError::Lost,
            StoreError::Corrupt(_)
            | StoreError::Owned { .. }
            | StoreError::Newer { .. }
            | StoreError::Database(_) => JobError::GiveUp(why),
        },
        StageError::Turn(TurnError::Person(_)) => JobError::AskPerson(why),
        StageError::Turn(TurnError::Render(_) | TurnError::Unusable(_)) => JobError::GiveUp(why),
        StageError::Turn(TurnError::Asks(_)) => JobError::AskPerson(why),
        StageError::Turn(TurnError::Model(model)) => match model {
            ModelError::Retry { .. } => JobError::Retry(why),
            ModelError::Snooze { after, .. } => JobError::Snooze {
                until: now + millis(after),
                reason: why,
            },
            // All jobs of a provider that is out come back at about the same time; not at once.
            ModelError::Out { after, .. } => JobError::Await {
                until: now + millis(after.mul_f64(1.0 + 0.5 * fastrand::f64())),
                reason: why,
            },
            ModelError::GiveUp { cause, .. } => match cause {
                // A person has to set something right; the job waits for them and loses nothing.
                Cause::Key
                | Cause::Quota
                | Cause::Missing
                | Cause::Config
                | Cause::Down
                | Cause::Budget => JobError::AskPerson(why),
                Cause::Request | Cause::Context | Cause::Answer => JobError::GiveUp(why),
            },
        },
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
