//! Exhaustiveness: the arms of a `match` fit every value once.

use silex_bundle::expr::{Compare, Order};
use silex_bundle::{Expr, Path, Type};

use super::scope::Scope;
use super::{Context, path, ty, value};
use crate::diagnostic::Diagnostic;
use crate::satisfy::Formula;
use crate::source::Span;
use crate::syntax::ast::{self, Pattern};

/// What is matched.
#[derive(Debug)]
pub(super) struct Matched<'m> {
    /// The path.
    pub(super) path: &'m Path,
    /// Its type: an enum or a boolean.
    pub(super) of: &'m Type,
    /// Where the path stands.
    pub(super) span: Span,
    /// The `}` behind the arms.
    pub(super) end: Span,
}

/// When an arm is taken.
#[derive(Debug)]
pub(super) struct Taken {
    /// As an expression; `_` has none.
    pub(super) condition: Option<Expr>,
    /// As a formula.
    pub(super) says: Formula,
}

/// The names of the values, in order, if the type has few.
pub(super) fn choices(cx: &Context<'_>, of: &Type) -> Option<Vec<String>> {
    if *of == Type::Bool {
        return Some(vec!["false".to_owned(), "true".to_owned()]);
    }
    ty::cases(cx, of).map(|cases| cases.iter().map(|case| case.name.clone()).collect())
}

/// When each arm is taken. Arms that repeat others, arms behind `_` and missing cases are reported.
pub(super) fn arms<T>(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    matched: &Matched<'_>,
    arms: &[ast::Arm<T>],
) -> Vec<Taken> {
    let Some(names) = choices(cx, matched.of) else {
        return Vec::new();
    };
    let mut seen = Seen {
        by: vec![None; names.len()],
        any: None,
        wrong: false,
    };
    let questions = names.iter();
    let questions = questions.map(|case| path::is_case(cx, scope, matched.path, case));
    let questions: Vec<Formula> = questions.collect();
    // Where nothing is known, no case is ruled out.
    let is_known = scope.facts().next().is_some();
    let possible = |at: usize| !is_known || scope.possible(&questions[at]);
    let mut taken = Vec::with_capacity(arms.len());
    for arm in arms {
        let before: Vec<Formula> = (0..names.len())
            .filter(|at| seen.by[*at].is_some())
            .map(|at| questions[at].clone().negated())
            .collect();
        let mut cases = Vec::new();
        let mut wrong = None;
        for (place, pattern) in arm.patterns.iter().enumerate() {
            let whole = arm.with_pattern(place);
            match index(cx, matched, pattern) {
                Index::Any(span) => {
                    let left = (0..names.len()).any(|at| seen.by[at].is_none() && possible(at));
                    seen.any(cx, (span, whole), left || !scope.reachable());
                }
                Index::Case(at) => {
                    if seen.case(cx, at, (pattern.span(), whole), &names[at])
                        && !possible(at)
                        && scope.reachable()
                    {
                        let message = format!("`{}` cannot be `{}` here", matched.path, names[at]);
                        cx.report(
                            Diagnostic::error("impossible-comparison", pattern.span(), message)
                                .at("the conditions around it rule this out")
                                .help(match arm.patterns.len() {
                                    1 => "take the arm out",
                                    _ => "take it out of the arm",
                                })
                                .fix(whole, "", "take it out"),
                        );
                    }
                    cases.push(at);
                }
                Index::Wrong(span) => wrong = Some(span),
            }
        }
        let any = arm
            .patterns
            .iter()
            .any(|pattern| matches!(pattern, Pattern::Any(_)));
        taken.push(match wrong {
            // What was meant is not known: nothing in the arm is ruled out.
            Some(span) if cases.is_empty() => Taken {
                condition: None,
                says: Formula::opaque(format!("{}:{}", span.file.0, span.start)),
            },
            _ if any => Taken {
                condition: None,
                says: Formula::All(before),
            },
            _ => Taken {
                condition: condition(cx, matched, &cases),
                says: Formula::Any(cases.iter().map(|at| questions[*at].clone()).collect()),
            },
        });
        seen.wrong |= wrong.is_some();
    }
    if seen.any.is_none() && !seen.wrong {
        let missing = (0..names.len()).filter(|at| seen.by[*at].is_none() && possible(*at));
        refuse_missing(
            cx,
            matched,
            &missing.map(|at| names[at].as_str()).collect::<Vec<_>>(),
        );
    }
    taken
}

