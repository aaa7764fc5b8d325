//! A reviewer's answer by mail.
//!
//! It counts when it comes from the address of the reviewer whose matter it is, DMARC passed for it,
//! a person wrote it, and its token is theirs for the revision that is current. Anything else is a
//! comment: it is kept and shown with the draft, and decides nothing. The reviewer is told what
//! became of it, at the address that the configuration has.

use futures_util::FutureExt;
use serde_json::json;

use super::super::{Deployment, StageError, event, receive};
use super::act::{self, Act};
use super::{letter, question};
use crate::mail::Incoming;
use crate::mail::verdict::{Asked, Matter, Token, asked};
use crate::queue::Attempt;
use crate::store::drafts::{self, Decision};
use crate::store::jobs::{self, Over};
use crate::store::mails::{self, MailState};
use crate::store::reviewers::{self, Reviewer, Role};
use crate::store::{Connection, StoreError, events, questions, reviews, transaction};

/// Mails about a draft that are answered: two machines that answer each other stop here.
const TOLD: i64 = 20;

/// A mail that carries the token of a review.
pub(in crate::agent) struct Answer {
    /// Its bytes.
    pub(in crate::agent) raw_id: i64,
    /// The inbox that it came to.
    pub(in crate::agent) inbox: String,
    /// The token, whoever made it.
    pub(in crate::agent) token: Token,
    /// What was read of it.
    pub(in crate::agent) incoming: Incoming,
}

/// What an answer came to.
struct Came {
    /// In words, for the reviewer and the log.
    said: String,
    /// Whether it counted.
    counted: bool,
    /// Whether the reviewer gets another mail that says it.
    told: bool,
}

impl Came {
    fn comment(why: impl Into<String>) -> Self {
        Self {
            said: why.into(),
            counted: false,
            told: false,
        }
    }
}

