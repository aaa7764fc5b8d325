//! Tools: what they do in the world, what stands between, and what they take and give.

mod effect;
mod gate;

use silex_bundle::tool::Owner;
use silex_bundle::{Tool, duration, handler};

pub(super) use effect::effects;

use super::bound::{at_most, most, retries};
use super::change::{Affects, Change, Sides};
use super::kept::Kept;
use super::kind;
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
            found.push(Change::new(kind, name, message).placed(sides, &pairing, |it| it.span));
        }
        if let Pairing::Both(old, new) = pairing {
            let kept = Kept {
                sides,
                name,
                old,
                new,
                places: (old.span, new.span),
            };
            kept.gates(found);
            kept.effects(found);
            kept.handler(found);
            kept.signature(found);
            kept.settings(found);
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

impl Kept<'_, Tool> {
    fn handler(&self, found: &mut Vec<Change>) {
        let (was, is) = (
            handler::text(&self.old.handler),
            handler::text(&self.new.handler),
        );
        if was != is {
            let message = "something else carries it out".to_owned();
            found.push(self.change(kind::HANDLER_CHANGED, message, (&was, &is)));
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
        found.push(self.change(kind, message, ("", "")));
    }

    fn signature(&self, found: &mut Vec<Change>) {
        let parameters = field::Compared {
            sides: self.sides,
            subject: self.name,
            noun: "parameter",
            places: self.places,
        };
        parameters.passed_on(&self.old.params, &self.new.params, found);
        let relation = fit::relate(&self.old.returns, &self.new.returns);
        if let Some(kind) = kind::TYPE_REACH.by(relation, kind::TYPE_CHANGED) {
            let (was, is) = (ty::name(&self.old.returns), ty::name(&self.new.returns));
            let message = format!("its result is `{is}`, before `{was}`");
            found.push(self.change(kind, message, ("", "")));
        }
    }

    fn settings(&self, found: &mut Vec<Change>) {
        let (old, new) = (self.old, self.new);
        if old.doc != new.doc {
            let message = "what the model is told of it is another".to_owned();
            found.push(self.change(kind::DESCRIPTION_REWORDED, message, (&old.doc, &new.doc)));
        }
        if old.name != new.name {
            let message = format!(
                "the model sees it as `{}` instead of `{}`",
                new.name, old.name
            );
            found.push(self.change(kind::DESCRIPTION_REWORDED, message, ("", "")));
        }
        let bound = at_most(old.at_most, new.at_most);
        if let Some(kind) = kind::BOUND.by(bound, kind::BOUND_CHANGED) {
            let (was, is) = (most(old.at_most), most(new.at_most));
            let message = format!("for one contact it may be called {is}, before {was}");
            found.push(self.change(kind, message, ("", "")));
        }
        let (was, is) = (timing(old), timing(new));
        if was != is {
            let message = format!("it was tried {was}, and is tried {is}");
            found.push(self.change(kind::TIMING_CHANGED, message, ("", "")));
        }
    }
}

fn timing(tool: &Tool) -> String {
    let retry = tool.retry.as_ref().map(retries).unwrap_or_default();
    format!("for {}{retry}", duration::write(tool.timeout_ms))
}
