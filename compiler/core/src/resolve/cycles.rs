//! Cycles: rulesets that follow themselves, behaviours that call themselves through tools or observe
//! themselves.

use super::{Kind, Names};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::source::Span;
use crate::syntax::ast;

/// A way from a node back to it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// The nodes of the way, the least first.
    pub(crate) nodes: Vec<usize>,
    /// Where the first is left.
    pub(crate) span: Span,
}

/// Refuses follow cycles of rulesets and call cycles of behaviours.
pub(super) fn refuse(names: &Names<'_>, diagnostics: &mut Diagnostics) {
    let mut follows = vec![Vec::new(); names.declared.len()];
    let mut calls = vec![Vec::new(); names.declared.len()];
    for (at, declared) in names.declared.iter().enumerate() {
        let target = |name: &ast::Name, kind: Kind| {
            let at = names.position(declared.module, &name.text)?;
            let is_so = names.declared_at(at).is_some_and(|it| it.kind == kind);
            is_so.then_some((at, name.span))
        };
        match &declared.item.kind {
            ast::ItemKind::Ruleset(ruleset) => {
                let rulesets = Mentions::of(&ruleset.body).rulesets.into_iter();
                follows[at].extend(rulesets.filter_map(|name| target(name, Kind::Ruleset)));
            }
            ast::ItemKind::Behaviour(behaviour) => {
                let Mentions {
                    tools, behaviours, ..
                } = Mentions::of(&behaviour.body);
                let tools = tools.into_iter().map(|name| (name, Kind::Tool));
                let behaviours = behaviours.into_iter().map(|name| (name, Kind::Behaviour));
                let named = tools.chain(behaviours);
                calls[at].extend(named.filter_map(|(name, kind)| target(name, kind)));
            }
            ast::ItemKind::Tool(tool) => {
                calls[at].extend(handlers(tool).filter_map(|name| target(name, Kind::Behaviour)));
            }
            ast::ItemKind::Use(_)
            | ast::ItemKind::Allow(_)
            | ast::ItemKind::Const(_)
            | ast::ItemKind::Enum(_)
            | ast::ItemKind::Record(_)
            | ast::ItemKind::Entity(_)
            | ast::ItemKind::Model(_)
            | ast::ItemKind::Agent(_)
            | ast::ItemKind::Example(_)
            | ast::ItemKind::Junk(_) => {}
        }
    }
    let way = |cycle: &Cycle| {
        let words: Vec<&str> = cycle
            .nodes
            .iter()
            .map(|at| names.declared[*at].name.text.as_str())
            .collect();
        let first = words.first().copied().unwrap_or_default().to_owned();
        format!("`{}` → `{first}`", words.join("` → `"))
    };
    for cycle in find(&follows) {
        let message = format!("a ruleset follows itself: {}", way(&cycle));
        diagnostics.push(
            Diagnostic::error("follow-cycle", cycle.span, message).help("take one `follow` out"),
        );
    }
    for cycle in find(&calls) {
        let is_tool = |at: &usize| names.declared[*at].kind == Kind::Tool;
        let (how, help) = if cycle.nodes.iter().any(is_tool) {
            (
                "calls itself through a tool",
                "a conversation inside itself may never end; take one tool out",
            )
        } else {
            (
                "observes itself",
                "what is observed is found out first; take one `observe` out",
            )
        };
        let message = format!("a behaviour {how}: {}", way(&cycle));
        diagnostics.push(Diagnostic::error("behaviour-cycle", cycle.span, message).help(help));
    }
}

fn handlers(tool: &ast::Tool) -> impl Iterator<Item = &ast::Name> {
    tool.lines.iter().filter_map(|line| match &line.kind {
        ast::ToolLineKind::Via(ast::Handler {
            kind: ast::HandlerKind::Behaviour(call),
            ..
        }) => Some(&call.name),
        ast::ToolLineKind::Via(_)
        | ast::ToolLineKind::Effect(_)
        | ast::ToolLineKind::Timeout(_)
        | ast::ToolLineKind::Retry(_)
        | ast::ToolLineKind::Gate(_)
        | ast::ToolLineKind::AtMost(_)
        | ast::ToolLineKind::Allow(_)
        | ast::ToolLineKind::Junk(_) => None,
    })
}