impl Answer {
    /// Keeps the mail, does what it says if it counts, and tells the reviewer.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::agent) async fn keep(
        self,
        deployment: &Deployment,
        attempt: &Attempt,
    ) -> Result<Over, StageError> {
        let (lease, now, ours) = (
            attempt.job.lease,
            deployment.clock().now_ms(),
            deployment.clone(),
        );
        let work = transaction(move |tx| {
            async move {
                let all = reviewers::list(tx, now).await?;
                let mut whose = all.iter();
                let whose = whose.find(|one| self.token.is_for(&ours.secret, &one.name));
                let known = self.known_before(tx, now).await?;
                let came = match whose {
                    _ if known => Came::comment("the same message was received before"),
                    None => Came::comment("its token is not one that a reviewer was given"),
                    Some(reviewer) => self.decide(tx, &ours, reviewer, now).await?,
                };
                self.note(tx, &ours, whose, &came, now).await?;
                jobs::complete(tx, lease, now).await
            }
            .boxed()
        });
        Ok(deployment.store().write("review.answered", work).await?)
    }

    async fn known_before(&self, tx: &mut Connection, now: i64) -> Result<bool, StoreError> {
        let Some(id) = &self.incoming.message_id else {
            return Ok(false);
        };
        Ok(!mails::note(tx, "message-id", &format!("{} {id}", self.from()), now).await?)
    }

    fn from(&self) -> &str {
        let from = self.incoming.from.as_ref();
        from.map_or("", |from| from.address.as_str())
    }

    /// Does what it says, if it counts.
    async fn decide(
        &self,
        tx: &mut Connection,
        deployment: &Deployment,
        reviewer: &Reviewer,
        now: i64,
    ) -> Result<Came, StoreError> {
        if !self.from().eq_ignore_ascii_case(&reviewer.address) {
            return Ok(Came::comment("it did not come from the reviewer's address"));
        }
        if !self.incoming.verified() {
            return Ok(Came::comment("nothing proves that its sender wrote it"));
        }
        if let Some(automatic) = &self.incoming.automatic {
            return Ok(Came::comment(automatic.to_string()));
        }
        if reviewer.role < Role::Reviewer {
            return Ok(Came::comment("a viewer decides nothing"));
        }
        let done = match self.token.matter {
            Matter::Question(id) => self.answer(tx, id, reviewer, now).await,
            Matter::Draft { id, revision } => {
                let decision = Decision {
                    draft_id: id,
                    revision,
                    by: reviewer.name.clone(),
                    note: None,
                };
                self.act(tx, deployment, decision, now).await
            }
        };
        match done {
            Ok((said, told)) => Ok(Came {
                said,
                counted: true,
                told,
            }),
            Err(StoreError::Conflict(why)) => Ok(Came::comment(why)),
            Err(error) => Err(error),
        }
    }

    async fn answer(
        &self,
        tx: &mut Connection,
        id: i64,
        reviewer: &Reviewer,
        now: i64,
    ) -> Result<(String, bool), StoreError> {
        let question = questions::find(tx, id).await?;
        let theirs = question.and_then(|question| question.reviewer);
        if theirs.as_ref() != Some(&reviewer.name) {
            return Err(StoreError::Conflict(format!(
                "question {id} is not yours to answer by now"
            )));
        }
        question::answer_in(tx, id, &reviewer.name, &self.incoming.text, now).await?;
        Ok((format!("Question {id} is answered."), false))
    }

    async fn act(
        &self,
        tx: &mut Connection,
        deployment: &Deployment,
        mut decision: Decision,
        now: i64,
    ) -> Result<(String, bool), StoreError> {
        let id = decision.draft_id;
        let draft = drafts::find(tx, id).await?;
        let gone = || StoreError::Conflict(format!("there is no draft {id}"));
        let draft = draft.ok_or_else(gone)?;
        if draft.reviewer.as_ref() != Some(&decision.by) {
            let whose = draft.reviewer.as_deref().unwrap_or("nobody");
            let why = format!("draft {id} is not yours to decide by now: {whose} has it");
            return Err(StoreError::Conflict(why));
        }
        let unread = || StoreError::Conflict("its first word asks for nothing".to_owned());
        let (act, said) = match asked(&self.incoming.text).ok_or_else(unread)? {
            Asked::Approve => (Act::Approve, "is approved, and leaves"),
            Asked::Undo => (Act::Undo, "is held again"),
            Asked::Reject(why) => {
                decision.note = why;
                (Act::Reject, "is rejected, and is not sent")
            }
            Asked::Redo(note) => {
                decision.note = Some(note);
                (Act::Redo, "is written again; you get what comes of it")
            }
            Asked::Edit(body) => {
                let subject = draft.subject;
                (
                    Act::Edit { subject, body },
                    "has your text, and waits for your approval",
                )
            }
        };
        // What is held again is sent to them again.
        let told = act == Act::Undo;
        act::carry_out(tx, deployment, &decision, act, now).await?;
        Ok((format!("Draft {id} {said}."), told))
    }

    /// Keeps the mail, notes what it came to, and tells the reviewer.
    async fn note(
        &self,
        tx: &mut Connection,
        deployment: &Deployment,
        whose: Option<&Reviewer>,
        came: &Came,
        now: i64,
    ) -> Result<(), StoreError> {
        let mut mail = receive::row(self.raw_id, &self.incoming, self.inbox.clone(), now);
        let theirs = whose.is_some_and(|one| self.from().eq_ignore_ascii_case(&one.address));
        // A stranger who has a token may have something to say that a person should see.
        mail.state = match theirs {
            true => MailState::Ignored,
            false => MailState::Quarantined,
        };
        mail.reason = Some(format!("an answer to a review: {}", came.said));
        let id = mails::keep(tx, &mail, now).await?;
        let (draft, thread) = self.about(tx, whose).await?;
        let kind = match came.counted {
            true => "review.answered",
            false => "review.comment",
        };
        let actor = whose.map_or("silex", |reviewer| reviewer.name.as_str());
        let data = json!({
            "about": self.token.matter.to_string(), "from": self.from(), "reason": came.said,
            "verified": self.incoming.verified(), "mail": id,
        });
        let mut noted = event(kind, actor, thread, Some(id), data);
        noted.draft_id = draft;
        events::append(tx, &noted, now).await?;
        match whose.filter(|_| self.incoming.automatic.is_none() && !came.told) {
            Some(reviewer) => self.tell(tx, deployment, reviewer, came, (id, now)).await,
            None => Ok(()),
        }
    }

    /// The draft and the thread that it is about, if its token is ours.
    async fn about(
        &self,
        tx: &mut Connection,
        whose: Option<&Reviewer>,
    ) -> Result<(Option<i64>, Option<i64>), StoreError> {
        if whose.is_none() {
            return Ok((None, None));
        }
        Ok(match self.token.matter {
            Matter::Draft { id, .. } => {
                let draft = drafts::find(tx, id).await?;
                (
                    draft.as_ref().map(|draft| draft.id),
                    draft.map(|draft| draft.thread_id),
                )
            }
            Matter::Question(id) => {
                let question = questions::find(tx, id).await?;
                (None, question.map(|question| question.thread_id))
            }
        })
    }

    async fn tell(
        &self,
        tx: &mut Connection,
        deployment: &Deployment,
        reviewer: &Reviewer,
        came: &Came,
        (mail, now): (i64, i64),
    ) -> Result<(), StoreError> {
        let said = match came.counted {
            true => came.said.clone(),
            false => format!(
                "Your answer of {} does not count: {}.",
                self.from(),
                came.said
            ),
        };
        match self.token.matter {
            Matter::Question(id) => match questions::find(tx, id).await? {
                Some(question) => {
                    letter::answered(tx, deployment, &question, reviewer, (&said, mail), now).await
                }
                None => Ok(()),
            },
            Matter::Draft { id, .. } => {
                if reviews::told(tx, id).await? > TOLD {
                    return Ok(());
                }
                match drafts::find(tx, id).await? {
                    Some(draft) => {
                        letter::outcome(tx, deployment, &draft, reviewer, (&said, mail), now).await
                    }
                    None => Ok(()),
                }
            }
        }
    }
}
