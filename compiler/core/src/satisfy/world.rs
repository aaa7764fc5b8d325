//! The world of a place: the types behind its paths, and what conditions mean in it.

use std::sync::Arc;

use silex_bundle::behaviour::STAGE;
use silex_bundle::expr::{Compare, Order, Presence};
use silex_bundle::functions::{self, Returns};
use silex_bundle::schema::{Declarations, Shape};
use silex_bundle::{Behaviour, Bundle, Expr, Path, Type};

use super::literal::{Literal, constant, flipped, literal};
use super::{Domain, Formula, Subject, Test, Under, Unit};
use crate::condition::{sign, text as text_of};

/// The types behind the paths of a place.
#[derive(Debug, Clone)]
pub struct World<'a> {
    declarations: &'a Declarations,
    roots: Vec<(&'a str, Root<'a>)>,
    /// Stands before the names in formulas, to tell two worlds apart.
    prefix: String,
    renamed: Vec<(&'a str, &'a str)>,
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Root<'a> {
    /// A value of a type.
    Value(&'a Type),
    /// One of these, which no declaration names.
    OneOf(Vec<String>),
}

impl<'a> World<'a> {
    /// A world that knows types, and no names yet.
    #[must_use]
    pub fn new(declarations: &'a Declarations) -> Self {
        Self {
            declarations,
            roots: Vec::new(),
            prefix: String::new(),
            renamed: Vec::new(),
        }
    }

    /// The world of a behaviour's conditions.
    #[must_use]
    pub fn of_behaviour(bundle: &'a Bundle, behaviour: &'a Behaviour) -> Self {
        let mut world = Self::new(&bundle.declarations);
        for input in &behaviour.inputs {
            world = world.with(&input.name, &input.of);
        }
        for observe in &behaviour.observe {
            world = world.with(&observe.name, &observe.of);
        }
        if !behaviour.stages.is_empty() {
            let names = behaviour.stages.iter().map(|stage| stage.name.clone());
            world = world.with_cases(STAGE, names);
        }
        world
            .with("now", &Type::Datetime)
            .with("today", &Type::Date)
    }

    /// The world with one more name; the first of two equal names counts.
    #[must_use]
    pub fn with(mut self, name: &'a str, of: &'a Type) -> Self {
        self.roots.push((name, Root::Value(of)));
        self
    }

    /// The world of another place, seen from this one: formulas say `place.name` for its names, so
    /// that they are not taken for those of this place.
    #[must_use]
    pub fn seen_as(mut self, place: &str) -> Self {
        self.prefix = format!("{place}.");
        self
    }

    /// The world in which a name stands for a name of the place that it is seen from.
    #[must_use]
    pub fn standing_for(mut self, name: &'a str, outer: &'a str) -> Self {
        self.renamed.push((name, outer));
        self
    }

    /// What formulas say for a name.
    fn spelled(&self, name: &str) -> String {
        match self.renamed.iter().find(|(inner, _)| *inner == name) {
            Some((_, outer)) => (*outer).to_owned(),
            None => format!("{}{name}", self.prefix),
        }
    }

    /// The world with a name that is one of a few cases which no enum declares.
    #[must_use]
    pub fn with_cases(mut self, name: &'a str, cases: impl IntoIterator<Item = String>) -> Self {
        self.roots
            .push((name, Root::OneOf(cases.into_iter().collect())));
        self
    }