/// What a body names that can lead back to it.
#[derive(Default)]
struct Mentions<'a> {
    rulesets: Vec<&'a ast::Name>,
    tools: Vec<&'a ast::Name>,
    behaviours: Vec<&'a ast::Name>,
}

impl<'a> Mentions<'a> {
    fn of(body: &'a ast::Body) -> Self {
        let mut all = Self::default();
        body.visit(&mut |statement| match &statement.kind {
            ast::StatementKind::Follow(follow) => all.rulesets.push(&follow.ruleset),
            ast::StatementKind::Tools(names) => all.tools.extend(names),
            ast::StatementKind::Observe(observe) => all.behaviours.push(&observe.call.name),
            ast::StatementKind::Role(_)
            | ast::StatementKind::Fact(_)
            | ast::StatementKind::Rule(_)
            | ast::StatementKind::When(_)
            | ast::StatementKind::Match(_)
            | ast::StatementKind::Each(_)
            | ast::StatementKind::Steps(_)
            | ast::StatementKind::Stage(_)
            | ast::StatementKind::Model(_)
            | ast::StatementKind::Limit(_)
            | ast::StatementKind::Layout(_)
            | ast::StatementKind::On(_)
            | ast::StatementKind::Allow(_)
            | ast::StatementKind::Junk(_) => {}
        });
        all
    }
}

/// One cycle for each edge that closes one, in the order of the nodes.
pub(crate) fn find(edges: &[Vec<(usize, Span)>]) -> Vec<Cycle> {
    let mut cycles = Vec::new();
    let mut done = vec![false; edges.len()];
    let mut way: Vec<(usize, usize)> = Vec::new();
    for start in 0..edges.len() {
        if done[start] {
            continue;
        }
        way.push((start, 0));
        while let Some((node, next)) = way.last().copied() {
            let Some((to, _)) = edges[node].get(next).copied() else {
                done[node] = true;
                way.pop();
                continue;
            };
            if let Some(last) = way.last_mut() {
                last.1 += 1;
            }
            if let Some(at) = way.iter().position(|(on_way, _)| *on_way == to) {
                cycles.push(cycle(edges, &way[at..]));
            } else if !done[to] {
                way.push((to, 0));
            }
        }
    }
    cycles
}

/// The cycle of a way whose last edge leads back to its start. Each node stands with the number of
/// the edge behind the one that was taken.
fn cycle(edges: &[Vec<(usize, Span)>], way: &[(usize, usize)]) -> Cycle {
    let least = (0..way.len())
        .min_by_key(|at| way[*at].0)
        .unwrap_or_default();
    let nodes: Vec<usize> = (0..way.len())
        .map(|at| way[(least + at) % way.len()].0)
        .collect();
    let (node, next) = way[least];
    Cycle {
        nodes,
        span: edges[node][next.saturating_sub(1)].1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn check_cycles(edges: &[(usize, usize)], wanted: &[&[usize]]) {
        let nodes = edges
            .iter()
            .map(|(from, to)| from.max(to) + 1)
            .max()
            .unwrap_or_default();
        let mut graph = vec![Vec::new(); nodes];
        for (from, to) in edges {
            graph[*from].push((
                *to,
                Span {
                    file: FileId(0),
                    start: 0,
                    end: 0,
                },
            ));
        }
        let found: Vec<Vec<usize>> = find(&graph).into_iter().map(|cycle| cycle.nodes).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn two_ways_to_one_node_are_no_cycle() {
        check_cycles(&[(0, 1), (0, 2), (1, 3), (2, 3)], &[]);
    }

    #[test]
    fn a_node_that_leads_to_itself_is_a_cycle() {
        check_cycles(&[(0, 0)], &[&[0]]);
    }

    #[test]
    fn each_cycle_is_told_once_from_its_least_node() {
        check_cycles(
            &[(2, 1), (1, 0), (0, 2), (3, 4), (4, 3), (5, 0)],
            &[&[0, 2, 1], &[3, 4]],
        );
    }
}
