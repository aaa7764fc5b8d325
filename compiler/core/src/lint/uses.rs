//! Which declarations of a package others refer to, and which behaviours mail can reach.

use super::index::Index;
use super::summary::Mentions;
use crate::resolve::{Declared, Kind, Names};
use crate::syntax::ast::ItemKind;

/// What is used.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// By the number of a declaration: whether another refers to it.
    /// Of what examples refer to, constants alone count.
    used: Vec<bool>,
    /// By the number of a declaration: whether an agent comes to it.
    reached: Vec<bool>,
    /// By the number of a declaration: whether it is the package's own.
    own: Vec<bool>,
    /// Whether the package is more than a library of what others use.
    is_program: bool,
    has_agents: bool,
}

impl Uses {
    /// What is used in a package, whose declarations are given with the names in them.
    pub(crate) fn new<'m>(
        index: &Index<'_>,
        mentions: impl Iterator<Item = &'m Mentions>,
        names: &Names<'_>,
    ) -> Self {
        let kinds: Vec<Kind> = names.declared().map(|it| it.kind).collect();
        let count = kinds.len();
        let mut uses = Self {
            used: vec![false; count],
            reached: vec![false; count],
            own: vec![false; count],
            ..Self::default()
        };
        let mut to: Vec<Vec<usize>> = vec![Vec::new(); count];
        let mut open = Vec::new();
        for (item, mentions) in index.items.iter().zip(mentions) {
            let name = item.tree.kind.name();
            let Some(own) = name.and_then(|it| names.position(item.module, &it.text)) else {
                continue;
            };
            uses.own[own] = true;
            match &item.tree.kind {
                ItemKind::Agent(_) => {
                    uses.has_agents = true;
                    open.push(own);
                }
                ItemKind::Behaviour(_) => uses.is_program = true,
                ItemKind::Use(_)
                | ItemKind::Allow(_)
                | ItemKind::Const(_)
                | ItemKind::Enum(_)
                | ItemKind::Record(_)
                | ItemKind::Entity(_)
                | ItemKind::Tool(_)
                | ItemKind::Model(_)
                | ItemKind::Ruleset(_)
                | ItemKind::Example(_)
                | ItemKind::Junk(_) => {}
            }
            // An example needs what it is for, and gives it no use. Constants may be for examples.
            let is_example = matches!(item.tree.kind, ItemKind::Example(_));
            for name in &mentions.names {
                if let Some(other) = names.position(item.module, name)
                    && other != own
                    && (!is_example || kinds[other] == Kind::Constant)
                {
                    uses.used[other] = true;
                    to[own].push(other);
                }
            }
        }
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut uses.reached[at], true) {
                open.extend(&to[at]);
            }
        }
        uses
    }

    /// The package's own declarations of some kinds that nothing refers to. What a library offers
    /// may be used elsewhere; a private name may not.
    pub(crate) fn unused<'n, 'a>(
        &'n self,
        names: &'n Names<'a>,
        kinds: &'n [Kind],
    ) -> impl Iterator<Item = &'n Declared<'a>> {
        self.own(names, kinds)
            .filter(|(at, _)| !self.used[*at])
            .map(|(_, declared)| declared)
            .filter(|it| self.has_agents || self.is_program || it.name.is_private())
    }

    /// The package's own behaviours that no agent comes to, if there is an agent.
    pub(crate) fn unreached<'n, 'a>(
        &'n self,
        names: &'n Names<'a>,
    ) -> impl Iterator<Item = &'n Declared<'a>> {
        self.own(names, &[Kind::Behaviour])
            .filter(|(at, _)| self.has_agents && !self.reached[*at])
            .map(|(_, declared)| declared)
    }

    fn own<'n, 'a>(
        &'n self,
        names: &'n Names<'a>,
        kinds: &'n [Kind],
    ) -> impl Iterator<Item = (usize, &'n Declared<'a>)> {
        let all = names.declared().enumerate();
        all.filter(|(at, it)| self.own[*at] && kinds.contains(&it.kind))
    }
}
