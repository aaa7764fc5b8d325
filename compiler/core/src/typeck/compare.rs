//! Comparisons: which two sides may be compared where, and what a comparison says about a path.

use silex_bundle::expr::{Compare, Order};
use silex_bundle::{Expr, Type};

use super::expr::{Place, Typed, as_declared, typed};
use super::path::{self, Through};
use super::scope::Scope;
use super::{Context, literal, ty, value};
use crate::condition;
use crate::diagnostic::Diagnostic;
use crate::satisfy::Formula;
use crate::source::Span;
use crate::syntax::ast::{self, Comparison, ExprKind, LiteralKind};

/// A comparison as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'e> {
    /// Left side.
    pub(super) left: &'e ast::Expr,
    /// The sign.
    pub(super) op: Comparison,
    /// Where the sign stands.
    pub(super) op_span: Span,
    /// Right side.
    pub(super) right: &'e ast::Expr,
    /// All of it.
    pub(super) span: Span,
}

/// A comparison of two values.
pub(super) fn compare(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    sides: &Sides<'_>,
    place: Place,
) -> Option<(Expr, Formula)> {
    let literal = |side: &ast::Expr| matches!(side.kind, ExprKind::Literal(_));
    let flipped = literal(sides.left) && !literal(sides.right);
    let (subject, other) = if flipped {
        (sides.right, sides.left)
    } else {
        (sides.left, sides.right)
    };
    if is_none(cx, scope, other) {
        compared_with_none(cx, sides, subject);
        return None;
    }
    let left = as_declared(cx, scope, subject, place)?;
    let base = left.of.without_none().clone();
    let order = order_of(cx, &left.expr, &base, subject.span)?;
    let ordering = !matches!(sides.op, Comparison::Eq | Comparison::Ne);
    if ordering && !is_ordered(order) {
        let message = format!(
            "`{}` is `{}`, which has no order",
            ty::spelled(&left.expr),
            ty::name(&base)
        );
        cx.report(
            Diagnostic::error("not-ordered", sides.op_span, message).help(
                "only numbers, dates, times and durations have one; use `==`, `!=` or `in [ … ]`",
            ),
        );
        return None;
    }
    let right = comparand(cx, scope, other, &base, place)?;
    let left_none = matches!(left.of, Type::Optional(_)) && !is_present(cx, scope, &left.expr);
    if ordering && left_none {
        let spelled = ty::spelled(&left.expr);
        path::maybe_none(cx, subject.span, &spelled, &spelled, place);
        return None;
    }
    if matches!(right.of, Type::Optional(_)) {
        let spelled = ty::spelled(&right.expr);
        path::maybe_none(cx, other.span, &spelled, &spelled, place);
        return None;
    }
    if !matches!(right.expr, Expr::Literal(_) | Expr::Case(_)) {
        two_paths(cx, place, sides.span)?;
    }
    let op = operator(sides.op, flipped);
    let (path, literal) = (ty::spelled(&left.expr), shown(&right.expr, &base));
    let expr = Expr::Compare {
        op,
        order,
        left: Box::new(left.expr),
        right: Box::new(right.expr),
    };
    let says = scope.world(cx).formula(&expr);
    if ordering {
        let sign = condition::sign(op);
        refuse_impossible(cx, scope, &says, sides.span, || {
            format!("`{path} {sign} {literal}` is never true here")
        });
    } else {
        // What is not equal to a case speaks of the case too: it must be one that can be.
        let equal = if op == Compare::Ne {
            says.clone().negated()
        } else {
            says.clone()
        };
        refuse_impossible(cx, scope, &equal, sides.span, || {
            format!("`{path}` cannot be `{literal}` here")
        });
    }
    Some((expr, says))
}

