//! Expressions, values and literals.

use super::{Name, StringLit};
use crate::source::Span;

/// An expression: of a condition, a check, a hole, an argument. Parentheses are not kept, but
/// stand inside the span.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// All of it.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `"text"`, `3`, `true`, `none` …
    Literal(LiteralKind),
    /// `[a, b]`
    List(Box<[Value]>),
    /// `subscriber.name`
    Path(Path),
    /// `words(reply.body)`
    Call(Call),
    /// `value | inline(80)`: the call without its first argument.
    Filter {
        /// What stands before the bar.
        value: Box<Expr>,
        /// What stands behind it.
        call: Call,
    },
    /// `not a`
    Not(Box<Expr>),
    /// Two or more, joined by `and`.
    And(Box<[Expr]>),
    /// Two or more, joined by `or`.
    Or(Box<[Expr]>),
    /// `a < b`
    Compare {
        /// Left side.
        left: Box<Expr>,
        /// The sign.
        op: Comparison,
        /// Where the sign stands.
        op_span: Span,
        /// Right side.
        right: Box<Expr>,
    },
    /// `a is none`
    Is {
        /// Left side.
        value: Box<Expr>,
        /// What it is asked for.
        what: Presence,
    },
    /// `a in [b, c]`, `a in 1..3`
    In {
        /// Left side.
        value: Box<Expr>,
        /// Right side.
        within: Within,
    },
    /// Could not be read.
    Junk,
}

/// A sign between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// What `is` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// `is none`
    None,
    /// `is some`
    Some,
    /// `is empty`
    Empty,
}

/// The right side of `in`.
#[derive(Debug, Clone, PartialEq)]
pub enum Within {
    /// `1..3`
    Range(Range),
    /// `[a, b]`
    List(Box<[Value]>, Span),
}

impl Expr {
    /// The name that it is, if it is no more than that.
    #[must_use]
    pub fn as_name(&self) -> Option<&Name> {
        match &self.kind {
            ExprKind::Path(path) => match &*path.names {
                [name] => Some(name),
                _ => None,
            },
            ExprKind::Literal(_)
            | ExprKind::List(_)
            | ExprKind::Call(_)
            | ExprKind::Filter { .. }
            | ExprKind::Not(_)
            | ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Compare { .. }
            | ExprKind::Is { .. }
            | ExprKind::In { .. }
            | ExprKind::Junk => None,
        }
    }
}

/// Names joined by points.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// At least one; the first may be a type.
    pub names: Box<[Name]>,
    /// All of it.
    pub span: Span,
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, name) in self.names.iter().enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            f.write_str(&name.text)?;
        }
        Ok(())
    }
}

/// A name and arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called.
    pub name: Name,
    /// With what; empty for a filter without parentheses.
    pub args: Box<[Arg]>,
    /// All of it.
    pub span: Span,
}

/// An argument of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// The parameter's name, if stated.
    pub name: Option<Name>,
    /// Its value.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// A value that stands by itself: a default, a constant, a part of an example.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// All of it.
    pub span: Span,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueKind {
    /// `"text"`, `3`, `true`, `none` …
    Literal(LiteralKind),
    /// `[a, b]`
    List(Box<[Value]>),
    /// `{ name: value }`
    Record(Box<[Entry]>),
    /// A case of an enum, or a constant: `Plan.free`, `warm`, `block { reason: "…" }`.
    Case {
        /// The enum, if stated.
        of: Option<Name>,
        /// The case or constant.
        name: Name,
        /// The fields that it carries, if braces stand behind it.
        fields: Option<Box<[Entry]>>,
    },
    /// Could not be read.
    Junk,
}

/// `name: value` of a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The field.
    pub name: Name,
    /// Its value.
    pub value: Value,
    /// All of it.
    pub span: Span,
}

/// A literal and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// What it is.
    pub kind: LiteralKind,
    /// Where.
    pub span: Span,
}

/// What a literal is.
#[derive(Debug, Clone, PartialEq)]
pub enum LiteralKind {
    /// `"text"`
    Text(StringLit),
    /// `3`, `0.5`
    Number(Number),
    /// `true`, `false`
    Bool(bool),
    /// `none`
    None,
    /// `4h`
    Duration(Duration),
    /// `2027-03-01`, as written
    Date(String),
    /// `09:00`, as written
    Time(String),
    /// `2027-03-01T09:00Z`, as written
    Datetime(String),
    /// `/…/i`
    Regex(Regex),
}

/// A number.
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    /// Its value.
    pub value: f64,
    /// As written, so that `1` and `1.0` differ.
    pub text: String,
    /// Where.
    pub span: Span,
}

impl Number {
    /// Whether it is written without a point.
    #[must_use]
    pub fn is_int(&self) -> bool {
        !self.text.contains('.')
    }
}

/// A length of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Duration {
    /// In milliseconds.
    pub ms: u64,
    /// As written.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A regular expression. Whether its syntax is right is checked later.
#[derive(Debug, Clone, PartialEq)]
pub struct Regex {
    /// What stands between the slashes, with `\/` as `/`.
    pub pattern: String,
    /// Whether `i` stands behind it.
    pub ignore_case: bool,
    /// All of it.
    pub span: Span,
}

/// `1..10`: inclusive, at least one end.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// Least.
    pub min: Option<Number>,
    /// Greatest.
    pub max: Option<Number>,
    /// All of it.
    pub span: Span,
}
