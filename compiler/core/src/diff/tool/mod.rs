//! Tools: what they do in the world, what stands between, and what they take and give.

mod effect;
mod gate;
mod words;

use silex_bundle::tool::Owner;
use silex_bundle::{Tool, duration, handler};

pub(super) use effect::effects;
pub(super) use words::{at_most, most, retries};

use super::change::{Affects, Change, Sides};
use super::kind::{self, Kind};
use super::paired::{Pairing, paired};
use super::shown::shown;
use super::{field, fit};
use crate::typeck::ty;

/// Compares all tools.
pub(super) fn compare(sides: Sides<'_>, found: &mut Vec<Change>) {
    for (name, pairing) in paired(&sides.old.tools, &sides.new.tools) {
        let before = found.len();
        if let Some(kind) = kind::TOOL.of(&pairing) {
            let message = match pairing {
                Pairing::Removed(_) => format!("the tool `{name}` is gone"),
                Pairing::Added(_) | Pairing::Both(..) => format!("there is a new tool `{name}`"),
            };
            found.push(Change::new(kind, name, message).between(
                pairing.was().and_then(|it| sides.was(it.span, "")),
                pairing.is().and_then(|it| sides.is(it.span, "")),
            ));
        }
        if let Pairing::Both(old, new) = pairing {
            let compared = Compared {
                sides,
                name,
                old,
                new,
            };
            compared.gates(found);
            compared.effects(found);
            compared.handler(found);
            compared.signature(found);
            compared.settings(found);
        }
        if before < found.len() {
            let affects = touched(sides, name);
            for change in &mut found[before..] {
                change.affects.clone_from(&affects);
            }
        }
    }
}

/// The behaviours that offer a tool, and the variants of them that do.
fn touched(sides: Sides<'_>, tool: &str) -> Affects {
    let mut names = Vec::new();
    let mut variants = Vec::new();
    for (name, behaviour) in &sides.new.behaviours {
        let offers = behaviour.tools.iter().filter(|it| it.tool == tool);
        let when: Vec<_> = offers.map(|offer| offer.when).collect();
        if !when.is_empty() {
            names.push(name.clone());
            variants.extend(shown(sides, name, &Pairing::Added(when)));
        }
    }
    Affects {
        variants,
        ..Affects::behaviours(sides, &names)
    }
}

/// A tool that stands on both sides.
struct Compared<'a> {
    sides: Sides<'a>,
    name: &'a str,
    old: &'a Tool,
    new: &'a Tool,
}

impl Compared<'_> {
    fn handler(&self, found: &mut Vec<Change>) {
        let (was, is) = (
            handler::text(&self.old.handler),
            handler::text(&self.new.handler),
        );
        if was != is {
            let message = "something else carries it out".to_owned();
            self.tell(kind::HANDLER_CHANGED, message, (&was, &is), None, found);
        }
        let text = |owner: &Option<Owner>| {
            owner
                .as_ref()
                .map(|it| it.entity.clone())
                .unwrap_or_default()
        };
        let (was, is) = (text(&self.old.owner), text(&self.new.owner));
        let (kind, message) = match (was.is_empty(), is.is_empty()) {
            (false, true) => (
                kind::OWNER.less,
                format!("it is no longer bound to the data of one `{was}`"),
            ),
            (true, false) => (
                kind::OWNER.more,
                format!("it is now bound to the data of one `{is}`"),
            ),
            (false, false) if was != is => (
                kind::OWNER_CHANGED,
                format!("it is bound to the data of one `{is}` instead of one `{was}`"),
            ),
            (false, false) | (true, true) => return,
        };
        self.tell(kind, message, ("", ""), None, found);
    }

    fn signature(&self, found: &mut Vec<Change>) {
        let parameters = field::Compared {
            sides: self.sides,
            subject: self.name,
            noun: "parameter",
            places: (self.old.span, self.new.span),
        };
        parameters.passed_on(&self.old.params, &self.new.params, found);
        let relation = fit::relate(&self.old.returns, &self.new.returns);
        if let Some(kind) = kind::TYPE_REACH.by(relation, kind::TYPE_CHANGED) {
            let (was, is) = (ty::name(&self.old.returns), ty::name(&self.new.returns));
            let message = format!("its result is `{is}`, before `{was}`");
            self.tell(kind, message, ("", ""), None, found);
        }
    }

    fn settings(&self, found: &mut Vec<Change>) {
        let (old, new) = (self.old, self.new);
        if old.doc != new.doc {
            let message = "what the model is told of it is another".to_owned();
            self.tell(
                kind::DESCRIPTION_REWORDED,
                message,
                (&old.doc, &new.doc),
                None,
                found,
            );
        }
        if old.name != new.name {
            let message = format!(
                "the model sees it as `{}` instead of `{}`",
                new.name, old.name
            );
            self.tell(kind::DESCRIPTION_REWORDED, message, ("", ""), None, found);
        }
        let bound = at_most(old.at_most, new.at_most);
        if let Some(kind) = kind::BOUND.by(bound, kind::BOUND_CHANGED) {
            let (was, is) = (most(old.at_most), most(new.at_most));
            let message = format!("for one contact it may be called {is}, before {was}");
            self.tell(kind, message, ("", ""), None, found);
        }
        let (was, is) = (timing(old), timing(new));
        if was != is {
            let message = format!("it was tried {was}, and is tried {is}");
            self.tell(kind::TIMING_CHANGED, message, ("", ""), None, found);
        }
    }

    fn tell(
        &self,
        kind: Kind,
        message: String,
        (was, is): (&str, &str),
        witness: Option<String>,
        found: &mut Vec<Change>,
    ) {
        let change = Change::new(kind, self.name, message).seen_with(witness);
        found.push(change.between(
            self.sides.was(self.old.span, was),
            self.sides.is(self.new.span, is),
        ));
    }
}

fn timing(tool: &Tool) -> String {
    let retry = tool.retry.as_ref().map(retries).unwrap_or_default();
    format!("for {}{retry}", duration::write(tool.timeout_ms))
}
