//! `overrides`: which rule it means, and that no rule overrides itself in the end.
//!
//! A rule can override those of its own body and those of the rulesets that the body follows,
//! which may be typed later: so they are looked up as they are written.

use std::collections::VecDeque;

use silex_bundle::behaviour::Overrides;

use super::body::Body;
use super::{Context, ty};
use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::{Kind, ModuleId, cycles};
use crate::source::Span;
use crate::syntax::ast;

/// A rule that a body can mean.
#[derive(Debug)]
pub(super) struct Candidate {
    /// The qualified behaviour or ruleset in which it is written.
    owner: String,
    module: ModuleId,
    name: ast::Name,
}

impl Candidate {
    fn id(&self) -> String {
        format!("{}.{}", self.owner, self.name.text)
    }

    /// As an author names it from elsewhere.
    fn spelled(&self) -> String {
        format!("{}.{}", ty::bare(&self.owner), self.name.text)
    }
}

/// A rule that overrides another of the same body.
#[derive(Debug)]
pub(super) struct Overriding {
    from: String,
    to: String,
    span: Span,
}

/// An `overrides` of the rule of an id.
pub(super) fn check(
    body: &mut Body<'_, '_>,
    module: ModuleId,
    rule: &str,
    written: &ast::Path,
    because: &ast::StringLit,
) -> Option<Overrides> {
    if body.candidates.is_none() {
        body.candidates = Some(candidates(body.cx, module, body.owner, body.written));
    }
    let candidates = body.candidates.as_deref().unwrap_or_default();
    let meant = meant(body, candidates, written)?;
    refuse_private(body.cx, module, written, meant);
    let meant = meant.id();
    if meant == rule {
        let message = "a rule cannot override itself";
        body.cx
            .report(Diagnostic::error("override-cycle", written.span, message));
        return None;
    }
    body.overriding.push(Overriding {
        from: rule.to_owned(),
        to: meant.clone(),
        span: written.span,
    });
    Some(Overrides {
        rule: meant,
        because: because.text.clone(),
    })
}

/// The rules of a body, its own first, and of all rulesets that it comes to follow.
fn candidates(cx: &Context<'_>, module: ModuleId, owner: &str, body: &ast::Body) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut owners = vec![owner.to_owned()];
    let mut open = VecDeque::from([(owner.to_owned(), module, body)]);
    while let Some((owner, module, body)) = open.pop_front() {
        body.visit(&mut |statement| match &statement.kind {
            ast::StatementKind::Rule(rule) => found.push(Candidate {
                owner: owner.clone(),
                module,
                name: rule.name.clone(),
            }),
            ast::StatementKind::Follow(follow) => {
                let declared = cx.names.lookup(module, &follow.ruleset.text);
                let Some(declared) = declared.filter(|it| it.kind == Kind::Ruleset) else {
                    return;
                };
                if let ast::ItemKind::Ruleset(ruleset) = &declared.item.kind
                    && !owners.contains(&declared.qualified)
                {
                    owners.push(declared.qualified.clone());
                    open.push_back((declared.qualified.clone(), declared.module, &ruleset.body));
                }
            }
            ast::StatementKind::Role(_)
            | ast::StatementKind::Fact(_)
            | ast::StatementKind::Observe(_)
            | ast::StatementKind::When(_)
            | ast::StatementKind::Match(_)
            | ast::StatementKind::Each(_)
            | ast::StatementKind::Steps(_)
            | ast::StatementKind::Stage(_)
            | ast::StatementKind::Tools(_)
            | ast::StatementKind::Model(_)
            | ast::StatementKind::Limit(_)
            | ast::StatementKind::Layout(_)
            | ast::StatementKind::On(_)
            | ast::StatementKind::Allow(_)
            | ast::StatementKind::Junk(_) => {}
        });
    }
    found
}

/// The rule that a path means: `rule`, or `ruleset.rule`.
fn meant<'c>(
    body: &Body<'_, '_>,
    candidates: &'c [Candidate],
    written: &ast::Path,
) -> Option<&'c Candidate> {
    let (name, before) = written.names.split_last()?;
    let within = |candidate: &&Candidate| match before {
        [] => true,
        [owner] => ty::bare(&candidate.owner) == owner.text,
        [..] => false,
    };
    let mut fitting = candidates
        .iter()
        .filter(within)
        .filter(|candidate| candidate.name.text == name.text);
    let first = fitting.next();
    // A rule of the body's own is meant before one that it follows.
    if let Some(own) = first.filter(|it| it.owner == body.owner) {
        return Some(own);
    }
    let Some(first) = first else {
        unknown(body, candidates, written);
        return None;
    };
    if let Some(other) = fitting.find(|other| other.owner != first.owner) {
        let message = format!("two rulesets have a rule `{}`", name.text);
        body.cx.report(
            Diagnostic::error("ambiguous-name", written.span, message).help(format!(
                "say which: `{}` or `{}`",
                first.spelled(),
                other.spelled()
            )),
        );
        return None;
    }
    Some(first)
}

