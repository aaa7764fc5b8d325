//! The search: for each subject the classes that are left, narrowed by what must hold, and a guess
//! where nothing follows any more.
//!
//! Classes are bits of a set. A guess splits the set of one subject in two and is taken back when it
//! leads nowhere, so the search is complete; it keeps its guesses in a list and not on the stack.

use std::sync::Arc;

use super::problem::{Goal, Problem};
use super::{Formula, Subject, Value, classes};

/// Nodes looked at before a search gives up.
const BUDGET: u32 = 2_000_000;

/// How a search ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// With these values of the subjects that matter.
    Found(Vec<(Arc<Subject>, Value)>),
    /// There are no values.
    Nothing,
    /// The budget was spent.
    Unknown,
}

/// A part of what must hold.
#[derive(Debug)]
enum Node {
    Always(bool),
    /// That a subject is in a set.
    In(usize, Set),
    All(Vec<Node>),
    Any(Vec<Node>),
}

/// A set of classes, a bit for each.
type Set = Vec<u64>;

#[derive(Debug)]
pub(super) struct Search {
    subjects: Vec<Arc<Subject>>,
    classes: Vec<Vec<Value>>,
    goals: Vec<Node>,
    /// How often each subject is asked about.
    uses: Vec<u32>,
    left: Vec<Set>,
    guesses: Vec<Guess>,
    /// Sets as they were before they were narrowed.
    trail: Vec<(usize, Set)>,
    steps: u32,
}

#[derive(Debug)]
struct Guess {
    subject: usize,
    set: Set,
    /// Length of the trail before it.
    trail: usize,
}

/// What follows from a part that must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Follows {
    /// It holds whatever is chosen.
    Holds,
    /// It can hold or not.
    Open,
    /// It cannot hold.
    Never,
}

