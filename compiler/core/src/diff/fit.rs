//! How two types relate: whether every value of one is a value of the other.

use silex_bundle::Type;

use super::relation::Relation;

/// How the values of the new type relate to those of the old. Whether a text is trusted says
/// nothing about its values.
pub(super) fn relate(old: &Type, new: &Type) -> Relation {
    match (old, new) {
        (
            Type::Text {
                min: old_min,
                max: old_max,
                pattern: old_pattern,
                ..
            },
            Type::Text {
                min: new_min,
                max: new_max,
                pattern: new_pattern,
                ..
            },
        ) => {
            let pattern = match (old_pattern, new_pattern) {
                (old, new) if old == new => Relation::Same,
                (Some(_), None) => Relation::Wider,
                (None, Some(_)) => Relation::Narrower,
                (Some(_) | None, _) => Relation::Other,
            };
            bounds((*old_min, *old_max), (*new_min, *new_max)).and(pattern)
        }
        (
            Type::Int {
                min: old_min,
                max: old_max,
            },
            Type::Int {
                min: new_min,
                max: new_max,
            },
        ) => bounds((*old_min, *old_max), (*new_min, *new_max)),
        (
            Type::Float {
                min: old_min,
                max: old_max,
            },
            Type::Float {
                min: new_min,
                max: new_max,
            },
        ) => bounds((*old_min, *old_max), (*new_min, *new_max)),
        (
            Type::List {
                of: old_of,
                min: old_min,
                max: old_max,
            },
            Type::List {
                of: new_of,
                min: new_min,
                max: new_max,
            },
        ) => bounds((*old_min, *old_max), (*new_min, *new_max)).and(relate(old_of, new_of)),
        (Type::Optional(old), Type::Optional(new)) => relate(old, new),
        (Type::Optional(old), _) => Relation::Narrower.and(relate(old, new)),
        (_, Type::Optional(new)) => Relation::Wider.and(relate(old, new)),
        _ if old == new => Relation::Same,
        _ => Relation::Other,
    }
}

/// Whether a text in the type is declared trusted.
pub(super) fn is_trusted(of: &Type) -> bool {
    match of {
        Type::Text { trusted, .. } => *trusted,
        Type::List { of, .. } | Type::Optional(of) => is_trusted(of),
        Type::Bool
        | Type::Int { .. }
        | Type::Float { .. }
        | Type::Email
        | Type::Url
        | Type::Date
        | Type::Time
        | Type::Datetime
        | Type::Duration
        | Type::Timezone
        | Type::Named(_) => false,
    }
}

type Bounds<T> = (Option<T>, Option<T>);

fn bounds<T: PartialOrd + Copy>(old: Bounds<T>, new: Bounds<T>) -> Relation {
    let least = match (old.0, new.0) {
        (Some(old), Some(new)) => Relation::of(new < old, new > old),
        (old, new) => Relation::of(
            old.is_some() && new.is_none(),
            old.is_none() && new.is_some(),
        ),
    };
    let greatest = match (old.1, new.1) {
        (Some(old), Some(new)) => Relation::of(new > old, new < old),
        (old, new) => Relation::of(
            old.is_some() && new.is_none(),
            old.is_none() && new.is_some(),
        ),
    };
    least.and(greatest)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(old: Value, new: Value, expected: Relation) {
        let (old, new) = (
            serde_json::from_value(old).unwrap(),
            serde_json::from_value(new).unwrap(),
        );
        assert_eq!(relate(&old, &new), expected);
        assert_eq!(relate(&new, &old), expected.reversed());
    }

    #[test]
    fn an_end_that_moves_outwards_lets_more_in() {
        check(
            json!({ "int": { "min": 1, "max": 10 } }),
            json!({ "int": { "min": 0, "max": 10 } }),
            Relation::Wider,
        );
        check(
            json!({ "text": { "max": 200 } }),
            json!({ "text": {} }),
            Relation::Wider,
        );
        check(
            json!({ "int": { "min": 1, "max": 10 } }),
            json!({ "int": { "min": 2, "max": 11 } }),
            Relation::Other,
        );
    }

    #[test]
    fn none_is_one_value_more() {
        check(
            json!("email"),
            json!({ "optional": "email" }),
            Relation::Wider,
        );
        check(
            json!({ "optional": { "text": { "max": 9 } } }),
            json!({ "text": { "max": 10 } }),
            Relation::Other,
        );
    }

    #[test]
    fn types_of_another_kind_have_nothing_in_common() {
        check(json!("email"), json!("url"), Relation::Other);
        check(
            json!({ "named": "a.A" }),
            json!({ "named": "a.B" }),
            Relation::Other,
        );
    }

    #[test]
    fn a_pattern_lets_less_in() {
        check(
            json!({ "text": {} }),
            json!({ "text": { "pattern": "x" } }),
            Relation::Narrower,
        );
        check(
            json!({ "text": { "pattern": "x" } }),
            json!({ "text": { "pattern": "y" } }),
            Relation::Other,
        );
    }
}