/// Which values the arms so far take.
struct Seen {
    by: Vec<Option<Span>>,
    any: Option<Span>,
    wrong: bool,
}

impl Seen {
    /// Whether a case is new. The place is that of the pattern, and of what would be taken out with it.
    fn case(
        &mut self,
        cx: &Context<'_>,
        at: usize,
        (span, whole): (Span, Span),
        name: &str,
    ) -> bool {
        if let Some(first) = self.by[at] {
            cx.report(
                Diagnostic::error(
                    "duplicate-arm",
                    span,
                    format!("`{name}` has an arm already"),
                )
                .label(first, "here")
                .help("put both into one arm")
                .fix(whole, "", "take this one out"),
            );
            return false;
        }
        self.by[at] = Some(span);
        if let Some(any) = self.any {
            cx.report(
                Diagnostic::error(
                    "unreachable-arm",
                    span,
                    format!("the arm `{name}` is never taken"),
                )
                .label(any, "`_` takes all before it")
                .help("put `_` last")
                .fix(whole, "", "take it out"),
            );
            return false;
        }
        true
    }

    fn any(&mut self, cx: &Context<'_>, (span, whole): (Span, Span), left: bool) {
        if let Some(first) = self.any {
            cx.report(
                Diagnostic::error("duplicate-arm", span, "`_` has an arm already")
                    .label(first, "here")
                    .help("put both into one arm")
                    .fix(whole, "", "take this one out"),
            );
        } else if !left {
            cx.report(
                Diagnostic::error("unreachable-arm", span, "the arm `_` is never taken")
                    .at("every case has an arm")
                    .help("take it out, so that a new case is noticed")
                    .fix(whole, "", "take the arm out"),
            );
        }
        self.any = self.any.or(Some(span));
    }
}

/// What a pattern names.
enum Index {
    Any(Span),
    Case(usize),
    Wrong(Span),
}

fn index(cx: &Context<'_>, matched: &Matched<'_>, pattern: &Pattern) -> Index {
    match (pattern, matched.of) {
        (Pattern::Any(span), _) => Index::Any(*span),
        (Pattern::Bool(value, _), Type::Bool) => Index::Case(usize::from(*value)),
        (Pattern::Case(name), Type::Bool) => {
            let message = format!("`{}` is neither `true` nor `false`", name.text);
            cx.report(
                Diagnostic::error("unknown-case", name.span, message)
                    .help("the arms of a yes-or-no question are `true` and `false`"),
            );
            Index::Wrong(name.span)
        }
        (Pattern::Case(name), of) => {
            value::case_index(cx, name, of).map_or(Index::Wrong(name.span), Index::Case)
        }
        (Pattern::Bool(value, span), of) => {
            let message = format!("`{}` has no case `{value}`", ty::name(of));
            cx.report(Diagnostic::error("unknown-case", *span, message));
            Index::Wrong(*span)
        }
    }
}

fn condition(cx: &Context<'_>, matched: &Matched<'_>, cases: &[usize]) -> Option<Expr> {
    let value = || Box::new(Expr::Path(matched.path.clone()));
    if *matched.of == Type::Bool {
        return Some(match cases {
            [0] => Expr::Not(value()),
            [1] => *value(),
            _ => Expr::Literal(true.into()),
        });
    }
    let all = ty::cases(cx, matched.of)?;
    let mut named = cases
        .iter()
        .filter_map(|at| all.get(*at))
        .map(|case| Expr::Case(case.name.clone()));
    Some(match cases {
        [_] => Expr::Compare {
            op: Compare::Eq,
            order: Order::Case,
            left: value(),
            right: Box::new(named.next()?),
        },
        _ => Expr::OneOf {
            value: value(),
            of: named.collect(),
        },
    })
}

fn refuse_missing(cx: &Context<'_>, matched: &Matched<'_>, missing: &[&str]) {
    if missing.is_empty() {
        return;
    }
    let message = format!(
        "`match {}` has no arm for `{}`",
        matched.path,
        missing.join("`, `")
    );
    let inserted: String = missing
        .iter()
        .map(|name| format!("{name} {{ }}\n"))
        .collect();
    cx.report(
        Diagnostic::error("missing-cases", matched.span, message)
            .at("every case needs an arm")
            .help("add them, or `_ { … }` for all others")
            .fix(matched.end, inserted, "add the arms"),
    );
}
