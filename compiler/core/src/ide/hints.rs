//! What an author would look up: how long the prompts of a behaviour are and how many, and what is
//! known of a value behind a condition.

use super::names::{self, Occurrence, Symbol};
use super::{Analysis, members};
use crate::analysis::facts::Facts;
use crate::resolve::{Kind, Names};
use crate::source::FileId;
use crate::syntax::ast::{self, ExprKind, Presence};

/// A hint behind something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Before which byte it stands.
    pub offset: u32,
    /// What it says.
    pub text: String,
    /// More about it.
    pub tooltip: String,
}

/// The hints of a file.
#[must_use]
pub fn of_file(analysis: &Analysis, file: FileId) -> Vec<Hint> {
    let (Some((id, module)), Some(facts)) = (analysis.module(file), analysis.facts()) else {
        return Vec::new();
    };
    let names = analysis.names();
    let all = names::of_module(&names, id, module);
    let mut hints = Vec::new();
    for item in &module.file.items {
        if let (Some(Kind::Behaviour), Some(name)) = (Kind::of(&item.kind), item.kind.name()) {
            let qualified = format!("{}.{}", module.name, name.text);
            hints.extend(measures(analysis, &facts, &qualified, item));
        }
        if let Some(body) = item.kind.body() {
            body.visit(&mut |statement| {
                if let ast::StatementKind::When(when) = &statement.kind {
                    let known = Known {
                        analysis,
                        names: &names,
                        all: &all,
                    };
                    known.behind(&when.condition, &mut hints);
                }
            });
        }
    }
    hints
}

/// How long the prompts of a behaviour are, and how many, behind its head.
fn measures(analysis: &Analysis, facts: &Facts<'_>, name: &str, item: &ast::Item) -> Option<Hint> {
    let written = analysis.written(item.span);
    let head = written.split('{').next().unwrap_or_default().trim_end();
    let variants = facts.variants(name)?;
    let count = match (variants.count(), variants.is_exact()) {
        (1, true) => "one prompt".to_owned(),
        (count, true) => format!("{count} prompts"),
        (count, false) => format!("{count} prompts or more"),
    };
    let tokens = facts.tokens(name).map(|(bounds, _)| bounds);
    let text = tokens.map_or_else(
        || count.clone(),
        |it| format!("{}–{} tokens, {count}", it.least, it.most),
    );
    Some(Hint {
        offset: item.span.start + u32::try_from(head.len()).ok()?,
        text,
        tooltip: "what is rendered from statements; tools and conversation not counted".to_owned(),
    })
}

/// What names in conditions mean.
struct Known<'k, 'a> {
    analysis: &'k Analysis,
    names: &'k Names<'a>,
    all: &'k [Occurrence],
}

impl Known<'_, '_> {
    /// The types of what a condition says to be there.
    fn behind(&self, condition: &ast::Expr, hints: &mut Vec<Hint>) {
        match &condition.kind {
            ExprKind::And(all) => all.iter().for_each(|one| self.behind(one, hints)),
            ExprKind::Is {
                value,
                what: Presence::Some,
            } => {
                if let ExprKind::Path(path) = &value.kind
                    && let Some(of) = self.type_behind(path)
                {
                    hints.push(Hint {
                        offset: condition.span.end,
                        text: format!(": {of}"),
                        tooltip: format!("`{path}` is there in what follows"),
                    });
                }
            }
            ExprKind::Literal(_)
            | ExprKind::List(_)
            | ExprKind::Path(_)
            | ExprKind::Call(_)
            | ExprKind::Filter { .. }
            | ExprKind::Not(_)
            | ExprKind::Or(_)
            | ExprKind::Compare { .. }
            | ExprKind::Is { .. }
            | ExprKind::In { .. }
            | ExprKind::Junk => {}
        }
    }

    /// The type at the end of a path, without its `?`.
    fn type_behind(&self, path: &ast::Path) -> Option<&str> {
        let last = path.names.last()?;
        let found = self.all.iter().find(|it| it.span == last.span)?;
        let Symbol::Field { of, name, .. } = &found.symbol else {
            return None;
        };
        let fields = members::fields(self.names.get(of)?.item);
        let member = fields.iter().find(|it| it.field.name.text == *name)?;
        let written = self.analysis.written(member.field.ty.span);
        Some(written.trim_end_matches('?'))
    }
}
