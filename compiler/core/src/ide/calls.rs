//! Who calls a behaviour or a tool, and whom it calls: behaviours offer tools and observe
//! behaviours, tools run behaviours, agents route to behaviours.

use super::names::{self, Symbol};
use super::{Analysis, Place};
use crate::resolve::{Kind, ModuleId};
use crate::source::Span;

/// What calls or is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callable {
    /// Qualified name.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Where its name stands.
    pub at: Span,
    /// All of it.
    pub whole: Span,
}

/// A call, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSite {
    /// Who calls, or who is called.
    pub other: Callable,
    /// Where.
    pub places: Vec<Span>,
}

const CALLABLE: [Kind; 3] = [Kind::Behaviour, Kind::Tool, Kind::Agent];

/// What is called at a place.
#[must_use]
pub fn at(analysis: &Analysis, place: Place) -> Option<Callable> {
    let names = analysis.names();
    let Symbol::Declaration(_, name) = names::at(analysis, &names, place)?.symbol else {
        return None;
    };
    named(analysis, &name)
}

/// What has a qualified name.
#[must_use]
pub fn named(analysis: &Analysis, name: &str) -> Option<Callable> {
    let names = analysis.names();
    let declared = names.get(name)?;
    CALLABLE.contains(&declared.kind).then(|| Callable {
        name: name.to_owned(),
        kind: declared.kind,
        at: declared.name.span,
        whole: declared.item.span,
    })
}

/// Who calls it.
#[must_use]
pub fn incoming(analysis: &Analysis, name: &str) -> Vec<CallSite> {
    let calls = all(analysis).into_iter().filter(|(_, to, _)| to == name);
    gather(analysis, calls.map(|(from, _, place)| (from, place)))
}

/// Whom it calls.
#[must_use]
pub fn outgoing(analysis: &Analysis, name: &str) -> Vec<CallSite> {
    let calls = all(analysis).into_iter().filter(|(from, ..)| from == name);
    gather(analysis, calls.map(|(_, to, place)| (to, place)))
}

/// Every call: who, whom, where.
fn all(analysis: &Analysis) -> Vec<(String, String, Span)> {
    let names = analysis.names();
    let mut calls = Vec::new();
    for (at, module) in analysis.reading.modules.iter().enumerate() {
        let mut from = None;
        for it in names::of_module(&names, ModuleId(at), module) {
            let Symbol::Declaration(kind, name) = it.symbol else {
                continue;
            };
            if it.declares {
                from = CALLABLE.contains(&kind).then_some(name);
            } else if let (Some(from), true) = (&from, CALLABLE.contains(&kind)) {
                calls.push((from.clone(), name, it.span));
            }
        }
    }
    calls
}

fn gather(analysis: &Analysis, calls: impl Iterator<Item = (String, Span)>) -> Vec<CallSite> {
    let mut sites: Vec<CallSite> = Vec::new();
    for (name, place) in calls {
        if let Some(site) = sites.iter_mut().find(|it| it.other.name == name) {
            site.places.push(place);
        } else if let Some(other) = named(analysis, &name) {
            sites.push(CallSite {
                other,
                places: vec![place],
            });
        }
    }
    sites
}