/// Reports a private name of another module, be it the rule's or its ruleset's.
fn refuse_private(cx: &Context<'_>, module: ModuleId, written: &ast::Path, meant: &Candidate) {
    let private = written.names.iter().find(|name| name.is_private());
    if let Some(name) = private.filter(|_| meant.module != module) {
        let message = format!("`{}` is private to another module", name.text);
        cx.report(
            Diagnostic::error("private-name", name.span, message)
                .label(meant.name.span, "the rule stands here")
                .help("only its own module can name what starts with `_`"),
        );
    }
}

fn unknown(body: &Body<'_, '_>, candidates: &[Candidate], written: &ast::Path) {
    let Some((name, before)) = written.names.split_last() else {
        return;
    };
    let owners = || candidates.iter().map(|it| ty::bare(&it.owner));
    let report = match before {
        [owner] if owners().all(|it| it != owner.text) => Diagnostic::error(
            "unknown-name",
            owner.span,
            format!("`{}` is not followed here", owner.text),
        )
        .did_you_mean(nearest(&owner.text, owners())),
        [] | [..] => {
            let all = candidates.iter().filter(|it| {
                before
                    .first()
                    .is_none_or(|owner| owner.text == ty::bare(&it.owner))
            });
            let near = nearest(&name.text, all.map(|it| it.name.text.as_str()));
            Diagnostic::error(
                "unknown-name",
                name.span,
                format!("unknown rule `{written}`"),
            )
            .at("no rule of this body or of a ruleset that it follows")
            .did_you_mean(near)
        }
    };
    body.cx
        .report(report.rests_on(body.unsettled.iter().copied()));
}

/// Reports rules of a body that override each other in a circle.
pub(super) fn refuse_cycles(body: &Body<'_, '_>) {
    let mut ids: Vec<&str> = Vec::new();
    let mut edges: Vec<Vec<(usize, Span)>> = Vec::new();
    let mut node = |id, edges: &mut Vec<Vec<(usize, Span)>>| {
        ids.iter()
            .position(|known| *known == id)
            .unwrap_or_else(|| {
                ids.push(id);
                edges.push(Vec::new());
                edges.len() - 1
            })
    };
    for overriding in &body.overriding {
        let (from, to) = (
            node(overriding.from.as_str(), &mut edges),
            node(overriding.to.as_str(), &mut edges),
        );
        edges[from].push((to, overriding.span));
    }
    for cycle in cycles::find(&edges) {
        let way: Vec<&str> = cycle.nodes.iter().map(|at| ty::bare(ids[*at])).collect();
        let first = way.first().copied().unwrap_or_default();
        let message = format!(
            "a rule overrides itself in the end: `{}` → `{first}`",
            way.join("` → `")
        );
        body.cx.report(
            Diagnostic::error("override-cycle", cycle.span, message)
                .help("take one `overrides` out"),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::{Package, SourceFile, check};

    /// What is said about a behaviour that follows the ruleset `house` of another module.
    #[track_caller]
    fn check_other_module(clause: &str, wanted: &[&str]) {
        let house = "ruleset house { follow _hidden must be_short \"Be short.\" must _secret \"Hush.\" }\n\
            ruleset _hidden { must be_kind \"Be kind.\" }\n";
        let desk = format!(
            "use house.{{house}}\nbehaviour answer() -> Reply {{ follow house must a \"A.\" {clause} because \"one\" }}\n"
        );
        let package = Package {
            manifest: "name: test\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
            files: vec![
                SourceFile::new("specs/house.silex", house),
                SourceFile::new("specs/desk.silex", &desk),
            ],
            ..Package::default()
        };
        let errors: Vec<String> = check(&package)
            .into_iter()
            .filter(|it| it.severity == crate::Severity::Error)
            .map(|it| it.message)
            .collect();
        assert_eq!(errors, wanted);
    }

    #[test]
    fn a_rule_of_another_module_is_overridden_by_its_name() {
        check_other_module("overrides house.be_short", &[]);
        check_other_module("overrides be_kind", &[]);
    }

    #[test]
    fn private_names_of_another_module_are_refused() {
        check_other_module(
            "overrides _hidden.be_kind",
            &["`_hidden` is private to another module"],
        );
        check_other_module(
            "overrides _secret",
            &["`_secret` is private to another module"],
        );
    }
}