/// Whether a side is `none`, or the word of another language for it.
fn is_none(cx: &Context<'_>, scope: &Scope<'_>, side: &ast::Expr) -> bool {
    let known = |name: &str| {
        scope.names().any(|it| it == name) || cx.names.lookup(scope.module(), name).is_some()
    };
    let is_theirs =
        |name: &ast::Name| crate::syntax::ours(&name.text) == Some("none") && !known(&name.text);
    matches!(side.kind, ExprKind::Literal(LiteralKind::None))
        || side.as_name().is_some_and(is_theirs)
}

fn compared_with_none(cx: &Context<'_>, sides: &Sides<'_>, subject: &ast::Expr) {
    let what = if sides.op == Comparison::Eq {
        "none"
    } else {
        "some"
    };
    let rest = Span {
        start: subject.span.end,
        ..sides.span
    };
    let report = Diagnostic::error("compared-with-none", sides.span, "`none` is not compared")
        .help(format!("write `is {what}`"));
    let report = if subject.span.start < sides.op_span.start {
        report.fix(rest, format!(" is {what}"), format!("write `is {what}`"))
    } else {
        report
    };
    cx.report(report);
}

fn is_present(cx: &Context<'_>, scope: &Scope<'_>, expr: &Expr) -> bool {
    matches!(expr, Expr::Path(path) if scope.is_present(cx, path))
}

fn two_paths(cx: &Context<'_>, place: Place, span: Span) -> Option<()> {
    match place {
        Place::Check
        | Place::Gate
        | Place::Review
        | Place::After
        | Place::Where
        | Place::Expect => Some(()),
        Place::When
        | Place::Hole
        | Place::Argument
        | Place::AgentArgument
        | Place::Save
        | Place::Schedule => {
            let message = format!("two values are compared in {}", place.describe());
            cx.report(
                Diagnostic::error("two-paths", span, message)
                    .at("here a path is compared with a literal or a constant")
                    .help("two values may be compared in checks, gates and `review`"),
            );
            None
        }
    }
}

fn is_ordered(order: Order) -> bool {
    match order {
        Order::Number | Order::Date | Order::Time | Order::Datetime | Order::Duration => true,
        Order::Text | Order::Bool | Order::Case => false,
    }
}

/// How values of a type are compared.
fn order_of(cx: &Context<'_>, expr: &Expr, of: &Type, span: Span) -> Option<Order> {
    let help = match of {
        Type::Int { .. } | Type::Float { .. } => return Some(Order::Number),
        Type::Text { .. } | Type::Email | Type::Url | Type::Timezone => return Some(Order::Text),
        Type::Bool => return Some(Order::Bool),
        Type::Date => return Some(Order::Date),
        Type::Time => return Some(Order::Time),
        Type::Datetime => return Some(Order::Datetime),
        Type::Duration => return Some(Order::Duration),
        Type::Named(_) if ty::cases(cx, of).is_some() => return Some(Order::Case),
        Type::Named(name) if name.is_empty() => return None,
        Type::List { .. } => "compare how many there are: `count(…)`, or ask whether it `is empty`",
        Type::Named(_) => "compare one of its fields",
        Type::Optional(_) => "ask whether it `is some`",
    };
    let message = format!(
        "`{}` is `{}`, which cannot be compared",
        ty::spelled(expr),
        ty::name(of)
    );
    cx.report(Diagnostic::error("not-comparable", span, message).help(help));
    None
}

fn operator(op: Comparison, flipped: bool) -> Compare {
    match (op, flipped) {
        (Comparison::Eq, _) => Compare::Eq,
        (Comparison::Ne, _) => Compare::Ne,
        (Comparison::Lt, false) | (Comparison::Gt, true) => Compare::Lt,
        (Comparison::Le, false) | (Comparison::Ge, true) => Compare::Le,
        (Comparison::Gt, false) | (Comparison::Lt, true) => Compare::Gt,
        (Comparison::Ge, false) | (Comparison::Le, true) => Compare::Ge,
    }
}