impl Search {
    pub(super) fn new(problem: &Problem<'_>, members: &[usize], goals: &[Goal<'_>]) -> Self {
        let mut subjects = Vec::with_capacity(members.len());
        let mut kinds = Vec::with_capacity(members.len());
        for &at in members {
            let known = problem.known(at);
            let tests: Vec<_> = known.tests.iter().map(AsRef::as_ref).collect();
            kinds.push(classes::of(known.subject, &known.domain, &tests));
            subjects.push(Arc::clone(known.subject));
        }
        let mut search = Self {
            left: kinds.iter().map(|kinds| full(kinds.len())).collect(),
            uses: vec![0; subjects.len()],
            subjects,
            classes: kinds,
            goals: Vec::new(),
            guesses: Vec::new(),
            trail: Vec::new(),
            steps: 0,
        };
        let local = |at: usize| members.binary_search(&at).unwrap_or_default();
        for goal in goals {
            let node = match goal {
                Goal::Says(formula, positive) => search.node(formula, *positive, &|subject| {
                    problem.position(subject).map_or(0, local)
                }),
                Goal::Stands(at) => match problem.known(*at).under {
                    Some(under) => search.stands(local(*at), local(under)),
                    None => Node::Always(true),
                },
            };
            search.goals.push(node);
        }
        search
    }

    pub(super) fn run(mut self) -> Outcome {
        if self.left.iter().any(is_empty) {
            return Outcome::Nothing;
        }
        loop {
            let follows = self.narrow();
            if self.steps > BUDGET {
                return Outcome::Unknown;
            }
            match follows {
                Follows::Holds => return Outcome::Found(self.values()),
                Follows::Never => {
                    if !self.take_back() {
                        return Outcome::Nothing;
                    }
                }
                Follows::Open => self.guess(),
            }
        }
    }

    /// Narrows what is left until nothing more follows.
    fn narrow(&mut self) -> Follows {
        let goals = std::mem::take(&mut self.goals);
        let mut result = Follows::Open;
        let mut before = usize::MAX;
        while result == Follows::Open && before != self.trail.len() {
            before = self.trail.len();
            result = Follows::Holds;
            for goal in &goals {
                match self.require(goal) {
                    Follows::Holds => {}
                    Follows::Open => result = Follows::Open,
                    Follows::Never => {
                        result = Follows::Never;
                        break;
                    }
                }
            }
        }
        self.goals = goals;
        result
    }

    fn require(&mut self, node: &Node) -> Follows {
        self.steps = self.steps.saturating_add(1);
        match node {
            Node::Always(true) => Follows::Holds,
            Node::Always(false) => Follows::Never,
            Node::In(subject, set) => self.keep(*subject, set),
            Node::All(all) => {
                let mut result = Follows::Holds;
                for one in all {
                    match self.require(one) {
                        Follows::Holds => {}
                        Follows::Open => result = Follows::Open,
                        Follows::Never => return Follows::Never,
                    }
                }
                result
            }
            Node::Any(any) => {
                let mut last = None;
                let mut open = 0;
                for one in any {
                    match self.value(one) {
                        Follows::Holds => return Follows::Holds,
                        Follows::Never => {}
                        Follows::Open => {
                            open += 1;
                            last = Some(one);
                        }
                    }
                }
                match last {
                    None => Follows::Never,
                    Some(one) if open == 1 => self.require(one),
                    Some(_) => Follows::Open,
                }
            }
        }
    }

    /// Keeps only the classes of a set.
    fn keep(&mut self, subject: usize, set: &Set) -> Follows {
        let left = &self.left[subject];
        if is_within(left, set) {
            return Follows::Holds;
        }
        let kept: Set = left.iter().zip(set).map(|(a, b)| a & b).collect();
        if is_empty(&kept) {
            return Follows::Never;
        }
        let before = std::mem::replace(&mut self.left[subject], kept);
        self.trail.push((subject, before));
        Follows::Holds
    }

    /// Whether a part holds by what is left.
    fn value(&mut self, node: &Node) -> Follows {
        self.steps = self.steps.saturating_add(1);
        match node {
            Node::Always(true) => Follows::Holds,
            Node::Always(false) => Follows::Never,
            Node::In(subject, set) => {
                let left = &self.left[*subject];
                if is_within(left, set) {
                    Follows::Holds
                } else if left.iter().zip(set).all(|(a, b)| a & b == 0) {
                    Follows::Never
                } else {
                    Follows::Open
                }
            }
            Node::All(all) => self.joined(all, Follows::Holds, Follows::Never),
            Node::Any(any) => self.joined(any, Follows::Never, Follows::Holds),
        }
    }

    /// The value of a list of which one `decisive` value settles the whole.
    fn joined(&mut self, list: &[Node], otherwise: Follows, decisive: Follows) -> Follows {
        let mut result = otherwise;
        for one in list {
            let value = self.value(one);
            if value == decisive {
                return decisive;
            }
            if value == Follows::Open {
                result = Follows::Open;
            }
        }
        result
    }

    /// Splits the set of one subject: one that the shortest open choice asks about.
    fn guess(&mut self) {
        let goals = std::mem::take(&mut self.goals);
        let mut best: Option<(usize, usize, &Set)> = None;
        let mut shortest = usize::MAX;
        for goal in &goals {
            let mut open = Vec::new();
            self.open(goal, &mut open);
            if open.is_empty() || open.len() >= shortest {
                continue;
            }
            shortest = open.len();
            best = open
                .into_iter()
                .map(|(subject, set)| (self.uses[subject] as usize, subject, set))
                .reduce(|best, one| if one.0 > best.0 { one } else { best });
        }
        if let Some((_, subject, set)) = best {
            self.guesses.push(Guess {
                subject,
                set: set.clone(),
                trail: self.trail.len(),
            });
            self.keep(subject, set);
        }
        self.goals = goals;
    }

    /// The questions of a part that are open.
    fn open<'n>(&mut self, node: &'n Node, out: &mut Vec<(usize, &'n Set)>) {
        if self.value(node) != Follows::Open {
            return;
        }
        match node {
            Node::Always(_) => {}
            Node::In(subject, set) => out.push((*subject, set)),
            Node::All(list) | Node::Any(list) => list.iter().for_each(|one| self.open(one, out)),
        }
    }

    /// Goes back to the last guess and takes its opposite. False if there is none.
    fn take_back(&mut self) -> bool {
        while let Some(guess) = self.guesses.pop() {
            while self.trail.len() > guess.trail {
                if let Some((subject, before)) = self.trail.pop() {
                    self.left[subject] = before;
                }
            }
            let opposite: Set = guess.set.iter().map(|word| !word).collect();
            if self.keep(guess.subject, &opposite) != Follows::Never {
                return true;
            }
        }
        false
    }

    /// A value of each subject of which not all classes are left.
    fn values(self) -> Vec<(Arc<Subject>, Value)> {
        let mut values = Vec::new();
        for ((subject, classes), left) in self.subjects.into_iter().zip(self.classes).zip(self.left)
        {
            if left == full(classes.len()) {
                continue;
            }
            let first = classes
                .into_iter()
                .enumerate()
                .find(|(at, _)| has(&left, *at));
            values.extend(first.map(|(_, value)| (subject, value)));
        }
        values
    }

    fn node(
        &mut self,
        formula: &Formula,
        positive: bool,
        number: &dyn Fn(&Subject) -> usize,
    ) -> Node {
        match (formula, positive) {
            (Formula::Always(value), _) => Node::Always(*value == positive),
            (Formula::Ask(question), _) => {
                let subject = number(&question.of);
                self.uses[subject] += 1;
                let set = self.set(subject, |value| {
                    classes::answer(&question.test, value) == positive
                });
                Node::In(subject, set)
            }
            (Formula::Not(inner), _) => self.node(inner, !positive, number),
            (Formula::All(list), true) | (Formula::Any(list), false) => {
                let all = list.iter().map(|one| self.node(one, positive, number));
                Node::All(all.collect())
            }
            (Formula::Any(list), true) | (Formula::All(list), false) => {
                let any = list.iter().map(|one| self.node(one, positive, number));
                Node::Any(united(any.collect()))
            }
        }
    }

    /// That a subject is there where it stands, unless it is optional, and absent elsewhere.
    fn stands(&self, subject: usize, around: usize) -> Node {
        let cases = self.subjects[subject]
            .under
            .as_ref()
            .map_or(&[][..], |under| &under.cases);
        let is_inside = |value: &Value| match value {
            Value::Is(case) if !cases.is_empty() => cases.contains(case),
            Value::Absent => false,
            Value::There | Value::Is(_) | Value::Number(_) | Value::Other(_) => cases.is_empty(),
        };
        let absent = |value: &Value| *value == Value::Absent;
        let inside = || Node::In(around, self.set(around, is_inside));
        let mut all = vec![Node::Any(vec![
            inside(),
            Node::In(subject, self.set(subject, absent)),
        ])];
        if !self.subjects[subject].optional {
            let outside = Node::In(around, self.set(around, |value| !is_inside(value)));
            let there = Node::In(subject, self.set(subject, |value| !absent(value)));
            all.push(Node::Any(vec![outside, there]));
        }
        Node::All(all)
    }

    fn set(&self, subject: usize, holds: impl Fn(&Value) -> bool) -> Set {
        let classes = &self.classes[subject];
        let mut set = vec![0; classes.len().div_ceil(64)];
        for (at, _) in classes.iter().enumerate().filter(|(_, value)| holds(value)) {
            set[at / 64] |= 1 << (at % 64);
        }
        set
    }
}

