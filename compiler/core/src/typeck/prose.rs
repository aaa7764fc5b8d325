//! Prose: words and holes. What came from outside stands in a hole only behind a quote.

use silex_bundle::behaviour::{Hole, Piece, Quote};
use silex_bundle::{Expr, Type};

use super::expr::{Place, Typed, typed};
use super::path::{self, Through};
use super::scope::Scope;
use super::{Context, size, taint, ty};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, LiteralKind};

/// Characters of the lines around a fence, without its label.
const FENCE_FRAME: u32 = 64;
/// Up to so many declared characters the fix for an unquoted text is one line.
const SHORT: u32 = 200;

/// The pieces of prose; holes that were wrong are left out.
pub(super) fn check(cx: &Context<'_>, scope: &Scope<'_>, written: &ast::Prose) -> Box<[Piece]> {
    let piece = |piece: &ast::Piece| match piece {
        ast::Piece::Words { text, .. } => Some(Piece::Words(text.clone())),
        ast::Piece::Hole(written) => {
            hole(cx, scope, written).map(|hole| Piece::Hole(Box::new(hole)))
        }
    };
    let since = cx.told();
    let pieces = written.pieces.iter().filter_map(piece).collect();
    // One condition around the line mends all of its holes.
    cx.tell_once(since, "maybe-none");
    pieces
}

/// What an author asks for with the last filter, with the arguments of the filter.
enum Asked<'w> {
    Bare,
    Fence(&'w ast::Call, &'w [ast::Arg]),
    Inline(&'w ast::Call, &'w [ast::Arg]),
}

fn hole(cx: &Context<'_>, scope: &Scope<'_>, written: &ast::Hole) -> Option<Hole> {
    let (inner, asked) = split(&written.expr);
    let value = typed(cx, scope, inner, None, Place::Hole, Through::Checked)?;
    if ty::is_unknown(&value.of) {
        return None;
    }
    if matches!(value.of, Type::Optional(_)) {
        let spelled = ty::spelled(&value.expr);
        path::maybe_none(cx, inner.span, &spelled, &spelled, Place::Hole);
        return None;
    }
    if !prints(cx, &value.of) {
        not_printable(cx, inner, &value, &asked);
        return None;
    }
    let declared = size::printed(cx, &value.of);
    let (quote, max) = quote(cx, inner, &value, &asked, &written.source)?;
    let trusting = match (&quote, &written.trusting) {
        (Quote::Bare, Some(trusting)) => {
            trusted(cx, trusting, written, &value);
            Some(trusting.because.text.clone())
        }
        (Quote::Fence { .. } | Quote::Inline { .. }, Some(trusting)) => {
            let message = "what is quoted need not be trusted";
            let help = "take `trusting` and its reason out, or the quote";
            cx.report(needless(trusting, written, message.to_owned(), help));
            None
        }
        (Quote::Bare, None) if value.tainted => {
            untrusted(cx, inner, &written.source, declared);
            return None;
        }
        (_, None) => None,
    };
    Some(Hole {
        value: value.expr,
        quote,
        trusting,
        label: written.source.clone(),
        max,
    })
}

/// How a value is set off, and how many characters it takes then.
fn quote(
    cx: &Context<'_>,
    inner: &ast::Expr,
    value: &Typed,
    asked: &Asked<'_>,
    source: &str,
) -> Option<(Quote, u32)> {
    let declared = size::printed(cx, &value.of);
    match *asked {
        Asked::Bare => {
            let cut = (end_of(inner.span), " | truncate(500)");
            let max = declared.or_else(|| unbounded(cx, inner, value, cut))?;
            Some((Quote::Bare, max))
        }
        Asked::Fence(call, args) => {
            let max = if args.is_empty() {
                let cut = (end_of(call.span), "(max: 2000)");
                declared.or_else(|| unbounded(cx, inner, value, cut))?
            } else {
                number(cx, call, args, declared)?
            };
            let label = u32::try_from(source.chars().count()).unwrap_or(u32::MAX);
            let framed = max.saturating_add(label).saturating_add(FENCE_FRAME);
            Some((Quote::Fence { max }, framed))
        }
        Asked::Inline(call, args) => {
            if !is_text(&value.of) {
                let (what, of) = (ty::spelled(&value.expr), ty::name(&value.of));
                let message = format!("`{what}` is `{of}`, not a text");
                cx.report(
                    Diagnostic::error("type-mismatch", inner.span, message)
                        .at("`inline` quotes a text")
                        .help("it is clean: print it bare"),
                );
                return None;
            }
            let max = number(cx, call, args, None)?;
            let shown = declared.map_or(max, |declared| declared.min(max));
            Some((Quote::Inline { max }, shown.saturating_add(2)))
        }
    }
}

