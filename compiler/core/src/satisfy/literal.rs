//! Literals in conditions: what they are among the values of a domain, and conditions of nothing else.

use silex_bundle::Expr;
use silex_bundle::expr::{Compare, Scope};

use super::{Domain, Unit, moment};

/// A literal among the values of a domain.
pub(super) enum Literal {
    /// A case or text.
    Named(String),
    /// A number, or a moment as one.
    Number(f64),
}

/// What a literal or case is among the values of a domain.
pub(super) fn literal(expr: &Expr, domain: &Domain) -> Option<Literal> {
    let value = match expr {
        Expr::Case(name) => return Some(Literal::Named(name.clone())),
        Expr::Literal(value) => value,
        Expr::Path(_)
        | Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Compare { .. }
        | Expr::OneOf { .. }
        | Expr::Within { .. }
        | Expr::Is { .. }
        | Expr::Call { .. }
        | Expr::List(_)
        | Expr::Record(_) => return None,
    };
    match domain {
        Domain::Thing => None,
        Domain::Choice(_) => {
            let named = value.get("kind").unwrap_or(value);
            let named = named
                .as_str()
                .map(str::to_owned)
                .or_else(|| Some(named.as_bool()?.to_string()));
            named.map(Literal::Named)
        }
        Domain::Text { .. } => value.as_str().map(|text| Literal::Named(text.to_owned())),
        Domain::Number {
            unit: Unit::Plain | Unit::Count,
            ..
        } => value.as_f64().map(Literal::Number),
        Domain::Number { unit, .. } => moment(value.as_str()?, *unit).map(Literal::Number),
    }
}

/// The comparison with its sides exchanged.
pub(super) fn flipped(op: Compare) -> Compare {
    match op {
        Compare::Eq | Compare::Ne => op,
        Compare::Lt => Compare::Gt,
        Compare::Le => Compare::Ge,
        Compare::Gt => Compare::Lt,
        Compare::Ge => Compare::Le,
    }
}

/// The value of a condition that asks nothing: a parameter may have been given a literal.
pub(super) fn constant(expr: &Expr) -> Option<bool> {
    is_constant(expr).then(|| expr.holds(&Scope::new()).ok())?
}

fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Literal(_) | Expr::Case(_) => true,
        Expr::Path(_) | Expr::Call { .. } => false,
        Expr::Not(inner) => is_constant(inner),
        Expr::And(all) | Expr::Or(all) | Expr::List(all) => all.iter().all(is_constant),
        Expr::Compare { left, right, .. } => is_constant(left) && is_constant(right),
        Expr::OneOf { value, of } => is_constant(value) && of.iter().all(is_constant),
        Expr::Within { value, .. } | Expr::Is { value, .. } => is_constant(value),
        Expr::Record(fields) => fields.iter().all(|(_, value)| is_constant(value)),
    }
}
