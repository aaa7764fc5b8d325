//! Expressions: their types, and what conditions say about paths.

use silex_bundle::expr::Presence;
use silex_bundle::{Expr, Type};

use super::path::{self, Through, Walked};
use super::scope::Scope;
use super::{Context, ask_first, compare, constant, function, literal, taint, ty, value};
use crate::diagnostic::Diagnostic;
use crate::resolve::Kind;
use crate::satisfy::Formula;
use crate::syntax::ast::{self, ExprKind, LiteralKind};

/// Where an expression stands: it decides which functions and comparisons may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The condition of a `when`.
    When,
    /// The check of a rule.
    Check,
    /// The condition of a gate.
    Gate,
    /// A line of `review`.
    Review,
    /// The condition of a line of `after`.
    After,
    /// The audience of a campaign.
    Where,
    /// A clock or a day that something goes by.
    Schedule,
    /// A hole in prose.
    Hole,
    /// An argument of a ruleset or of a tool's handler.
    Argument,
    /// An argument in an agent.
    AgentArgument,
    /// The value that a handler saves.
    Save,
    /// An expectation of an example.
    Expect,
}

impl Place {
    /// Where it is, for messages.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::When => "the condition of a `when`",
            Self::Check => "a check",
            Self::Gate => "a gate",
            Self::Review => "a line of `review`",
            Self::After => "a line of `after`",
            Self::Where => "an audience",
            Self::Schedule => "a time",
            Self::Hole => "prose",
            Self::Argument => "an argument",
            Self::AgentArgument => "an argument in an agent",
            Self::Save => "a saved value",
            Self::Expect => "an expectation",
        }
    }
}

/// An expression and its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// The expression.
    pub expr: Expr,
    /// Its type, without `?` where `none` is ruled out.
    pub of: Type,
    /// Whether it can carry words that someone else wrote.
    pub tainted: bool,
}

/// A condition and what it says.
#[derive(Debug, Clone)]
pub struct Condition {
    /// The condition; none if it was wrong, and reported.
    pub expr: Option<Expr>,
    /// What holds where it is true; its opposite holds where it is false.
    pub says: Formula,
}

/// The expression, which must be of a type if one is wanted.
pub fn check(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    wanted: Option<&Type>,
    place: Place,
) -> Option<Typed> {
    let typed = typed(cx, scope, written, wanted, place, Through::Checked)?;
    let Some(wanted) = wanted else {
        return Some(typed);
    };
    if ty::fits(&typed.of, wanted) {
        return Some(typed);
    }
    if let (Type::Optional(inner), false) = (&typed.of, matches!(wanted, Type::Optional(_)))
        && ty::fits(inner, wanted)
    {
        let spelled = ty::spelled(&typed.expr);
        path::maybe_none(cx, written.span, &spelled, &spelled, place);
    } else {
        ty::mismatch(cx, written.span, &typed.of, wanted);
    }
    None
}

/// The expression as it is, wanted type or not; the wanted type only tells cases apart.
pub(super) fn typed(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    wanted: Option<&Type>,
    place: Place,
    through: Through,
) -> Option<Typed> {
    match &written.kind {
        ExprKind::Literal(kind) => literal_expr(cx, written, kind, wanted),
        ExprKind::List(items) => list(cx, scope, items, written.span, wanted),
        ExprKind::Path(path) => path_expr(cx, scope, path, wanted, place, through),
        ExprKind::Call(call) => function::call(cx, scope, None, call, place),
        ExprKind::Filter { value, call } => function::call(cx, scope, Some(value), call, place),
        ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Compare { .. }
        | ExprKind::Is { .. }
        | ExprKind::In { .. } => {
            let expr = condition(cx, scope, written, place).expr?;
            Some(Typed {
                expr,
                of: Type::Bool,
                tainted: false,
            })
        }
        ExprKind::Junk => None,
    }
}

