//! Who answers, by the cases that lead there.

use silex_bundle::agent::{Agent, Subject, Target};

use super::{Change, Kept, call, kind, paired};
use crate::condition;

impl Kept<'_, Agent> {
    pub(super) fn route(&self, found: &mut Vec<Change>) {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        ways(&self.old.route, "", &mut old);
        ways(&self.new.route, "", &mut new);
        for (cases, pairing) in paired(old, new) {
            let whose = match cases.as_str() {
                "" => "all mail".to_owned(),
                cases => format!("mail that is `{cases}`"),
            };
            let word = |to: Option<&Way>| {
                to.map_or("nowhere of its own".to_owned(), |to| to.words.clone())
            };
            let (was, is) = (word(pairing.was()), word(pairing.is()));
            if was == is {
                continue;
            }
            let answers = |to: Option<&Way>| to.map(|to| to.answers);
            let kind = match (answers(pairing.was()), answers(pairing.is())) {
                (Some(false), Some(true)) => kind::ROUTE.more,
                (Some(true), Some(false)) => kind::ROUTE.less,
                _ => kind::ROUTE_CHANGED,
            };
            let message = format!("{whose} goes to {is}, before to {was}");
            found.push(self.change(kind, message, ("", "")));
        }
    }
}

/// Where mail goes.
struct Way {
    words: String,
    /// Whether a behaviour answers, and no person.
    answers: bool,
}

/// Every way of a route by the cases that lead to it.
fn ways(target: &Target, cases: &str, all: &mut Vec<(String, Way)>) {
    let mut way = |words: String, answers| all.push((cases.to_owned(), Way { words, answers }));
    match target {
        Target::Call(called) => way(format!("`{}`", call(called)), true),
        Target::Reviewer(why) => way(format!("a person, told \"{why}\""), false),
        Target::Drop => way("nobody".to_owned(), false),
        Target::Match { on, arms } => {
            let on = match on {
                Subject::Value(value) => condition::text(value),
                Subject::Call(called) => call(called),
            };
            let joint = if cases.is_empty() { "" } else { ", " };
            for arm in arms {
                let named = match arm.cases.as_slice() {
                    [] => vec!["_"],
                    cases => cases.iter().map(String::as_str).collect(),
                };
                for case in named {
                    ways(&arm.target, &format!("{cases}{joint}{on}: {case}"), all);
                }
            }
        }
    }
}
