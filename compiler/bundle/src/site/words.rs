//! Small things that every page says: names of pages, places, types and prose.

use crate::behaviour::{Call, Piece, Quote};
use crate::condition;
use crate::schema::Field;
use crate::spelling;
use crate::{Bundle, Expr, Span, Type};
use serde_json::{Value, json};

/// The name of an agent's page.
#[must_use]
pub fn agent_page(name: &str) -> String {
    format!("agent-{name}.html")
}

/// The name of a behaviour's page.
#[must_use]
pub fn behaviour_page(name: &str) -> String {
    format!("behaviour-{name}.html")
}

/// `path:line` of a place.
pub(super) fn place(bundle: &Bundle, span: Span) -> String {
    bundle
        .line_at(span)
        .map_or_else(String::new, |(path, line, _)| format!("{path}:{line}"))
}

/// Inputs, parameters or fields.
pub(super) fn fields(fields: &[Field]) -> Vec<Value> {
    let default = |value: &Value| {
        if value.is_null() {
            "none".to_owned()
        } else {
            value.to_string()
        }
    };
    fields
        .iter()
        .map(|it| {
            json!({
                "name": it.name, "type": type_of(&it.of), "doc": it.doc,
                "default": it.default.as_ref().map(default),
            })
        })
        .collect()
}

/// A type in the words of the language, and the declaration that it leads to.
pub(super) fn type_of(of: &Type) -> Value {
    json!({ "text": spelling::name(of), "declared": named(of) })
}

fn named(of: &Type) -> Option<&str> {
    match of {
        Type::Named(name) => Some(name),
        Type::Optional(inner) | Type::List { of: inner, .. } => named(inner),
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
        | Type::Timezone => None,
    }
}

/// Prose with its holes.
pub(super) fn prose(text: &[Piece]) -> Vec<Value> {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => json!({ "words": words }),
        Piece::Hole(hole) => {
            // What a ruleset was followed with is known already.
            if let Expr::Literal(value) = &hole.value {
                return json!({ "words": spoken(value) });
            }
            json!({
                "hole": hole.label,
                "quoted": hole.quote != Quote::Bare,
                "trusting": hole.trusting,
            })
        }
    };
    text.iter().map(piece).collect()
}

/// Prose as a text, with the names of its holes.
#[must_use]
pub fn said(text: &[Piece]) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) => words.clone(),
        Piece::Hole(hole) => {
            if let Expr::Literal(value) = &hole.value {
                return spoken(value);
            }
            format!("{{{{ {} }}}}", hole.label)
        }
    };
    text.iter().map(piece).collect()
}

/// A literal as a prompt says it.
fn spoken(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A call in the words of the language, and the page of its behaviour.
pub(super) fn call(call: &Call) -> Value {
    let args: Vec<_> = call.args.values().map(condition::text).collect();
    json!({
        "text": format!("{}({})", spelling::bare(&call.behaviour), args.join(", ")),
        "page": behaviour_page(&call.behaviour),
    })
}
