//! Types as written to types as meant, and how two types relate.

use regex::RegexBuilder;
use silex_bundle::schema::{Declaration, Shape};
pub use silex_bundle::spelling::{bare, name};
use silex_bundle::{Expr, Type};

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::resolve::{Kind, ModuleId};
use crate::source::Span;
use crate::syntax::ast;

/// The type of a thing whose type was reported: it fits everywhere and nothing is said about it.
#[must_use]
pub fn unknown() -> Type {
    Type::Named(String::new())
}

/// Whether a type is [`unknown`], or a list or optional of it.
#[must_use]
pub fn is_unknown(of: &Type) -> bool {
    match of {
        Type::Named(name) => name.is_empty(),
        Type::List { of, .. } | Type::Optional(of) => is_unknown(of),
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
        | Type::Timezone => false,
    }
}

/// The type that is written, or [`unknown`] after a report.
pub fn lower_or_unknown(cx: &Context<'_>, module: ModuleId, written: &ast::Type) -> Type {
    lower(cx, module, written).unwrap_or_else(unknown)
}

/// The type that is written.
pub fn lower(cx: &Context<'_>, module: ModuleId, written: &ast::Type) -> Option<Type> {
    let of = match &written.kind {
        ast::TypeKind::List { item, size } => {
            let (min, max) = counts(cx, size.as_ref())?;
            Type::List {
                of: Box::new(lower(cx, module, item)?),
                min,
                max,
            }
        }
        ast::TypeKind::Text {
            trusted,
            length,
            pattern,
        } => {
            let (min, max) = counts(cx, length.as_ref())?;
            let pattern = match pattern {
                Some(regex) => Some(self::pattern(cx, regex)?),
                None => None,
            };
            Type::Text {
                trusted: *trusted,
                min,
                max,
                pattern,
            }
        }
        ast::TypeKind::Int(range) => {
            let (min, max) = bounds(cx, range.as_ref(), true)?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "checked to be whole and small"
            )]
            let whole = |number: f64| number as i64;
            Type::Int {
                min: min.map(whole),
                max: max.map(whole),
            }
        }
        ast::TypeKind::Float(range) => {
            let (min, max) = bounds(cx, range.as_ref(), false)?;
            Type::Float { min, max }
        }
        ast::TypeKind::Plain(plain) => match plain {
            ast::PlainType::Bool => Type::Bool,
            ast::PlainType::Email => Type::Email,
            ast::PlainType::Url => Type::Url,
            ast::PlainType::Date => Type::Date,
            ast::PlainType::Time => Type::Time,
            ast::PlainType::Datetime => Type::Datetime,
            ast::PlainType::Duration => Type::Duration,
            ast::PlainType::Timezone => Type::Timezone,
        },
        ast::TypeKind::Named(name) => {
            Type::Named(cx.find(module, name, &Kind::TYPES)?.qualified.clone())
        }
        ast::TypeKind::Junk => return None,
    };
    Some(if written.optional {
        Type::Optional(Box::new(of))
    } else {
        of
    })
}

/// The regular expression in the syntax of `regex`, after it was compiled.
pub fn pattern(cx: &Context<'_>, regex: &ast::Regex) -> Option<String> {
    let flag = if regex.ignore_case { "(?i)" } else { "" };
    let pattern = format!("{flag}{}", regex.pattern);
    // Compiling is slow beside all else here, and one pattern often stands in many rules.
    if cx.patterns.borrow().contains(&pattern) {
        return Some(pattern);
    }
    match RegexBuilder::new(&pattern).size_limit(1 << 20).build() {
        Ok(_) => {
            cx.patterns.borrow_mut().insert(pattern.clone());
            Some(pattern)
        }
        Err(error) => {
            let text = error.to_string();
            let reason = text
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            cx.report(
                Diagnostic::error(
                    "bad-regex",
                    culprit(regex).unwrap_or(regex.span),
                    "the regular expression cannot be compiled",
                )
                .at(reason),
            );
            None
        }
    }
}

/// The part of a regular expression that cannot be read.
fn culprit(regex: &ast::Regex) -> Option<Span> {
    let regex_syntax::Error::Parse(error) = regex_syntax::parse(&regex.pattern).err()? else {
        return None;
    };
    // What was written with a `\/` in it has other places.
    let signs = 2 + usize::from(regex.ignore_case);
    let span = error.span();
    let is_as_written = regex.span.range().len() == regex.pattern.len() + signs;
    let start = regex.span.start + 1 + u32::try_from(span.start.offset).ok()?;
    let width = u32::try_from(span.end.offset - span.start.offset).ok()?;
    is_as_written.then_some(Span {
        start,
        end: start + width.max(1),
        ..regex.span
    })
}

/// The largest whole number that a JSON number holds exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn bounds(
    cx: &Context<'_>,
    range: Option<&ast::Range>,
    whole: bool,
) -> Option<(Option<f64>, Option<f64>)> {
    let Some(range) = range else {
        return Some((None, None));
    };
    for number in range.min.iter().chain(&range.max) {
        if whole && (!number.is_int() || number.value.abs() > EXACT) {
            let message = format!("`{}` is not a whole number", number.text);
            cx.report(
                Diagnostic::error("bad-range", number.span, message)
                    .at("this range needs whole numbers"),
            );
            return None;
        }
    }
    if let (Some(min), Some(max)) = (&range.min, &range.max)
        && min.value > max.value
    {
        let message = format!("the range `{}..{}` is empty", min.text, max.text);
        cx.report(
            Diagnostic::error("bad-range", range.span, message)
                .at("the first number is greater than the second")
                .help(format!("did you mean `{}..{}`?", max.text, min.text))
                .fix(
                    range.span,
                    format!("{}..{}", max.text, min.text),
                    "swap the ends",
                ),
        );
        return None;
    }
    Some((
        range.min.as_ref().map(|it| it.value),
        range.max.as_ref().map(|it| it.value),
    ))
}