/// Questions about one subject of which one must hold are one question.
fn united(any: Vec<Node>) -> Vec<Node> {
    let mut united: Vec<Node> = Vec::with_capacity(any.len());
    for node in any {
        let Node::In(subject, set) = &node else {
            united.push(node);
            continue;
        };
        let same = united.iter_mut().find_map(|known| match known {
            Node::In(other, into) if other == subject => Some(into),
            Node::In(..) | Node::Always(_) | Node::All(_) | Node::Any(_) => None,
        });
        match same {
            Some(into) => into
                .iter_mut()
                .zip(set)
                .for_each(|(into, word)| *into |= word),
            None => united.push(node),
        }
    }
    united
}

fn full(classes: usize) -> Set {
    let mut set = vec![u64::MAX; classes.div_ceil(64)];
    if let Some(last) = set.last_mut().filter(|_| !classes.is_multiple_of(64)) {
        *last = (1 << (classes % 64)) - 1;
    }
    set
}

fn has(set: &Set, at: usize) -> bool {
    set[at / 64] & (1 << (at % 64)) != 0
}

fn is_empty(set: &Set) -> bool {
    set.iter().all(|word| *word == 0)
}

fn is_within(inner: &Set, outer: &Set) -> bool {
    inner
        .iter()
        .zip(outer)
        .all(|(inner, outer)| inner & !outer == 0)
}
