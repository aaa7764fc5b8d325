//! Comparisons of whole packages: every edit and what is said of it, and the laws that hold for all.

mod edits;
mod touched;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::subsequence;
use silex_bundle::Bundle;

use super::{Change, Class, Difference, kinds, of_code, reverse};
use crate::{Package, SourceFile, build};
use edits::{EDITS, Edit};

const BASE: &str = include_str!("base.silex");

fn try_package(files: &[(&str, &str)]) -> Result<Bundle, Vec<String>> {
    let files = files.iter();
    let package = Package {
        manifest: "name: desk\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: files
            .map(|(path, text)| SourceFile::new(path, text))
            .collect(),
        ..Package::default()
    };
    let (bundle, found) = build(&package);
    bundle.ok_or_else(|| found.into_iter().map(|it| it.message).collect())
}

/// The differences, with the limit of variants that a package has by default.
fn compare(old: &Bundle, new: &Bundle) -> Difference {
    super::compare(old, new, 4096)
}

#[track_caller]
fn package(files: &[(&str, &str)]) -> Bundle {
    try_package(files).unwrap()
}

#[track_caller]
fn bundle(text: &str) -> Bundle {
    package(&[("specs/a.silex", text)])
}

/// The base package after some edits; an edit whose text is gone does nothing. None if the edits
/// do not go together.
fn edited(edits: &[&Edit]) -> Option<Bundle> {
    let text = edits.iter().fold(BASE.to_owned(), |text, edit| {
        text.replacen(edit.from, edit.to, 1)
    });
    try_package(&[("specs/a.silex", &text)]).ok()
}

fn said(changes: &[Change]) -> Vec<String> {
    let said = changes
        .iter()
        .map(|it| format!("{} {}", it.kind.code, it.subject));
    said.collect()
}

#[track_caller]
fn check(old: &str, new: &str, expected: &[&str]) -> Vec<Change> {
    let changes = compare(&bundle(old), &bundle(new)).changes;
    assert_eq!(said(&changes), expected);
    changes
}

/// The change that an edit of the base package makes.
#[track_caller]
fn the_change(from: &str, to: &str) -> Change {
    assert!(BASE.contains(from), "{from}");
    let changes = compare(&bundle(BASE), &bundle(&BASE.replacen(from, to, 1))).changes;
    let [change] = changes.as_slice() else {
        panic!("{:?}", said(&changes));
    };
    change.clone()
}

