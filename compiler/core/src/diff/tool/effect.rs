//! Effects: what a tool does in the world, and to whom.

use silex_bundle::Tool;
use silex_bundle::tool::{Audience, Effects};

use super::{Change, Kept, kind, paired};
use crate::diff::kind::Kind;
use crate::diff::relation::Relation;

impl Kept<'_, Tool> {
    pub(super) fn effects(&self, found: &mut Vec<Change>) {
        let (old, new) = (&self.old.effects, &self.new.effects);
        for (words, pairing) in paired(plain(old), plain(new)) {
            let kinds = if *pairing.latest() {
                kind::EFFECT
            } else {
                kind::READS
            };
            if let Some(kind) = kinds.of(&pairing) {
                self.effect(kind, kind == kinds.more, &words, found);
            }
        }
        match (&old.spends, &new.spends) {
            (Some(was), Some(is)) if was != is => {
                let message = format!("the amount that it spends is `{is}` instead of `{was}`");
                found.push(self.change(kind::SPENDS_CHANGED, message, ("", "")));
            }
            (Some(was), None) => self.effect(kind::EFFECT.less, false, &spends(was), found),
            (None, Some(is)) => self.effect(kind::EFFECT.more, true, &spends(is), found),
            (Some(_), Some(_)) | (None, None) => {}
        }
        match (old.sends, new.sends) {
            (Some(was), Some(is)) => {
                let relation = Relation::of(reach(is) > reach(was), reach(is) < reach(was));
                if let Some(kind) = kind::AUDIENCE.by(relation, kind::AUDIENCE.more) {
                    let message =
                        format!("it sends to {}, before to {}", audience(is), audience(was));
                    found.push(self.change(kind, message, ("", "")));
                }
            }
            (Some(was), None) => self.effect(kind::EFFECT.less, false, &sends(was), found),
            (None, Some(is)) => self.effect(kind::EFFECT.more, true, &sends(is), found),
            (None, None) => {}
        }
    }

    fn effect(&self, kind: Kind, is_new: bool, words: &str, found: &mut Vec<Change>) {
        let word = if is_new { "now" } else { "no longer" };
        found.push(self.change(kind, format!("it {word} {words}"), ("", "")));
    }
}

/// Reading and writing, each with whether it acts. Whom a tool reaches and what it spends can be
/// more or less, and are compared by themselves.
fn plain(of: &Effects) -> Vec<(String, bool)> {
    let plain = Effects {
        sends: None,
        spends: None,
        ..of.clone()
    };
    let effects = effects(&plain).into_iter();
    effects.map(|it| (it.words, it.acts)).collect()
}

/// One effect, as a verb phrase.
pub(in crate::diff) struct Effect {
    pub(in crate::diff) words: String,
    /// Whether it changes something outside of the turn.
    pub(in crate::diff) acts: bool,
}

/// What a tool does.
pub(in crate::diff) fn effects(of: &Effects) -> Vec<Effect> {
    let effect = |words: String, acts| Effect { words, acts };
    let reads = of
        .reads
        .iter()
        .map(|it| effect(format!("reads `{it}`"), false));
    let writes = of
        .writes
        .iter()
        .map(|it| effect(format!("writes `{it}`"), true));
    let sends = of.sends.iter().map(|it| effect(sends(*it), true));
    let spends = of.spends.iter().map(|it| effect(spends(it), true));
    reads.chain(writes).chain(sends).chain(spends).collect()
}

fn sends(to: Audience) -> String {
    format!("sends to {}", audience(to))
}

fn spends(parameter: &str) -> String {
    format!("spends `{parameter}`")
}

fn audience(of: Audience) -> &'static str {
    match of {
        Audience::Contact => "the contact",
        Audience::Thread => "everybody in the thread",
        Audience::Anyone => "anyone",
    }
}

/// How many people an audience can be.
fn reach(of: Audience) -> u8 {
    match of {
        Audience::Contact => 0,
        Audience::Thread => 1,
        Audience::Anyone => 2,
    }
}
