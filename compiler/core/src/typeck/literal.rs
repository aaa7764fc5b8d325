//! Literals: what each is as a value, and whether it fits the type of its place.

use serde_json::{Number, Value};
use silex_bundle::Type;

use super::{Context, ty, zone};
use crate::diagnostic::Diagnostic;
use crate::satisfy::{Unit, moment};
use crate::source::Span;
use crate::syntax::ast::{self, LiteralKind};

/// The type that a literal has by itself. A regular expression and `none` have none.
pub(super) fn type_of(kind: &LiteralKind) -> Option<Type> {
    match kind {
        LiteralKind::Text(text) => {
            let max = u32::try_from(text.text.chars().count()).ok();
            Some(Type::Text {
                trusted: true,
                min: max,
                max,
                pattern: None,
            })
        }
        LiteralKind::Number(number) if number.is_int() => {
            let whole = whole(number);
            Some(Type::Int {
                min: whole,
                max: whole,
            })
        }
        LiteralKind::Number(number) => Some(Type::Float {
            min: Some(number.value),
            max: Some(number.value),
        }),
        LiteralKind::Bool(_) => Some(Type::Bool),
        LiteralKind::Duration(_) => Some(Type::Duration),
        LiteralKind::Date(_) => Some(Type::Date),
        LiteralKind::Time(_) => Some(Type::Time),
        LiteralKind::Datetime(_) => Some(Type::Datetime),
        LiteralKind::None | LiteralKind::Regex(_) => None,
    }
}

/// The value of a literal whatever its place, if it can be one.
pub(super) fn value_of(kind: &LiteralKind) -> Option<Value> {
    match kind {
        LiteralKind::Text(text) => Some(Value::from(text.text.as_str())),
        LiteralKind::Number(number) => number_value(number),
        LiteralKind::Bool(value) => Some(Value::Bool(*value)),
        LiteralKind::None => Some(Value::Null),
        LiteralKind::Duration(duration) => Some(Value::from(duration.text.as_str())),
        LiteralKind::Date(text) | LiteralKind::Time(text) | LiteralKind::Datetime(text) => {
            Some(Value::from(text.as_str()))
        }
        LiteralKind::Regex(_) => None,
    }
}

fn whole(number: &ast::Number) -> Option<i64> {
    number.text.parse().ok()
}

fn number_value(number: &ast::Number) -> Option<Value> {
    match whole(number) {
        Some(whole) => Some(Value::from(whole)),
        None => Number::from_f64(number.value).map(Value::Number),
    }
}

/// What a literal is called in messages.
fn describe(kind: &LiteralKind) -> &'static str {
    match kind {
        LiteralKind::Text(_) => "a text",
        LiteralKind::Number(number) if number.is_int() => "a whole number",
        LiteralKind::Number(_) => "a number",
        LiteralKind::Bool(_) => "a boolean",
        LiteralKind::None => "`none`",
        LiteralKind::Duration(_) => "a duration",
        LiteralKind::Date(_) => "a date",
        LiteralKind::Time(_) => "a time",
        LiteralKind::Datetime(_) => "a date with a time",
        LiteralKind::Regex(_) => "a regular expression",
    }
}

/// How much of a type a literal must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strict {
    /// It becomes a value of the type, so bounds, patterns and formats hold.
    Value,
    /// It is compared with a value of the type.
    Compared,
}

