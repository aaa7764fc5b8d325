//! Times and numbers of lines: time-outs, tries, rates.

use silex_bundle::tool::{AtMost, Retry};

use super::Context;
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;

/// The limits of a `timeout`, in milliseconds: a call that takes longer holds its thread up.
const LONGEST: u64 = 24 * 60 * 60 * 1000;

/// A time-out that is long enough for an answer.
pub(super) fn timeout(cx: &Context<'_>, duration: &ast::Duration) -> u64 {
    if !(1..=LONGEST).contains(&duration.ms) {
        let message = format!("`{}` is no time to wait for an answer", duration.text);
        cx.report(Diagnostic::error("wrong-value", duration.span, message).help("from 1ms to 1d"));
    }
    duration.ms
}

/// A retry that tries at least once and whose delays grow.
pub(super) fn retry(cx: &Context<'_>, from: &ast::Retry) -> Option<Retry> {
    let attempts = whole(&from.times).filter(|times| (1..=100).contains(times));
    if attempts.is_none() {
        out_of_range(
            cx,
            &from.times,
            "`retry` takes a whole number of tries from 1 to 100",
        );
    }
    if from.from.ms > from.to.ms || from.from.ms == 0 {
        let message = format!(
            "the delays of `retry` go from `{}` to `{}`",
            from.from.text, from.to.text
        );
        cx.report(
            Diagnostic::error("wrong-value", from.from.span.to(from.to.span), message)
                .help("the first delay is above 0 and not longer than the last"),
        );
    }
    Some(Retry {
        attempts: attempts?,
        from_ms: from.from.ms,
        to_ms: from.to.ms,
    })
}

/// A rate that lets something through.
pub(super) fn at_most(cx: &Context<'_>, from: &ast::AtMost) -> Option<AtMost> {
    let count = whole(&from.number).filter(|count| *count > 0);
    if count.is_none() {
        out_of_range(
            cx,
            &from.number,
            "`at_most` takes a whole number of at least 1; what must not happen at all is left out",
        );
    }
    let per_ms = some_time(cx, &from.per, "in no time nothing can be counted");
    Some(AtMost {
        count: count?,
        per_ms: per_ms?,
    })
}

/// A stretch of time that is not empty, in milliseconds.
pub(super) fn some_time(cx: &Context<'_>, duration: &ast::Duration, why: &str) -> Option<u64> {
    if duration.ms == 0 {
        let message = format!("`{}` is no time: {why}", duration.text);
        cx.report(
            Diagnostic::error("wrong-value", duration.span, message)
                .help("a duration is above 0, such as `30m`, `4h` or `1d`"),
        );
        return None;
    }
    Some(duration.ms)
}

/// Reports a number that is none of those that may stand.
pub(super) fn out_of_range(cx: &Context<'_>, number: &ast::Number, help: &str) {
    let message = format!("`{}` is out of range", number.text);
    cx.report(Diagnostic::error("wrong-value", number.span, message).help(help));
}

/// The number, if it is whole and none of the greatest.
pub(super) fn whole(number: &ast::Number) -> Option<u32> {
    number.text.parse().ok()
}
