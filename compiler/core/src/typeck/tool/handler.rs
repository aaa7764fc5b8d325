//! What carries a tool out, and what that asks of its signature.

use silex_bundle::Type;
use silex_bundle::expr::Path;
use silex_bundle::schema::Shape;
use silex_bundle::tool::Handler;

use super::{Signature, Touch};
use crate::diagnostic::Diagnostic;
use crate::resolve::Kind;
use crate::syntax::ast;
use crate::typeck::expr::{self, Place};
use crate::typeck::{Context, call, save, taint, ty};

/// A handler and what it touches.
#[derive(Default)]
pub(super) struct Found {
    pub(super) handler: Option<Handler>,
    pub(super) touches: Option<(Touch, String)>,
}

/// Checks what stands behind `via`.
pub(super) fn check(cx: &Context<'_>, signature: &Signature<'_>, via: &ast::Handler) -> Found {
    let plain = |handler| Found {
        handler: Some(handler),
        touches: None,
    };
    match &via.kind {
        ast::HandlerKind::Search(name) => search(cx, signature, name).unwrap_or_default(),
        ast::HandlerKind::Get(name) => get(cx, signature, name).unwrap_or_default(),
        ast::HandlerKind::Save { path, value } => {
            saved(cx, signature, path, value).unwrap_or_default()
        }
        ast::HandlerKind::Behaviour(call) => behaviour(cx, signature, call)
            .map(plain)
            .unwrap_or_default(),
        ast::HandlerKind::Http { method, endpoint } => {
            let method = match method {
                ast::HttpMethod::Get => "GET",
                ast::HttpMethod::Post => "POST",
                ast::HttpMethod::Put => "PUT",
                ast::HttpMethod::Patch => "PATCH",
                ast::HttpMethod::Delete => "DELETE",
            };
            let endpoint = named(cx, endpoint, "an endpoint");
            plain(Handler::Http {
                method: method.to_owned(),
                endpoint,
            })
        }
        ast::HandlerKind::Native(name) => plain(Handler::Native {
            name: named(cx, name, "a function"),
        }),
        ast::HandlerKind::Mcp { server, tool } => plain(mcp(cx, signature, server, tool)),
        ast::HandlerKind::AskReviewer(question) => {
            let help = "say in a sentence what the reviewer is to decide";
            let question = said(cx, question, "the reviewer is not asked anything", help);
            returns_record(
                cx,
                signature,
                "Answer",
                "an `ask reviewer` returns `Answer`: what the person wrote",
            );
            plain(Handler::AskReviewer { question })
        }
        ast::HandlerKind::HandOver(note) => {
            let help = "say in a sentence what is left to do";
            let note = said(cx, note, "the person who takes over is not told why", help);
            returns_record(
                cx,
                signature,
                "Saved",
                "a `hand_over` returns `Saved`: it ends the turn, and nothing else comes back",
            );
            plain(Handler::HandOver { note })
        }
    }
}

/// A tool of a server. What it returns was written outside.
fn mcp(
    cx: &Context<'_>,
    signature: &Signature<'_>,
    server: &ast::StringLit,
    tool: &ast::StringLit,
) -> Handler {
    let at = signature.from.returns.span;
    taint::refuse_trusted(cx, at, &signature.returns, "what a server returns");
    let server = named(cx, server, "a server");
    if !is_name(&tool.text) {
        let message = format!("`{}` cannot be the name of a server's tool", tool.text);
        cx.report(Diagnostic::error("wrong-value", tool.span, message));
    }
    Handler::Mcp {
        server,
        tool: tool.text.clone(),
    }
}

/// Words for a person, which must be there.
fn said(cx: &Context<'_>, text: &ast::StringLit, missing: &str, help: &str) -> String {
    if text.text.trim().is_empty() {
        cx.report(Diagnostic::error("wrong-value", text.span, missing).help(help));
    }
    text.text.clone()
}

