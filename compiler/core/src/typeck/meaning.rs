//! What comparisons mean to narrowing: questions about the path on their left.

use silex_bundle::expr::Compare;
use silex_bundle::{Expr, Path, Type};

use super::expr::{Typed, length};
use super::narrow::{Domain, Formula, Question, Subject, Test};
use super::{Context, literal, path, ty};

/// What a comparison says.
pub(super) enum Asked {
    /// That a path equals something, or does not.
    Equal(Formula),
    /// How a path is ordered.
    Ordered(Formula),
    /// Nothing that is looked into.
    Unknown(Formula),
}

/// What it says that a value compares so with another.
pub(super) fn says(cx: &Context<'_>, left: &Typed, op: Compare, right: &Expr) -> Asked {
    let equal = matches!(op, Compare::Eq | Compare::Ne);
    let base = ty::without_none(&left.of);
    let Some(asked) = of(
        cx,
        &left.expr,
        base,
        if equal { Compare::Eq } else { op },
        right,
    ) else {
        return Asked::Unknown(Formula::opaque(format!("{:?} {op:?} {right:?}", left.expr)));
    };
    if !equal {
        return Asked::Ordered(asked);
    }
    match (&left.expr, &left.of) {
        // A value that is none equals nothing.
        (Expr::Path(path), Type::Optional(_)) => {
            Asked::Equal(Formula::All(vec![Formula::present(path.clone()), asked]))
        }
        _ => Asked::Equal(asked),
    }
}

/// What it means that a value which is there compares so with a literal or case; none if it
/// cannot be looked into.
pub(super) fn of(
    cx: &Context<'_>,
    left: &Expr,
    of: &Type,
    op: Compare,
    right: &Expr,
) -> Option<Formula> {
    if let Expr::Path(path) = left {
        return asked(cx, path, of, op, right);
    }
    match left {
        Expr::Call { function, args } if function == "count" => counted(args, op, right),
        Expr::Call { .. }
        | Expr::Path(_)
        | Expr::Literal(_)
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

fn counted(args: &[Expr], op: Compare, right: &Expr) -> Option<Formula> {
    let ([Expr::Path(path)], Expr::Literal(number)) = (args, right) else {
        return None;
    };
    Some(length(
        path,
        None,
        None,
        Test::Compares(op, number.as_f64()?),
    ))
}

/// What it means that a path compares so with a literal or case.
fn asked(cx: &Context<'_>, path: &Path, of: &Type, op: Compare, right: &Expr) -> Option<Formula> {
    let subject = Subject::Value(path.clone());
    let number = |whole: bool, min: Option<f64>, max: Option<f64>, with: f64| {
        let domain = Domain::Number { whole, min, max };
        Some(Formula::Ask(Question {
            of: subject.clone(),
            domain,
            test: Test::Compares(op, with),
        }))
    };
    let literal = match right {
        Expr::Literal(value) => value,
        Expr::Case(name) => {
            let cases = ty::cases(cx, of)?;
            let at = cases.iter().position(|case| &case.name == name)?;
            return Some(path::is_case(path, at, cases.len()));
        }
        Expr::Path(_)
        | Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::OneOf { .. }
        | Expr::Within { .. }
        | Expr::Is { .. }
        | Expr::Call { .. }
        | Expr::List(_)
        | Expr::Record(_) => return None,
    };
    #[expect(clippy::cast_precision_loss, reason = "bounds are small enough")]
    match of {
        Type::Bool => Some(Formula::choice(subject, u32::from(literal.as_bool()?), 2)),
        Type::Int { min, max } => number(
            true,
            min.map(|it| it as f64),
            max.map(|it| it as f64),
            literal.as_f64()?,
        ),
        Type::Float { min, max } => number(false, *min, *max, literal.as_f64()?),
        Type::Date | Type::Time | Type::Datetime | Type::Duration => {
            number(false, None, None, literal::moment(literal.as_str()?, of)?)
        }
        Type::Text { .. } | Type::Email | Type::Url | Type::Timezone => {
            Some(Formula::Ask(Question {
                of: subject,
                domain: Domain::Text,
                test: Test::Reads(literal.as_str()?.to_owned()),
            }))
        }
        Type::List { .. } | Type::Optional(_) | Type::Named(_) => None,
    }
}
