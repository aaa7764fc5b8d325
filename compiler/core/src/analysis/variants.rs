//! Variants: the distinct prompts that a behaviour can render.
//!
//! A variant is a set of segments and offered tools that can stand together, whatever inputs lead to
//! it. Conditions that share no path are independent, so variants are kept as groups of conditions
//! with the ways in which each group can turn out; their number is the product. Only when they are
//! listed are they multiplied, and above a cap a cover is listed instead, in which every two ways of
//! any two groups still stand together in some variant.

use std::collections::{BTreeMap, BTreeSet};

use silex_bundle::{Behaviour, Bundle};

use crate::satisfy::{self, Answer, Formula, Subject, Witness, World};

/// Pairs of ways above which a cover shows each way once instead of every pair.
const MOST_PAIRS: usize = 200_000;

/// Facts that are weighed for the ways of one group; what is left then is told as open.
const MOST_WORK: usize = 100_000;

/// The distinct prompts of a behaviour.
#[derive(Debug)]
pub struct Variants {
    groups: Vec<Group>,
    /// What each condition says, those around it included; none for one that decides nothing.
    says: Vec<Option<Formula>>,
    given: Option<Formula>,
    cap: usize,
}

/// Conditions that share paths, and how they can turn out.
#[derive(Debug)]
struct Group {
    conditions: Vec<usize>,
    ways: Vec<Way>,
    /// Whether there may be more ways, or some of these may be none.
    open: bool,
}

/// One way in which the conditions of a group turn out.
#[derive(Debug, Clone)]
struct Way {
    /// The conditions that hold.
    holds: Vec<usize>,
    witness: Witness,
}

/// One distinct prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// Which conditions of the behaviour hold; only those that decide something count.
    pub holds: Vec<bool>,
    /// Inputs that lead to it.
    pub witness: Witness,
}

/// What multiplies the variants: conditions that have nothing to do with the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// By how much.
    pub ways: usize,
    /// What the conditions ask about.
    pub asks: Vec<String>,
}

/// Which end of a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extreme {
    /// The greatest.
    Most,
    /// The smallest.
    Least,
}

/// The variants that are listed.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// In the order of the conditions, those that hold last.
    pub variants: Vec<Variant>,
    /// Whether these are all, or a cover of them.
    pub all: bool,
}

impl Variants {
    /// The variants of a behaviour, for inputs of which something may be given. More than `cap`
    /// are not listed.
    #[must_use]
    pub fn of(bundle: &Bundle, behaviour: &Behaviour, cap: u32, given: Option<Formula>) -> Self {
        let world = World::of_behaviour(bundle, behaviour);
        let mut says: Vec<Option<Formula>> = vec![None; behaviour.conditions.len()];
        let segments = behaviour.segments.iter().filter_map(|segment| segment.when);
        for at in segments.chain(behaviour.tools.iter().filter_map(|offer| offer.when)) {
            if let Some(says) = says.get_mut(at).filter(|says| says.is_none()) {
                *says = Some(world.condition(behaviour, at));
            }
        }
        let cap = usize::try_from(cap.max(1)).unwrap_or(usize::MAX);
        let mut variants = Self {
            groups: Vec::new(),
            says,
            given,
            cap,
        };
        for conditions in variants.grouped(behaviour) {
            let group = variants.ways(behaviour, &conditions);
            variants.groups.push(group);
        }
        variants
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u128 {
        let ways = self.groups.iter().map(|group| group.ways.len() as u128);
        ways.fold(1, u128::saturating_mul)
    }

    /// In how many of them one of some conditions holds.
    #[must_use]
    pub fn count_with(&self, conditions: &[usize]) -> u128 {
        let is_with = |way: &&Way| way.holds.iter().any(|at| conditions.contains(at));
        let ways = self.groups.iter().map(|group| {
            let with = group.ways.iter().filter(is_with).count();
            (group.ways.len() as u128, with as u128)
        });
        // What was counted so far: all, and those without.
        let (all, without) = ways.fold((1_u128, 1_u128), |(all, without), (ways, with)| {
            (
                all.saturating_mul(ways),
                without.saturating_mul(ways - with),
            )
        });
        all.saturating_sub(without)
    }

    /// What multiplies them, the greatest first.
    #[must_use]
    pub fn factors(&self) -> Vec<Factor> {
        let groups = self.groups.iter().filter(|group| group.ways.len() > 1);
        let mut factors: Vec<Factor> = groups
            .map(|group| {
                let mut asks = Vec::new();
                let says = group
                    .conditions
                    .iter()
                    .filter_map(|at| self.says.get(*at)?.as_ref());
                for formula in says {
                    formula.visit(&mut |question| {
                        if !asks.contains(&question.of.name) {
                            asks.push(question.of.name.clone());
                        }
                    });
                }
                Factor {
                    ways: group.ways.len(),
                    asks,
                }
            })
            .collect();
        factors.sort_by_key(|factor| std::cmp::Reverse(factor.ways));
        factors
    }

    /// Whether the number is exact. Otherwise a group of conditions has more ways than the cap, or
    /// is too hard to decide.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.groups.iter().all(|group| !group.open)
    }