/// The last filter, if it quotes, and what it quotes: `x | fence` is `fence(x)`.
fn split(expr: &ast::Expr) -> (&ast::Expr, Asked<'_>) {
    let (value, call, args) = if let ExprKind::Filter { value, call } = &expr.kind {
        (&**value, call, &*call.args)
    } else if let ExprKind::Call(call) = &expr.kind
        && let Some((
            ast::Arg {
                name: None, value, ..
            },
            args,
        )) = call.args.split_first()
    {
        (value, call, args)
    } else {
        return (expr, Asked::Bare);
    };
    match call.name.text.as_str() {
        "fence" => (value, Asked::Fence(call, args)),
        "inline" => (value, Asked::Inline(call, args)),
        _ => (expr, Asked::Bare),
    }
}

/// Whether a value has a form of its own in prose.
fn prints(cx: &Context<'_>, of: &Type) -> bool {
    match of {
        Type::List { .. } | Type::Optional(_) => false,
        Type::Named(_) => ty::cases(cx, of).is_some() && !taint::untrusted(cx, of),
        Type::Text { .. }
        | Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone => true,
    }
}

fn is_text(of: &Type) -> bool {
    matches!(of, Type::Text { .. } | Type::Email | Type::Url)
}

fn not_printable(cx: &Context<'_>, inner: &ast::Expr, value: &Typed, asked: &Asked<'_>) {
    let what = if matches!(value.of, Type::List { .. }) {
        "a list"
    } else {
        "a record"
    };
    let spelled = ty::spelled(&value.expr);
    let message = format!("`{spelled}` is {what} and has no form of its own in prose");
    let mut report = Diagnostic::error("not-printable", inner.span, message)
        .at(format!("its type is `{}`", ty::name(&value.of)));
    let quote = if value.tainted {
        " | json | fence"
    } else {
        " | json"
    };
    report = if matches!(&value.of, Type::List { of, .. } if is_text(of)) {
        report.help(format!(
            "join it: `{spelled} | join(\", \")`, or print it as data: `{spelled}{quote}`"
        ))
    } else {
        report.help(format!(
            "print one of its fields, or all as data: `{spelled}{quote}`"
        ))
    };
    let filter = match asked {
        Asked::Bare => quote,
        // What is quoted already is only made a text.
        Asked::Fence(..) | Asked::Inline(..) => " | json",
    };
    cx.report(report.fix(end_of(inner.span), filter, "print it as data"));
}

fn end_of(span: Span) -> Span {
    Span {
        start: span.end,
        ..span
    }
}

fn unbounded<T>(
    cx: &Context<'_>,
    inner: &ast::Expr,
    value: &Typed,
    (at, cut): (Span, &str),
) -> Option<T> {
    let spelled = ty::spelled(&value.expr);
    let message = format!("`{spelled}` has no greatest length");
    cx.report(
        Diagnostic::error("unbounded-hole", inner.span, message)
            .at(format!("its type is `{}`", ty::name(&value.of)))
            .help("declare one, as in `text 0..500`, or cut it: `| inline(200)`, `| fence(max: 2000)`, `| truncate(500)`")
            .fix(at, cut, "cut it"),
    );
    None
}

