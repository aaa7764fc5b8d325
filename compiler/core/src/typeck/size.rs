//! Sizes: how many characters a printed value can take at most.

use silex_bundle::Type;
use silex_bundle::schema::{Field, Shape};

use super::Context;

/// Most characters of an address: 64 before the `@`, 255 behind it.
const EMAIL: u32 = 320;
const URL: u32 = 2048;
const TIMEZONE: u32 = 40;
const DATETIME: u32 = 35;
const NUMBER: u32 = 24;
/// Records inside records are followed so far; what is deeper has no bound.
const DEPTH: u32 = 16;

/// Most characters of a value as it is printed bare.
pub(super) fn printed(cx: &Context<'_>, of: &Type) -> Option<u32> {
    match of {
        Type::Text { max, .. } => *max,
        Type::Bool => Some(5),
        Type::Int { min, max } => {
            let digits = |number: i64| u32::try_from(number.to_string().len()).unwrap_or(NUMBER);
            Some(min.map_or(20, digits).max(max.map_or(20, digits)))
        }
        Type::Float { .. } => Some(NUMBER),
        Type::Email => Some(EMAIL),
        Type::Url => Some(URL),
        Type::Date => Some(10),
        Type::Time => Some(8),
        Type::Datetime => Some(DATETIME),
        Type::Duration => Some(NUMBER),
        Type::Timezone => Some(TIMEZONE),
        Type::Optional(inner) => printed(cx, inner),
        Type::List { .. } => None,
        Type::Named(_) => {
            let cases = super::ty::cases(cx, of)?;
            let longest = cases.iter().map(|case| length(&case.name)).max();
            // An enum without cases is told as that.
            Some(longest.unwrap_or(0))
        }
    }
}

/// Most characters of a value as JSON.
pub(super) fn json(cx: &Context<'_>, of: &Type) -> Option<u32> {
    json_at(cx, of, 0)
}

fn json_at(cx: &Context<'_>, of: &Type, depth: u32) -> Option<u32> {
    if depth > DEPTH {
        return None;
    }
    match of {
        // A character may become two behind a backslash; control characters are six.
        Type::Text { .. } | Type::Email | Type::Url => {
            printed(cx, of)?.checked_mul(2)?.checked_add(2)
        }
        Type::Bool | Type::Int { .. } | Type::Float { .. } => printed(cx, of),
        Type::Date | Type::Time | Type::Datetime | Type::Duration | Type::Timezone => {
            printed(cx, of)?.checked_add(2)
        }
        Type::Optional(inner) => Some(json_at(cx, inner, depth)?.max(4)),
        Type::List { of, max, .. } => json_at(cx, of, depth + 1)?
            .checked_add(1)?
            .checked_mul((*max)?)?
            .checked_add(2),
        Type::Named(name) => match &cx.hir.declarations.get(name)?.shape {
            Shape::Record { fields } | Shape::Entity { fields, .. } => fields_at(cx, fields, depth),
            Shape::Enum { cases } => {
                let mut most = 0;
                for case in cases {
                    let kind = length(&case.name).checked_add(12)?;
                    most = most.max(fields_at(cx, &case.fields, depth)?.checked_add(kind)?);
                }
                Some(most)
            }
        },
    }
}

fn fields_at(cx: &Context<'_>, fields: &[Field], depth: u32) -> Option<u32> {
    fields.iter().try_fold(2_u32, |sum, field| {
        let value = json_at(cx, &field.of, depth + 1)?;
        sum.checked_add(value)?
            .checked_add(length(&field.name))?
            .checked_add(4)
    })
}

fn length(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}