/// A literal of a type as an author writes it: dates and the like stand without quotes.
fn shown(expr: &Expr, of: &Type) -> String {
    match (expr, of) {
        (Expr::Literal(value), Type::Date | Type::Time | Type::Datetime | Type::Duration) => {
            value.as_str().unwrap_or_default().to_owned()
        }
        _ => ty::spelled(expr),
    }
}

/// The side that a value of a type is compared with.
fn comparand(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    base: &Type,
    place: Place,
) -> Option<Typed> {
    let as_case = |name: &ast::Name| {
        let at = value::case_index(cx, name, base)?;
        let name = ty::cases(cx, base)?.get(at)?.name.clone();
        Some(Typed {
            expr: Expr::Case(name),
            of: base.clone(),
            tainted: false,
        })
    };
    match &written.kind {
        ExprKind::Literal(kind) => {
            let value = literal::check(cx, written.span, kind, base, literal::Strict::Compared)?;
            Some(Typed {
                expr: Expr::Literal(value),
                of: base.clone(),
                tainted: false,
            })
        }
        ExprKind::Path(path) => match &*path.names {
            [of, name] if of.is_type() && ty::cases(cx, base).is_some() => {
                value::check_enum_name(cx, scope.module(), Some(of), base)?;
                as_case(name)
            }
            [name]
                if ty::cases(cx, base)
                    .is_some_and(|cases| cases.iter().any(|case| case.name == name.text)) =>
            {
                as_case(name)
            }
            _ => other_value(cx, scope, written, base, place),
        },
        ExprKind::List(_)
        | ExprKind::Call(_)
        | ExprKind::Filter { .. }
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Compare { .. }
        | ExprKind::Is { .. }
        | ExprKind::In { .. }
        | ExprKind::Junk => other_value(cx, scope, written, base, place),
    }
}

fn other_value(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    base: &Type,
    place: Place,
) -> Option<Typed> {
    let mut it = typed(cx, scope, written, Some(base), place, Through::Checked)?;
    if !comparable(base, it.of.without_none()) {
        let message = format!(
            "`{}` is `{}` and cannot be compared with `{}`",
            ty::spelled(&it.expr),
            ty::name(&it.of),
            ty::name(base)
        );
        let mut report = Diagnostic::error("type-mismatch", written.span, message);
        if matches!(
            (base, it.of.without_none()),
            (Type::Date, Type::Datetime) | (Type::Datetime, Type::Date)
        ) {
            report = report.help("a date and a date with a time do not mix");
        }
        cx.report(report);
        return None;
    }
    // A constant of an enum is compared by its case.
    if ty::cases(cx, base).is_some()
        && let Expr::Literal(value) = &it.expr
        && let Some(case) = value.get("kind").unwrap_or(value).as_str()
    {
        it.expr = Expr::Case(case.to_owned());
    }
    Some(it)
}

fn comparable(left: &Type, right: &Type) -> bool {
    let number = |of: &Type| matches!(of, Type::Int { .. } | Type::Float { .. });
    let text = |of: &Type| {
        matches!(
            of,
            Type::Text { .. } | Type::Email | Type::Url | Type::Timezone
        )
    };
    number(left) && number(right)
        || text(left) && text(right)
        || left == right
        || ty::is_unknown(right)
}

/// Reports a question whose answer the conditions around it rule out.
pub(super) fn refuse_impossible(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    claim: &Formula,
    span: Span,
    message: impl FnOnce() -> String,
) {
    if !scope.possible(claim) && scope.reachable() {
        cx.report(
            Diagnostic::error("impossible-comparison", span, message())
                .at("its type and the conditions around it rule this out")
                .help("take the comparison out, or move it out of the branch that rules it out")
                .rests_on([span]),
        );
    }
}

