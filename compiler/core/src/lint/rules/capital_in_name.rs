//! `capital-in-name`: a name with capitals in it, where names are words joined by `_`.
//!
//! Fields and parameters may be called as the service calls them that reads or writes them.

use crate::diagnostic::Diagnostic;
use crate::lint::index::{Index, Item};
use crate::lint::{Check, Lint};
use crate::package::Level;
use crate::syntax::ast::{self, ItemKind, StatementKind};

pub(in crate::lint) static LINT: Lint = Lint {
    code: "capital-in-name",
    level: Level::Warn,
    explain: include_str!("capital_in_name.md"),
    check: Check::Written(check),
};

fn check(index: &Index<'_>) -> Vec<Diagnostic> {
    let names = index.items.iter().flat_map(names);
    names.filter_map(|name| finding(index, name)).collect()
}

/// The names that a declaration gives, its own first.
fn names<'a>(item: &Item<'a>) -> Vec<&'a ast::Name> {
    let body = match &item.tree.kind {
        ItemKind::Behaviour(behaviour) => Some(&behaviour.body),
        ItemKind::Ruleset(ruleset) => Some(&ruleset.body),
        ItemKind::Enum(_) | ItemKind::Record(_) | ItemKind::Entity(_) => return Vec::new(),
        ItemKind::Const(_)
        | ItemKind::Tool(_)
        | ItemKind::Model(_)
        | ItemKind::Agent(_)
        | ItemKind::Example(_)
        | ItemKind::Use(_)
        | ItemKind::Allow(_)
        | ItemKind::Junk(_) => None,
    };
    let mut names: Vec<&ast::Name> = item.tree.kind.name().into_iter().collect();
    if let Some(body) = body {
        body.visit(&mut |statement| match &statement.kind {
            StatementKind::Fact(fact) => names.push(&fact.name),
            StatementKind::Rule(rule) => names.push(&rule.name),
            StatementKind::Observe(observe) => names.push(&observe.name),
            StatementKind::Stage(stage) => names.push(&stage.name),
            StatementKind::Steps(steps) => names.extend(steps.steps.iter().map(|it| &it.name)),
            StatementKind::Role(_)
            | StatementKind::Follow(_)
            | StatementKind::When(_)
            | StatementKind::Match(_)
            | StatementKind::Each(_)
            | StatementKind::Tools(_)
            | StatementKind::Model(_)
            | StatementKind::Limit(_)
            | StatementKind::Layout(_)
            | StatementKind::On(_)
            | StatementKind::Allow(_)
            | StatementKind::Junk(_) => {}
        });
    }
    names
}

fn finding(index: &Index<'_>, name: &ast::Name) -> Option<Diagnostic> {
    let written = name.text.as_str();
    // One that begins with a capital, or is spelt in another way, is no name, and told as that.
    let is_name = written.starts_with(|sign: char| sign.is_ascii_lowercase() || sign == '_')
        && written
            .bytes()
            .all(|sign| sign.is_ascii_alphanumeric() || sign == b'_');
    if !is_name || !written.contains(|sign: char| sign.is_ascii_uppercase()) {
        return None;
    }
    let wanted = in_small_letters(written);
    let message = format!("`{written}` has capitals in it, which are for types");
    let finding = Diagnostic::warning(LINT.code, name.span, message)
        .help(format!("call it `{wanted}`, here and where it is named"));
    let mut texts = index.files.iter().map(|(_, text)| *text);
    let is_named_here_alone =
        texts.all(|text| count(text, written) < 2 && count(text, &wanted) == 0);
    Some(match is_named_here_alone {
        true => finding.fix(name.span, wanted.clone(), format!("call it `{wanted}`")),
        false => finding,
    })
}

/// The same words joined by `_`: a capital begins one, and several in a row are one.
fn in_small_letters(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    let mut signs = name.chars().peekable();
    while let Some(sign) = signs.next() {
        let next_is_small = signs.peek().is_some_and(char::is_ascii_lowercase);
        let begins = sign.is_ascii_uppercase()
            && before != '_'
            && (!before.is_ascii_uppercase() || next_is_small);
        if begins {
            out.push('_');
        }
        out.push(sign.to_ascii_lowercase());
        before = sign;
    }
    out
}

/// How often a word stands in a text.
fn count(text: &str, word: &str) -> usize {
    let is_part = |sign: Option<char>| sign.is_some_and(|it| it.is_alphanumeric() || it == '_');
    let stands = |(at, _): &(usize, &str)| {
        let behind = text[at + word.len()..].chars().next();
        !is_part(text[..*at].chars().next_back()) && !is_part(behind)
    };
    text.match_indices(word).filter(stands).count()
}

#[cfg(test)]
mod tests {
    use super::in_small_letters;

    #[test]
    fn a_capital_begins_a_word() {
        assert_eq!(in_small_letters("promiseDates"), "promise_dates");
        assert_eq!(in_small_letters("askForURLFirst"), "ask_for_url_first");
        assert_eq!(in_small_letters("_top3Of"), "_top3_of");
        assert_eq!(in_small_letters("a_B"), "a_b");
    }
}
