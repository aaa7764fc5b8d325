//! Exfiltration paths: private data, words from outside, and a way out to other people.
//!
//! A behaviour that has all three in one prompt can be talked into handing one person's data to
//! another. Conditions count: there must be inputs for which all three are there, and they are
//! printed. The check misses nothing under what it assumes: that declared effects are true, also of
//! what is carried out elsewhere (`http`, `mcp`, `native`), that a reply reaches the sender alone,
//! that a model can choose any argument, and that a called behaviour may be run with any inputs. A
//! gate counts where it stands between, on the tool that sends or on one that leads to it, and as
//! far as its condition reaches; a gate that leaves nothing but addresses which the author named
//! is as good as one that always holds.

use std::collections::BTreeSet;

use silex_bundle::behaviour::{Behaviour, Offer};
use silex_bundle::schema::Shape;
use silex_bundle::tool::{Audience, Handler, Tool};
use silex_bundle::{Bundle, Type};

use crate::diagnostic::Diagnostic;
use crate::hir::Hir;
use crate::satisfy::{self, Answer, Domain, Formula, Test, World};
use crate::source::{FileId, Span};
use crate::typeck::ty::bare;

/// Refuses a behaviour with an exfiltration path.
#[must_use]
pub fn refuse(bundle: &Bundle, hir: &Hir, name: &str, behaviour: &Behaviour) -> Vec<Diagnostic> {
    Paths { bundle, hir }.refuse(name, behaviour)
}

struct Paths<'p> {
    bundle: &'p Bundle,
    hir: &'p Hir,
}

/// A tool that sends to anyone, and when it can be reached with no gate between.
struct WayOut<'p> {
    sender: &'p str,
    when: Formula,
}

/// Where private data comes from, and when it is there.
struct Source {
    what: String,
    when: Formula,
}

impl<'p> Paths<'p> {
    fn refuse(&self, name: &str, behaviour: &'p Behaviour) -> Vec<Diagnostic> {
        let mut reports = Vec::new();
        let world = World::of_behaviour(self.bundle, behaviour);
        let mut told = BTreeSet::new();
        // What follows is seldom needed: few tools send to anyone.
        for offer in &behaviour.tools {
            let Some(tool) = self.bundle.tools.get(&offer.tool) else {
                continue;
            };
            let offered = when_offered(&world, behaviour, offer);
            let owner = tool.owner.as_ref().zip(offer.owner.as_ref());
            let owner = owner.map(|(inner, outer)| (inner.name.as_str(), outer.as_str()));
            let mut ways = Vec::new();
            self.ways_out(&offer.tool, owner, &mut Vec::new(), &mut ways);
            for way in ways {
                let when = Formula::All(vec![offered.clone(), way.when]);
                let found = self.path(&world, behaviour, &when);
                let Some((private, answer)) =
                    found.filter(|_| told.insert((&offer.tool, way.sender)))
                else {
                    continue;
                };
                let span = self.place(name, behaviour, &offer.tool);
                reports.push(report(name, &private, way.sender, &answer, span));
            }
        }
        reports
    }

    /// Private data that can be in one prompt with untrusted words where something holds.
    fn path(
        &self,
        world: &World<'_>,
        behaviour: &'p Behaviour,
        when: &Formula,
    ) -> Option<(String, Answer)> {
        let untrusted = Formula::Any(self.untrusted(world, behaviour));
        self.private(world, behaviour)
            .into_iter()
            .find_map(|source| {
                match satisfy::solve(&[when, &untrusted, &source.when]) {
                    Answer::No => None,
                    // What cannot be decided is not let through.
                    answer @ (Answer::Yes(_) | Answer::Unknown) => Some((source.what, answer)),
                }
            })
    }

    /// When text reaches a behaviour that somebody outside may have written: in its inputs, or in
    /// what a tool returns, whoever carries it out. What our own people answer is not from outside.
    fn untrusted(&self, world: &World<'_>, behaviour: &'p Behaviour) -> Vec<Formula> {
        if behaviour.inputs.iter().any(|input| {
            input
                .of
                .holds(&self.bundle.declarations, &Type::is_untrusted)
        }) {
            return vec![Formula::Always(true)];
        }
        let offers = behaviour.tools.iter().filter(|offer| {
            let tool = self.bundle.tools.get(&offer.tool);
            tool.is_some_and(|tool| {
                !asks_person(&tool.handler)
                    && tool
                        .returns
                        .holds(&self.bundle.declarations, &Type::is_untrusted)
            })
        });
        let observed = behaviour.observe.iter().filter(|observe| {
            observe
                .of
                .holds(&self.bundle.declarations, &Type::is_untrusted)
        });
        offers
            .map(|offer| offer.when)
            .chain(observed.map(|observe| observe.when))
            .map(|when| stands(world, behaviour, when))
            .collect()
    }

