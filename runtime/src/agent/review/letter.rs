//! What reviewers are mailed: drafts, warnings, questions, and what became of their answers.
//!
//! A mail is kept in the transaction of what it tells, and carries a token by which its answer counts.
//! What a stranger wrote stands below what we say, so that it is never the first word of an answer.

use serde_json::Value;

use super::super::post::{self, NewPost};
use super::super::{Deployment, letter};
use super::due;
use crate::mail::verdict::{Matter, Token};
use crate::mail::{Mailbox, clean};
use crate::store::deliveries::Purpose;
use crate::store::drafts::{Draft, DraftState};
use crate::store::questions::Question;
use crate::store::reviewers::{self, Reviewer};
use crate::store::threads::{self, Thread};
use crate::store::{Connection, StoreError, mails};

/// Characters of a contact's mail that are shown.
const SHOWN: usize = 8_000;

const HOW_TO_DECIDE: &str = "Answer with one of these as your first word:

approve      it is sent as it stands here
reject       it is not sent; you may say why behind it
redo: …      it is written again, with what you say here
edit         it gets the text that you write below this word; you approve it then
";

/// A mail to a reviewer.
struct Letter<'a> {
    /// What its answer is about.
    matter: Matter,
    /// The thread that it is about.
    thread: &'a Thread,
    /// The draft that it is about.
    draft: Option<i64>,
    /// What is told once: letters, digits and `-`.
    unique: String,
    subject: String,
    text: String,
}

impl Letter<'_> {
    async fn send(
        self,
        tx: &mut Connection,
        deployment: &Deployment,
        reviewer: &Reviewer,
        now: i64,
    ) -> Result<(), StoreError> {
        let bundle = deployment.bundle_in(tx, self.thread).await?;
        let agent = bundle.bundle().agents.get(&self.thread.agent);
        let Some(agent) = agent.filter(|_| deployment.config.review.by_mail) else {
            return Ok(());
        };
        let from = letter::sender(&agent.deliver.from).ok();
        let to = Mailbox::read(&reviewer.address, &reviewer.name);
        let (Some(from), Some(to)) = (from, to) else {
            tracing::warn!(reviewer = reviewer.name, "a reviewer cannot be mailed");
            return Ok(());
        };
        let token = Token::new(&deployment.secret, self.matter, &reviewer.name);
        let inbox = agent.inbox.first();
        let post = NewPost {
            purpose: Purpose::Review,
            unique: self.unique,
            agent: Some(self.thread.agent.clone()),
            from,
            to,
            reply_to: inbox.and_then(|inbox| token.in_address(inbox)),
            subject: token.in_subject(&self.subject),
            text: self.text,
            in_reply_to: None,
            headers: Vec::new(),
            thread: Some(self.thread.id),
            draft: self.draft,
        };
        match post::enqueue(tx, deployment, &post, now).await {
            // The page shows what no mail could tell.
            Err(StoreError::Conflict(why)) => {
                tracing::warn!(reviewer = reviewer.name, why, "a reviewer cannot be mailed");
                Ok(())
            }
            kept => kept.map(|_| ()),
        }
    }
}

/// Sends a held draft to the reviewer who decides it.
pub(super) async fn draft(
    tx: &mut Connection,
    deployment: &Deployment,
    draft: &Draft,
    reviewer: &Reviewer,
    now: i64,
) -> Result<(), StoreError> {
    let thread = due::thread(tx, draft).await?;
    let clock = due::clock(tx, draft.id).await?;
    let mut text = format!("Draft {} waits for you.\n", draft.id);
    if let Some(due) = clock.due_at {
        text.push_str(&format!("It is due {}.\n", when(deployment, due)));
    }
    text.push_str(&shown(tx, deployment, draft, &thread).await?);
    let letter = Letter {
        matter: matter(draft),
        thread: &thread,
        draft: Some(draft.id),
        // Whoever gets it back is told again.
        unique: format!("{}-{now}", matter(draft)),
        subject: draft.subject.clone(),
        text,
    };
    letter.send(tx, deployment, reviewer, now).await
}

/// Warns the reviewer of a draft that its time is nearly over.
pub(super) async fn warning(
    tx: &mut Connection,
    deployment: &Deployment,
    draft: &Draft,
    due_at: Option<i64>,
    now: i64,
) -> Result<(), StoreError> {
    let reviewer = match &draft.reviewer {
        Some(name) => reviewers::find(tx, name, now).await?,
        None => None,
    };
    let (Some(reviewer), Some(due_at)) = (reviewer, due_at) else {
        return Ok(());
    };
    let thread = due::thread(tx, draft).await?;
    let mut text = format!(
        "Draft {} still waits for you. It goes to somebody else {}.\n",
        draft.id,
        when(deployment, due_at)
    );
    text.push_str(&shown(tx, deployment, draft, &thread).await?);
    let letter = Letter {
        matter: matter(draft),
        thread: &thread,
        draft: Some(draft.id),
        unique: format!("{}-due-{due_at}", matter(draft)),
        subject: draft.subject.clone(),
        text,
    };
    letter.send(tx, deployment, &reviewer, now).await
}

