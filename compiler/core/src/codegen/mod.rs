//! Code generation: the typed package becomes a bundle.
//!
//! Statements are flattened in the author's order: branches become a table of conditions, in
//! which a parent stands before its children, and rulesets are put in place with their parameters
//! replaced by the arguments. Nothing is decided here, and the same package gives the same bundle.

mod flatten;
mod overriding;
mod substitute;

use std::collections::BTreeMap;
use std::sync::Arc;

use silex_bundle::{Behaviour, Bundle, FORMAT, Source, Span};

use crate::hir::{self, Hir};
use crate::package::{COMPILER, Manifest};
use crate::source;

/// What a bundle holds besides the package itself.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The package's manifest.
    pub manifest: &'a Manifest,
    /// Layout templates by name.
    pub layouts: &'a [(String, String)],
    /// The modules' texts, in the order of their file ids: spans point into them.
    pub sources: &'a [source::Source],
}

/// The bundle of a package; of one with errors, what could be understood of it. What is the bundle's
/// own already is moved; constants, rulesets and behaviours stay. Behaviours that are known from
/// before are taken as they are.
#[must_use]
pub fn bundle(hir: &mut Hir, frame: Frame<'_>, known: BTreeMap<String, Arc<Behaviour>>) -> Bundle {
    let mut behaviours = known;
    for (name, it) in &hir.behaviours {
        if !behaviours.contains_key(name) {
            behaviours.insert(name.clone(), Arc::new(behaviour(hir, name, it)));
        }
    }
    let layouts = behaviours.values().filter_map(|it| {
        let (name, text) = frame.layouts.iter().find(|(name, _)| *name == it.layout)?;
        Some((name.clone(), text.clone()))
    });
    let sources = frame.sources.iter();
    Bundle {
        format: FORMAT,
        compiler: COMPILER.to_owned(),
        package: frame.manifest.name.clone(),
        version: frame.manifest.version.clone(),
        declarations: std::mem::take(&mut hir.declarations),
        models: std::mem::take(&mut hir.models),
        tools: std::mem::take(&mut hir.tools),
        agents: std::mem::take(&mut hir.agents),
        examples: std::mem::take(&mut hir.examples),
        layouts: layouts.collect(),
        sources: sources
            .map(|it| Source {
                path: it.path.clone(),
                text: Arc::clone(&it.text),
            })
            .collect(),
        behaviours,
    }
}

/// A place in the bundle's sources, which stand in the order of the file ids.
#[must_use]
pub fn span(span: source::Span) -> Span {
    Span {
        source: span.file.0,
        start: span.start,
        end: span.end,
    }
}

fn behaviour(hir: &Hir, name: &str, from: &hir::Behaviour) -> Behaviour {
    let flat = flatten::flatten(hir, from);
    let declared = hir.names.get(name).copied();
    Behaviour {
        doc: from.doc.clone(),
        inputs: from.inputs.clone(),
        returns: from.returns.clone(),
        model: from.model.clone(),
        limits: from.limits.clone(),
        layout: from.layout.clone(),
        observe: flat.observe,
        stages: flat.stages,
        conditions: flat.conditions,
        segments: flat.segments,
        tools: flat.tools,
        span: declared.map_or(
            Span {
                source: 0,
                start: 0,
                end: 0,
            },
            span,
        ),
    }
}

#[cfg(test)]
mod tests;
