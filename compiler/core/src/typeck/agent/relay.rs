//! Relays: who else is told what happens to mail.

use silex_bundle::relay::{Destination, Relay};

use super::{Addresses, event};
use crate::diagnostic::Diagnostic;
use crate::syntax::ast;
use crate::typeck::bounds::retry;
use crate::typeck::model::Once;
use crate::typeck::tool::is_name;
use crate::typeck::{Context, literal, place};

/// Checks a relay.
pub(super) fn check(
    cx: &Context<'_>,
    from: &ast::Relay,
    addresses: &mut Addresses,
) -> Option<Relay> {
    let mut once = Once::default();
    let (mut on, mut to, mut tries) = (Vec::new(), None, None);
    for line in &from.lines {
        match &line.kind {
            ast::RelayLineKind::On(events) => {
                once.line(cx, "on", (line.span, line.span));
                for written in events {
                    let event = event(written.kind);
                    if on.contains(&event) {
                        let message = format!("`{}` is told already", event.word());
                        cx.report(Diagnostic::error("duplicate-event", written.span, message));
                    } else {
                        on.push(event);
                    }
                }
            }
            ast::RelayLineKind::Webhook(name) => {
                once.line(cx, "to", (line.span, line.span));
                to = webhook(cx, name);
            }
            ast::RelayLineKind::Mail(address) => {
                once.line(cx, "to", (line.span, line.span));
                to = mail(cx, address, addresses);
            }
            ast::RelayLineKind::Retry(from) => {
                once.line(cx, "retry", (line.span, line.span));
                tries = retry(cx, from);
            }
            ast::RelayLineKind::Junk(_) => {}
        }
    }
    let broken = from
        .lines
        .iter()
        .any(|line| matches!(line.kind, ast::RelayLineKind::Junk(_)));
    for (word, help) in [
        (
            "on",
            "say which events are told, such as `on received, delivered`",
        ),
        (
            "to",
            "say who is told: `to webhook \"name\"` or `to mail \"address\"`",
        ),
    ] {
        if !broken && !once.has(word) {
            let message = format!("relay `{}` has no `{word}`", from.name.text);
            cx.report(Diagnostic::error("missing-line", from.name.span, message).help(help));
        }
    }
    Some(Relay {
        on,
        to: to?,
        retry: tries,
        span: place(from.name.span),
    })
}

fn webhook(cx: &Context<'_>, name: &ast::StringLit) -> Option<Destination> {
    if !is_name(&name.text) {
        let message = format!(
            "`{}` cannot be the name of a webhook in the runtime's configuration",
            name.text
        );
        cx.report(Diagnostic::error("wrong-value", name.span, message));
        return None;
    }
    if name.text.contains("://") {
        let message = format!("`{}` is an address, not a name", name.text);
        cx.report(
            Diagnostic::error("wrong-value", name.span, message)
                .help("name the webhook here; its address belongs to the runtime's configuration"),
        );
        return None;
    }
    Some(Destination::Webhook(name.text.clone()))
}

fn mail(
    cx: &Context<'_>,
    address: &ast::StringLit,
    addresses: &mut Addresses,
) -> Option<Destination> {
    let lower = address.text.to_lowercase();
    if !literal::is_email(&lower) {
        let message = format!("`{}` is no email address", address.text);
        cx.report(Diagnostic::error("wrong-value", address.span, message));
        return None;
    }
    addresses.told.push((lower.clone(), address.span));
    Some(Destination::Mail(lower))
}
