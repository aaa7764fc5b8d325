//! What is known of a value where a branch holds: that it is there, or which case it is.

use super::Hint;
use crate::ide::names::{Occurrence, Symbol};
use crate::ide::{Analysis, members};
use crate::resolve::Names;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind, Pattern, Presence, StatementKind};

/// What the names of a declaration mean.
pub(super) struct Known<'k, 'a> {
    pub(super) analysis: &'k Analysis,
    pub(super) names: &'k Names<'a>,
    pub(super) all: &'k [Occurrence],
    pub(super) item: &'k ast::Item,
}

impl<'k> Known<'k, '_> {
    /// The hints of a statement, without those of the statements in it.
    pub(super) fn within(&self, statement: &ast::Statement, hints: &mut Vec<Hint>) {
        match &statement.kind {
            StatementKind::When(when) => self.branches(when, hints),
            StatementKind::Match(the_match) => self.arms(the_match, hints),
            StatementKind::Role(_)
            | StatementKind::Fact(_)
            | StatementKind::Rule(_)
            | StatementKind::Follow(_)
            | StatementKind::Observe(_)
            | StatementKind::Each(_)
            | StatementKind::Tools(_)
            | StatementKind::Model(_)
            | StatementKind::Steps(_)
            | StatementKind::Limit(_)
            | StatementKind::Layout(_)
            | StatementKind::On(_)
            | StatementKind::Stage(_)
            | StatementKind::Allow(_)
            | StatementKind::Junk(_) => {}
        }
    }

    /// Behind what a condition says to be there its type, and before `else` what is there then.
    fn branches(&self, when: &ast::When, hints: &mut Vec<Hint>) {
        for (path, place) in present(&when.condition, true) {
            let text = |of: &str| format!(": {of}");
            hints.extend(self.there(path, place.end, text, "what follows"));
        }
        match &when.otherwise {
            Some(ast::Else::When(next)) => self.branches(next, hints),
            Some(ast::Else::Body(body)) => {
                for (path, _) in present(&when.condition, false) {
                    let text = |of: &str| format!("{path}: {of} ");
                    hints.extend(self.there(path, body.span.start, text, "this branch"));
                }
            }
            None => {}
        }
    }

    /// The hint that a value is there, and of which type.
    fn there(
        &self,
        path: &ast::Path,
        offset: u32,
        text: impl Fn(&str) -> String,
        whereabouts: &str,
    ) -> Option<Hint> {
        Some(Hint {
            offset,
            text: text(self.type_of(path)?),
            tooltip: format!("`{path}` is there in {whereabouts}"),
        })
    }

    /// Behind a case the fields that it carries, and behind `_` the cases that are left.
    fn arms(&self, the_match: &ast::Match, hints: &mut Vec<Hint>) {
        let patterns = || the_match.arms.iter().flat_map(|arm| &arm.patterns);
        for pattern in patterns() {
            let known = match pattern {
                Pattern::Case(name) => self.carried(name),
                Pattern::Any(_) => self.left(patterns()),
                Pattern::Bool(..) => None,
            };
            hints.extend(known.map(|(text, tooltip)| Hint {
                offset: pattern.span().end,
                text,
                tooltip: tooltip.to_owned(),
            }));
        }
    }

    /// The fields of a case with their types.
    fn carried(&self, name: &ast::Name) -> Option<(String, &'static str)> {
        let case = self
            .cases(name)?
            .iter()
            .find(|it| it.name.text == name.text)?;
        let fields = case.fields.iter();
        let fields = fields.map(|it| format!("{}: {}", it.name.text, self.written(&it.ty)));
        let fields: Vec<String> = fields.collect();
        (!fields.is_empty()).then(|| {
            let text = format!(" {{ {} }}", fields.join(", "));
            (text, "what this case carries can be named in the arm")
        })
    }

    /// The cases for which no arm stands.
    fn left<'p>(
        &self,
        patterns: impl Iterator<Item = &'p Pattern>,
    ) -> Option<(String, &'static str)> {
        let named: Vec<&ast::Name> = patterns
            .filter_map(|pattern| match pattern {
                Pattern::Case(name) => Some(name),
                Pattern::Any(_) | Pattern::Bool(..) => None,
            })
            .collect();
        let all = self
            .cases(named.first()?)?
            .iter()
            .map(|it| it.name.text.as_str());
        let left = all.filter(|case| named.iter().all(|name| name.text != *case));
        let left: Vec<&str> = left.collect();
        (!left.is_empty()).then(|| (format!(": {}", left.join(", ")), "the cases that are left"))
    }

    /// The cases of the enum that a case is of.
    fn cases(&self, name: &ast::Name) -> Option<&'k [ast::Case]> {
        match self.meaning(name.span)? {
            Symbol::Case { of, .. } => Some(members::cases(self.names.get(of)?.item)),
            Symbol::Declaration(..)
            | Symbol::Field { .. }
            | Symbol::Part { .. }
            | Symbol::Local { .. }
            | Symbol::Given(_)
            | Symbol::Function(_)
            | Symbol::Module(_)
            | Symbol::Topic(_)
            | Symbol::Lint(_)
            | Symbol::Layout(_) => None,
        }
    }

    /// The type at the end of a path, without its `?`.
    fn type_of(&self, path: &ast::Path) -> Option<&'k str> {
        match self.meaning(path.names.last()?.span)? {
            Symbol::Field { of, name, .. } => {
                let fields = members::fields(self.names.get(of)?.item);
                let member = fields.iter().find(|it| it.field.name.text == *name)?;
                Some(self.written(&member.field.ty))
            }
            Symbol::Local { at, .. } => {
                let mut params = members::params(self.item).iter();
                let param = params.find(|it| it.name.span == *at)?;
                Some(self.written(&param.ty))
            }
            Symbol::Declaration(..)
            | Symbol::Case { .. }
            | Symbol::Part { .. }
            | Symbol::Given(_)
            | Symbol::Function(_)
            | Symbol::Module(_)
            | Symbol::Topic(_)
            | Symbol::Lint(_)
            | Symbol::Layout(_) => None,
        }
    }

    fn meaning(&self, span: Span) -> Option<&'k Symbol> {
        let found = self.all.iter().find(|it| it.span == span)?;
        Some(&found.symbol)
    }

    /// A type as it is written, without its `?`.
    fn written(&self, of: &ast::Type) -> &'k str {
        self.analysis.written(of.span).trim_end_matches('?')
    }
}

/// The paths that must be there when a condition turns out so, and where it says that.
fn present(condition: &ast::Expr, holds: bool) -> Vec<(&ast::Path, Span)> {
    match (&condition.kind, holds) {
        (ExprKind::And(all), true) | (ExprKind::Or(all), false) => {
            all.iter().flat_map(|one| present(one, holds)).collect()
        }
        (ExprKind::Not(inner), _) => present(inner, !holds),
        (ExprKind::Is { value, what }, _) => {
            let is_there = match what {
                Presence::Some => holds,
                Presence::None => !holds,
                Presence::Empty => false,
            };
            match (is_there, &value.kind) {
                (true, ExprKind::Path(path)) => vec![(path, condition.span)],
                _ => Vec::new(),
            }
        }
        (
            ExprKind::And(_)
            | ExprKind::Or(_)
            | ExprKind::Literal(_)
            | ExprKind::List(_)
            | ExprKind::Path(_)
            | ExprKind::Call(_)
            | ExprKind::Filter { .. }
            | ExprKind::Compare { .. }
            | ExprKind::In { .. }
            | ExprKind::Junk,
            _,
        ) => Vec::new(),
    }
}
