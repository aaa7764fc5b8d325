//! Expressions, values and literals.

use pest::iterators::Pair;
use silex_bundle::duration;

use super::grammar::Rule;
use super::tree::{Builder, Kids};
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{
    Arg, Call, Comparison, Duration, Entry, Expr, ExprKind, Literal, LiteralKind, Number, Presence,
    Range, Regex, Value, ValueKind, Within,
};

/// How deep filters and `not` may be nested without brackets.
const CHAIN: usize = 64;

impl Builder<'_> {
    pub(super) fn expr(&mut self, kids: &mut Kids<'_>) -> Expr {
        match kids.next() {
            Some(pair) => self.expr_of(pair),
            None => Expr {
                kind: ExprKind::Junk,
                span: kids.at,
            },
        }
    }

    /// An `expr` of the grammar, which is flat: operands and the words between them.
    pub(super) fn expr_of(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let mut kids = self.kids(pair);
        let first = self.operand(&mut kids);
        if kids.peek().is_none() {
            return first;
        }
        let mut operands = vec![first];
        let mut ors = Vec::new();
        while let Some(rule) = kids.rule() {
            ors.push(rule == Rule::k_or);
            operands.push(self.operand(&mut kids));
        }
        if ors.contains(&true) && ors.contains(&false) {
            self.report_mixed(&operands, &ors);
        }
        let mut groups: Vec<Vec<Expr>> = Vec::new();
        for (at, operand) in operands.into_iter().enumerate() {
            match groups.last_mut() {
                Some(group) if at > 0 && !ors[at - 1] => group.push(operand),
                _ => groups.push(vec![operand]),
            }
        }
        let parts = groups
            .into_iter()
            .filter_map(|group| joined(group, ExprKind::And))
            .collect();
        joined(parts, ExprKind::Or).unwrap_or(Expr {
            kind: ExprKind::Junk,
            span: kids.at,
        })
    }

    fn report_mixed(&mut self, operands: &[Expr], ors: &[bool]) {
        let Some((first, last)) = operands.first().zip(operands.last()) else {
            return;
        };
        let span = first.span.to(last.span);
        let (by_and, by_or) = (
            self.reading(operands, ors, false),
            self.reading(operands, ors, true),
        );
        self.report(
            Diagnostic::error("mixed-and-or", span, "`and` and `or` stand side by side")
                .help(format!("say which is meant: `{by_and}` or `{by_or}`")),
        );
    }

    /// The operands with parentheses around those that `or` (or `and`) joins.
    fn reading(&self, operands: &[Expr], ors: &[bool], inner: bool) -> String {
        let mut text = String::new();
        for (at, operand) in operands.iter().enumerate() {
            if at > 0 {
                text.push_str(if ors[at - 1] { " or " } else { " and " });
            }
            let joined_before = at > 0 && ors[at - 1] == inner;
            let joined_behind = ors.get(at) == Some(&inner);
            if joined_behind && !joined_before {
                text.push('(');
            }
            text.push_str(self.source(operand.span));
            if joined_before && !joined_behind {
                text.push(')');
            }
        }
        text
    }

    fn operand(&mut self, kids: &mut Kids<'_>) -> Expr {
        let mut nots: Vec<Span> = Vec::new();
        while let Some(not) = kids.take(Rule::k_not) {
            nots.push(self.span(&not));
        }
        let left = self.piped(kids);
        let mut expr = match kids.peek() {
            Some(Rule::k_is) => {
                kids.next();
                let (what, span) = match kids.next() {
                    Some(pair) => (presence(pair.as_rule()), self.span(&pair)),
                    None => (Presence::None, left.span),
                };
                let span = left.span.to(span);
                Expr {
                    kind: ExprKind::Is {
                        value: Box::new(left),
                        what,
                    },
                    span,
                }
            }
            Some(Rule::k_in) => {
                kids.next();
                let (within, span) = self.within(kids);
                let span = left.span.to(span);
                Expr {
                    kind: ExprKind::In {
                        value: Box::new(left),
                        within,
                    },
                    span,
                }
            }
            Some(Rule::compare) => {
                let (op, op_span) = self.comparison(kids);
                let right = self.piped(kids);
                let span = left.span.to(right.span);
                let (left, right) = (Box::new(left), Box::new(right));
                Expr {
                    kind: ExprKind::Compare {
                        left,
                        op,
                        op_span,
                        right,
                    },
                    span,
                }
            }
            _ => left,
        };
        if nots.len() > CHAIN {
            self.report_chain(expr.span, "`not`");
            nots.truncate(1);
        }
        while let Some(not) = nots.pop() {
            let span = not.to(expr.span);
            expr = Expr {
                kind: ExprKind::Not(Box::new(expr)),
                span,
            };
        }
        expr
    }

    fn report_chain(&mut self, span: Span, what: &str) {
        let message = format!("more than {CHAIN} of {what} one behind the other");
        self.report(Diagnostic::error("nesting", span, message));
    }

    pub(super) fn comparison(&mut self, kids: &mut Kids<'_>) -> (Comparison, Span) {
        let Some(pair) = kids.next() else {
            return (Comparison::Eq, kids.at);
        };
        let op = match pair.as_str() {
            "!=" => Comparison::Ne,
            "<" => Comparison::Lt,
            "<=" => Comparison::Le,
            ">" => Comparison::Gt,
            ">=" => Comparison::Ge,
            _ => Comparison::Eq,
        };
        (op, self.span(&pair))
    }

    fn within(&mut self, kids: &mut Kids<'_>) -> (Within, Span) {
        match kids.next() {
            Some(pair) if pair.as_rule() == Rule::range => {
                let range = self.range_of(pair);
                let span = range.span;
                (Within::Range(range), span)
            }
            Some(pair) => {
                let span = self.span(&pair);
                (Within::List(self.list_of(pair), span), span)
            }
            None => (Within::List(Box::default(), kids.at), kids.at),
        }
    }

    /// A primary expression and the filters behind it.
    pub(super) fn piped(&mut self, kids: &mut Kids<'_>) -> Expr {
        let mut expr = match kids.next() {
            Some(pair) => self.primary(pair),
            None => Expr {
                kind: ExprKind::Junk,
                span: kids.at,
            },
        };
        let mut count = 0;
        while let Some(pair) = kids.take(Rule::filter) {
            count += 1;
            if count > CHAIN {
                if count == CHAIN + 1 {
                    self.report_chain(expr.span, "filters");
                }
                continue;
            }
            let call = self.call_of(pair);
            let span = expr.span.to(call.span);
            expr = Expr {
                kind: ExprKind::Filter {
                    value: Box::new(expr),
                    call,
                },
                span,
            };
        }
        expr
    }

    fn primary(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::reference => return self.reference(pair),
            Rule::parens => {
                let inner = self.kids(pair).next().map(|inner| self.expr_of(inner));
                inner.map_or(ExprKind::Junk, |inner| inner.kind)
            }
            Rule::list_value => ExprKind::List(self.list_of(pair)),
            Rule::gap => ExprKind::Junk,
            _ => ExprKind::Literal(self.literal_of(&pair)),
        };
        Expr { kind, span }
    }

    fn reference(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let mut behind = pair.clone().into_inner();
        behind.next();
        if behind
            .peek()
            .is_some_and(|next| next.as_rule() == Rule::args)
        {
            let call = self.call_of(pair);
            let span = call.span;
            return Expr {
                kind: ExprKind::Call(call),
                span,
            };
        }
        let path = self.path_of(pair);
        let span = path.span;
        Expr {
            kind: ExprKind::Path(path),
            span,
        }
    }

    /// A pair that holds a name and perhaps arguments.
    pub(super) fn call_of(&mut self, pair: Pair<'_, Rule>) -> Call {
        let mut kids = self.kids(pair);
        let name = self.name(&mut kids);
        let args = self.args(&mut kids);
        // The bar of a filter is not part of the call.
        let span = name.span.to(kids.at);
        Call { name, args, span }
    }

    pub(super) fn call(&mut self, kids: &mut Kids<'_>) -> Call {
        match kids.next() {
            Some(pair) => self.call_of(pair),
            None => Call {
                name: self.name(kids),
                args: Box::default(),
                span: kids.at,
            },
        }
    }

    pub(super) fn args(&mut self, kids: &mut Kids<'_>) -> Box<[Arg]> {
        let Some(pair) = kids.take(Rule::args) else {
            return Box::default();
        };
        let mut inner = self.kids(pair);
        let mut args = Vec::new();
        while let Some(pair) = inner.next() {
            let mut kids = self.kids(pair);
            let name = kids.take(Rule::name).map(|name| self.name_of(&name));
            let value = self.expr(&mut kids);
            let span = name
                .as_ref()
                .map_or(value.span, |name| name.span.to(value.span));
            args.push(Arg { name, value, span });
        }
        args.into()
    }

    pub(super) fn value(&mut self, kids: &mut Kids<'_>) -> Value {
        match kids.next() {
            Some(pair) => self.value_of(pair),
            None => Value {
                kind: ValueKind::Junk,
                span: kids.at,
            },
        }
    }

    pub(super) fn value_of(&mut self, pair: Pair<'_, Rule>) -> Value {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::list_value => ValueKind::List(self.list_of(pair)),
            Rule::record_value => ValueKind::Record(self.entries_of(pair)),
            Rule::case_value => {
                let mut kids = self.kids(pair);
                let of = kids.take(Rule::Type).map(|of| self.name_of(&of));
                let name = self.name(&mut kids);
                let fields = kids.next().map(|record| self.entries_of(record));
                ValueKind::Case { of, name, fields }
            }
            Rule::gap => ValueKind::Junk,
            _ => ValueKind::Literal(self.literal_of(&pair)),
        };
        Value { kind, span }
    }

    pub(super) fn list_of(&mut self, pair: Pair<'_, Rule>) -> Box<[Value]> {
        let mut kids = self.kids(pair);
        let mut list = Vec::new();
        while let Some(pair) = kids.next() {
            list.push(self.value_of(pair));
        }
        list.into()
    }

    pub(super) fn entries_of(&mut self, pair: Pair<'_, Rule>) -> Box<[Entry]> {
        let mut kids = self.kids(pair);
        let mut entries = Vec::new();
        while let Some(pair) = kids.next() {
            let mut kids = self.kids(pair);
            if let Some(name) = kids.take(Rule::name) {
                let name = self.name_of(&name);
                let value = self.value(&mut kids);
                let span = name.span.to(value.span);
                entries.push(Entry { name, value, span });
            }
        }
        entries.into()
    }

    pub(super) fn literal(&mut self, kids: &mut Kids<'_>) -> Literal {
        match kids.next() {
            Some(pair) => Literal {
                span: self.span(&pair),
                kind: self.literal_of(&pair),
            },
            None => Literal {
                span: kids.at,
                kind: LiteralKind::None,
            },
        }
    }

    pub(super) fn literal_of(&mut self, pair: &Pair<'_, Rule>) -> LiteralKind {
        match pair.as_rule() {
            Rule::string => LiteralKind::Text(self.string_of(pair)),
            Rule::number => LiteralKind::Number(self.number_of(pair)),
            Rule::k_true => LiteralKind::Bool(true),
            Rule::k_false => LiteralKind::Bool(false),
            Rule::duration => LiteralKind::Duration(self.duration_of(pair)),
            Rule::date => LiteralKind::Date(pair.as_str().to_owned()),
            Rule::time => LiteralKind::Time(pair.as_str().to_owned()),
            Rule::datetime => LiteralKind::Datetime(pair.as_str().to_owned()),
            Rule::regex => LiteralKind::Regex(self.regex_of(pair)),
            _ => LiteralKind::None,
        }
    }

    pub(super) fn number_of(&self, pair: &Pair<'_, Rule>) -> Number {
        let text = pair.as_str().trim_end_matches('%').to_owned();
        Number {
            value: text.parse().unwrap_or_default(),
            text,
            span: self.span(pair),
        }
    }

    pub(super) fn number(&self, kids: &mut Kids<'_>) -> Number {
        match kids.next() {
            Some(pair) => self.number_of(&pair),
            None => Number {
                value: 0.0,
                text: String::new(),
                span: kids.at,
            },
        }
    }

    fn duration_of(&mut self, pair: &Pair<'_, Rule>) -> Duration {
        let text = pair.as_str();
        let ms = duration::read(text);
        let span = self.span(pair);
        if ms.is_none() {
            self.report(Diagnostic::error(
                "number-too-large",
                span,
                "this duration is too long",
            ));
        }
        Duration {
            ms: ms.unwrap_or(u64::MAX),
            text: text.to_owned(),
            span,
        }
    }

    pub(super) fn duration(&mut self, kids: &mut Kids<'_>) -> Duration {
        match kids.next() {
            Some(pair) => self.duration_of(&pair),
            None => Duration {
                ms: 0,
                text: String::new(),
                span: kids.at,
            },
        }
    }

    pub(super) fn regex_of(&self, pair: &Pair<'_, Rule>) -> Regex {
        let text = pair.as_str();
        let ignore_case = text.ends_with('i');
        let inner = text.strip_suffix('i').unwrap_or(text);
        let inner = inner
            .strip_prefix('/')
            .and_then(|rest| rest.strip_suffix('/'));
        let pattern = inner.unwrap_or_default().replace("\\/", "/");
        Regex {
            pattern,
            ignore_case,
            span: self.span(pair),
        }
    }

    pub(super) fn range_of(&self, pair: Pair<'_, Rule>) -> Range {
        let mut kids = self.kids(pair);
        let min = kids.take(Rule::number).map(|min| self.number_of(&min));
        kids.take(Rule::dots);
        let max = kids.take(Rule::number).map(|max| self.number_of(&max));
        Range {
            min,
            max,
            span: kids.at,
        }
    }
}

/// One expression alone, or several joined.
fn joined(mut parts: Vec<Expr>, join: fn(Box<[Expr]>) -> ExprKind) -> Option<Expr> {
    if parts.len() == 1 {
        return parts.pop();
    }
    let span = parts.first()?.span.to(parts.last()?.span);
    Some(Expr {
        kind: join(parts.into()),
        span,
    })
}

fn presence(rule: Rule) -> Presence {
    match rule {
        Rule::k_some => Presence::Some,
        Rule::k_empty => Presence::Empty,
        _ => Presence::None,
    }
}