    /// What a behaviour sees that belongs to somebody.
    fn private(&self, world: &World<'_>, behaviour: &'p Behaviour) -> Vec<Source> {
        let is_entity = |of: &Type| {
            let Type::Named(name) = of else { return false };
            let declared = self.bundle.declarations.get(name);
            declared.is_some_and(|it| matches!(it.shape, Shape::Entity { .. }))
        };
        let inputs = behaviour
            .inputs
            .iter()
            .filter(|input| input.of.holds(&self.bundle.declarations, &is_entity));
        let inputs = inputs.map(|input| Source {
            what: format!("the data in `{}`", input.name),
            when: Formula::Always(true),
        });
        let offers = behaviour
            .tools
            .iter()
            .filter(|offer| self.reads(&offer.tool, &mut Vec::new()));
        let offers = offers.map(|offer| Source {
            what: format!("what `{}` reads", bare(&offer.tool)),
            when: when_offered(world, behaviour, offer),
        });
        let observed = behaviour.observe.iter().filter(|observe| {
            let called = self.bundle.behaviours.get(&observe.call.behaviour);
            let mut tools = called.into_iter().flat_map(|it| &it.tools);
            tools.any(|offer| self.reads(&offer.tool, &mut Vec::new()))
        });
        let observed = observed.map(|observe| Source {
            what: format!("what `{}` is drawn from", observe.name),
            when: stands(world, behaviour, observe.when),
        });
        inputs.chain(offers).chain(observed).collect()
    }

    /// Whether a tool reads what belongs to somebody, itself or through the behaviour that it runs.
    fn reads(&self, name: &'p str, seen: &mut Vec<&'p str>) -> bool {
        let Some(tool) = self
            .bundle
            .tools
            .get(name)
            .filter(|_| !seen.contains(&name))
        else {
            return false;
        };
        seen.push(name);
        tool.owner.is_some()
            || !tool.effects.reads.is_empty()
            || self.called(tool).is_some_and(|(_, called)| {
                called
                    .tools
                    .iter()
                    .any(|offer| self.reads(&offer.tool, seen))
            })
    }

    fn called(&self, tool: &'p Tool) -> Option<(&'p str, &'p Behaviour)> {
        match &tool.handler {
            Handler::Behaviour(call) => {
                let (name, behaviour) = self.bundle.behaviours.get_key_value(&call.behaviour)?;
                Some((name, behaviour))
            }
            Handler::Search { .. }
            | Handler::Get { .. }
            | Handler::Save { .. }
            | Handler::Http { .. }
            | Handler::Mcp { .. }
            | Handler::Native { .. }
            | Handler::AskReviewer { .. }
            | Handler::HandOver { .. } => None,
        }
    }

    /// The tools through which a tool leads to anyone: itself, or those of the behaviour it runs.
    /// `owner` is the name of the tool's `for`, and of the input that stands for it.
    fn ways_out(
        &self,
        name: &'p str,
        owner: Option<(&'p str, &'p str)>,
        seen: &mut Vec<&'p str>,
        out: &mut Vec<WayOut<'p>>,
    ) {
        let Some(tool) = self
            .bundle
            .tools
            .get(name)
            .filter(|_| !seen.contains(&name))
        else {
            return;
        };
        seen.push(name);
        let ungated = self.ungated(name, tool, owner);
        if tool.effects.sends == Some(Audience::Anyone) {
            out.push(WayOut {
                sender: name,
                when: ungated.clone(),
            });
        }
        if let Some((called, behaviour)) = self.called(tool) {
            let world = World::of_behaviour(self.bundle, behaviour).seen_as(bare(called));
            for offer in &behaviour.tools {
                let first = out.len();
                // Whose data it is there is not followed from here.
                self.ways_out(&offer.tool, None, seen, out);
                let offered = when_offered(&world, behaviour, offer);
                for way in &mut out[first..] {
                    let inner = std::mem::replace(&mut way.when, Formula::Always(true));
                    way.when = Formula::All(vec![ungated.clone(), offered.clone(), inner]);
                }
            }
        }
        seen.pop();
    }