/// The literal number of a quote.
fn number(
    cx: &Context<'_>,
    call: &ast::Call,
    args: &[ast::Arg],
    declared: Option<u32>,
) -> Option<u32> {
    let signature = if call.name.text == "inline" {
        "`inline(max)`"
    } else {
        "`fence` or `fence(max: …)`"
    };
    let wrong = |span: Span, message: &str| {
        cx.report(
            Diagnostic::error("wrong-arguments", span, message).help(format!(
                "it is {signature}, with a whole number of characters"
            )),
        );
    };
    let [arg] = args else {
        wrong(call.span, &format!("`{}` takes one number", call.name.text));
        return None;
    };
    if let Some(name) = arg.name.as_ref().filter(|name| name.text != "max") {
        cx.report(
            Diagnostic::error(
                "unknown-parameter",
                name.span,
                format!("`{}` has no parameter `{}`", call.name.text, name.text),
            )
            .did_you_mean(Some("max")),
        );
        return None;
    }
    let mut value = None;
    if let ExprKind::Literal(LiteralKind::Number(number)) = &arg.value.kind {
        value = number.text.parse::<u32>().ok();
    }
    match value.filter(|value| *value > 0) {
        // A fence is not longer than what stands in it.
        Some(value) => Some(declared.map_or(value, |declared| declared.min(value))),
        None => {
            wrong(arg.span, "this is not a whole number above zero");
            None
        }
    }
}

fn trusted(cx: &Context<'_>, trusting: &ast::Trusting, written: &ast::Hole, value: &Typed) {
    if !value.tainted {
        let message = format!("`{}` is clean already", ty::spelled(&value.expr));
        let help = "take `trusting` and its reason out";
        cx.report(needless(trusting, written, message, help));
    }
    if trusting.because.text.trim().is_empty() {
        cx.report(
            Diagnostic::error("empty-reason", trusting.because.span, "the reason is empty")
                .help("say why this text may give orders to the model"),
        );
    }
}

/// A `trusting` that nothing needs; what stands behind the word is kept.
fn needless(
    trusting: &ast::Trusting,
    written: &ast::Hole,
    message: String,
    help: &str,
) -> Diagnostic {
    let report = Diagnostic::error("needless-trust", trusting.keyword, message).help(help);
    let start = trusting.keyword.start;
    let inside = |at: u32| at.checked_sub(start).map(|at| at as usize);
    let kept = inside(written.expr.span.start)
        .zip(inside(written.expr.span.end))
        .and_then(|(from, to)| written.source.get(from..to));
    let whole = trusting.keyword.to(trusting.because.span);
    match kept {
        Some(kept) => report.fix(whole, kept, "take `trusting` out"),
        None => report,
    }
}

fn untrusted(cx: &Context<'_>, inner: &ast::Expr, spelled: &str, declared: Option<u32>) {
    let short = declared.filter(|max| *max <= SHORT);
    let quote = short.map_or_else(|| " | fence".to_owned(), |max| format!(" | inline({max})"));
    cx.report(
        Diagnostic::error("untrusted-in-prose", inner.span, format!("`{spelled}` is text from outside and stands bare in prose"))
            .at("the model could take it for an instruction")
            .help(format!(
                "quote it: `{spelled} | fence` for a block, `{spelled} | inline(80)` for a short line; or take the blame: `trusting {spelled} because \"…\"`"
            ))
            .fix(end_of(inner.span), quote, "quote it"),
    );
}

/// Whether an expression names something in scope.
pub(super) fn names_root(expr: &Expr, root: &str) -> bool {
    let any = |list: &[Expr]| list.iter().any(|it| names_root(it, root));
    match expr {
        Expr::Literal(_) | Expr::Case(_) => false,
        Expr::Path(path) => path.root == root,
        Expr::Not(inner) => names_root(inner, root),
        Expr::And(list) | Expr::Or(list) | Expr::List(list) | Expr::Call { args: list, .. } => {
            any(list)
        }
        Expr::Compare { left, right, .. } => names_root(left, root) || names_root(right, root),
        Expr::OneOf { value, of } => names_root(value, root) || any(of),
        Expr::Within { value, .. } | Expr::Is { value, .. } => names_root(value, root),
        Expr::Record(fields) => fields.iter().any(|(_, value)| names_root(value, root)),
    }
}