/// `value in […]`, `value in a..b`.
pub(super) fn within(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    within: &ast::Within,
    place: Place,
    span: Span,
) -> Option<(Expr, Formula)> {
    let mut left = as_declared(cx, scope, written, place)?;
    let base = left.of.without_none().clone();
    let order = order_of(cx, &left.expr, &base, written.span)?;
    let present = is_present(cx, scope, &left.expr);
    if present {
        left.of = base.clone();
    }
    match within {
        ast::Within::List(items, list_span) => one_of(cx, scope, left, items, *list_span),
        ast::Within::Range(range) => {
            if order != Order::Number {
                let message = format!(
                    "`{}` is `{}`: only a number lies in a range",
                    ty::spelled(&left.expr),
                    ty::name(&base)
                );
                cx.report(Diagnostic::error("type-mismatch", range.span, message));
                return None;
            }
            if matches!(left.of, Type::Optional(_)) {
                let spelled = ty::spelled(&left.expr);
                path::maybe_none(cx, written.span, &spelled, &spelled, place);
                return None;
            }
            in_range(cx, scope, left, range, span)
        }
    }
}

fn in_range(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    left: Typed,
    range: &ast::Range,
    span: Span,
) -> Option<(Expr, Formula)> {
    let (min, max) = (
        range.min.as_ref().map(|it| it.value),
        range.max.as_ref().map(|it| it.value),
    );
    if let (Some(least), Some(most)) = (min, max)
        && least > most
    {
        cx.report(Diagnostic::error(
            "bad-range",
            range.span,
            format!("the range `{least}..{most}` is empty"),
        ));
        return None;
    }
    let path = ty::spelled(&left.expr);
    let expr = Expr::Within {
        value: Box::new(left.expr),
        min,
        max,
    };
    let says = scope.world(cx).formula(&expr);
    refuse_impossible(cx, scope, &says, span, || {
        format!("`{path}` cannot lie in this range here")
    });
    Some((expr, says))
}

fn one_of(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    left: Typed,
    items: &[ast::Value],
    span: Span,
) -> Option<(Expr, Formula)> {
    let base = left.of.without_none().clone();
    if items.is_empty() {
        cx.report(Diagnostic::error(
            "impossible-comparison",
            span,
            "nothing is in an empty list",
        ));
        return None;
    }
    let world = scope.world(cx);
    let mut exprs = Vec::with_capacity(items.len());
    for item in items {
        let Some(expr) = list_item(cx, scope, item, &base) else {
            continue;
        };
        let equal = world.formula(&Expr::OneOf {
            value: Box::new(left.expr.clone()),
            of: vec![expr.clone()],
        });
        refuse_impossible(cx, scope, &equal, item.span, || {
            format!(
                "`{}` cannot be `{}` here",
                ty::spelled(&left.expr),
                shown(&expr, &base)
            )
        });
        exprs.push(expr);
    }
    let sound = exprs.len() == items.len();
    let expr = Expr::OneOf {
        value: Box::new(left.expr),
        of: exprs,
    };
    let says = world.formula(&expr);
    sound.then_some((expr, says))
}

fn list_item(cx: &Context<'_>, scope: &Scope<'_>, item: &ast::Value, base: &Type) -> Option<Expr> {
    if let ast::ValueKind::Literal(kind) = &item.kind {
        return literal::check(cx, item.span, kind, base, literal::Strict::Compared)
            .map(Expr::Literal);
    }
    // A case is compared by its name, whatever it carries.
    if let ast::ValueKind::Case {
        of,
        name,
        fields: None,
    } = &item.kind
        && ty::cases(cx, base).is_some_and(|cases| cases.iter().any(|case| case.name == name.text))
    {
        value::check_enum_name(cx, scope.module(), of.as_ref(), base)?;
        return Some(Expr::Case(name.text.clone()));
    }
    let value = value::check(cx, scope.module(), item, base)?;
    match ty::cases(cx, base) {
        Some(_) => value
            .get("kind")
            .unwrap_or(&value)
            .as_str()
            .map(|case| Expr::Case(case.to_owned())),
        None => Some(Expr::Literal(value)),
    }
}
