//! `disagreeing-number`: the words of a rule and its check, a constant, or what a ruleset is given,
//! say different numbers.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use silex_bundle::expr::Compare;

use crate::diagnostic::Diagnostic;
use crate::lint::amount::{Amount, Amounts};
use crate::lint::index::Rule;
use crate::lint::words::{self, Word};
use crate::lint::{Check, Lint, View};
use crate::package::Level;
use crate::resolve::{Kind, ModuleId};
use crate::source::Span;
use crate::syntax::ast::{
    self, ClauseKind, Expr, ExprKind, ItemKind, LiteralKind, StatementKind, ValueKind,
};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "disagreeing-number",
    level: Level::Warn,
    explain: include_str!("disagreeing_number.md"),
    check: Check::All(&[Check::Understood(check), Check::Prompts(check_given)]),
};

/// The parameters of a ruleset that are numbers, and where each is said.
type Given<'a> = BTreeMap<&'a str, (f64, Span)>;

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
        let given = defaults(item.tree);
        for expr in checks(rule.tree) {
            let mut counts = Vec::new();
            counted(view, (item.module, &given), expr, &mut counts);
            found.extend(against_check(&all, &counts));
        }
        let constants = known.get_or_init(|| constants(view));
        found.extend(against_constants(view, rule, &all, constants));
        found.extend(
            against_parameters(&all, words, &given).map(|(amount, name)| {
                let (number, span) = given[name];
                let message = format!("the words say {} and `{name}` is {number}", amount.number);
                Diagnostic::warning(LINT.code, amount.span, message)
                    .label(span, "where nothing else is given")
                    .help(format!("print the parameter: `{{{{ {name} }}}}`"))
            }),
        );
    }
    found
}

/// What rulesets are given in a module, against the words of their rules.
fn check_given(view: &View<'_>) -> Vec<Diagnostic> {
    let amounts = Amounts::new();
    let mut found = Vec::new();
    for item in &view.index.items {
        let Some(body) = item.tree.kind.body() else {
            continue;
        };
        body.visit(&mut |statement| {
            if let StatementKind::Follow(follow) = &statement.kind {
                found.extend(against_given(view, &amounts, item.module, follow));
            }
        });
    }
    found
}

fn checks(rule: &ast::Rule) -> impl Iterator<Item = &Expr> {
    rule.clauses.iter().filter_map(|clause| match &clause.kind {
        ClauseKind::Check(expr) => Some(expr),
        ClauseKind::Because { .. }
        | ClauseKind::CheckJudge
        | ClauseKind::About(_)
        | ClauseKind::Overrides { .. }
        | ClauseKind::AtLeast(_)
        | ClauseKind::Allow(_) => None,
    })
}

/// What the parameters of a ruleset are where nothing else is given.
fn defaults(item: &ast::Item) -> Given<'_> {
    let ItemKind::Ruleset(ruleset) = &item.kind else {
        return Given::new();
    };
    let defaults = ruleset.params.iter().filter_map(|param| {
        let default = param.default.as_ref()?;
        let ValueKind::Literal(LiteralKind::Number(number)) = &default.kind else {
            return None;
        };
        Some((param.name.text.as_str(), (number.value, default.span)))
    });
    defaults.collect()
}

/// Rules of a ruleset whose words say another number than what this `follow` gives.
fn against_given(
    view: &View<'_>,
    amounts: &Amounts,
    module: ModuleId,
    follow: &ast::Follow,
) -> Vec<Diagnostic> {
    let at = view.names.position(module, &follow.ruleset.text);
    let Some(declared) = at.and_then(|at| view.names.declared_at(at)) else {
        return Vec::new();
    };
    let ItemKind::Ruleset(ruleset) = &declared.item.kind else {
        return Vec::new();
    };
    let nothing = Given::new();
    let given = follow.args.iter().enumerate().filter_map(|(at, arg)| {
        let name = arg
            .name
            .as_ref()
            .or(ruleset.params.get(at).map(|it| &it.name))?;
        let number = number_of(view, (module, &nothing), &arg.value)?;
        Some((name.text.as_str(), (number, arg.value.span)))
    });
    let given: Given<'_> = given.collect();
    if given.is_empty() {
        return Vec::new();
    }
    let file = declared.item.span.file;
    let text = view.sources.text(file);
    let mut found = Vec::new();
    ruleset.body.visit(&mut |statement| {
        let StatementKind::Rule(rule) = &statement.kind else {
            return;
        };
        let mut words = Vec::new();
        words::split(&rule.prose, text, &mut words);
        let all = amounts.find(&words, file);
        let mut counts = Vec::new();
        for expr in checks(rule).filter(|_| !all.is_empty()) {
            counted(view, (declared.module, &given), expr, &mut counts);
        }
        counts.retain(|count| count.name.is_some_and(|name| given.contains_key(name)));
        let by_check =
            disagreeing(&all, &counts).and_then(|(amount, count)| Some((amount, count.name?)));
        let by_name = || against_parameters(&all, &words, &given);
        if let Some((amount, name)) = by_check.or_else(by_name) {
            let (number, span) = given[name];
            let message = format!(
                "`{}` says {} in words, and `{name}` is {number} here",
                rule.name.text, amount.number
            );
            found.push(
                Diagnostic::warning(LINT.code, span, message)
                    .label(amount.span, "the words")
                    .help(format!(
                        "print the parameter in the rule: `{{{{ {name} }}}}`"
                    )),
            );
        }
    });
    found
}