fn literal_expr(
    cx: &Context<'_>,
    written: &ast::Expr,
    kind: &LiteralKind,
    wanted: Option<&Type>,
) -> Option<Typed> {
    let value = match wanted {
        Some(wanted) => literal::check(cx, written.span, kind, wanted, literal::Strict::Value)?,
        None => literal::value_of(kind).or_else(|| misplaced_literal(cx, written))?,
    };
    // A literal that fits is of the wanted type, and is the author's own.
    let of = match wanted {
        Some(wanted) if ty::is_unknown(wanted) => literal::type_of(kind)?,
        Some(wanted) => wanted.clone(),
        None => literal::type_of(kind).or_else(|| misplaced_literal::<Type>(cx, written))?,
    };
    Some(Typed {
        expr: Expr::Literal(value),
        of,
        tainted: false,
    })
}

fn misplaced_literal<T>(cx: &Context<'_>, written: &ast::Expr) -> Option<T> {
    cx.report(Diagnostic::error(
        "type-mismatch",
        written.span,
        "this literal has no meaning here",
    ));
    None
}

fn list(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    items: &[ast::Value],
    span: crate::source::Span,
    wanted: Option<&Type>,
) -> Option<Typed> {
    let written = ast::Value {
        kind: ast::ValueKind::List(items.into()),
        span,
    };
    let of = match wanted {
        Some(wanted) => wanted.clone(),
        None => value::infer(cx, scope.module(), &written)?,
    };
    let value = value::check(cx, scope.module(), &written, &of)?;
    Some(Typed {
        expr: Expr::Literal(value),
        of,
        tainted: false,
    })
}

/// A single name is first a case of the wanted type, then a constant, then a variable.
fn path_expr(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Path,
    wanted: Option<&Type>,
    place: Place,
    through: Through,
) -> Option<Typed> {
    let base = wanted.map(Type::without_none);
    match &*written.names {
        [of, name] if of.is_type() => {
            let declared = cx.find(scope.module(), of, &[Kind::Enum])?;
            let of = Type::Named(declared.qualified.clone());
            return case(cx, scope, name, &of);
        }
        [name] if base.is_some_and(|base| has_case(cx, base, &name.text)) => {
            return case(cx, scope, name, base?);
        }
        [name]
            if name.is_type()
                && cx.names.lookup(scope.module(), &name.text).is_none()
                && base.is_some_and(|base| ty::cases(cx, base).is_some()) =>
        {
            return case(cx, scope, name, base?);
        }
        [name] if name.is_type() => {
            let message = format!("`{}` is a type, not a value", name.text);
            cx.report(
                Diagnostic::error("wrong-kind", name.span, message).help(format!(
                    "name one of its cases, as in `{}.…`, or something that has the type",
                    name.text
                )),
            );
            return None;
        }
        // Where a value of a type is wanted, a constant hides a variable of its name.
        [name] if base.is_some() => {
            let declared = cx.names.lookup(scope.module(), &name.text);
            if let Some(declared) = declared.filter(|it| it.kind == Kind::Constant) {
                let constant = constant::value_of(cx, declared)?;
                return Some(Typed {
                    expr: Expr::Literal(constant.value),
                    of: constant.of,
                    tainted: false,
                });
            }
            if scope.lookup(&name.text).is_none()
                && base.is_some_and(|base| ty::cases(cx, base).is_some())
            {
                // A case was meant: `case_index` says which there are.
                value::case_index(cx, name, base?)?;
            }
        }
        _ => {}
    }
    match path::walk(cx, scope, written, place, through)? {
        Walked::Constant { of, value } => Some(Typed {
            expr: Expr::Literal(value),
            of,
            tainted: false,
        }),
        Walked::Path { path, of } => {
            let tainted = taint::untrusted(cx, &of);
            let of = path::narrowed(cx, scope, &path, of);
            Some(Typed {
                expr: Expr::Path(path),
                of,
                tainted,
            })
        }
    }
}

fn has_case(cx: &Context<'_>, of: &Type, name: &str) -> bool {
    ty::cases(cx, of).is_some_and(|cases| cases.iter().any(|case| case.name == name))
}