    /// When no gate of a tool applies.
    fn ungated(&self, name: &str, tool: &'p Tool, owner: Option<(&'p str, &'p str)>) -> Formula {
        let mut world = World::new(&self.bundle.declarations).seen_as(bare(name));
        for param in &tool.params {
            world = world.with(&param.name, &param.of);
        }
        let of_owner = tool
            .owner
            .as_ref()
            .map(|owner| Type::Named(owner.entity.clone()));
        if let Some((of, (inner, outer))) = of_owner.as_ref().zip(owner) {
            return ungated_in(&world.with(inner, of).standing_for(inner, outer), tool);
        }
        ungated_in(&world, tool)
    }

    /// Where a behaviour offers a tool.
    fn place(&self, name: &str, behaviour: &Behaviour, tool: &str) -> Span {
        let body = self.hir.behaviours.get(name).map(|it| it.body.as_slice());
        let offered = body.map(|body| self.hir.tools_of(body)).unwrap_or_default();
        let found = offered.iter().find(|offered| offered.tool == tool);
        found.map_or(
            Span {
                file: FileId(behaviour.span.source),
                start: behaviour.span.start,
                end: behaviour.span.end,
            },
            |offered| offered.span,
        )
    }
}

fn ungated_in(world: &World<'_>, tool: &Tool) -> Formula {
    let mut all = Vec::with_capacity(tool.gates.len());
    for gate in &tool.gates {
        let Some(when) = &gate.when else {
            return Formula::Always(false);
        };
        let open = world.formula(when).negated();
        if names_all(world, tool, &open) {
            return Formula::Always(false);
        }
        all.push(open);
    }
    Formula::All(all)
}

/// Whether what a gate leaves open is a choice among texts that the author wrote: an allow-list.
fn names_all(world: &World<'_>, tool: &Tool, open: &Formula) -> bool {
    tool.params.iter().any(|param| {
        let Some(subject) = world.named(&param.name) else {
            return false;
        };
        if !matches!(subject.domain, Domain::Text { .. }) {
            return false;
        }
        let mut named = BTreeSet::new();
        open.visit(&mut |question| {
            if let (Test::Is(text), true) = (&question.test, question.of.name == subject.name) {
                named.insert(text.clone());
            }
        });
        let subject = std::sync::Arc::new(subject);
        let one = named
            .into_iter()
            .map(|text| Formula::ask(subject.clone(), Test::Is(text)));
        satisfy::certain(std::iter::once(open), Formula::Any(one.collect()))
    })
}

fn when_offered(world: &World<'_>, behaviour: &Behaviour, offer: &Offer) -> Formula {
    stands(world, behaviour, offer.when)
}

/// When something stands in the prompt, by the condition around it.
fn stands(world: &World<'_>, behaviour: &Behaviour, when: Option<usize>) -> Formula {
    when.map_or(Formula::Always(true), |at| world.condition(behaviour, at))
}

fn report(name: &str, private: &str, sender: &str, answer: &Answer, span: Span) -> Diagnostic {
    let (name, sender) = (bare(name), bare(sender));
    let message = format!(
        "`{name}` sees {private} and words from outside, and can send to anyone through `{sender}` with no gate between"
    );
    let report = Diagnostic::error("exfiltration-path", span, message).help(format!(
        "add `gate reviewer` to `{sender}`, or offer it where no private data is"
    ));
    match answer {
        Answer::Yes(witness) if !witness.values.is_empty() => report.at(format!("where {witness}")),
        Answer::Yes(_) | Answer::No | Answer::Unknown => report,
    }
}

fn asks_person(handler: &Handler) -> bool {
    match handler {
        Handler::AskReviewer { .. } | Handler::HandOver { .. } => true,
        Handler::Search { .. }
        | Handler::Get { .. }
        | Handler::Save { .. }
        | Handler::Behaviour(_)
        | Handler::Http { .. }
        | Handler::Mcp { .. }
        | Handler::Native { .. } => false,
    }
}
