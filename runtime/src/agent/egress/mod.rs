//! What no mail of an agent may do, whoever wrote it and whoever approved it.
//!
//! Guards and rules ask models, and models can be talked into things. This asks none: it compares
//! what would leave with what may. Who gets it took part in the thread; links stand in the thread,
//! in the specs or on the list of the settings; nothing is fetched by reading it; no secret of the
//! deployment and nothing of another contact is in it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use reqwest::Url;

use super::correspondence::Correspondence;
use super::{Deployment, StageError};
use crate::bundle::Loaded;
use crate::mail::{address, clean};
use crate::store::drafts::Draft;
use crate::store::mails::{Direction, Mail};
use crate::store::threads::Thread;
use crate::store::{StoreError, entities, threads};

/// How many words with digits of a text are looked up as keys.
const KEYS: usize = 200;
/// A key shorter than this is any number.
const SHORTEST_KEY: usize = 4;
/// A secret shorter than this would be found in ordinary words.
const SHORTEST_SECRET: usize = 8;

/// A thing that must not leave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Finding {
    /// It would go to somebody who is not of the thread.
    Recipient(String),
    /// A link that nobody knows.
    Link(String),
    /// An image that a mail program would fetch.
    Image(String),
    /// A secret, by what kind it is. The secret itself is not repeated.
    Secret(&'static str),
    /// An address, or a key of an entity, that is another contact's.
    Other(String),
    /// It is longer than this many bytes.
    Size(usize),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Recipient(address) => {
                write!(
                    f,
                    "it would go to {address}, who never wrote in this thread"
                )
            }
            Self::Link(link) => write!(
                f,
                "it has the link {link}, which stands neither in the thread nor in the specs, and \
                 `outbound.links` does not have its host"
            ),
            Self::Image(image) => write!(f, "it shows an image from elsewhere: {image}"),
            Self::Secret(kind) => write!(f, "it has {kind} in it"),
            Self::Other(what) => write!(f, "it has `{what}` in it, which is another contact's"),
            Self::Size(max) => write!(f, "it is longer than {max} bytes (`outbound.max_bytes`)"),
        }
    }
}

/// What may leave.
#[derive(Debug, Default)]
pub(super) struct Bounds<'a> {
    /// What the contact and we have said to each other, and what the specs say.
    pub(super) known: Vec<&'a str>,
    /// Hosts that may be linked to, with all below them.
    pub(super) hosts: &'a [String],
    /// Secrets of the deployment, with what they are.
    pub(super) secrets: Vec<(&'static str, &'a str)>,
    /// The greatest text, bytes.
    pub(super) max_bytes: usize,
}

/// What is wrong with a draft that would be sent to the thread's contact, in words. Empty: it may
/// leave.
///
/// # Errors
/// When the store fails.
pub(super) async fn findings(
    deployment: &Deployment,
    bundle: &Loaded,
    draft: &Draft,
    Correspondence { thread, mails }: &Correspondence,
) -> Result<Vec<String>, StageError> {
    let config = &deployment.config;
    let said = mails.iter().flat_map(|mail| {
        [&mail.subject, &mail.body, &mail.quoted, &mail.from_address].map(String::as_str)
    });
    let specs = bundle.bundle().sources.iter();
    let bounds = Bounds {
        known: said.chain(specs.map(|source| &*source.text)).collect(),
        hosts: &config.outbound.links,
        secrets: config.secrets(),
        max_bytes: config.outbound.max_bytes,
    };
    let text = clean::text(&format!("{}\n{}", draft.subject, draft.body));
    let mut found = of_text(&text, &bounds);
    let wrote =
        |mail: &Mail| mail.direction == Direction::In && mail.from_address == thread.contact_key;
    // Nobody has written in the thread that a campaign begins: its audience is the store's.
    if draft.mail_id.is_some() && !mails.iter().any(wrote) {
        found.insert(Finding::Recipient(thread.contact_key.clone()));
    }
    found.extend(of_others(deployment, &text, thread, &bounds).await?);
    Ok(found.iter().map(ToString::to_string).collect())
}

/// What is wrong with a text by itself.
pub(super) fn of_text(text: &str, bounds: &Bounds<'_>) -> BTreeSet<Finding> {
    let mut found = BTreeSet::new();
    if text.len() > bounds.max_bytes {
        found.insert(Finding::Size(bounds.max_bytes));
    }
    for image in matches(&IMAGE, text) {
        found.insert(Finding::Image(clean::line(image, 200)));
    }
    let mut links = links_of(text);
    links.retain(|link| !host(link).is_some_and(|host| is_listed(&host, bounds.hosts)));
    // Most mails have none, and what is known is long.
    if !links.is_empty() {
        let known: BTreeSet<String> = bounds
            .known
            .iter()
            .flat_map(|text| links_of(text))
            .collect();
        let unknown = links.difference(&known);
        found.extend(unknown.map(|link| Finding::Link(clean::line(link, 200))));
    }
    // A secret may be taken apart by white space; what is between its parts does not hide it.
    let joined: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    for (kind, secret) in &bounds.secrets {
        if secret.len() >= SHORTEST_SECRET && (text.contains(secret) || joined.contains(secret)) {
            found.insert(Finding::Secret(kind));
        }
    }
    if KEY_SHAPES
        .iter()
        .any(|shape| shape.is_match(text) || shape.is_match(&joined))
    {
        found.insert(Finding::Secret(
            "what looks like a key or a password of a service",
        ));
    }
    found
}

