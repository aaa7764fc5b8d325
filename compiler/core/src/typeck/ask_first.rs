//! The change that makes a condition ask whether a value is there before it uses it.

use super::Context;
use super::expr::Place;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::ast::{self, ExprKind};

/// Offers `PATH is some and` with what was found in a condition since then. Only where nothing
/// happens if there is no value; and only before a part that stands alone or between `and`s, for
/// elsewhere it would mean something else.
pub(super) fn offer(cx: &Context<'_>, since: usize, condition: &ast::Expr, place: Place) {
    if !matches!(place, Place::When | Place::After | Place::Where) {
        return;
    }
    let parts = if let ExprKind::And(parts) = &condition.kind {
        &**parts
    } else {
        std::slice::from_ref(condition)
    };
    cx.amend(since, |found| {
        if found.code != "maybe-none" || found.fix.is_some() {
            return;
        }
        let at = found.span();
        let mut paths = parts.iter().filter_map(first_path);
        if let Some(path) = paths.find(|path| path.span.start == at.start) {
            ask_first(found, &part(path, at), at);
        }
    });
}

fn ask_first(found: &mut Diagnostic, part: &str, at: Span) {
    let before = Span {
        end: at.start,
        ..at
    };
    let asked = format!("{part} is some");
    *found = found.clone().fix(
        before,
        format!("{asked} and "),
        format!("ask first: `{asked}`"),
    );
}

/// The path with which a question begins.
fn first_path(part: &ast::Expr) -> Option<&ast::Path> {
    match &part.kind {
        ExprKind::Path(path) => Some(path),
        ExprKind::Compare { left, .. } => first_path(left),
        ExprKind::Is { value, .. } | ExprKind::In { value, .. } => first_path(value),
        ExprKind::Literal(_)
        | ExprKind::List(_)
        | ExprKind::Call(_)
        | ExprKind::Filter { .. }
        | ExprKind::Not(_)
        | ExprKind::And(_)
        | ExprKind::Or(_)
        | ExprKind::Junk => None,
    }
}

/// The part of a path that stands in a place.
fn part(path: &ast::Path, at: Span) -> String {
    let names = path.names.iter().take_while(|name| name.span.end <= at.end);
    let names: Vec<&str> = names.map(|name| name.text.as_str()).collect();
    names.join(".")
}

#[cfg(test)]
mod tests {
    use crate::{Package, SourceFile, check};

    /// What is left of a condition with its fix made, if one is offered.
    fn check_fix(condition: &str, wanted: Option<&str>) {
        let before = "record Taste { sure: bool, words: int 1..9 }
entity Person key address { address: email, age: int?, vip: bool = false, taste: Taste? }
behaviour answer(person: Person) -> Reply { when ";
        let text = format!("{before}{condition} {{ must a \"A.\" }} }}\n");
        let package = Package {
            manifest: "name: test\nversion: 0.1.0\nsilex: \"0.1\"\nlints: { all: allow }\n".into(),
            files: vec![SourceFile::new("specs/test.silex", &text)],
            ..Package::default()
        };
        let found = check(&package);
        assert_eq!(found.len(), 1, "{found:#?}");
        let fixed = found[0].fix.as_ref().map(|fix| {
            let mut fixed = text.clone();
            fixed.replace_range(fix.span.range(), &fix.replacement);
            let rest = fixed.strip_prefix(before).unwrap_or_default();
            rest.split_once(" { must")
                .map_or("", |(it, _)| it)
                .to_owned()
        });
        assert_eq!(fixed.as_deref(), wanted);
    }

    #[test]
    fn a_question_that_stands_alone_is_asked_for_first() {
        check_fix(
            "person.age > 3",
            Some("person.age is some and person.age > 3"),
        );
        check_fix(
            "person.taste.sure",
            Some("person.taste is some and person.taste.sure"),
        );
    }

    #[test]
    fn between_ands_it_is_asked_for_just_before() {
        check_fix(
            "person.vip and person.taste.words in 1..3",
            Some("person.vip and person.taste is some and person.taste.words in 1..3"),
        );
    }

    #[test]
    fn under_not_and_or_nothing_is_offered() {
        check_fix("not person.taste.sure", None);
        check_fix("person.vip or person.age > 3", None);
        check_fix("person.vip and (person.age > 3 or person.vip)", None);
    }
}
