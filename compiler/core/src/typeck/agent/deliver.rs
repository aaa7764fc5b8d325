//! Delivery: the sender, and how long, when and how often replies leave.

use silex_bundle::agent::{Deliver, Quiet};

use super::schedule;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast;
use crate::typeck::bounds::{at_most, some_time};
use crate::typeck::model::Once;
use crate::typeck::scope::Scope;
use crate::typeck::{Context, literal};

/// Checks `deliver`, whose times may go by the contact's clock.
pub(super) fn check(
    cx: &Context<'_>,
    contact: &Scope<'_>,
    from: &ast::Deliver,
    keyword: Span,
) -> Option<Deliver> {
    let mut once = Once::default();
    let mut sender = None;
    let (mut undo_ms, mut quiet, mut rate) = (None, None, None);
    for line in &from.lines {
        match &line.kind {
            ast::DeliverLineKind::From(text) => {
                once.line(cx, "from", (line.keyword, line.span));
                if !is_sender(&text.text) {
                    let message = format!("`{}` is no sender", text.text);
                    let help = "write `Name <address@example.org>` or the address alone";
                    cx.report(Diagnostic::error("wrong-value", text.span, message).help(help));
                }
                sender = Some(text.text.clone());
            }
            ast::DeliverLineKind::Undo(duration) => {
                once.line(cx, "undo", (line.keyword, line.span));
                undo_ms = some_time(cx, duration, "nobody could take a reply back in it");
            }
            ast::DeliverLineKind::Quiet { from, to, zone } => {
                once.line(cx, "quiet", (line.keyword, line.span));
                quiet = hours(cx, contact, from, to, zone);
            }
            ast::DeliverLineKind::AtMost(from) => {
                once.line(cx, "at_most", (line.keyword, line.span));
                rate = at_most(cx, from);
            }
            ast::DeliverLineKind::Junk(_) => {}
        }
    }
    let broken = from
        .lines
        .iter()
        .any(|line| matches!(line.kind, ast::DeliverLineKind::Junk(_)));
    if !broken && !once.has("from") {
        cx.report(
            Diagnostic::error("missing-line", keyword, "`deliver` has no `from`")
                .help("say who writes: `from \"Name <address@example.org>\"`"),
        );
    }
    Some(Deliver {
        from: sender?,
        undo_ms,
        quiet,
        at_most: rate,
    })
}

/// The hours of `quiet`, which begin and end at two times.
fn hours(
    cx: &Context<'_>,
    contact: &Scope<'_>,
    from: &ast::Literal,
    to: &ast::Literal,
    zone: &ast::Zone,
) -> Option<Quiet> {
    let (begin, end) = (schedule::time(cx, from), schedule::time(cx, to));
    let zone = schedule::zone(cx, Some(contact), zone);
    if begin.is_some() && begin == end {
        let message = "these hours end where they begin";
        cx.report(
            Diagnostic::error("wrong-value", from.span.to(to.span), message)
                .at("no hour, or all of them")
                .help("say from when to when nothing is sent, such as `21:00..07:00`"),
        );
    }
    Some(Quiet {
        from: begin?,
        to: end?,
        zone: zone?,
    })
}

/// `Name <address>`, or an address alone. A line end in it would forge a header.
fn is_sender(text: &str) -> bool {
    let address = match text.strip_suffix('>').and_then(|rest| rest.split_once('<')) {
        Some((_, address)) => address,
        None => text,
    };
    !text.chars().any(char::is_control) && literal::is_email(address.trim())
}