/// Addresses and keys in a text that are other contacts'.
async fn of_others(
    deployment: &Deployment,
    text: &str,
    thread: &Thread,
    bounds: &Bounds<'_>,
) -> Result<Vec<Finding>, StoreError> {
    let contact = &thread.contact_key;
    let site = deployment.site();
    let known = |what: &str| {
        let lower = what.to_lowercase();
        let mut said = bounds.known.iter();
        said.any(|text| text.contains(what) || text.to_lowercase().contains(&lower))
    };
    let mut found = Vec::new();
    let mut reader = deployment.store().read().await?;
    for named in unique(matches(&ADDRESS, text)) {
        let Some(address) = address::parse(&named) else {
            continue;
        };
        if address == *contact || site.owns(&address) || known(&address) {
            continue;
        }
        let is_contact = threads::has_contact(&mut reader, &address).await?
            || !entities::by_key(&mut reader, &address).await?.is_empty();
        if is_contact {
            found.push(Finding::Other(address));
        }
    }
    let keys = matches(&KEY, text).filter(|key| key.len() >= SHORTEST_KEY);
    for key in unique(keys).into_iter().take(KEYS) {
        let entities = entities::by_key(&mut reader, &key).await?;
        let others = |owner: &entities::Owner| owner.key != *contact;
        let is_others = entities
            .iter()
            .any(|entity| entity.owner.as_ref().is_some_and(others));
        if is_others && !known(&key) {
            found.push(Finding::Other(key));
        }
    }
    Ok(found)
}

fn unique<'t>(found: impl Iterator<Item = &'t str>) -> BTreeSet<String> {
    found.map(str::to_owned).collect()
}

/// The links of a text as a mail program would make them, in one spelling each.
fn links_of(text: &str) -> BTreeSet<String> {
    let written = matches(&LINK, text)
        .map(|link| link.trim_start_matches(|c: char| c.is_whitespace() || "\"'(=<".contains(c)))
        .filter_map(|link| spelled(trim(link)));
    let bare = matches(&BARE, text)
        // What stands behind a `@` is an address, not a host.
        .filter(|bare| !bare.starts_with('@'))
        .filter_map(|bare| spelled(&format!("http://{}", trim(bare))));
    written.chain(bare).collect()
}

/// A link in the one spelling that comparisons use. What is no URL stays as it is.
fn spelled(link: &str) -> Option<String> {
    let whole = match link.strip_prefix("//") {
        Some(rest) => format!("http://{rest}"),
        None => link.to_owned(),
    };
    let Ok(mut url) = Url::parse(&whole) else {
        return (!whole.is_empty()).then_some(whole);
    };
    // Whether it is encrypted on the way makes it no other link.
    if url.scheme() == "https" {
        let _ = url.set_scheme("http");
    }
    Some(url.as_str().trim_end_matches('/').to_owned())
}

fn host(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let web = url.scheme() == "http" && url.username().is_empty();
    web.then(|| url.host_str().map(str::to_lowercase)).flatten()
}

/// Whether a host is on the list, or below one that is.
fn is_listed(host: &str, list: &[String]) -> bool {
    list.iter().any(|listed| {
        let listed = listed.trim_start_matches('.').to_lowercase();
        host == listed
            || host
                .strip_suffix(&listed)
                .is_some_and(|up| up.ends_with('.'))
    })
}

/// Takes the punctuation off that a sentence puts behind a link.
fn trim(link: &str) -> &str {
    let link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '’', '”', '*', ']', '"']);
    match link.strip_suffix(')') {
        Some(inside) if !inside.contains('(') => trim(inside),
        _ => link,
    }
}

fn matches<'t>(
    pattern: &'static LazyLock<Option<Regex>>,
    text: &'t str,
) -> impl Iterator<Item = &'t str> {
    let found = pattern
        .iter()
        .flat_map(move |pattern| pattern.find_iter(text));
    found.map(|found| found.as_str())
}

/// None when a pattern does not compile, which the tests would show.
fn pattern(text: &str) -> Option<Regex> {
    Regex::new(text).ok()
}

/// What mail programs make a link of when it has a scheme, and what HTML would.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:\b(?:https?|ftp|file|tel|sms|data|javascript|vbscript|intent|ws|wss):(?://)?|(?:^|[\s"'(=<])//)[^\s<>"`{}|\\^\p{Cc}]+"#,
    )
});

/// Hosts without a scheme that mail programs make a link of: `www.`, a path, or a usual ending.
static BARE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:@|\b)(?:www\.[a-z0-9.-]+|(?:[a-z0-9-]+\.)+(?:com|net|org|info|biz|io|co|dev|app|xyz|top|site|online|shop|link|click|page|cloud|ru|cn|tk)\b|(?:[a-z0-9-]+\.)+[a-z]{2,}/)[^\s<>`{}|\\^\p{Cc}]*",
    )
});

static IMAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern(
        r#"(?i)!\[[^\]]*\]\([^)]*\)?|!\[[^\]]*\]\[[^\]]*\]|<(?:img|picture|video|audio|iframe|object|embed|svg|link|style|script|base|meta|form|input)\b[^>]*>?|\burl\s*\("#,
    )
});

static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"(?i)[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}"));

/// A word that may be a key: it has a digit.
static KEY: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern(r"[A-Za-z0-9_-]*[0-9][A-Za-z0-9_-]*"));

/// What keys of well-known services look like.
static KEY_SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        r"-----BEGIN [A-Z ]*PRIVATE KEY",
        r"-----BEGIN[A-Z]*PRIVATEKEY",
        r"\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}",
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{30,}",
        r"\bgithub_pat_[A-Za-z0-9_]{30,}",
        r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
        r"\bAIza[0-9A-Za-z_-]{35}",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
        r"\b(?:rk|sk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",
    ]
    .into_iter()
    .filter_map(pattern)
    .collect()
});

#[cfg(test)]
mod tests;
