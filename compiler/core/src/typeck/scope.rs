//! Scopes: which names a place sees, and what the conditions around it say.
//!
//! A scope is a frame that points at the one around it, so going into a branch costs nothing and
//! leaving it is the end of a borrow.

use silex_bundle::{Path, Type};

use super::Context;
use crate::resolve::ModuleId;
use crate::satisfy::{self, Answer, Formula, World};

/// What a place sees.
#[derive(Debug)]
pub struct Scope<'s> {
    outer: Option<&'s Scope<'s>>,
    module: ModuleId,
    names: Vec<(String, Type)>,
    facts: Vec<Formula>,
}

impl<'s> Scope<'s> {
    /// The outermost scope of a declaration: it sees `now` and `today`.
    #[must_use]
    pub fn new(module: ModuleId) -> Self {
        let names = vec![
            ("now".to_owned(), Type::Datetime),
            ("today".to_owned(), Type::Date),
        ];
        Self {
            outer: None,
            module,
            names,
            facts: Vec::new(),
        }
    }

    /// A scope inside this one.
    #[must_use]
    pub fn inner(&'s self) -> Self {
        Self {
            outer: Some(self),
            module: self.module,
            names: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// The module in which names of declarations are looked up.
    #[must_use]
    pub fn module(&self) -> ModuleId {
        self.module
    }

    /// Brings a name into scope.
    pub fn bind(&mut self, name: &str, of: Type) {
        self.names.push((name.to_owned(), of));
    }

    /// The scope in which a condition holds.
    pub fn assume(&mut self, fact: Formula) {
        match fact {
            Formula::All(all) => all.into_iter().for_each(|one| self.assume(one)),
            Formula::Always(true) => {}
            Formula::Always(false) | Formula::Ask(_) | Formula::Not(_) | Formula::Any(_) => {
                self.facts.push(fact);
            }
        }
    }

    /// The type of a name.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<&Type> {
        let here = self.names.iter().rev().find(|(bound, _)| bound == name);
        here.map(|(_, of)| of).or_else(|| self.outer?.lookup(name))
    }

    /// All names, the innermost first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.frames()
            .flat_map(|frame| frame.names.iter().map(|(name, _)| name.as_str()))
    }

    /// The types behind the paths of this place.
    #[must_use]
    pub fn world<'w>(&'w self, cx: &'w Context<'_>) -> World<'w> {
        self.frames()
            .flat_map(|frame| frame.names.iter().rev())
            .fold(World::new(&cx.hir.declarations), |world, (name, of)| {
                world.with(name, of)
            })
    }

    /// Whether a path has a value here.
    #[must_use]
    pub fn is_present(&self, cx: &Context<'_>, path: &Path) -> bool {
        // Where nothing is known, nothing is ruled out.
        self.facts().next().is_some() && self.certain(self.world(cx).present(path))
    }

    /// What holds here, the innermost first.
    pub fn facts(&self) -> impl Iterator<Item = &Formula> {
        self.frames().flat_map(|frame| frame.facts.iter())
    }

    /// Whether a claim can hold here.
    #[must_use]
    pub fn possible(&self, claim: &Formula) -> bool {
        satisfy::possible(self.facts(), claim)
    }

    /// Whether a claim must hold here.
    #[must_use]
    pub fn certain(&self, claim: Formula) -> bool {
        satisfy::certain(self.facts(), claim)
    }

    /// Whether anything can hold here: if not, that is reported where it began.
    #[must_use]
    pub fn reachable(&self) -> bool {
        satisfy::solve(&self.facts().collect::<Vec<_>>()) != Answer::No
    }

    fn frames(&self) -> impl Iterator<Item = &Scope<'s>> {
        let mut next: Option<&Scope<'s>> = Some(self);
        std::iter::from_fn(move || {
            let frame = next?;
            next = frame.outer;
            Some(frame)
        })
    }
}