/// The value of a literal in a place of a type.
pub(super) fn check(
    cx: &Context<'_>,
    span: Span,
    kind: &LiteralKind,
    wanted: &Type,
    strict: Strict,
) -> Option<Value> {
    if ty::is_unknown(wanted) {
        return value_of(kind);
    }
    match (kind, wanted) {
        (LiteralKind::None, Type::Optional(_)) => return Some(Value::Null),
        (_, Type::Optional(inner)) => return check(cx, span, kind, inner, strict),
        (LiteralKind::Bool(_), Type::Bool) | (LiteralKind::Duration(_), Type::Duration) => {}
        (LiteralKind::Date(text), Type::Date) => valid(cx, span, text, Unit::Date)?,
        (LiteralKind::Time(text), Type::Time) => valid(cx, span, text, Unit::Time)?,
        (LiteralKind::Datetime(text), Type::Datetime) => valid(cx, span, text, Unit::Datetime)?,
        (LiteralKind::Number(number), Type::Int { min, max }) => {
            let Some(whole) = whole(number) else {
                let message = format!("`{}` is not a whole number", number.text);
                cx.report(
                    Diagnostic::error("type-mismatch", span, message)
                        .at(format!("`{}` is wanted here", ty::name(wanted))),
                );
                return None;
            };
            let outside = min.is_some_and(|min| whole < min) || max.is_some_and(|max| whole > max);
            if outside && strict == Strict::Value {
                return out_of_range(cx, span, &number.text, wanted);
            }
        }
        (LiteralKind::Number(number), Type::Float { min, max }) => {
            let value = number.value;
            let outside = min.is_some_and(|min| value < min) || max.is_some_and(|max| value > max);
            if outside && strict == Strict::Value {
                return out_of_range(cx, span, &number.text, wanted);
            }
        }
        (LiteralKind::Text(text), Type::Text { .. } | Type::Email | Type::Url | Type::Timezone) => {
            if strict == Strict::Value {
                text_fits(cx, text, wanted)?;
            }
        }
        (
            LiteralKind::Text(_)
            | LiteralKind::Number(_)
            | LiteralKind::Bool(_)
            | LiteralKind::None
            | LiteralKind::Duration(_)
            | LiteralKind::Date(_)
            | LiteralKind::Time(_)
            | LiteralKind::Datetime(_)
            | LiteralKind::Regex(_),
            _,
        ) => {
            mismatch(cx, span, kind, wanted);
            return None;
        }
    }
    value_of(kind)
}

fn mismatch(cx: &Context<'_>, span: Span, kind: &LiteralKind, wanted: &Type) {
    let message = format!("{} where `{}` is wanted", describe(kind), ty::name(wanted));
    let mut report = Diagnostic::error("type-mismatch", span, message);
    match (kind, wanted) {
        (LiteralKind::Text(text), of)
            if ty::cases(cx, of)
                .is_some_and(|cases| cases.iter().any(|case| case.name == text.text)) =>
        {
            report = report.help("cases are written without quotes").fix(
                span,
                text.text.as_str(),
                format!("write `{}`", text.text),
            );
        }
        (LiteralKind::Text(text), of) if is_bare(&text.text, of) => {
            report = report.help("only texts stand in quotes").fix(
                span,
                text.text.as_str(),
                format!("write `{}`", text.text),
            );
        }
        (LiteralKind::Number(number), Type::Text { .. }) => {
            let quoted = format!("\"{}\"", number.text);
            report = report.help("texts stand in quotes").fix(
                span,
                quoted.as_str(),
                format!("write `{quoted}`"),
            );
        }
        (LiteralKind::Date(text), Type::Datetime) => {
            let first = format!("{text}T00:00Z");
            report = report
                .help(format!(
                    "a date and a date with a time do not mix; write `{first}`"
                ))
                .fix(span, first.as_str(), format!("write `{first}`"));
        }
        (LiteralKind::Datetime(text), Type::Date) => {
            let day = text.split('T').next().unwrap_or_default();
            report = report
                .help(format!(
                    "a date and a date with a time do not mix; write `{day}`"
                ))
                .fix(span, day, format!("write `{day}`"));
        }
        (LiteralKind::None, of) => {
            report = report.help(format!("only `{}?` can be none", ty::name(of)));
        }
        (
            LiteralKind::Text(_)
            | LiteralKind::Number(_)
            | LiteralKind::Bool(_)
            | LiteralKind::Duration(_)
            | LiteralKind::Date(_)
            | LiteralKind::Time(_)
            | LiteralKind::Datetime(_)
            | LiteralKind::Regex(_),
            _,
        ) => {}
    }
    cx.report(report);
}

/// Whether a text would be a value of a type if it stood in no quotes.
fn is_bare(text: &str, wanted: &Type) -> bool {
    let digits = text.chars().all(|c| c.is_ascii_digit() || "-.".contains(c));
    match wanted {
        Type::Bool => matches!(text, "true" | "false"),
        Type::Int { .. } => text.parse::<i64>().is_ok() && digits,
        Type::Float { .. } => text.parse::<f64>().is_ok() && digits,
        Type::Date => moment(text, Unit::Date).is_some() && text.len() == 10,
        Type::Time => moment(text, Unit::Time).is_some() && text.len() == 5,
        Type::Datetime => moment(text, Unit::Datetime).is_some() && text.contains('T'),
        Type::Duration => silex_bundle::duration::read(text).is_some(),
        Type::Text { .. }
        | Type::Email
        | Type::Url
        | Type::Timezone
        | Type::List { .. }
        | Type::Optional(_)
        | Type::Named(_) => false,
    }
}