/// A case as a value.
fn case(cx: &Context<'_>, scope: &Scope<'_>, name: &ast::Name, of: &Type) -> Option<Typed> {
    let kind = ast::ValueKind::Case {
        of: None,
        name: name.clone(),
        fields: None,
    };
    let written = ast::Value {
        kind,
        span: name.span,
    };
    let value = value::check(cx, scope.module(), &written, of)?;
    Some(Typed {
        expr: Expr::Literal(value),
        of: of.clone(),
        tainted: false,
    })
}

/// A condition: a boolean expression, and what it says about paths.
pub fn condition(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    place: Place,
) -> Condition {
    let told = cx.told();
    let condition = asked(cx, scope, written, place);
    ask_first::offer(cx, told, written, place);
    condition
}

fn asked(cx: &Context<'_>, scope: &Scope<'_>, written: &ast::Expr, place: Place) -> Condition {
    match &written.kind {
        ExprKind::And(all) => joined(cx, scope, all, place, Joined::And),
        ExprKind::Or(all) => joined(cx, scope, all, place, Joined::Or),
        ExprKind::Not(inner) => {
            let inner = asked(cx, scope, inner, place);
            Condition {
                expr: inner.expr.map(|it| Expr::Not(Box::new(it))),
                says: inner.says.negated(),
            }
        }
        ExprKind::Compare {
            left,
            op,
            op_span,
            right,
        } => {
            let sides = compare::Sides {
                left,
                op: *op,
                op_span: *op_span,
                right,
                span: written.span,
            };
            or_opaque(written, compare::compare(cx, scope, &sides, place))
        }
        ExprKind::Is { value, what } => {
            or_opaque(written, is(cx, scope, value, *what, place, written.span))
        }
        ExprKind::In { value, within } => or_opaque(
            written,
            compare::within(cx, scope, value, within, place, written.span),
        ),
        ExprKind::Literal(LiteralKind::Bool(value)) => Condition {
            expr: Some(Expr::Literal((*value).into())),
            says: Formula::Always(*value),
        },
        ExprKind::Literal(_)
        | ExprKind::List(_)
        | ExprKind::Path(_)
        | ExprKind::Call(_)
        | ExprKind::Filter { .. }
        | ExprKind::Junk => or_opaque(written, boolean(cx, scope, written, place)),
    }
}