    pub(super) fn declarations(&self) -> &'a Declarations {
        self.declarations
    }

    pub(super) fn roots(&self) -> &[(&'a str, Root<'a>)] {
        &self.roots
    }

    /// The type of a path, if the types say.
    #[must_use]
    pub fn type_of(&self, path: &Path) -> Option<&'a Type> {
        let (_, root) = self.roots.iter().find(|(name, _)| *name == path.root)?;
        let Root::Value(root) = root else { return None };
        path.fields.iter().try_fold(*root, |of, field| {
            let (_, Type::Named(declared)) = without_none(of) else {
                return None;
            };
            let fields = match &self.declarations.get(declared)?.shape {
                Shape::Record { fields } | Shape::Entity { fields, .. } => fields,
                Shape::Enum { cases } => {
                    let owner = cases
                        .iter()
                        .find(|case| case.fields.iter().any(|it| it.name == *field));
                    &owner?.fields
                }
            };
            Some(&fields.iter().find(|it| it.name == *field)?.of)
        })
    }

    /// What a condition says.
    #[must_use]
    pub fn formula(&self, expr: &Expr) -> Formula {
        if let Some(value) = constant(expr) {
            return Formula::Always(value);
        }
        match expr {
            Expr::Not(inner) => self.formula(inner).negated(),
            Expr::And(all) => Formula::All(all.iter().map(|it| self.formula(it)).collect()),
            Expr::Or(any) => Formula::Any(any.iter().map(|it| self.formula(it)).collect()),
            Expr::Compare {
                op,
                order,
                left,
                right,
            } => self.compare(*op, *order, left, right),
            Expr::OneOf { value, of } => {
                Formula::Any(of.iter().map(|it| self.equals(value, it)).collect())
            }
            Expr::Within { value, min, max } => {
                let end = |op, end: &Option<f64>| {
                    end.map(|end| self.asks(value, Test::Compares(op, end)))
                };
                let ends = [end(Compare::Ge, min), end(Compare::Le, max)];
                Formula::All(ends.into_iter().flatten().collect())
            }
            Expr::Is { value, what } => match what {
                Presence::Some => self.asks(value, Test::There),
                Presence::None => self.asks(value, Test::There).negated(),
                Presence::Empty => self.is_empty(value),
            },
            Expr::Path(_) | Expr::Call { .. } => self.asks(expr, Test::Is("true".to_owned())),
            Expr::Literal(_) | Expr::Case(_) | Expr::List(_) | Expr::Record(_) => {
                self.opaque(&text_of(expr))
            }
        }
    }

    /// When a condition of a behaviour holds, by its index: with all those around it.
    #[must_use]
    pub fn condition(&self, behaviour: &Behaviour, index: usize) -> Formula {
        let mut all = Vec::new();
        let mut next = Some(index);
        while let Some((at, condition)) =
            next.and_then(|at| Some((at, behaviour.conditions.get(at)?)))
        {
            all.push(self.formula(&condition.expr));
            // A parent stands before its child, so this ends.
            next = condition.parent.filter(|parent| *parent < at);
        }
        all.reverse();
        match all.pop() {
            Some(one) if all.is_empty() => one,
            last => Formula::All(all.into_iter().chain(last).collect()),
        }
    }

    /// Whether a path has a value.
    #[must_use]
    pub fn present(&self, path: &Path) -> Formula {
        match self.subject(path) {
            Some(subject) => Formula::ask(Arc::new(subject), Test::There),
            None => self.opaque(&format!("{path} is some")),
        }
    }

    /// Whether the value of a path is a case, or `true` or `false`.
    #[must_use]
    pub fn is_case(&self, path: &Path, case: &str) -> Formula {
        match self.subject(path) {
            Some(subject) => Formula::ask(Arc::new(subject), Test::Is(case.to_owned())),
            None => self.opaque(&format!("{path} == {case}")),
        }
    }

    /// What is not looked into, alike wherever it is spelled so in this world.
    fn opaque(&self, spelling: &str) -> Formula {
        Formula::opaque(format!("{}{spelling}", self.prefix))
    }

    /// A question about the value of an expression.
    fn asks(&self, of: &Expr, test: Test) -> Formula {
        match self.expression(of) {
            Some(subject) => Formula::ask(Arc::new(subject), test),
            None => self.opaque(&format!("{} {test:?}", text_of(of))),
        }
    }

    fn is_empty(&self, value: &Expr) -> Formula {
        let Some(subject) = self.expression(value) else {
            return self.opaque(&format!("{} is empty", text_of(value)));
        };
        let test = match subject.domain {
            Domain::Number { .. } => Test::Compares(Compare::Eq, 0.0),
            Domain::Text { .. } | Domain::Thing | Domain::Choice(_) => Test::Is(String::new()),
        };
        Formula::ask(Arc::new(subject), test)
    }

    /// That a value equals a literal or case.
    fn equals(&self, value: &Expr, other: &Expr) -> Formula {
        let Some(subject) = self.expression(value) else {
            return self.opaque(&format!("{} == {}", text_of(value), text_of(other)));
        };
        match literal(other, &subject.domain) {
            Some(Literal::Named(text)) => Formula::ask(Arc::new(subject), Test::Is(text)),
            Some(Literal::Number(number)) => {
                Formula::ask(Arc::new(subject), Test::Compares(Compare::Eq, number))
            }
            None => self.opaque(&format!("{} == {}", text_of(value), text_of(other))),
        }
    }

    fn compare(&self, op: Compare, order: Order, left: &Expr, right: &Expr) -> Formula {
        let is_literal = |side: &Expr| matches!(side, Expr::Literal(_) | Expr::Case(_));
        match (is_literal(left), is_literal(right)) {
            (true, false) => self.compare(flipped(op), order, right, left),
            (false, false) => self.two_values(op, order, left, right),
            (_, true) => match op {
                Compare::Eq => self.equals(left, right),
                Compare::Ne => self.equals(left, right).negated(),
                Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge => {
                    let subject = self.expression(left);
                    let number = subject
                        .and_then(|of| literal(right, &of.domain).map(|literal| (of, literal)));
                    match number {
                        Some((of, Literal::Number(number))) => {
                            Formula::ask(Arc::new(of), Test::Compares(op, number))
                        }
                        Some((_, Literal::Named(_))) | None => self.opaque(&format!(
                            "{} {} {}",
                            text_of(left),
                            sign(op),
                            text_of(right)
                        )),
                    }
                }
            },
        }
    }

    /// Two values compared are a subject of their own: less, equal or greater.
    fn two_values(&self, op: Compare, order: Order, left: &Expr, right: &Expr) -> Formula {
        let (first, second) = (text_of(left), text_of(right));
        if second < first {
            return self.two_values(flipped(op), order, right, left);
        }
        let is_ordered = match order {
            Order::Number | Order::Date | Order::Time | Order::Datetime | Order::Duration => true,
            Order::Text | Order::Bool | Order::Case => false,
        };
        let signs: &[&str] = if is_ordered {
            &["<", "==", ">"]
        } else {
            &["==", "!="]
        };
        let domain = Domain::Choice(signs.iter().map(|&sign| sign.to_owned()).collect());
        let pair = Arc::new(Subject::expression(
            format!("{}{first} ? {second}", self.prefix),
            domain,
        ));
        let is = |sign: &str| Formula::ask(Arc::clone(&pair), Test::Is(sign.to_owned()));
        let there: Vec<Formula> = [left, right]
            .into_iter()
            .filter_map(|side| self.expression(side))
            .filter(|of| of.optional || of.under.is_some())
            .map(|of| Formula::ask(Arc::new(of), Test::There))
            .collect();
        let both = |asked: Formula| {
            if there.is_empty() {
                asked
            } else {
                Formula::All(there.iter().cloned().chain([asked]).collect())
            }
        };
        match op {
            Compare::Eq | Compare::Ne => {
                let mut equal = both(is("=="));
                // None equals none.
                if there.len() == 2 {
                    let neither = there.iter().map(|it| it.clone().negated()).collect();
                    equal = Formula::Any(vec![equal, Formula::All(neither)]);
                }
                if op == Compare::Eq {
                    equal
                } else {
                    equal.negated()
                }
            }
            Compare::Lt => both(is("<")),
            Compare::Le => both(is(">").negated()),
            Compare::Gt => both(is(">")),
            Compare::Ge => both(is("<").negated()),
        }
    }

    /// What a question about an expression is about. The length of a list stands for the list.
    fn expression(&self, expr: &Expr) -> Option<Subject> {
        match expr {
            Expr::Path(path) => self.subject(path),
            Expr::Call { function, args } => {
                if let ("count", [list]) = (function.as_str(), args.as_slice()) {
                    return self.expression(list);
                }
                let domain = match functions::find(function)?.returns {
                    Returns::Bool => Domain::boolean(),
                    Returns::Int => count(None, None, Unit::Plain),
                    Returns::Text | Returns::TrustedText | Returns::Host => text(None, None),
                    Returns::Urls | Returns::Entities => count(None, None, Unit::Count),
                    Returns::Inner | Returns::Prose => return None,
                };
                Some(Subject::expression(
                    format!("{}{}", self.prefix, text_of(expr)),
                    domain,
                ))
            }
            Expr::Literal(_)
            | Expr::Case(_)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Compare { .. }
            | Expr::OneOf { .. }
            | Expr::Within { .. }
            | Expr::Is { .. }
            | Expr::List(_)
            | Expr::Record(_) => None,
        }
    }

    /// What a name stands for in formulas.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<Subject> {
        self.subject(&Path::root(name))
    }

    /// What a path leads to; none if the types do not say.
    fn subject(&self, path: &Path) -> Option<Subject> {
        let (_, root) = self.roots.iter().find(|(name, _)| *name == path.root)?;
        let mut of = match root {
            Root::Value(of) => *of,
            Root::OneOf(cases) => {
                let domain = Domain::Choice(cases.clone());
                let subject = Subject::expression(self.spelled(&path.root), domain);
                return Some(Subject {
                    path: Some(path.clone()),
                    ..subject
                });
            }
        };
        let mut name = self.spelled(&path.root);
        let mut under: Option<Under> = None;
        for (at, field) in path.fields.iter().enumerate() {
            let (optional, base) = without_none(of);
            let Type::Named(declared) = base else {
                return None;
            };
            let here = |domain: Domain, under: Option<Under>, cases: Vec<String>| Under {
                of: Arc::new(Subject {
                    name: name.clone(),
                    path: Some(Path {
                        root: path.root.clone(),
                        fields: path.fields[..at].to_vec(),
                    }),
                    domain,
                    optional,
                    under,
                }),
                cases,
            };
            match &self.declarations.get(declared)?.shape {
                Shape::Record { fields } | Shape::Entity { fields, .. } => {
                    of = &fields.iter().find(|it| it.name == *field)?.of;
                    if optional {
                        under = Some(here(Domain::Thing, under, Vec::new()));
                    }
                }
                Shape::Enum { cases } => {
                    let mut with = cases.iter().filter_map(|case| {
                        Some((case, &case.fields.iter().find(|it| it.name == *field)?.of))
                    });
                    let (first, typed) = with.next()?;
                    let mut owners = vec![first.name.clone()];
                    for (case, other) in with {
                        // Fields of one name and different types are not told apart here.
                        (other == typed).then_some(())?;
                        owners.push(case.name.clone());
                    }
                    of = typed;
                    let names = cases.iter().map(|case| case.name.clone()).collect();
                    under = Some(here(Domain::Choice(names), under, owners));
                }
            }
            name = format!("{name}.{field}");
        }
        let (optional, base) = without_none(of);
        Some(Subject {
            name,
            path: Some(path.clone()),
            domain: self.domain(base)?,
            optional,
            under,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "bounds are small enough")]
    fn domain(&self, of: &Type) -> Option<Domain> {
        Some(match of {
            Type::Bool => Domain::boolean(),
            Type::Int { min, max } => Domain::Number {
                unit: Unit::Plain,
                whole: true,
                min: min.map(|it| it as f64),
                max: max.map(|it| it as f64),
            },
            Type::Float { min, max } => Domain::Number {
                unit: Unit::Plain,
                whole: false,
                min: *min,
                max: *max,
            },
            Type::Text {
                min, max, pattern, ..
            } => Domain::Text {
                min: min.unwrap_or(0),
                max: *max,
                pattern: pattern.clone(),
            },
            Type::Email | Type::Url | Type::Timezone => text(Some(1), None),
            Type::Date => moments(Unit::Date, None, None),
            Type::Time => moments(Unit::Time, Some(0.0), Some(24.0 * 60.0 - 1.0)),
            Type::Datetime => moments(Unit::Datetime, None, None),
            Type::Duration => moments(Unit::Duration, Some(0.0), None),
            Type::List { min, max, .. } => count(*min, *max, Unit::Count),
            Type::Optional(_) => return None,
            Type::Named(name) => match &self.declarations.get(name)?.shape {
                Shape::Record { .. } | Shape::Entity { .. } => Domain::Thing,
                Shape::Enum { cases } => {
                    Domain::Choice(cases.iter().map(|case| case.name.clone()).collect())
                }
            },
        })
    }
}

fn moments(unit: Unit, min: Option<f64>, max: Option<f64>) -> Domain {
    Domain::Number {
        unit,
        whole: true,
        min,
        max,
    }
}

fn count(min: Option<u32>, max: Option<u32>, unit: Unit) -> Domain {
    Domain::Number {
        unit,
        whole: true,
        min: Some(f64::from(min.unwrap_or(0))),
        max: max.map(f64::from),
    }
}

fn text(min: Option<u32>, max: Option<u32>) -> Domain {
    Domain::Text {
        min: min.unwrap_or(0),
        max,
        pattern: None,
    }
}

/// Whether a type is optional, and the type without that.
pub(super) fn without_none(of: &Type) -> (bool, &Type) {
    (matches!(of, Type::Optional(_)), of.without_none())
}
