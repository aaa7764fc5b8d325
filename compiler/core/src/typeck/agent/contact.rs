//! Contacts: who writes, found by their address or made on the first mail.

use silex_bundle::Type;
use silex_bundle::agent::Contact;
use silex_bundle::schema::{Field, Shape};

use crate::diagnostic::Diagnostic;
use crate::edit_distance::nearest;
use crate::resolve::{Declared, Kind};
use crate::syntax::ast;
use crate::typeck::{Context, taint, ty};

/// The contact of an agent, which must have one.
pub(super) fn check(
    cx: &Context<'_>,
    declared: &Declared<'_>,
    from: &ast::Agent,
) -> Option<Contact> {
    let (name, entity, by) = from.lines.iter().find_map(|line| match &line.kind {
        ast::AgentLineKind::Contact { name, entity, by } => Some((name, entity, by)),
        ast::AgentLineKind::Inbox(_)
        | ast::AgentLineKind::Guard(_)
        | ast::AgentLineKind::Observe(_)
        | ast::AgentLineKind::Route(_)
        | ast::AgentLineKind::After(_)
        | ast::AgentLineKind::Review(_)
        | ast::AgentLineKind::Deliver(_)
        | ast::AgentLineKind::Relay(_)
        | ast::AgentLineKind::Campaign(_)
        | ast::AgentLineKind::Allow(_)
        | ast::AgentLineKind::Junk(_) => None,
    })?;
    own_name(cx, name);
    let found = cx.find(declared.module, entity, &[Kind::Entity])?;
    let stands = found.item.span;
    let Shape::Entity { fields, key, .. } = &cx.hir.declarations.get(&found.qualified)?.shape
    else {
        return None;
    };
    match fields.iter().find(|field| field.name == by.text) {
        None => {
            let message = format!("`{}` has no field `{}`", entity.text, by.text);
            let nearest = nearest(&by.text, fields.iter().map(|field| field.name.as_str()));
            cx.report(Diagnostic::error("unknown-field", by.span, message).did_you_mean(nearest));
        }
        Some(field) if by.text != *key || field.of != Type::Email => {
            let message = format!(
                "`{}` must be the key of `{}` and an `email`",
                by.text, entity.text
            );
            cx.report(
                Diagnostic::error("contact-key", by.span, message)
                    .help("the contact of a mail is found by the address that it came from")
                    .rests_on([stands]),
            );
        }
        Some(_) => {}
    }
    if let Some(field) = fields.iter().find(|field| field.name == "name") {
        taint::refuse_trusted(
            cx,
            name.span,
            &field.of,
            "the name of a contact, which comes with the mail,",
        );
    }
    for field in fields
        .iter()
        .filter(|field| field.name != *key && field.name != by.text && !can_begin(cx, field))
    {
        let message = format!(
            "`{}` cannot be made on a first mail: `{}` has no default",
            entity.text, field.name
        );
        cx.report(
            Diagnostic::error("contact-field", entity.span, message)
                .help(format!(
                    "give `{}` a default, or write `?` behind its type",
                    field.name
                ))
                .rests_on([stands]),
        );
    }
    Some(Contact {
        name: name.text.clone(),
        entity: found.qualified.clone(),
        by: by.text.clone(),
    })
}

/// Whether a field has a value before anybody gave one. A name comes with the mail.
fn can_begin(cx: &Context<'_>, field: &Field) -> bool {
    field.default.is_some()
        || ty::is_unknown(&field.of)
        || (field.name == "name" && matches!(field.of, Type::Text { .. }))
        || has_default(cx, &field.of)
}

/// Whether there is a value of the type that nobody has to give.
pub(in crate::typeck) fn has_default(cx: &Context<'_>, of: &Type) -> bool {
    match of {
        Type::Optional(_) => true,
        Type::Named(_) => match ty::declaration(cx, of).map(|declaration| &declaration.shape) {
            Some(Shape::Record { fields }) => fields
                .iter()
                .all(|field| field.default.is_some() || has_default(cx, &field.of)),
            Some(Shape::Entity { .. } | Shape::Enum { .. }) => false,
            None => true,
        },
        Type::List { .. }
        | Type::Text { .. }
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

/// Names that mean something of their own in some part of an agent.
const STANDARD: [&str; 7] = ["mail", "thread", "draft", "reply", "result", "now", "today"];

/// Refuses a name that an agent gives to something and that has a meaning already.
pub(super) fn own_name(cx: &Context<'_>, name: &ast::Name) {
    if STANDARD.contains(&name.text.as_str()) {
        let message = format!("`{}` has a meaning of its own in an agent", name.text);
        cx.report(
            Diagnostic::error("standard-name", name.span, message).help("give it another name"),
        );
    }
}
