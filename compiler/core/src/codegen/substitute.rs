//! The parameters of a ruleset replaced by what a `follow` gave them.

use std::collections::BTreeMap;

use serde_json::Value;
use silex_bundle::behaviour::{Hole, Kind, Piece, Rule};
use silex_bundle::expr::{Expr, Path};

/// What stands for each parameter.
pub(super) type Bindings = BTreeMap<String, Expr>;

/// An expression with its parameters replaced.
pub(super) fn in_expr(expr: &Expr, bindings: &Bindings) -> Expr {
    let one = |inner: &Expr| Box::new(in_expr(inner, bindings));
    let all = |inner: &[Expr]| inner.iter().map(|expr| in_expr(expr, bindings)).collect();
    match expr {
        Expr::Literal(_) | Expr::Case(_) => expr.clone(),
        Expr::Path(path) => in_path(path, bindings),
        Expr::Not(inner) => Expr::Not(one(inner)),
        Expr::And(inner) => Expr::And(all(inner)),
        Expr::Or(inner) => Expr::Or(all(inner)),
        Expr::Compare {
            op,
            order,
            left,
            right,
        } => Expr::Compare {
            op: *op,
            order: *order,
            left: one(left),
            right: one(right),
        },
        Expr::OneOf { value, of } => Expr::OneOf {
            value: one(value),
            of: all(of),
        },
        Expr::Within { value, min, max } => Expr::Within {
            value: one(value),
            min: *min,
            max: *max,
        },
        Expr::Is { value, what } => Expr::Is {
            value: one(value),
            what: *what,
        },
        Expr::Call { function, args } => Expr::Call {
            function: function.clone(),
            args: all(args),
        },
        Expr::List(items) => Expr::List(all(items)),
        Expr::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), in_expr(value, bindings)));
            Expr::Record(fields.collect())
        }
    }
}

/// What a path comes to when its root is a parameter.
pub(super) fn in_path(path: &Path, bindings: &Bindings) -> Expr {
    let Some(value) = bindings.get(&path.root) else {
        return Expr::Path(path.clone());
    };
    path.fields
        .iter()
        .fold(value.clone(), |value, field| behind(value, field))
}

/// A field of what was given. The types are checked: there is one, unless it was left out.
fn behind(value: Expr, field: &str) -> Expr {
    match value {
        Expr::Path(mut path) => {
            path.fields.push(field.to_owned());
            Expr::Path(path)
        }
        Expr::Literal(Value::Object(mut fields)) => {
            Expr::Literal(fields.remove(field).unwrap_or(Value::Null))
        }
        Expr::Record(fields) => {
            let found = fields.into_iter().find(|(name, _)| name == field);
            found.map_or(Expr::Literal(Value::Null), |(_, value)| value)
        }
        Expr::Literal(_)
        | Expr::Case(_)
        | Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::OneOf { .. }
        | Expr::Within { .. }
        | Expr::Is { .. }
        | Expr::Call { .. }
        | Expr::List(_) => Expr::Literal(Value::Null),
    }
}

/// Prose with the parameters in its holes replaced.
pub(super) fn in_pieces(pieces: &[Piece], bindings: &Bindings) -> Vec<Piece> {
    let replaced = pieces.iter().map(|piece| match piece {
        Piece::Words(_) => piece.clone(),
        Piece::Hole(hole) => Piece::Hole(Box::new(Hole {
            value: in_expr(&hole.value, bindings),
            quote: hole.quote.clone(),
            trusting: hole.trusting.clone(),
            label: hole.label.clone(),
            max: hole.max,
        })),
    });
    replaced.collect()
}

/// What a segment is, with the parameters in a rule's checks replaced.
pub(super) fn in_kind(kind: &Kind, bindings: &Bindings) -> Kind {
    match kind {
        Kind::Rule(rule) => {
            let checks = rule
                .checks
                .iter()
                .map(|check| in_expr(check, bindings))
                .collect();
            Kind::Rule(Box::new(Rule {
                checks,
                ..(**rule).clone()
            }))
        }
        Kind::Role | Kind::Goal | Kind::Fact { .. } | Kind::Step { .. } => kind.clone(),
    }
}
