//! Modules that name each other's declarations.

use crate::diagnostic::Diagnostics;
use crate::source::{FileId, Sources};
use crate::syntax;

use super::{Kind, Module, ModuleId, resolve};

/// Files by path, each after a line `== path`; the package `house` is used.
fn modules(text: &str, sources: &mut Sources, diagnostics: &mut Diagnostics) -> Vec<Module> {
    let standard = "record Mail { body: text }\n".to_owned();
    let mut files = vec![("silex".to_owned(), standard)];
    for part in text.split("== ").skip(1) {
        let (name, text) = part.split_once('\n').unwrap();
        files.push((name.to_owned(), text.to_owned()));
    }
    let parsed = files.into_iter().map(|(name, text)| {
        let id: FileId = sources.add(&name, text.clone());
        let prefix = if name.starts_with("house.") {
            "house."
        } else {
            ""
        }
        .to_owned();
        let dependencies = if prefix.is_empty() {
            vec!["house".to_owned()]
        } else {
            Vec::new()
        };
        Module {
            name,
            prefix,
            dependencies,
            file: syntax::parse(id, &text, diagnostics),
        }
    });
    parsed.collect()
}

fn check_resolve(text: &str, wanted: &[&str]) {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let modules = modules(text, &mut sources, &mut diagnostics);
    resolve(&modules, &mut diagnostics);
    let told: Vec<String> = diagnostics
        .finish()
        .iter()
        .map(|it| {
            let (path, line, column) = sources.place(it.span());
            let help = it
                .help
                .as_deref()
                .map_or(String::new(), |help| format!(" ({help})"));
            format!("{path}:{line}:{column} {} {}{help}", it.code, it.message)
        })
        .collect();
    assert_eq!(told, wanted);
}

fn check_lookup(text: &str, name: &str, wanted: Option<&str>) {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let modules = modules(text, &mut sources, &mut diagnostics);
    let names = resolve(&modules, &mut diagnostics);
    let found = names
        .lookup(ModuleId(1), name)
        .map(|found| found.qualified.as_str());
    assert_eq!(found, wanted);
}

const TWO: &str =
    "== a\nuse mail.b.{tone}\nmodel own { }\n== mail.b\nconst tone = 3\nconst _hidden = 3\n";

#[test]
fn a_module_sees_its_own_names_its_imports_and_the_standard_library() {
    check_lookup(TWO, "own", Some("a.own"));
    check_lookup(TWO, "tone", Some("mail.b.tone"));
    check_lookup(TWO, "Mail", Some("silex.Mail"));
    check_lookup(TWO, "_hidden", None);
}

#[test]
fn the_nearest_name_is_of_the_wanted_kind() {
    let (mut sources, mut diagnostics) = (Sources::default(), Diagnostics::default());
    let modules = modules(
        "== a\nconst tons = 3\nmodel tone { }\n",
        &mut sources,
        &mut diagnostics,
    );
    let names = resolve(&modules, &mut diagnostics);
    assert_eq!(
        names.nearest(ModuleId(1), "tont", &[Kind::Model]),
        Some("tone")
    );
    assert_eq!(
        names.nearest(ModuleId(1), "tont", &[Kind::Constant]),
        Some("tons")
    );
    assert_eq!(
        names.nearest(ModuleId(1), "Mial", &Kind::TYPES),
        Some("Mail")
    );
}

#[test]
fn an_unknown_module_and_an_unknown_name_are_told_with_the_nearest() {
    check_resolve(
        "== a\nuse mial.b.{tone}\nuse mail.b.{toen}\n== mail.b\nconst tone = 3\n",
        &[
            "a:1:5 unknown-name unknown module `mial.b` (did you mean `mail.b`?)",
            "a:2:13 unknown-name module `mail.b` declares no `toen` (did you mean `tone`?)",
        ],
    );
}

#[test]
fn a_private_name_is_refused() {
    check_resolve(
        "== a\nuse b.{_x}\n== b\nconst _x = 3\n",
        &[
            "a:1:8 private-name `_x` is private to module `b` (use what `b` offers to others, or take the `_` away there)",
        ],
    );
}

#[test]
fn two_declarations_of_one_name_are_told_at_the_second() {
    check_resolve(
        "== a\nconst x = 3\nmodel x { }\n",
        &["a:2:7 duplicate-name `x` is declared twice in this module"],
    );
}

#[test]
fn standard_records_and_functions_are_not_declared_again() {
    check_resolve(
        "== a\nrecord Mail { a: int }\nconst words = 3\n",
        &[
            "a:1:8 standard-name `Mail` is a standard record and cannot be declared again (give it another name)",
            "a:2:7 standard-name `words` is a standard function and cannot be declared again (give it another name)",
        ],
    );
}

#[test]
fn an_import_must_not_hide_a_declaration() {
    check_resolve(
        "== a\nuse b.{x}\nconst x = 3\n== b\nconst x = 3\n",
        &["a:1:8 duplicate-name `x` is in scope already"],
    );
}

#[test]
fn modules_that_import_each_other_are_told_once() {
    check_resolve(
        "== a\nuse b.{y}\nconst x = 3\n== b\nuse a.{x}\nconst y = 3\n",
        &[
            "a:1:5 import-cycle `a` imports itself: `a` → `b` → `a` (move what both need into a third module)",
        ],
    );
}

#[test]
fn modules_of_a_used_package_stand_behind_its_name() {
    check_lookup(
        "== a\nuse house.mail.{x}\n== house.mail\nconst x = 3\n",
        "x",
        Some("house.mail.x"),
    );
    check_resolve(
        "== a\nuse mail.{x}\n== house.mail\nconst x = 3\n== house.b\nuse house.mail.{x}\n",
        &[
            "a:1:5 unknown-name unknown module `mail`",
            "house.b:1:5 unknown-name unknown module `house.mail`",
        ],
    );
}

#[test]
fn rulesets_that_follow_each_other_are_told_once() {
    check_resolve(
        "== a\nruleset x { follow y }\nruleset y { follow x }\n",
        &["a:1:20 follow-cycle a ruleset follows itself: `x` → `y` → `x` (take one `follow` out)"],
    );
}

#[test]
fn a_behaviour_that_calls_itself_through_a_tool_is_told() {
    check_resolve(
        "== a\nbehaviour x() -> Mail { tools t }\ntool t() -> Mail { via behaviour x() }\n",
        &[
            "a:1:31 behaviour-cycle a behaviour calls itself through a tool: `x` → `t` → `x` \
             (a conversation inside itself may never end; take one tool out)",
        ],
    );
}
