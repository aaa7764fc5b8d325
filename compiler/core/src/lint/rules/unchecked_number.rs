//! `unchecked-number`: a rule gives a number of words or sentences and nothing counts them.

use silex_bundle::expr::Compare;

use crate::diagnostic::Diagnostic;
use crate::lint::amount::{Amount, Amounts};
use crate::lint::index::{Index, Rule};
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::source::Span;
use crate::syntax::ast::{ClauseKind, ItemKind, Strength, TypeKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "unchecked-number",
    level: Level::Warn,
    explain: include_str!("unchecked_number.md"),
    check: Check::Written(check),
};

/// What is counted in a part of the reply is not counted by the whole body.
const PARTS: [&str; 18] = [
    "subject",
    "title",
    "summary",
    "paragraph",
    "paragraphs",
    "introduction",
    "line",
    "lines",
    "sentence",
    "each",
    "every",
    "per",
    "brief",
    "reason",
    "question",
    "item",
    "piece",
    "first",
];

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let amounts = Amounts::new();
    let mut found = Vec::new();
    for rule in &index.rules {
        let checked = rule
            .tree
            .clauses
            .iter()
            .any(|clause| matches!(clause.kind, ClauseKind::Check(_) | ClauseKind::CheckJudge));
        if checked || rule.tree.strength == Strength::May || !answers_mail(index, rule) {
            continue;
        }
        let words = index.words_of(rule);
        let all = amounts.find(words, rule.keyword.file);
        let mut counted = all.iter().filter_map(|amount| {
            let function = counts(amount)?;
            Some((amount, function, sign(amount, rule.tree.strength)?))
        });
        let Some((amount, function, sign)) = counted.next() else {
            continue;
        };
        let of_part = words
            .iter()
            .enumerate()
            .filter(|(at, _)| !(amount.words.0..=amount.words.1).contains(at))
            .any(|(_, word)| word.is_one_of(&PARTS));
        if !of_part && counted.next().is_none() {
            let check = format!("check {function}(reply.body) {sign} {}", amount.number);
            found.push(finding(rule, amount, &check));
        }
    }
    found
}

fn finding(rule: &Rule<'_>, amount: &Amount<'_>, check: &str) -> Diagnostic {
    let behind = Span {
        start: rule.tree.prose.span.end,
        ..rule.tree.prose.span
    };
    Diagnostic::warning(LINT.code, amount.span, "nothing counts this")
        .help(format!(
            "a rule that can be counted can be checked: `{check}`; a draft that breaks it goes back"
        ))
        .fix(behind, format!("\n    {check}"), "check it")
}

/// Whether the rule is of a behaviour that returns a reply.
fn answers_mail(index: &Index<'_>, rule: &Rule<'_>) -> bool {
    let item = index.item(rule.item).map(|item| &item.tree.kind);
    let Some(ItemKind::Behaviour(behaviour)) = item else {
        return false;
    };
    matches!(&behaviour.returns.kind, TypeKind::Named(name) if name.text == "Reply")
}

fn counts(amount: &Amount<'_>) -> Option<&'static str> {
    let unit = amount.unit?;
    match () {
        () if unit.eq_ignore_ascii_case("words") => Some("words"),
        () if unit.eq_ignore_ascii_case("sentences") => Some("sentences"),
        () => None,
    }
}

/// What must hold, as the words say it; a forbidden amount is the other way round.
fn sign(amount: &Amount<'_>, strength: Strength) -> Option<&'static str> {
    let forbids = matches!(strength, Strength::Never | Strength::Avoid);
    Some(match (amount.bound?, forbids) {
        (Compare::Le, false) | (Compare::Gt, true) => "<=",
        (Compare::Lt, false) | (Compare::Ge, true) => "<",
        (Compare::Ge, false) | (Compare::Lt, true) => ">=",
        (Compare::Gt, false) | (Compare::Le, true) => ">",
        (Compare::Eq | Compare::Ne, _) => return None,
    })
}
