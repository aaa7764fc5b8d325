//! Who decides, and where.

use serde::Deserialize;

use super::{ConfigError, bounds};
use crate::hours::Hours;
use crate::mail::address;
use crate::store::reviewers::Role;

/// Who reviews drafts.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviewer {
    /// A short name, for commands.
    pub name: String,
    /// Where they read mail, and where their answers come from.
    pub address: String,
    /// How much they take, compared with the others.
    #[serde(default = "one")]
    pub weight: u32,
    /// The most drafts that wait for them at a time; no limit when absent.
    #[serde(default)]
    pub cap: Option<u32>,
    /// When they work, as in `mon-fri 09:00..17:00 in Europe/Berlin`; always when absent.
    #[serde(default)]
    pub hours: Option<Hours>,
    /// The reviewer who gets what they leave overdue, where a spec escalates.
    #[serde(default)]
    pub escalates_to: Option<String>,
    /// Drafts are not assigned while true.
    #[serde(default)]
    pub absent: bool,
    /// What they may do on the page.
    #[serde(default)]
    pub role: Role,
}

fn one() -> u32 {
    1
}

impl Reviewer {
    /// A reviewer who takes as much as anybody, at any time.
    #[must_use]
    pub fn new(name: &str, address: &str) -> Self {
        Self {
            name: name.to_owned(),
            address: address.to_owned(),
            weight: one(),
            cap: None,
            hours: None,
            escalates_to: None,
            absent: false,
            role: Role::default(),
        }
    }

    /// Why they cannot be a reviewer, if they cannot.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let name = &self.name;
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || !name.chars().all(plain) {
            return Some(format!(
                "`{name}` is no short name: letters, digits, `-`, `_` and `.`"
            ));
        }
        // Decisions that no person took are noted under these.
        if matches!(name.as_str(), "policy" | "silex") {
            return Some(format!("`{name}` is no person's name"));
        }
        if address::parse(&self.address).as_ref() != Some(&self.address) {
            return Some(format!("`{}` is no address in lower case", self.address));
        }
        if self.weight == 0 {
            return Some(format!("the weight of `{name}` is 0: say `absent` instead"));
        }
        if self.escalates_to.as_ref() == Some(name) {
            return Some(format!("`{name}` escalates to nobody else"));
        }
        None
    }
}

/// How drafts are reviewed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Review {
    /// Whether reviewers are mailed what waits for them, and may decide it by answering.
    pub by_mail: bool,
    /// The address of the page, for links in those mails.
    pub url: Option<String>,
}

impl Default for Review {
    fn default() -> Self {
        Self {
            by_mail: true,
            url: None,
        }
    }
}

/// What is wrong with the reviewers, each by itself and as a whole.
pub(super) fn problems(reviewers: &[Reviewer]) -> Vec<String> {
    let mut found = Vec::new();
    for (index, reviewer) in reviewers.iter().enumerate() {
        let name = &reviewer.name;
        found.extend(reviewer.problem());
        let before = || reviewers.iter().take(index);
        if before().any(|other| other.name == *name) {
            found.push(format!("there are two reviewers `{name}`"));
        } else if let Some(other) = before().find(|other| other.address == reviewer.address) {
            let (other, address) = (&other.name, &other.address);
            // Decisions by mail are known by it.
            found.push(format!(
                "`{other}` and `{name}` have one address, {address}"
            ));
        }
        if let Some(above) = &reviewer.escalates_to
            && !reviewers.iter().any(|other| other.name == *above)
        {
            found.push(format!(
                "`{name}` escalates to `{above}`, who is no reviewer"
            ));
        }
    }
    found
}

/// The page where people decide.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Dashboard {
    /// Whether people have to sign in; only what this machine alone can reach may do without.
    pub sign_in: Option<bool>,
    /// Hours without a click after which somebody has to sign in again.
    pub idle_hours: u32,
    /// Hours after which they have to in any case.
    pub session_hours: u32,
}

impl Default for Dashboard {
    fn default() -> Self {
        Self {
            sign_in: None,
            idle_hours: 12,
            session_hours: 168,
        }
    }
}

impl Dashboard {
    /// What cannot be meant.
    pub(super) fn problems(&self) -> impl Iterator<Item = ConfigError> {
        let found = [
            bounds::number("dashboard.idle_hours", self.idle_hours, 1..=8_760),
            bounds::number("dashboard.session_hours", self.session_hours, 1..=8_760),
        ];
        found.into_iter().flatten()
    }
}
