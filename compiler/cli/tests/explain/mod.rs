//! `silex explain`: pages, the list of them, and codes that there are not.

use silex_compiler::explain::{codes, page, summary};

use super::place::Place;

#[test]
fn a_page_is_written_plainly_with_its_code_apart() {
    let place = Place::empty();
    let error = place.run(&["explain", "untrusted-in-prose"]).ok();
    assert!(
        error.starts_with("untrusted-in-prose\n\nWords from outside"),
        "{error}"
    );
    assert!(
        error.contains("\n    behaviour answer(mail: Mail) -> Reply {\n"),
        "{error}"
    );
    assert!(
        !error.contains("```") && !error.contains('\u{1b}'),
        "{error}"
    );
    let lint = place.run(&["explain", "vague-words"]).ok();
    assert!(lint.contains("    //"), "{lint}");
}

#[test]
fn without_a_code_all_are_listed_errors_and_lints_apart() {
    let list = Place::empty().run(&["explain"]).ok();
    let (errors, lints) = list.split_once("\nLints\n").unwrap();
    assert!(
        errors.starts_with("Errors\n") && errors.contains("\nmaybe-none  "),
        "{list}"
    );
    assert!(
        lints.contains("\nvague-words  ") && !errors.contains("\nvague-words  "),
        "{list}"
    );
    for code in codes() {
        let means = summary(page(code).unwrap());
        assert!(
            list.contains(&format!("\n{code} ")) && list.contains(means),
            "{code}"
        );
    }
}

#[test]
fn an_unknown_code_is_answered_with_the_nearest() {
    let place = Place::empty();
    let near = place.run(&["explain", "untrusted-prose"]);
    assert!(
        near.stderr.contains("did you mean `untrusted-in-prose`?"),
        "{}",
        near.stderr
    );
    assert_eq!(near.findings(), "");
    let far = place.run(&["explain", "qqqqqqqqqqqqqq"]);
    assert!(
        far.stderr.contains("`silex explain` lists them all"),
        "{}",
        far.stderr
    );
}
