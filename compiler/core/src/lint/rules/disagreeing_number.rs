//! `disagreeing-number`: the words of a rule and its check, or a constant, give different numbers.

use std::cell::OnceCell;

use silex_bundle::expr::Compare;

use crate::diagnostic::Diagnostic;
use crate::lint::amount::{Amount, Amounts};
use crate::lint::index::Rule;
use crate::lint::words::Word;
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::resolve::{Kind, ModuleId};
use crate::source::Span;
use crate::syntax::ast::{ClauseKind, Expr, ExprKind, LiteralKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "disagreeing-number",
    level: Level::Warn,
    explain: include_str!("disagreeing_number.md"),
    check: Check::Understood(check),
};

/// A constant that is a number, and called a bound.
struct Constant<'a> {
    name: &'a str,
    /// The words of its name that say what it bounds.
    of: Vec<&'a str>,
    qualified: &'a str,
    number: f64,
}

fn check(view: &View<'_>) -> Vec<Diagnostic> {
    let amounts = Amounts::new();
    let known = OnceCell::new();
    let mut found = Vec::new();
    for rule in &view.index.rules {
        let words = view.index.words_of(rule);
        let all = amounts.find(words, rule.keyword.file);
        if all.is_empty() {
            continue;
        }
        let Some(item) = view.index.item(rule.item) else {
            continue;
        };
        for clause in &rule.tree.clauses {
            if let ClauseKind::Check(expr) = &clause.kind {
                let mut counts = Vec::new();
                counted(view, item.module, expr, &mut counts);
                found.extend(against_check(&all, &counts));
            }
        }
        let constants = known.get_or_init(|| constants(view));
        found.extend(against_constants(view, rule, &all, constants));
    }
    found
}

/// A count that a check compares: what it counts, with which number, and where that stands.
struct Count<'e> {
    function: &'e str,
    number: f64,
    span: Span,
}

fn counted<'e>(view: &View<'_>, module: ModuleId, expr: &'e Expr, out: &mut Vec<Count<'e>>) {
    match &expr.kind {
        ExprKind::Compare { left, right, .. } => {
            for (call, number) in [(left, right), (right, left)] {
                if let (ExprKind::Call(call), Some(value)) =
                    (&call.kind, number_of(view, module, number))
                {
                    out.push(Count {
                        function: &call.name.text,
                        number: value,
                        span: number.span,
                    });
                }
            }
        }
        ExprKind::Not(inner) => counted(view, module, inner, out),
        ExprKind::And(all) | ExprKind::Or(all) => {
            all.iter().for_each(|one| counted(view, module, one, out));
        }
        ExprKind::Literal(_)
        | ExprKind::List(_)
        | ExprKind::Path(_)
        | ExprKind::Call(_)
        | ExprKind::Filter { .. }
        | ExprKind::Is { .. }
        | ExprKind::In { .. }
        | ExprKind::Junk => {}
    }
}

fn number_of(view: &View<'_>, module: ModuleId, expr: &Expr) -> Option<f64> {
    match &expr.kind {
        ExprKind::Literal(LiteralKind::Number(number)) => Some(number.value),
        ExprKind::Path(path) => {
            let [name] = &*path.names else {
                return None;
            };
            let at = view.names.position(module, &name.text)?;
            let declared = view.names.declared_at(at)?;
            view.hir.constants.get(&declared.qualified)?.value.as_f64()
        }
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

/// The amount of words is not the number of the words that are counted.
fn against_check(amounts: &[Amount<'_>], counts: &[Count<'_>]) -> Option<Diagnostic> {
    for count in counts {
        let singular = count.function.strip_suffix('s').unwrap_or(count.function);
        let mut same = amounts.iter().filter(|amount| {
            amount.unit.is_some_and(|unit| {
                unit.eq_ignore_ascii_case(count.function) || unit.eq_ignore_ascii_case(singular)
            })
        });
        let (Some(amount), None) = (same.next(), same.next()) else {
            continue;
        };
        // `fewer than 121` and `<= 120` are the same to a reader who counts.
        if (amount.number - count.number).abs() > 1.0 {
            let message = format!(
                "the words say {} and the check says {}",
                amount.number, count.number
            );
            return Some(
                Diagnostic::warning(LINT.code, amount.span, message)
                    .label(count.span, "the check")
                    .help(
                        "write the number once: in a constant, and in prose as a hole `{{ name }}`",
                    ),
            );
        }
    }
    None
}

fn constants<'v>(view: &'v View<'_>) -> Vec<Constant<'v>> {
    let declared = view.names.declared().filter(|it| it.kind == Kind::Constant);
    declared
        .filter_map(|it| {
            let number = view.hir.constants.get(&it.qualified)?.value.as_f64()?;
            Some(Constant {
                name: &it.name.text,
                of: bounded(&it.name.text)?,
                qualified: &it.qualified,
                number,
            })
        })
        .collect()
}

/// A bound whose sentence speaks of what a constant in scope is called by.
fn against_constants(
    view: &View<'_>,
    rule: &Rule<'_>,
    amounts: &[Amount<'_>],
    constants: &[Constant<'_>],
) -> Option<Diagnostic> {
    let module = view.index.item(rule.item)?.module;
    let words = view.index.words_of(rule);
    let mut bounds = amounts.iter().filter(|amount| {
        matches!(
            amount.bound,
            Some(Compare::Le | Compare::Lt | Compare::Ge | Compare::Gt)
        )
    });
    let (Some(amount), None) = (bounds.next(), bounds.next()) else {
        return None;
    };
    let constant = constants
        .iter()
        .find(|constant| amount.number != constant.number && speaks_of(words, &constant.of))?;
    let at = view.names.position(module, constant.name)?;
    let declared = view.names.declared_at(at)?;
    (declared.qualified == constant.qualified).then(|| {
        let message = format!(
            "the words say {} and `{}` is {}",
            amount.number, constant.name, constant.number
        );
        Diagnostic::warning(LINT.code, amount.span, message)
            .label(declared.name.span, "the constant")
            .help(format!("print the constant: `{{{{ {} }}}}`", constant.name))
    })
}

/// The words of a name that say what it bounds: `refund` of `refund_limit`; none if it is no bound.
fn bounded(name: &str) -> Option<Vec<&str>> {
    const BOUNDS: [&str; 8] = [
        "cap", "limit", "max", "maximum", "min", "minimum", "most", "least",
    ];
    let parts = name.split('_').filter(|part| !part.is_empty());
    let (bounds, of): (Vec<&str>, Vec<&str>) = parts.partition(|part| BOUNDS.contains(part));
    (!bounds.is_empty() && !of.is_empty()).then_some(of)
}

/// Whether all of some words stand among others, in the singular or the plural.
fn speaks_of(words: &[Word<'_>], of: &[&str]) -> bool {
    let stem = |text: &str| text.trim_end_matches('s').to_ascii_lowercase();
    of.iter()
        .all(|part| words.iter().any(|word| stem(word.text) == stem(part)))
}