/// A condition that was wrong may be true or false.
fn or_opaque(written: &ast::Expr, found: Option<(Expr, Formula)>) -> Condition {
    match found {
        Some((expr, says)) => Condition {
            expr: Some(expr),
            says,
        },
        None => Condition {
            expr: None,
            says: Formula::opaque(format!("{}:{}", written.span.file.0, written.span.start)),
        },
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joined {
    And,
    Or,
}

/// Each part of an `and` is asked where those before it are true, of an `or` where they are false.
fn joined(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    all: &[ast::Expr],
    place: Place,
    how: Joined,
) -> Condition {
    let mut inner = scope.inner();
    let mut exprs = Some(Vec::with_capacity(all.len()));
    let mut says = Vec::with_capacity(all.len());
    for written in all {
        let one = asked(cx, &inner, written, place);
        match (&mut exprs, one.expr) {
            (Some(exprs), Some(expr)) => exprs.push(expr),
            (exprs, _) => *exprs = None,
        }
        says.push(one.says.clone());
        inner.assume(match how {
            Joined::And => one.says,
            Joined::Or => one.says.negated(),
        });
    }
    match how {
        Joined::And => Condition {
            expr: exprs.map(Expr::And),
            says: Formula::All(says),
        },
        Joined::Or => Condition {
            expr: exprs.map(Expr::Or),
            says: Formula::Any(says),
        },
    }
}

/// A path, constant or call that is a boolean by itself.
fn boolean(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    place: Place,
) -> Option<(Expr, Formula)> {
    let it = typed(cx, scope, written, None, place, Through::Checked)?;
    let spelled = ty::spelled(&it.expr);
    if it.of == Type::Optional(Box::new(Type::Bool)) {
        path::maybe_none(cx, written.span, &spelled, &spelled, place);
        return None;
    }
    if it.of != Type::Bool {
        let of = &it.of;
        let message = format!("`{spelled}` is `{}`, not a condition", ty::name(of));
        let help = match of {
            Type::Optional(_) => format!("ask whether there is one: `{spelled} is some`"),
            Type::List { .. } | Type::Text { .. } => {
                format!("ask whether there is anything in it: `not {spelled} is empty`")
            }
            Type::Bool
            | Type::Int { .. }
            | Type::Float { .. }
            | Type::Email
            | Type::Url
            | Type::Date
            | Type::Time
            | Type::Datetime
            | Type::Duration
            | Type::Timezone
            | Type::Named(_) => format!("compare it: `{spelled} == …`"),
        };
        cx.report(Diagnostic::error("type-mismatch", written.span, message).help(help));
        return None;
    }
    let says = scope.world(cx).formula(&it.expr);
    Some((it.expr, says))
}

fn is(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    what: ast::Presence,
    place: Place,
    span: crate::source::Span,
) -> Option<(Expr, Formula)> {
    let it = as_declared(cx, scope, written, place)?;
    let spelled = ty::spelled(&it.expr);
    let what = match what {
        ast::Presence::Empty => {
            may_be_empty(cx, scope, written, &it, place)?;
            Presence::Empty
        }
        ast::Presence::None | ast::Presence::Some => {
            if !matches!(it.of, Type::Optional(_)) {
                let message = format!(
                    "`{spelled}` is never none: its type is `{}`",
                    ty::name(&it.of)
                );
                cx.report(
                    Diagnostic::error("never-none", span, message)
                        .at("always the same")
                        .help("take the question out"),
                );
                return None;
            }
            if what == ast::Presence::None {
                Presence::None
            } else {
                Presence::Some
            }
        }
    };
    let expr = Expr::Is {
        value: Box::new(it.expr),
        what,
    };
    let says = scope.world(cx).formula(&expr);
    compare::refuse_impossible(cx, scope, &says, span, || match what {
        Presence::None => format!("`{spelled}` is not none here"),
        Presence::Some => format!("`{spelled}` is none here"),
        Presence::Empty => format!("`{spelled}` is not empty here"),
    });
    Some((expr, says))
}

/// Refuses the question whether something is empty that is neither a list nor a text, or none.
fn may_be_empty(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    it: &Typed,
    place: Place,
) -> Option<()> {
    let of = if let Expr::Path(path) = &it.expr {
        path::narrowed(cx, scope, path, it.of.clone())
    } else {
        it.of.clone()
    };
    let holds_something = |of: &Type| matches!(of, Type::List { .. } | Type::Text { .. });
    if holds_something(&of) {
        return Some(());
    }
    let spelled = ty::spelled(&it.expr);
    if holds_something(of.without_none()) {
        path::maybe_none(cx, written.span, &spelled, &spelled, place);
    } else {
        let message = format!(
            "`{spelled}` is `{}`: only a list or a text can be empty",
            ty::name(&of)
        );
        cx.report(Diagnostic::error("type-mismatch", written.span, message));
    }
    None
}

/// An expression with the type that was declared, whatever is ruled out here.
pub(super) fn as_declared(
    cx: &Context<'_>,
    scope: &Scope<'_>,
    written: &ast::Expr,
    place: Place,
) -> Option<Typed> {
    if let ExprKind::Path(path) = &written.kind
        && let Walked::Path { path, of } = path::walk(cx, scope, path, place, Through::Checked)?
    {
        let tainted = taint::untrusted(cx, &of);
        return Some(Typed {
            expr: Expr::Path(path),
            of,
            tainted,
        });
    }
    typed(cx, scope, written, None, place, Through::Checked)
}