/// Tells a reviewer what became of their answer about a draft, which is as it is now. `unique` names
/// the answer.
pub(super) async fn outcome(
    tx: &mut Connection,
    deployment: &Deployment,
    draft: &Draft,
    reviewer: &Reviewer,
    (said, unique): (&str, i64),
    now: i64,
) -> Result<(), StoreError> {
    let thread = due::thread(tx, draft).await?;
    let text = match draft.state {
        DraftState::Held => {
            let shown = shown(tx, deployment, draft, &thread).await?;
            format!("{said}\n{shown}")
        }
        DraftState::Approved | DraftState::Rejected | DraftState::Rewriting => {
            format!(
                "{said}\n\nAnswer with undo as your first word to take it back, while nothing has come of it.\n"
            )
        }
        DraftState::Delivered | DraftState::Stale => format!("{said}\n"),
    };
    let letter = Letter {
        matter: matter(draft),
        thread: &thread,
        draft: Some(draft.id),
        unique: format!("answer-{unique}"),
        subject: draft.subject.clone(),
        text,
    };
    letter.send(tx, deployment, reviewer, now).await
}

/// Sends a question to the reviewer who answers it.
pub(super) async fn question(
    tx: &mut Connection,
    deployment: &Deployment,
    question: &Question,
    reviewer: &Reviewer,
    now: i64,
) -> Result<(), StoreError> {
    let Some(thread) = threads::find(tx, question.thread_id).await? else {
        return Ok(());
    };
    let mut text = format!(
        "Question {} waits for you. Answer this mail with what you know: your text is the answer.\n\n{}\n",
        question.id, question.question
    );
    text.push_str(&said_with(&question.arguments));
    text.push_str(&link(deployment, "questions"));
    let letter = Letter {
        matter: Matter::Question(question.id),
        thread: &thread,
        draft: None,
        unique: Matter::Question(question.id).to_string(),
        subject: thread.subject.clone(),
        text,
    };
    letter.send(tx, deployment, reviewer, now).await
}

/// Tells a reviewer what became of their answer to a question.
pub(super) async fn answered(
    tx: &mut Connection,
    deployment: &Deployment,
    question: &Question,
    reviewer: &Reviewer,
    (said, unique): (&str, i64),
    now: i64,
) -> Result<(), StoreError> {
    let Some(thread) = threads::find(tx, question.thread_id).await? else {
        return Ok(());
    };
    let letter = Letter {
        matter: Matter::Question(question.id),
        thread: &thread,
        draft: None,
        unique: format!("answer-{unique}"),
        subject: thread.subject.clone(),
        text: format!("{said}\n"),
    };
    letter.send(tx, deployment, reviewer, now).await
}

/// The arguments of a call, one below the other.
fn said_with(arguments: &Value) -> String {
    let named = arguments.as_object().into_iter().flatten();
    named
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("\n{name}: {text}\n"),
            None => format!("\n{name}: {value}\n"),
        })
        .collect()
}

fn matter(draft: &Draft) -> Matter {
    Matter::Draft {
        id: draft.id,
        revision: draft.revision,
    }
}

/// A held draft, how to decide it, and the mail that it answers.
async fn shown(
    tx: &mut Connection,
    deployment: &Deployment,
    draft: &Draft,
    thread: &Thread,
) -> Result<String, StoreError> {
    let reasons = draft.hold_reasons.as_array().into_iter().flatten();
    let reasons: String = reasons
        .filter_map(Value::as_str)
        .map(|reason| format!("Held because {reason}\n"))
        .collect();
    let mail = match draft.mail_id {
        Some(mail) => mails::find(tx, mail).await?,
        None => None,
    };
    let answers = mail.map_or_else(String::new, |mail| {
        let body = clean::cut(&mail.body, SHOWN);
        format!(
            "\n--- {} <{}> wrote: {}\n\n{body}\n",
            mail.from_name, mail.from_address, mail.subject
        )
    });
    Ok(format!(
        "{reasons}\n{HOW_TO_DECIDE}{}\n--- the draft to {}: {}\n\n{}\n{answers}",
        link(deployment, &format!("drafts/{}", draft.id)),
        thread.contact_key,
        draft.subject,
        draft.body,
    ))
}

/// Where the page is, if the configuration says.
fn link(deployment: &Deployment, page: &str) -> String {
    match &deployment.config.review.url {
        Some(url) => format!("\nOr on the page: {}/{page}\n", url.trim_end_matches('/')),
        None => String::new(),
    }
}

/// A time for people, in the deployment's zone.
fn when(deployment: &Deployment, ms: i64) -> String {
    super::super::zoned(ms, &deployment.config.timezone)
        .get(..16)
        .map_or_else(String::new, |time| time.replace('T', " "))
}