fn named(cx: &Context<'_>, text: &ast::StringLit, what: &str) -> String {
    if !is_name(&text.text) || text.text.contains("://") {
        let message = format!(
            "`{}` cannot be the name of {what} in the runtime's configuration",
            text.text
        );
        cx.report(
            Diagnostic::error("wrong-value", text.span, message).help(
                "give it a short name here; the address behind it stands in the configuration",
            ),
        );
    }
    text.text.clone()
}

/// Whether a text can be the name of something outside.
pub(in crate::typeck) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_whitespace)
}

/// What may stand between the parentheses of a tool that searches.
const SEARCH: &str =
    "write `(query: text 1..200)`, or `(query: text 1..200, limit: int 1..20 = 5)`";

fn search(cx: &Context<'_>, signature: &Signature<'_>, name: &ast::Name) -> Option<Found> {
    let entity = entity(cx, signature, name)?;
    let mut wrong = false;
    for param in &signature.from.params {
        let of = signature.param(&param.name.text).map(|param| &param.of);
        let wanted = match (param.name.text.as_str(), of) {
            ("query", Some(Type::Text { .. })) | ("limit", Some(Type::Int { .. })) => continue,
            ("query", _) => "`query` of a `search` must be `text`",
            ("limit", _) => "`limit` of a `search` must be `int`",
            _ => "a `search` takes `query: text` and `limit: int`, and nothing else",
        };
        wrong = true;
        if !of.is_some_and(ty::is_unknown) {
            cx.report(Diagnostic::error("handler-signature", param.span, wanted).help(SEARCH));
        }
    }
    if !wrong && signature.param("query").is_none() {
        let at = signature.from.name.span;
        let message = "a `search` needs a parameter `query: text`";
        cx.report(Diagnostic::error("handler-signature", at, message).help(SEARCH));
    }
    returns(
        cx,
        signature,
        |of| matches!(of, Type::List { of, .. } if **of == Type::Named(entity.clone())),
        (
            "a `search` returns a list",
            &format!("[{}] 0..10", ty::bare(&entity)),
        ),
    );
    Some(Found {
        handler: Some(Handler::Search {
            entity: entity.clone(),
        }),
        touches: Some((Touch::Reads, entity)),
    })
}

fn get(cx: &Context<'_>, signature: &Signature<'_>, name: &ast::Name) -> Option<Found> {
    let entity = entity(cx, signature, name)?;
    let wanted = Type::Named(entity.clone());
    let own = signature
        .owner
        .as_ref()
        .is_some_and(|owner| owner.entity == entity);
    if own && signature.params.is_empty() {
        returns(
            cx,
            signature,
            |of| *of.without_none() == wanted,
            ("this `get` returns what the tool is for", ty::bare(&entity)),
        );
    } else {
        let key = save::key(cx, &entity)?;
        let fits = signature.params.len() == 1
            && signature.param(&key.0).is_some_and(|param| {
                ty::is_unknown(&param.of)
                    || matches!((&param.of, &key.1), (Type::Text { .. }, Type::Text { .. }))
                    || param.of == key.1
            });
        if !fits {
            let message = format!(
                "a `get` takes the key of `{}` and nothing else",
                ty::bare(&entity)
            );
            let help = format!("write `{}: {}`", key.0, ty::name(&key.1));
            cx.report(
                Diagnostic::error("handler-signature", signature.from.name.span, message)
                    .help(help),
            );
        }
        returns(
            cx,
            signature,
            |of| *of == Type::Optional(Box::new(wanted.clone())),
            (
                "a `get` may find nothing",
                &format!("{}?", ty::bare(&entity)),
            ),
        );
    }
    Some(Found {
        handler: Some(Handler::Get {
            entity: entity.clone(),
        }),
        touches: Some((Touch::Reads, entity)),
    })
}