fn out_of_range(cx: &Context<'_>, span: Span, text: &str, wanted: &Type) -> Option<Value> {
    let message = format!("`{text}` lies outside `{}`", ty::name(wanted));
    let report = Diagnostic::error("out-of-range", span, message);
    cx.report(match bound(text, wanted) {
        Some(bound) => report
            .help("write a value inside, or declare it wider")
            .fix(span, &bound, format!("write `{bound}`")),
        None => report.help("write a value inside, or declare it wider"),
    });
    None
}

/// The end of the range that a number has passed.
fn bound(text: &str, wanted: &Type) -> Option<String> {
    let number: f64 = text.parse().ok()?;
    let over = |max: f64| number > max;
    match wanted.without_none() {
        Type::Int { min, max } => {
            #[expect(
                clippy::cast_precision_loss,
                reason = "it only tells which end the number has passed"
            )]
            let greatest = max.filter(|max| over(*max as f64));
            greatest.or(*min).map(|bound| bound.to_string())
        }
        Type::Float { min, max } => {
            let greatest = max.filter(|max| over(*max));
            greatest.or(*min).map(|bound| bound.to_string())
        }
        Type::Text { .. }
        | Type::Bool
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::List { .. }
        | Type::Optional(_)
        | Type::Named(_) => None,
    }
}

/// Whether a date or time exists.
fn valid(cx: &Context<'_>, span: Span, text: &str, unit: Unit) -> Option<()> {
    if moment(text, unit).is_some() {
        return Some(());
    }
    let what = match unit {
        Unit::Date => "date",
        Unit::Time => "time",
        Unit::Datetime => "datetime",
        Unit::Duration => "duration",
        Unit::Plain | Unit::Count => "number",
    };
    let message = format!("`{text}` is no {what}");
    cx.report(Diagnostic::error("bad-literal", span, message).at("there is no such day or time"));
    None
}

fn text_fits(cx: &Context<'_>, text: &ast::StringLit, wanted: &Type) -> Option<()> {
    match wanted {
        Type::Text {
            min, max, pattern, ..
        } => {
            let length = u32::try_from(text.text.chars().count()).unwrap_or(u32::MAX);
            if min.is_some_and(|min| length < min) || max.is_some_and(|max| length > max) {
                let message = format!(
                    "a text of {length} characters lies outside `{}`",
                    ty::name(wanted)
                );
                cx.report(
                    Diagnostic::error("out-of-range", text.span, message)
                        .help("write another text, or declare it wider"),
                );
                return None;
            }
            if let Some(pattern) = pattern
                && let Ok(regex) = regex::Regex::new(pattern)
                && !regex.is_match(&text.text)
            {
                let message = format!("`{}` does not match `/{pattern}/`", text.text);
                cx.report(
                    Diagnostic::error("out-of-range", text.span, message)
                        .help("write a text that the pattern matches, or change the pattern where the type is declared"),
                );
                return None;
            }
            Some(())
        }
        Type::Email => format(
            cx,
            text,
            is_email(&text.text),
            ["an email address", "write it in full: `name@example.org`"],
        ),
        Type::Url => format(
            cx,
            text,
            is_url(&text.text),
            [
                "an absolute http or https address",
                "write it in full: `https://example.org/page`",
            ],
        ),
        Type::Timezone => zone::named(cx, text).map(|_| ()),
        Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::List { .. }
        | Type::Optional(_)
        | Type::Named(_) => Some(()),
    }
}

fn format(
    cx: &Context<'_>,
    text: &ast::StringLit,
    right: bool,
    [what, help]: [&str; 2],
) -> Option<()> {
    if !right {
        let message = format!("`{}` is not {what}", text.text);
        cx.report(Diagnostic::error("bad-literal", text.span, message).help(help));
    }
    right.then_some(())
}

/// An address with one `@`, something before it and a domain with a point behind it.
pub(super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    !local.is_empty()
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && domain.contains('.')
        && !text
            .contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ','))
        && !local.contains('@')
}

fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}
