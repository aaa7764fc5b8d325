//! Formulas taken apart: what must hold, about which subjects, in groups that share none.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::search::{Outcome, Search};
use super::{Answer, Domain, Formula, Subject, Test, Under, Witness};

/// What must hold.
#[derive(Debug, Clone, Copy)]
pub(super) enum Goal<'f> {
    /// A formula, or its opposite.
    Says(&'f Formula, bool),
    /// That a subject is absent where it does not stand, and there where it does.
    Stands(usize),
}

/// A subject with all that is asked about it.
#[derive(Debug)]
pub(super) struct Known<'f> {
    pub(super) subject: &'f Arc<Subject>,
    pub(super) domain: Cow<'f, Domain>,
    pub(super) tests: Vec<Cow<'f, Test>>,
    /// The subject that it stands behind.
    pub(super) under: Option<usize>,
    /// An earlier subject of the same group, or itself; the first of them in the end.
    group: usize,
}

#[derive(Debug, Default)]
pub(super) struct Problem<'f> {
    subjects: Vec<Known<'f>>,
    names: BTreeMap<&'f str, usize>,
    /// What must hold, each with one of its subjects.
    goals: Vec<(Goal<'f>, usize)>,
    /// A subject of each goal of the first formula.
    first: Vec<usize>,
    /// Whether a formula is plainly false, and whether the first is.
    never: (bool, bool),
}

impl<'f> Problem<'f> {
    pub(super) fn new(formulas: &[&'f Formula]) -> Self {
        let mut problem = Self::default();
        for (at, formula) in formulas.iter().enumerate() {
            problem.require(formula, true, at == 0);
        }
        for at in 0..problem.subjects.len() {
            problem.subjects[at].group = problem.group(at);
            if problem.subjects[at].under.is_some() {
                problem.goals.push((Goal::Stands(at), at));
            }
        }
        problem
    }

    /// Whether all of it can hold.
    pub(super) fn solve(&self) -> Answer {
        if self.never.0 {
            return Answer::No;
        }
        let groups = self.subjects.iter().enumerate();
        let groups = groups.filter(|(at, known)| known.group == *at);
        self.solve_groups(groups.map(|(at, _)| at))
    }

    /// Whether the first formula can hold, and all that shares a subject with it.
    pub(super) fn solve_near_first(&self) -> Answer {
        if self.never.1 {
            return Answer::No;
        }
        let groups: BTreeSet<usize> = self
            .first
            .iter()
            .map(|at| self.subjects[*at].group)
            .collect();
        self.solve_groups(groups.into_iter())
    }

    fn solve_groups(&self, groups: impl Iterator<Item = usize>) -> Answer {
        let mut witness = Witness::default();
        let mut unknown = false;
        for group in groups {
            match self.search(group) {
                Outcome::Found(values) => witness.values.extend(values),
                Outcome::Nothing => return Answer::No,
                Outcome::Unknown => unknown = true,
            }
        }
        if unknown {
            Answer::Unknown
        } else {
            Answer::Yes(witness)
        }
    }

    fn search(&self, group: usize) -> Outcome {
        let goals = self.goals.iter();
        let goals = goals.filter(|(_, of)| self.subjects[*of].group == group);
        let goals: Vec<Goal<'f>> = goals.map(|(goal, _)| *goal).collect();
        let members = (0..self.subjects.len()).filter(|at| self.subjects[*at].group == group);
        Search::new(self, &members.collect::<Vec<_>>(), &goals).run()
    }

    pub(super) fn known(&self, at: usize) -> &Known<'f> {
        &self.subjects[at]
    }

    pub(super) fn position(&self, subject: &Subject) -> Option<usize> {
        self.names.get(subject.name.as_str()).copied()
    }

    fn require(&mut self, formula: &'f Formula, positive: bool, first: bool) {
        match (formula, positive) {
            (Formula::Always(value), _) => {
                self.never.0 |= *value != positive;
                self.never.1 |= first && *value != positive;
            }
            (Formula::Not(inner), _) => self.require(inner, !positive, first),
            (Formula::All(list), true) | (Formula::Any(list), false) => {
                list.iter().for_each(|it| self.require(it, positive, first));
            }
            (Formula::Ask(_) | Formula::All(_) | Formula::Any(_), _) => {
                self.goal(formula, positive, first);
            }
        }
    }

    fn goal(&mut self, formula: &'f Formula, positive: bool, first: bool) {
        let mut of: Option<usize> = None;
        formula.visit(&mut |question| {
            let at = self.add(&question.of);
            self.ask(at, Cow::Borrowed(&question.test));
            match of {
                None => of = Some(at),
                Some(other) => self.join(at, other),
            }
        });
        let Some(at) = of else {
            // It asks nothing, so it is an empty list or made of constants.
            let value = constant(formula) == positive;
            self.never.0 |= !value;
            self.never.1 |= first && !value;
            return;
        };
        self.goals.push((Goal::Says(formula, positive), at));
        if first {
            self.first.push(at);
        }
    }

    /// The number of a subject; it and what it stands behind are known from now on.
    fn add(&mut self, subject: &'f Arc<Subject>) -> usize {
        let mut next = Some(subject);
        let mut inner: Option<(usize, &'f Under)> = None;
        let mut number = None;
        while let Some(subject) = next {
            let (at, new) = self.own(subject);
            number = number.or(Some(at));
            if let Some((inner, under)) = inner {
                self.subjects[inner].under = Some(at);
                self.join(inner, at);
                self.ask(at, Cow::Owned(Test::There));
                for case in &under.cases {
                    self.ask(at, Cow::Owned(Test::Is(case.clone())));
                }
            }
            inner = subject.under.as_ref().map(|under| (at, under));
            next = subject
                .under
                .as_ref()
                .filter(|_| new)
                .map(|under| &under.of);
        }
        number.unwrap_or_default()
    }

    fn own(&mut self, subject: &'f Arc<Subject>) -> (usize, bool) {
        if let Some(&at) = self.names.get(subject.name.as_str()) {
            let known = &mut self.subjects[at];
            if *known.domain != subject.domain {
                known.domain = Cow::Owned(known.domain.joined(&subject.domain));
            }
            return (at, false);
        }
        let at = self.subjects.len();
        self.names.insert(&subject.name, at);
        self.subjects.push(Known {
            subject,
            domain: Cow::Borrowed(&subject.domain),
            tests: Vec::new(),
            under: None,
            group: at,
        });
        (at, true)
    }

    fn ask(&mut self, at: usize, test: Cow<'f, Test>) {
        let tests = &mut self.subjects[at].tests;
        if !tests.contains(&test) {
            tests.push(test);
        }
    }

    fn group(&self, mut at: usize) -> usize {
        while self.subjects[at].group != at {
            at = self.subjects[at].group;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.group(a), self.group(b));
        // The earliest speaks for all, so that witnesses are in the order of the questions.
        self.subjects[a.max(b)].group = a.min(b);
    }
}

/// The value of a formula that asks nothing.
fn constant(formula: &Formula) -> bool {
    match formula {
        Formula::Always(value) => *value,
        Formula::Ask(_) => false,
        Formula::Not(inner) => !constant(inner),
        Formula::All(list) => list.iter().all(constant),
        Formula::Any(list) => list.iter().any(constant),
    }
}