/// The entity that is searched, got or stored. What somebody owns is reached through them only.
fn entity(cx: &Context<'_>, signature: &Signature<'_>, name: &ast::Name) -> Option<String> {
    let entity = cx
        .find(signature.declared.module, name, &[Kind::Entity])?
        .qualified
        .clone();
    let Shape::Entity { owner, .. } = &cx.hir.declarations.get(&entity)?.shape else {
        return None;
    };
    let Some(wanted) = owner else {
        return Some(entity);
    };
    let bound = signature.owner.as_ref().map(|bound| &bound.entity);
    // A `for` that could not be read is reported where it stands.
    let unread = signature.from.bound.is_some() && bound.is_none();
    if bound != Some(wanted) && bound != Some(&entity) && !unread {
        let (what, owner) = (ty::bare(&entity), ty::bare(wanted));
        let message =
            format!("`{what}` is owned by `{owner}`, and this tool does not say whose it touches");
        let help = format!("write `for name: {owner}` behind the parameters");
        cx.report(Diagnostic::error("missing-owner", name.span, message).help(help));
    }
    Some(entity)
}

fn saved(
    cx: &Context<'_>,
    signature: &Signature<'_>,
    path: &ast::Path,
    value: &ast::Expr,
) -> Option<Found> {
    let first = path.names.first()?;
    returns(
        cx,
        signature,
        |of| *of == Type::Named("silex.Saved".to_owned()),
        ("a `save` returns `Saved`", "Saved"),
    );
    let (path, entity, wanted) = if first.is_type() {
        let entity = entity(cx, signature, first)?;
        if let Some(field) = path.names.get(1) {
            let message = format!("`{}` alone is stored: name the whole entity", first.text);
            cx.report(Diagnostic::error("save-path", field.span, message));
            return None;
        }
        (
            Path::from(entity.clone()),
            entity.clone(),
            Type::Named(entity),
        )
    } else {
        let owner = signature
            .owner
            .as_ref()
            .filter(|owner| owner.name == first.text);
        let Some(owner) = owner else {
            let message = format!(
                "`save` sets a field of what stands behind `for`, and `{}` does not",
                first.text
            );
            let help =
                "write `for NAME: ENTITY` behind the parameters and `via save NAME.FIELD = …`";
            let bound = signature.from.bound.as_ref().map(|bound| bound.span);
            cx.report(
                Diagnostic::error("save-path", first.span, message)
                    .help(help)
                    .rests_on(bound),
            );
            return None;
        };
        let (target, of) = save::field(cx, &owner.entity, path)?;
        (target, owner.entity.clone(), of)
    };
    let value = expr::check(cx, &signature.scope(), value, Some(&wanted), Place::Save)?.expr;
    Some(Found {
        handler: Some(Handler::Save { path, value }),
        touches: Some((Touch::Writes, entity)),
    })
}

fn behaviour(cx: &Context<'_>, signature: &Signature<'_>, written: &ast::Call) -> Option<Handler> {
    let (call, of): (_, Type) = call::check(cx, &signature.scope(), written, Place::Argument)?;
    if !ty::is_unknown(&of) && !ty::is_unknown(&signature.returns) && of != signature.returns {
        let (found, wanted) = (ty::name(&of), ty::name(&signature.returns));
        let message = format!(
            "`{}` returns `{found}`, and this tool returns `{wanted}`",
            written.name.text
        );
        cx.report(
            Diagnostic::error("type-mismatch", signature.from.returns.span, message)
                .label(written.span, format!("this gives `{found}`")),
        );
    }
    Some(Handler::Behaviour(call))
}

fn returns(
    cx: &Context<'_>,
    signature: &Signature<'_>,
    fits: impl Fn(&Type) -> bool,
    (why, wanted): (&str, &str),
) {
    if !ty::is_unknown(&signature.returns) && !fits(&signature.returns) {
        let at = signature.from.returns.span;
        let problem = Diagnostic::error("handler-signature", at, why);
        let write = format!("write `-> {wanted}`");
        cx.report(problem.help(write.clone()).fix(at, wanted, write));
    }
}

/// A handler that gives a standard record, whatever was asked for.
fn returns_record(cx: &Context<'_>, signature: &Signature<'_>, name: &str, why: &str) {
    let wanted = Type::Named(format!("silex.{name}"));
    if ty::is_unknown(&signature.returns) || signature.returns == wanted {
        return;
    }
    let at = signature.from.returns.span;
    let problem = Diagnostic::error("handler-signature", at, why);
    let write = format!("write `-> {name}`");
    cx.report(problem.help(write.clone()).fix(at, name, write));
}