    /// All variants, or above the cap a cover of them.
    #[must_use]
    pub fn list(&self) -> Listed {
        let all = self.count() <= self.cap as u128;
        let rows = if all { self.product() } else { self.cover() };
        Listed {
            variants: rows.iter().map(|row| self.variant(row)).collect(),
            all,
        }
    }

    /// The variant with the most or least weight, by what each condition weighs.
    #[must_use]
    pub fn extreme(&self, which: Extreme, weights: &[u64]) -> Variant {
        let weight = |way: &Way| {
            let weights = way.holds.iter().filter_map(|at| weights.get(*at));
            weights.copied().fold(0, u64::saturating_add)
        };
        let of_group = |group: &Group| {
            let ways = group.ways.iter().enumerate();
            // Of equals the first, so that the answer stays when others are added.
            let found = match which {
                Extreme::Most => ways.rev().max_by_key(|(_, way)| weight(way)),
                Extreme::Least => ways.min_by_key(|(_, way)| weight(way)),
            };
            found.map_or(0, |(at, _)| at)
        };
        self.variant(&self.groups.iter().map(of_group).collect::<Vec<_>>())
    }

    /// What the inputs of a variant have in common.
    #[must_use]
    pub fn formula(&self, variant: &Variant) -> Formula {
        let signed = self
            .says
            .iter()
            .zip(&variant.holds)
            .filter_map(|(says, holds)| {
                let says = says.clone()?;
                Some(if *holds { says } else { says.negated() })
            });
        Formula::All(signed.chain(self.given.clone()).collect())
    }

    fn variant(&self, row: &[usize]) -> Variant {
        let mut holds = vec![false; self.says.len()];
        let mut witness = Witness::default();
        for way in self
            .groups
            .iter()
            .zip(row)
            .filter_map(|(group, at)| group.ways.get(*at))
        {
            way.holds.iter().for_each(|at| holds[*at] = true);
            witness = witness.and(way.witness.clone());
        }
        Variant { holds, witness }
    }

    /// The conditions that decide something, in groups that share neither a path nor a tool.
    fn grouped(&self, behaviour: &Behaviour) -> Vec<Vec<usize>> {
        let mut groups = Groups::default();
        for (at, says) in self.says.iter().enumerate() {
            if let Some(says) = says {
                groups.add(at, &subjects(says));
            }
        }
        let mut offered: BTreeMap<&str, usize> = BTreeMap::new();
        for offer in &behaviour.tools {
            if let Some(when) = offer.when {
                let first = *offered.entry(&offer.tool).or_insert(when);
                groups.join(first, when);
            }
        }
        // What is given ties together what it speaks of.
        if let Some(given) = &self.given {
            groups.add(self.says.len(), &subjects(given));
        }
        groups.all()
    }

    /// How the conditions of a group can turn out, one way for each distinct prompt.
    fn ways(&self, behaviour: &Behaviour, conditions: &[usize]) -> Group {
        let mut open = false;
        let mut work = 0;
        let mut ways = vec![(
            Way {
                holds: Vec::new(),
                witness: Witness::default(),
            },
            Vec::new(),
        )];
        for &at in conditions {
            let mut next = Vec::with_capacity(ways.len() * 2);
            for (way, facts) in ways {
                for sign in [false, true] {
                    let Some(fact) = self.fact(at, sign) else {
                        continue;
                    };
                    let mut facts: Vec<(usize, bool)> = Vec::clone(&facts);
                    facts.push((at, sign));
                    let parent_fails = behaviour
                        .conditions
                        .get(at)
                        .and_then(|it| it.parent)
                        .is_some_and(|parent| facts.contains(&(parent, false)));
                    work += facts.len();
                    let is_spent = work > MOST_WORK && at < self.says.len();
                    open |= is_spent;
                    let answer = match (parent_fails || is_spent, sign) {
                        (true, true) => Answer::No,
                        (true, false) => Answer::Yes(way.witness.clone()),
                        (false, _) => self.solve(&facts, fact),
                    };
                    let witness = match answer {
                        Answer::No => continue,
                        Answer::Yes(witness) => witness,
                        Answer::Unknown => {
                            open = true;
                            way.witness.clone()
                        }
                    };
                    let mut holds = way.holds.clone();
                    holds.extend(sign.then_some(at).filter(|at| *at < self.says.len()));
                    next.push((Way { holds, witness }, facts));
                }
            }
            open |= next.len() > self.cap;
            next.truncate(self.cap);
            ways = next;
        }
        let mut seen = BTreeSet::new();
        let ways = ways.into_iter().map(|(way, _)| way);
        Group {
            conditions: conditions.to_vec(),
            ways: ways
                .filter(|way| seen.insert(rendered(behaviour, way)))
                .collect(),
            open,
        }
    }

    /// What it says that a condition holds or not. What is given always holds.
    fn fact(&self, at: usize, sign: bool) -> Option<Formula> {
        match self.says.get(at) {
            Some(says) => says
                .clone()
                .map(|says| if sign { says } else { says.negated() }),
            None => self.given.clone().filter(|_| sign),
        }
    }