/// The ends of a range that counts characters or items.
fn counts(cx: &Context<'_>, range: Option<&ast::Range>) -> Option<(Option<u32>, Option<u32>)> {
    let (min, max) = bounds(cx, range, true)?;
    let too_far = |number: f64| number < 0.0 || number > f64::from(u32::MAX);
    if let Some(range) = range
        && min.into_iter().chain(max).any(too_far)
    {
        cx.report(Diagnostic::error(
            "bad-range",
            range.span,
            "a length lies between 0 and 4294967295",
        ));
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "checked above"
    )]
    let count = |number: f64| number as u32;
    Some((min.map(count), max.map(count)))
}

/// Where the declaration of a type stands.
pub(super) fn place(cx: &Context<'_>, of: &Type) -> Option<Span> {
    let Type::Named(name) = of.without_none() else {
        return None;
    };
    cx.place_of(name)
}

/// The declaration of a named type.
pub fn declaration<'c>(cx: &'c Context<'_>, of: &Type) -> Option<&'c Declaration> {
    match of {
        Type::Named(name) => cx.hir.declarations.get(name),
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
        | Type::Timezone
        | Type::List { .. }
        | Type::Optional(_) => None,
    }
}

/// The cases of an enum.
pub fn cases<'c>(cx: &'c Context<'_>, of: &Type) -> Option<&'c [silex_bundle::schema::Case]> {
    match &declaration(cx, of)?.shape {
        Shape::Enum { cases } => Some(cases),
        Shape::Record { .. } | Shape::Entity { .. } => None,
    }
}

/// Whether every value of one type is a value of the other.
#[must_use]
pub fn fits(found: &Type, wanted: &Type) -> bool {
    if is_unknown(found) || is_unknown(wanted) {
        return true;
    }
    match (found, wanted) {
        (Type::Optional(found), Type::Optional(wanted)) => fits(found, wanted),
        (found, Type::Optional(wanted)) => fits(found, wanted),
        (
            Type::Text {
                trusted,
                min,
                max,
                pattern,
            },
            Type::Text {
                trusted: wants_trusted,
                min: least,
                max: most,
                pattern: matching,
            },
        ) => {
            (*trusted || !wants_trusted)
                && within(min.or(Some(0)), *max, *least, *most)
                && (matching.is_none() || pattern == matching)
        }
        (
            Type::Email | Type::Url,
            Type::Text {
                trusted,
                min,
                max,
                pattern,
            },
        ) => {
            !trusted
                && pattern.is_none()
                && min.is_none_or(|min| min <= 1)
                && max.is_none_or(|max| max >= 2048)
        }
        (
            Type::Int { min, max },
            Type::Int {
                min: least,
                max: most,
            },
        ) => within(*min, *max, *least, *most),
        (
            Type::Float { min, max },
            Type::Float {
                min: least,
                max: most,
            },
        ) => within(*min, *max, *least, *most),
        #[expect(clippy::cast_precision_loss, reason = "bounds are small enough")]
        (
            Type::Int { min, max },
            Type::Float {
                min: least,
                max: most,
            },
        ) => within(
            min.map(|it| it as f64),
            max.map(|it| it as f64),
            *least,
            *most,
        ),
        (
            Type::List { of, min, max },
            Type::List {
                of: wanted,
                min: least,
                max: most,
            },
        ) => fits(of, wanted) && within(min.or(Some(0)), *max, *least, *most),
        (found, wanted) => found == wanted,
    }
}

/// Whether one range lies within the other.
fn within<T: PartialOrd>(
    min: Option<T>,
    max: Option<T>,
    least: Option<T>,
    most: Option<T>,
) -> bool {
    least.is_none_or(|least| min.is_some_and(|min| min >= least))
        && most.is_none_or(|most| max.is_some_and(|max| max <= most))
}

/// Reports that a value is of another type than its place takes.
pub(crate) fn mismatch(cx: &Context<'_>, span: Span, found: &Type, wanted: &Type) {
    if is_unknown(found) || is_unknown(wanted) {
        return;
    }
    let message = format!("this is `{}`, not `{}`", name(found), name(wanted));
    let mut report = Diagnostic::error("type-mismatch", span, message)
        .at(format!("`{}` is wanted here", name(wanted)));
    if let (Type::Text { trusted: false, .. }, Type::Text { trusted: true, .. }) = (found, wanted) {
        report = report.help("only constants, literals and `trusted text` are trusted");
    } else if kind(found) == kind(wanted) && !matches!(found, Type::Named(_)) {
        report = report.help(format!(
            "values of `{}` may lie outside `{}`; declare the same range",
            name(found),
            name(wanted)
        ));
    }
    cx.report(report);
}

/// What a type is, without its bounds.
pub(crate) fn kind(of: &Type) -> std::mem::Discriminant<Type> {
    std::mem::discriminant(of)
}

/// The spelling of a path or literal for messages.
pub(crate) fn spelled(expr: &Expr) -> String {
    match expr {
        Expr::Path(path) => path.to_string(),
        Expr::Case(name) => name.clone(),
        Expr::Literal(value) => value.to_string(),
        Expr::Call { function, args } => {
            let args: Vec<String> = args.iter().map(spelled).collect();
            format!("{function}({})", args.join(", "))
        }
        Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::OneOf { .. }
        | Expr::Within { .. }
        | Expr::Is { .. }
        | Expr::List(_)
        | Expr::Record(_) => "this".to_owned(),
    }
}
