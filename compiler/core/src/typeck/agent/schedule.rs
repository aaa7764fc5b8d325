//! Times of an agent: on which days, at which hour, by whose clock.

use serde_json::Value;
use silex_bundle::campaign::{Day, Days, Every, Schedule, Zone};
use silex_bundle::{Path, Type};

use crate::diagnostic::Diagnostic;
use crate::syntax::ast;
use crate::typeck::expr::Place;
use crate::typeck::path::{self, Through, Walked};
use crate::typeck::scope::Scope;
use crate::typeck::{Context, literal, ty, zone};

/// Milliseconds of a day.
const DAY: u64 = 24 * 60 * 60 * 1000;

/// Who is written to, by name, and what is known of them. None when that is not known.
pub(super) type Whom<'s> = Option<(&'s str, &'s Scope<'s>)>;

/// When a campaign fires.
pub(super) fn check(cx: &Context<'_>, whom: Whom<'_>, from: &ast::Schedule) -> Option<Schedule> {
    let days = match &from.days {
        ast::Days::Every(every) => Some(Days::Every(weekday(*every))),
        ast::Days::Once { offset, after, day } => {
            let offset = match offset {
                Some(offset) => whole_days(cx, offset, *after),
                None => Some(0),
            };
            let day = day_of(cx, whom, day);
            day.zip(offset)
                .map(|(day, offset_days)| Days::Once { day, offset_days })
        }
    };
    let at = time(cx, &from.at);
    let zone = zone(cx, whom.map(|(_, scope)| scope), &from.zone);
    Some(Schedule {
        days: days?,
        at: at?,
        zone: zone?,
    })
}

/// A time of the day that exists.
pub(super) fn time(cx: &Context<'_>, written: &ast::Literal) -> Option<String> {
    text_of(literal::check(
        cx,
        written.span,
        &written.kind,
        &Type::Time,
        literal::Strict::Value,
    )?)
}

/// A zone of the database, or a field that holds one. Fields are passed over without a scope.
pub(super) fn zone(
    cx: &Context<'_>,
    scope: Option<&Scope<'_>>,
    written: &ast::Zone,
) -> Option<Zone> {
    let path = match written {
        ast::Zone::Name(text) => return zone::named(cx, text).map(Zone::Name),
        ast::Zone::Path(path) => path,
    };
    match field(cx, scope?, path)? {
        (Found::Path(path), Type::Timezone) => Some(Zone::Path(path)),
        (Found::Constant(name), Type::Text { .. }) => {
            let span = path.span;
            zone::named(cx, &ast::StringLit { text: name, span }).map(Zone::Name)
        }
        (_, of) => {
            wrong(cx, path, &of, "a clock goes by a `timezone`");
            None
        }
    }
}

fn whole_days(cx: &Context<'_>, offset: &ast::Duration, after: bool) -> Option<i64> {
    let days = i64::try_from(offset.ms / DAY).ok()?;
    if !offset.ms.is_multiple_of(DAY) || days == 0 {
        let message = format!("`{}` is no number of days", offset.text);
        cx.report(
            Diagnostic::error("wrong-value", offset.span, message)
                .help("count days or weeks, such as `3d` or `2w`; the hour stands behind `at`"),
        );
        return None;
    }
    Some(if after { days } else { -days })
}

fn day_of(cx: &Context<'_>, whom: Whom<'_>, day: &ast::Day) -> Option<Day> {
    let path = match day {
        ast::Day::Date(date) => {
            let strict = literal::Strict::Value;
            let date = literal::check(cx, date.span, &date.kind, &Type::Date, strict)?;
            return text_of(date).map(Day::Date);
        }
        ast::Day::Path(path) => path,
    };
    let (name, scope) = whom?;
    match field(cx, scope, path)? {
        (Found::Path(found), _) if found.root != name => {
            let message = format!("`{found}` is another day every day, so nothing counts from it");
            cx.report(
                Diagnostic::error("wrong-value", path.span, message)
                    .help(format!("count from a date, or from a field of `{name}`")),
            );
            None
        }
        (Found::Path(found), Type::Date) => Some(Day::Path(found)),
        (Found::Constant(date), Type::Date) => Some(Day::Date(date)),
        (_, of) => {
            wrong(cx, path, &of, "`once` counts from a `date`");
            None
        }
    }
}

/// What a time goes by.
enum Found {
    Path(Path),
    Constant(String),
}

/// A field or constant, and its type; that of a field which may be none is reported.
fn field(cx: &Context<'_>, scope: &Scope<'_>, written: &ast::Path) -> Option<(Found, Type)> {
    match path::walk(cx, scope, written, Place::Schedule, Through::Checked)? {
        Walked::Constant { of, value } => Some((Found::Constant(text_of(value)?), of)),
        Walked::Path { path, of } => {
            let of = path::narrowed(cx, scope, &path, of);
            if matches!(of, Type::Optional(_)) {
                let spelled = path.to_string();
                path::maybe_none(cx, written.span, &spelled, &spelled, Place::Schedule);
                return None;
            }
            Some((Found::Path(path), of))
        }
    }
}

fn wrong(cx: &Context<'_>, written: &ast::Path, of: &Type, wanted: &str) {
    let message = format!("`{written}` is `{}`, and {wanted}", ty::name(of));
    cx.report(Diagnostic::error("type-mismatch", written.span, message));
}

fn text_of(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

fn weekday(every: ast::Every) -> Every {
    match every {
        ast::Every::Day => Every::Day,
        ast::Every::Monday => Every::Monday,
        ast::Every::Tuesday => Every::Tuesday,
        ast::Every::Wednesday => Every::Wednesday,
        ast::Every::Thursday => Every::Thursday,
        ast::Every::Friday => Every::Friday,
        ast::Every::Saturday => Every::Saturday,
        ast::Every::Sunday => Every::Sunday,
    }
}