    fn solve(&self, facts: &[(usize, bool)], last: Formula) -> Answer {
        let (_, before) = facts.split_last().unwrap_or((&(0, false), &[]));
        let mut all: Vec<Formula> = before
            .iter()
            .filter_map(|(at, sign)| self.fact(*at, *sign))
            .collect();
        all.push(last);
        satisfy::solve(&all.iter().collect::<Vec<_>>())
    }

    /// Every combination of ways.
    fn product(&self) -> Vec<Vec<usize>> {
        let mut rows = vec![Vec::new()];
        for group in &self.groups {
            let longer = |row: &Vec<usize>, way: usize| row.iter().copied().chain([way]).collect();
            rows = rows
                .iter()
                .flat_map(|row| (0..group.ways.len()).map(move |way| longer(row, way)))
                .collect();
        }
        rows
    }

    /// Rows in which every two ways of two groups stand together.
    fn cover(&self) -> Vec<Vec<usize>> {
        let sizes: Vec<usize> = self.groups.iter().map(|group| group.ways.len()).collect();
        let pairs = |a: usize| {
            sizes[a + 1..]
                .iter()
                .map(|size| size * sizes[a])
                .sum::<usize>()
        };
        let longest = sizes.iter().copied().max().unwrap_or(1);
        if (0..sizes.len()).map(pairs).sum::<usize>() > MOST_PAIRS {
            let row = |at: usize| sizes.iter().map(|size| at % size).collect();
            return (0..longest.min(self.cap)).map(row).collect();
        }
        let mut open: BTreeSet<[(usize, usize); 2]> = BTreeSet::new();
        for a in 0..sizes.len() {
            for b in a + 1..sizes.len() {
                let ways = (0..sizes[a]).flat_map(|x| (0..sizes[b]).map(move |y| (x, y)));
                open.extend(ways.map(|(x, y)| [(a, x), (b, y)]));
            }
        }
        let mut rows = Vec::new();
        while let Some(&[(a, x), (b, y)]) = open.first() {
            let mut row: Vec<Option<usize>> = vec![None; sizes.len()];
            (row[a], row[b]) = (Some(x), Some(y));
            for (group, size) in sizes.iter().enumerate() {
                if row[group].is_some() {
                    continue;
                }
                let news = |way: usize| {
                    let chosen = row
                        .iter()
                        .enumerate()
                        .filter_map(|(at, way)| Some((at, (*way)?)));
                    chosen
                        .filter(|other| open.contains(&ordered(*other, (group, way))))
                        .count()
                };
                row[group] = (0..*size).rev().max_by_key(|way| news(*way));
            }
            let row: Vec<usize> = row.into_iter().map(Option::unwrap_or_default).collect();
            for a in 0..row.len() {
                for b in a + 1..row.len() {
                    open.remove(&[(a, row[a]), (b, row[b])]);
                }
            }
            rows.push(row);
        }
        rows
    }
}

fn ordered(a: (usize, usize), b: (usize, usize)) -> [(usize, usize); 2] {
    if a < b { [a, b] } else { [b, a] }
}

/// What a way brings into the prompt: segments by number, tools by name.
fn rendered<'b>(behaviour: &'b Behaviour, way: &Way) -> (Vec<usize>, BTreeSet<&'b str>) {
    let holds = |when: Option<usize>| when.is_some_and(|when| way.holds.contains(&when));
    let segments = behaviour.segments.iter().enumerate();
    let tools = behaviour.tools.iter().filter(|offer| holds(offer.when));
    (
        segments
            .filter(|(_, segment)| holds(segment.when))
            .map(|(at, _)| at)
            .collect(),
        tools.map(|offer| offer.tool.as_str()).collect(),
    )
}

/// The names that a formula asks about, with those that they stand behind.
fn subjects(formula: &Formula) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    formula.visit(&mut |question| {
        let mut next: Option<&Subject> = Some(&question.of);
        while let Some(subject) = next {
            names.insert(subject.name.clone());
            next = subject.under.as_ref().map(|under| under.of.as_ref());
        }
    });
    names
}

/// Numbers in groups that are joined by the names they share.
#[derive(Default)]
struct Groups {
    /// By number, the smallest of its group.
    first: BTreeMap<usize, usize>,
    of_name: BTreeMap<String, usize>,
}

impl Groups {
    fn add(&mut self, at: usize, names: &BTreeSet<String>) {
        self.first.entry(at).or_insert(at);
        for name in names {
            let first = *self.of_name.entry(name.clone()).or_insert(at);
            self.join(first, at);
        }
    }

    fn join(&mut self, a: usize, b: usize) {
        let group = |at: usize| self.first.get(&at).copied().unwrap_or(at);
        let (from, to) = (group(a).max(group(b)), group(a).min(group(b)));
        self.first
            .values_mut()
            .filter(|it| **it == from)
            .for_each(|it| *it = to);
    }

    fn all(self) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, first) in self.first {
            groups.entry(first).or_default().push(at);
        }
        groups.into_values().collect()
    }
}