/// A bound whose sentence speaks of what a parameter is called by.
fn against_parameters<'w, 'g>(
    amounts: &[Amount<'w>],
    words: &[Word<'w>],
    given: &Given<'g>,
) -> Option<(Amount<'w>, &'g str)> {
    let amount = only_bound(amounts)?;
    let names = given
        .iter()
        .filter(|(_, (number, _))| *number != amount.number);
    let mut names = names.filter(|(name, _)| bounded(name).is_some_and(|of| speaks_of(words, &of)));
    names.next().map(|(name, _)| (amount, *name))
}

/// A count that a check compares: what it counts, with which number, and where that stands.
struct Count<'e> {
    function: &'e str,
    number: f64,
    /// The constant or parameter that says it.
    name: Option<&'e str>,
    span: Span,
}

/// Where an expression stands: in which module, and among which parameters.
type Place<'p> = (ModuleId, &'p Given<'p>);

fn counted<'e>(view: &View<'_>, place: Place<'_>, expr: &'e Expr, out: &mut Vec<Count<'e>>) {
    match &expr.kind {
        ExprKind::Compare { left, right, .. } => {
            for (call, number) in [(left, right), (right, left)] {
                if let (ExprKind::Call(call), Some(value)) =
                    (&call.kind, number_of(view, place, number))
                {
                    out.push(Count {
                        function: &call.name.text,
                        number: value,
                        name: number.as_name().map(|it| it.text.as_str()),
                        span: number.span,
                    });
                }
            }
        }
        ExprKind::Not(inner) => counted(view, place, inner, out),
        ExprKind::And(all) | ExprKind::Or(all) => {
            all.iter().for_each(|one| counted(view, place, one, out));
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

fn number_of(view: &View<'_>, (module, given): Place<'_>, expr: &Expr) -> Option<f64> {
    if let ExprKind::Literal(LiteralKind::Number(number)) = &expr.kind {
        return Some(number.value);
    }
    let name = expr.as_name()?.text.as_str();
    if let Some((number, _)) = given.get(name) {
        return Some(*number);
    }
    let declared = view.names.declared_at(view.names.position(module, name)?)?;
    view.hir.constants.get(&declared.qualified)?.value.as_f64()
}

/// The amount of words is not the number of the words that are counted.
fn against_check(amounts: &[Amount<'_>], counts: &[Count<'_>]) -> Option<Diagnostic> {
    let (amount, count) = disagreeing(amounts, counts)?;
    let message = format!(
        "the words say {} and the check says {}",
        amount.number, count.number
    );
    let report =
        Diagnostic::warning(LINT.code, amount.span, message).label(count.span, "the check");
    Some(report.help("write the number once: in a constant, and in prose as a hole `{{ name }}`"))
}

/// An amount and the count that it should be.
fn disagreeing<'w, 'c, 'e>(
    amounts: &[Amount<'w>],
    counts: &'c [Count<'e>],
) -> Option<(Amount<'w>, &'c Count<'e>)> {
    counts.iter().find_map(|count| {
        let singular = count.function.strip_suffix('s').unwrap_or(count.function);
        let mut same = amounts.iter().filter(|amount| {
            amount.unit.is_some_and(|unit| {
                unit.eq_ignore_ascii_case(count.function) || unit.eq_ignore_ascii_case(singular)
            })
        });
        let (Some(amount), None) = (same.next(), same.next()) else {
            return None;
        };
        // `fewer than 121` and `<= 120` are the same to a reader who counts.
        ((amount.number - count.number).abs() > 1.0).then_some((*amount, count))
    })
}

/// The only amount that is a bound.
fn only_bound<'w>(amounts: &[Amount<'w>]) -> Option<Amount<'w>> {
    let mut bounds = amounts.iter().filter(|amount| {
        matches!(
            amount.bound,
            Some(Compare::Le | Compare::Lt | Compare::Ge | Compare::Gt)
        )
    });
    match (bounds.next(), bounds.next()) {
        (Some(amount), None) => Some(*amount),
        _ => None,
    }
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
    let amount = only_bound(amounts)?;
    let meant = |constant: &Constant<'_>| {
        let declared = view.names.lookup(module, constant.name);
        declared.filter(|it| it.qualified == constant.qualified)
    };
    let spoken = constants
        .iter()
        .filter(|it| amount.number != it.number && speaks_of(words, &it.of));
    let (constant, declared) = spoken.filter_map(|it| Some((it, meant(it)?))).next()?;
    let message = format!(
        "the words say {} and `{}` is {}",
        amount.number, constant.name, constant.number
    );
    Some(
        Diagnostic::warning(LINT.code, amount.span, message)
            .label(declared.name.span, "the constant")
            .help(format!("print the constant: `{{{{ {} }}}}`", constant.name)),
    )
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
