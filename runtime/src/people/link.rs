//! Links that sign somebody in once: mailed to those who ask, printed for the first operator.
//!
//! Where a link leads is a setting, never what a request says of itself. That somebody is known is
//! told to nobody: the answer is the same, and comes before anything is looked up.

use futures_util::FutureExt;
use serde_json::json;

use super::session::{self, Begun};
use super::token::{self, Token};
use super::{HOUR_MS, NotSignedIn, Role, pace};
use crate::agent::post::{self, NewPost};
use crate::agent::review::roster::{self, Change};
use crate::agent::{Deployment, event};
use crate::config::Reviewer;
use crate::mail::Mailbox;
use crate::store::deliveries::Purpose;
use crate::store::events::{self, NewEvent};
use crate::store::sessions::{self, Account};
use crate::store::{Connection, StoreError, lock, transaction};

/// How long a mailed link can be used.
const MAILED_MS: i64 = 15 * 60_000;
/// How long one that was printed.
const PRINTED_MS: i64 = HOUR_MS;

/// What the first operator says of themselves.
#[derive(Debug, Clone)]
pub struct First {
    /// A short name.
    pub name: String,
    /// Where they read mail.
    pub address: String,
}

/// Mails a link to whoever has this name or address, if anybody does. `then` is the page that they
/// asked for.
///
/// # Errors
/// [`NotSignedIn::TooMany`] after too many tries, whoever was meant.
pub async fn ask(deployment: &Deployment, said: &str, then: &str) -> Result<(), NotSignedIn> {
    pace::admit(deployment, &format!("link {said}")).await?;
    let (ours, said, then) = (deployment.clone(), said.to_owned(), then.to_owned());
    // Nobody waits for it, so that nobody can tell by the time whether there was somebody to mail.
    tokio::spawn(async move {
        if let Err(error) = mail(&ours, &said, &then).await {
            tracing::error!(%error, "a link to sign in could not be mailed");
        }
    });
    Ok(())
}

async fn mail(deployment: &Deployment, said: &str, then: &str) -> Result<(), NotSignedIn> {
    let mut reader = deployment.store().read().await?;
    let account = sessions::account(&mut reader, said).await?;
    drop(reader);
    let Some(account) = account else {
        return Ok(());
    };
    let base = base(deployment).ok_or_else(|| {
        let why = "neither `public_url` nor `review.url` says where the page is";
        NotSignedIn::Refused(why.to_owned())
    })?;
    let drawn = token::draw()?;
    let mut url = format!("{base}/sign-in/{}", drawn.text);
    if then != "/" {
        let query = reqwest::Url::parse_with_params("http://localhost/", [("next", then)]);
        let query = query.ok().and_then(|url| url.query().map(str::to_owned));
        url.extend(query.iter().flat_map(|query| ["?", query]));
    }
    let (ours, now) = (deployment.clone(), deployment.clock().now_ms());
    let work = transaction(move |tx| {
        async move {
            let ends_at = now + MAILED_MS;
            sessions::offer(tx, &drawn.hash, Some(&account.name), ends_at).await?;
            let letter = letter(&ours, &account, &drawn.hash, &url, ends_at)?;
            post::enqueue(tx, &ours, &letter, now).await?;
            Ok(())
        }
        .boxed()
    });
    Ok(deployment.store().write("", work).await?)
}

fn letter(
    deployment: &Deployment,
    account: &Account,
    hash: &str,
    url: &str,
    ends_at: i64,
) -> Result<NewPost, StoreError> {
    let cannot = |what: &str| StoreError::Conflict(format!("{what} cannot be written as a mail"));
    let bundle = deployment.bundles().current();
    let agent = bundle.bundle().agents.values().next();
    let from = agent.and_then(|agent| Mailbox::of_text(&agent.deliver.from));
    let to = Mailbox::read(&account.address, &account.name);
    let until = deployment.shown(ends_at);
    let until = until.get(..16).unwrap_or(&until).replace('T', " ");
    Ok(NewPost {
        purpose: Purpose::Link,
        unique: hash.chars().take(16).collect(),
        agent: None,
        from: from.ok_or_else(|| cannot("the sender of the first agent"))?,
        to: to.ok_or_else(|| cannot("the address of a reviewer"))?,
        reply_to: None,
        subject: "Sign in to Silex".to_owned(),
        text: format!(
            "This page signs you in as {}, once, until {until}:\n\n{url}\n\n\
             If you did not ask for it, let it be: without you nobody is signed in by it.\n",
            account.name
        ),
        in_reply_to: None,
        headers: Vec::new(),
        thread: None,
        draft: None,
    })
}

/// Where the pages are for whoever gets a link.
fn base(deployment: &Deployment) -> Option<String> {
    let config = &deployment.config;
    let here = || (config.listen.port() != 0).then(|| format!("http://{}", config.listen));
    config.page_url().map(str::to_owned).or_else(here)
}