#[test]
fn every_edit_is_said_for_what_it_is() {
    let base = bundle(BASE);
    let mut wrong = Vec::new();
    for edit in EDITS {
        assert!(BASE.contains(edit.from), "{}", edit.from);
        let new = bundle(&BASE.replacen(edit.from, edit.to, 1));
        let said = said(&compare(&base, &new).changes);
        if said != edit.said {
            wrong.push(format!("{} → {}: {said:?}", edit.from, edit.to));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn codes_are_unique_and_reversing_twice_leads_back() {
    let codes: BTreeSet<_> = kinds().map(|kind| kind.code).collect();
    assert_eq!(codes.len(), kinds().count());
    for kind in kinds() {
        assert_eq!(reverse(reverse(kind)), kind);
        assert_eq!(of_code(kind.code), Some(kind));
    }
}

#[test]
fn what_is_undone_is_of_the_opposite_class() {
    for kind in kinds() {
        let allowed: &[Class] = match kind.class {
            Class::Widened => &[Class::Narrowed, Class::Breaking, Class::Widened],
            Class::Narrowed => &[Class::Widened, Class::Breaking],
            Class::Weakened => &[Class::Strengthened, Class::Weakened],
            Class::Strengthened => &[Class::Weakened, Class::Breaking],
            Class::Interface => &[Class::Interface, Class::Breaking],
            Class::Reworded | Class::Renamed => &[kind.class],
            Class::Breaking => &Class::ALL,
        };
        let undone = reverse(kind).class;
        assert!(allowed.contains(&undone), "{}: {undone:?}", kind.code);
    }
}

#[test]
fn layout_comments_and_the_order_of_declarations_are_no_change() {
    let spaced = BASE.replace("\n  ", "\n\n      // A remark.\n   ").replace(
        "enum Plan { free, plus, pro }",
        "enum Plan {\n free\n plus\n pro\n}",
    );
    check(BASE, &spaced, &[]);
    let (models, rest) = (
        "model sorter { provider anthropic name \"claude-haiku-4-5\" }\n",
        BASE.replace(
            "model sorter { provider anthropic name \"claude-haiku-4-5\" }\n",
            "",
        ),
    );
    check(BASE, &format!("{rest}\n{models}"), &[]);
}

#[test]
fn what_moves_to_another_file_is_the_same_under_another_name() {
    let ruleset = BASE.find("ruleset polite").unwrap()..BASE.find("/// Look an order up.").unwrap();
    let mut rest = BASE.to_owned();
    rest.replace_range(ruleset.clone(), "");
    let rest = rest.replacen(
        "\n\n/// What somebody",
        "\n\nuse b.{polite}\n\n/// What somebody",
        1,
    );
    let moved = package(&[("specs/a.silex", &rest), ("specs/b.silex", &BASE[ruleset])]);
    assert_eq!(
        said(&compare(&bundle(BASE), &moved).changes),
        ["renamed b.polite"]
    );
}

#[test]
fn a_moved_type_is_found_wherever_it_is_named() {
    let plan = "/// What somebody pays for.\nenum Plan { free, plus, pro }\n";
    let rest = BASE.replacen(plan, "use b.{Plan}\n", 1);
    let moved = package(&[("specs/a.silex", &rest), ("specs/b.silex", plan)]);
    assert_eq!(
        said(&compare(&bundle(BASE), &moved).changes),
        ["renamed b.Plan"]
    );
    let edited = package(&[
        ("specs/a.silex", &rest),
        ("specs/b.silex", &plan.replace("pro }", "pro, team }")),
    ]);
    assert_eq!(
        said(&compare(&bundle(BASE), &edited).changes),
        ["case-added b.Plan", "renamed b.Plan"]
    );
}

#[test]
fn a_change_knows_both_its_places_and_their_words() {
    let change = the_change("Answer the newest message.", "Answer the newest mail.");
    let (old, new) = (change.old.unwrap(), change.new.unwrap());
    assert_eq!((old.path.as_str(), old.line), ("specs/a.silex", 76));
    assert_eq!((new.path.as_str(), new.line), ("specs/a.silex", 76));
    assert_eq!(old.text, "Answer the newest message.");
    assert_eq!(new.text, "Answer the newest mail.");
}

#[test]
fn the_examples_to_run_again_are_those_that_can_show_the_rule() {
    let change = the_change("\"Offer a discount.\"", "\"Offer any discount.\"");
    assert_eq!(change.affects.examples, ["a.a_free_one_asks"]);
    let change = the_change("Answer the newest message.", "Answer the newest mail.");
    assert_eq!(
        change.affects.examples,
        ["a.a_free_one_asks", "a.a_pro_asks"]
    );
}

#[test]
fn a_ruleset_that_many_follow_is_told_once() {
    let more = |count: usize| {
        let more = (0..count).map(|n| {
            format!(
                "behaviour other_{n}(mail: Mail) -> Reply {{ role \"Other.\" follow polite() }}\n"
            )
        });
        format!("{BASE}{}", more.collect::<String>())
    };
    let softer = more(3).replace("avoid flatter", "may flatter");
    let changes = check(&more(3), &softer, &["ban-lifted a.polite.flatter"]);
    assert_eq!(
        changes[0].affects.behaviours,
        ["a.answer", "a.other_0", "a.other_1", "a.other_2"]
    );
}

#[test]
fn a_new_behaviour_tells_what_it_can_do_and_whom_it_trusts() {
    let new = format!(
        "{BASE}behaviour other(mail: Mail) -> Reply {{\n  role \"Other. {{{{ trusting mail.subject because \"why not\" }}}}\"\n  tools tell\n}}\n"
    );
    check(
        BASE,
        &new,
        &[
            "acting-tool-offered a.tell",
            "trusting-added a.other",
            "behaviour-added a.other",
        ],
    );
}

#[test]
fn what_matters_most_stands_first() {
    let new = BASE
        .replace("You are the desk", "You are the front desk")
        .replace("  gate reviewer\n", "")
        .replace("avoid flatter", "never flatter")
        .replace("otherwise hold", "otherwise pass");
    let changes = check(
        BASE,
        &new,
        &[
            "gate-removed a.tell",
            "review-passes-more a.desk",
            "strength-raised a.polite.flatter",
            "text-reworded a.answer.role",
        ],
    );
    assert_eq!(changes[0].class(), Class::Breaking);
}

#[test]
fn another_strength_and_another_reach_are_undone_as_they_were_done() {
    let narrower = BASE
        .replacen(
            "when client.plan == free {",
            "when client.plan == free and thread.turns > 2 {",
            1,
        )
        .replacen("never discount", "may discount", 1);
    let changes = check(
        BASE,
        &narrower,
        &[
            "ban-holds-less a.answer.discount",
            "ban-lifted a.answer.discount",
        ],
    );
    let back = compare(&bundle(&narrower), &bundle(BASE)).changes;
    let undone = changes.iter().map(|it| reverse(it.kind).code);
    assert_eq!(
        undone.collect::<BTreeSet<_>>(),
        back.iter().map(|it| it.kind.code).collect()
    );
}

/// Any edits of the base package, in the order of the table.
fn any_edits() -> impl Strategy<Value = Vec<&'static Edit>> {
    subsequence(EDITS.iter().collect::<Vec<_>>(), 0..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 6, ..ProptestConfig::default() })]

    #[test]
    fn nothing_differs_from_itself(edits in any_edits()) {
        let bundle = edited(&edits);
        prop_assume!(bundle.is_some());
        let bundle = bundle.unwrap();
        let nothing = Difference { changes: Vec::new(), costs: Vec::new() };
        prop_assert_eq!(compare(&bundle, &bundle), nothing);
    }

    #[test]
    fn the_other_way_round_says_the_opposite(old in any_edits(), new in any_edits()) {
        let both = edited(&old).zip(edited(&new));
        prop_assume!(both.is_some());
        let (old, new) = both.unwrap();
        let opposite = |change: &Change| (reverse(change.kind).code, change.subject.clone());
        let plain = |change: &Change| (change.kind.code, change.subject.clone());
        // A name is that of the new side, so what was renamed is left out.
        let is_kept = |change: &&Change| change.class() != Class::Renamed
            && !change.subject.ends_with("newest") && !change.subject.ends_with("latest");
        let mut there: Vec<_> = compare(&old, &new).changes.iter().filter(is_kept).map(plain).collect();
        let mut back: Vec<_> = compare(&new, &old).changes.iter().filter(is_kept).map(opposite).collect();
        there.sort();
        back.sort();
        prop_assert_eq!(there, back);
    }
}