/// A link for a reviewer, to be handed to them by whoever runs the installation. It is noted who drew it.
///
/// # Errors
/// [`NotSignedIn::Refused`] when there is no such reviewer, or no address for the link.
pub async fn print(
    deployment: &Deployment,
    reviewer: &str,
    by: &str,
) -> Result<String, NotSignedIn> {
    let base = base(deployment).ok_or_else(|| {
        NotSignedIn::Refused("`public_url` has to say where the page is".to_owned())
    })?;
    let mut reader = deployment.store().read().await?;
    let account = sessions::account(&mut reader, reviewer).await?;
    drop(reader);
    let unknown = || NotSignedIn::Refused(format!("there is no reviewer `{reviewer}`"));
    let name = account.ok_or_else(unknown)?.name;
    let data = json!({ "reviewer": name });
    let drawn = event("reviewer.link", by, None, None, data);
    offer(deployment, Some(name), &base, Some(drawn)).await
}

/// The link by which the first operator signs in; none where nobody signs in, and once an operator has.
/// `here` is where the pages are if no setting says it.
///
/// # Errors
/// When the store fails.
pub async fn first(deployment: &Deployment, here: &str) -> Result<Option<String>, NotSignedIn> {
    if !deployment.config.asks_to_sign_in() {
        return Ok(None);
    }
    let mut reader = deployment.store().read().await?;
    let operators = sessions::operators(&mut reader).await?;
    drop(reader);
    if operators.iter().any(|(_, signed_in)| *signed_in) {
        return Ok(None);
    }
    let named = operators.into_iter().next().map(|(name, _)| name);
    let base = deployment.config.page_url().unwrap_or(here);
    offer(deployment, named, base, None).await.map(Some)
}

async fn offer(
    deployment: &Deployment,
    reviewer: Option<String>,
    base: &str,
    noted: Option<NewEvent>,
) -> Result<String, NotSignedIn> {
    let drawn = token::draw()?;
    let now = deployment.clock().now_ms();
    let hash = drawn.hash;
    let work = transaction(move |tx| {
        async move {
            if let Some(noted) = noted {
                events::append(tx, &noted, now).await?;
            }
            sessions::offer(tx, &hash, reviewer.as_deref(), now + PRINTED_MS).await
        }
        .boxed()
    });
    deployment.store().write("", work).await?;
    Ok(format!("{base}/sign-in/{}", drawn.text))
}

/// Whose link this is, as long as it can be used. The inner name is missing for the first operator's.
///
/// # Errors
/// When the store fails.
pub async fn whose(
    deployment: &Deployment,
    token: &str,
) -> Result<Option<Option<String>>, StoreError> {
    let now = deployment.clock().now_ms();
    let mut reader = deployment.store().read().await?;
    sessions::offered(&mut reader, &token::hash(token), now).await
}

/// Signs in whoever has the link, and ends it. The first operator says who they are.
///
/// # Errors
/// [`NotSignedIn::Over`] when it cannot be used; [`NotSignedIn::Refused`] when what the first operator
/// says cannot be, and then it can be used still.
pub async fn sign_in(
    deployment: &Deployment,
    token: &str,
    first: Option<First>,
) -> Result<Begun, NotSignedIn> {
    let (ours, hash, drawn) = (deployment.clone(), token::hash(token), token::draw()?);
    let work =
        transaction(move |tx| async move { accept(tx, &ours, &hash, first, drawn).await }.boxed());
    match deployment.store().write("", work).await {
        Ok(begun) => Ok(begun),
        // Nothing was kept, so that it can be used still if it could before.
        Err(StoreError::Conflict(why)) => Err(match whose(deployment, token).await? {
            Some(_) => NotSignedIn::Refused(why),
            None => NotSignedIn::Over,
        }),
        Err(error) => Err(error.into()),
    }
}

async fn accept(
    tx: &mut Connection,
    deployment: &Deployment,
    hash: &str,
    first: Option<First>,
    drawn: Token,
) -> Result<Begun, StoreError> {
    let now = deployment.clock().now_ms();
    // Of two who have the link, one deletes it.
    let over = || StoreError::Conflict(NotSignedIn::Over.to_string());
    let name = match sessions::accept(tx, hash, now).await?.ok_or_else(over)? {
        Some(name) => name,
        None => enlist(tx, first, now).await?,
    };
    session::begin(tx, deployment, drawn, (&name, "link")).await
}

/// Makes somebody the first operator.
async fn enlist(tx: &mut Connection, first: Option<First>, now: i64) -> Result<String, StoreError> {
    let refused = |why: &str| StoreError::Conflict(why.to_owned());
    let first = first.ok_or_else(|| refused("say your name and your address"))?;
    lock::named(tx, "the first operator").await?;
    if !sessions::operators(tx).await?.is_empty() {
        return Err(refused("there is an operator already: ask them for a link"));
    }
    let mut reviewer = Reviewer::new(first.name.trim(), &first.address.trim().to_lowercase());
    reviewer.role = Role::Operator;
    let name = reviewer.name.clone();
    roster::carry_out(tx, Change::Set(Box::new(reviewer)), &name, now).await?;
    Ok(name)
}
