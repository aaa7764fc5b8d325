//! What a change touches: variants, tokens, the cache, and inputs for which it makes a difference.

use super::{BASE, bundle, compare, the_change};
use crate::analysis::facts::Facts;
use crate::analysis::listing::Listing;
use crate::diff::{self, Shown, Size};

/// The hashes of the variants of `answer` that have something, as they are listed.
fn listed(text: &str, has: &str) -> Vec<String> {
    let listing = Listing::of(&bundle(text), "a.answer", 4096, None).unwrap();
    let with = listing.variants.iter();
    let with = with.filter(|it| it.adds.iter().any(|name| name == has));
    with.map(|it| it.hash.clone()).collect()
}

#[test]
fn a_rule_shows_in_the_variants_in_which_it_stands() {
    let (from, to) = ("Offer a discount.", "Offer any discount.");
    let hashes = listed(&BASE.replacen(from, to, 1), "never discount");
    assert_eq!(hashes.len(), 2);
    let shown = Shown {
        behaviour: "a.answer".to_owned(),
        gone: false,
        count: 2,
        of: 6,
        exact: true,
        first: hashes,
    };
    assert_eq!(the_change(from, to).affects.variants, [shown]);
    let everywhere = the_change("Answer the newest message.", "Answer the newest mail.");
    let [shown] = everywhere.affects.variants.as_slice() else {
        panic!("{everywhere:?}");
    };
    assert_eq!((shown.count, shown.of, shown.first.len()), (6, 6, 3));
}

#[test]
fn what_is_gone_stood_in_the_old_variants() {
    let change = the_change("    should sum_up \"Begin with what is settled.\"\n", "");
    let [shown] = change.affects.variants.as_slice() else {
        panic!("{change:?}");
    };
    assert!(shown.gone);
    assert_eq!((shown.count, shown.of), (3, 6));
    assert_eq!(shown.first, listed(BASE, "should sum_up"));
}

#[test]
fn a_condition_and_an_offer_show_in_the_new_variants() {
    let numbers = |from: &str, to: &str| {
        let (old, new) = (bundle(BASE), bundle(&BASE.replacen(from, to, 1)));
        let changes = compare(&old, &new).changes;
        let shown = changes.iter().map(|it| {
            let shown = it.affects.variants.iter();
            let shown = shown.map(|it| (it.behaviour.clone(), it.count, it.of));
            (it.kind.code, shown.collect::<Vec<_>>())
        });
        shown.collect::<Vec<_>>()
    };
    let of_answer = |count, of| vec![("a.answer".to_owned(), count, of)];
    let said = numbers("when client.plan == free {", "when client.plan != pro {");
    assert_eq!(said, [("ban-holds-more", of_answer(2, 4))]);
    let said = numbers("tools find_order, credit", "tools find_order");
    assert_eq!(said, [("acting-tool-withdrawn", of_answer(6, 6))]);
    let said = numbers(
        "tool keep(note: Note) for client: Client -> Saved {\n",
        "tool keep(note: Note) for client: Client -> Saved {\n  gate reviewer\n",
    );
    assert_eq!(said, [("gate-added", vec![("a.settle".to_owned(), 1, 2)])]);
}

#[test]
fn above_the_limit_of_variants_the_numbers_are_the_least() {
    let (from, to) = ("Answer the newest message.", "Answer the newest mail.");
    let new = bundle(&BASE.replacen(from, to, 1));
    let changes = diff::compare(&bundle(BASE), &new, 2).changes;
    let shown = &changes[0].affects.variants[0];
    assert!(!shown.exact && shown.count > 2, "{shown:?}");
}

/// What the prompts of `answer` took and take after an edit.
fn cost(base: &str, from: &str, to: &str) -> (Size, Size) {
    assert!(base.contains(from), "{from}");
    let (old, new) = (bundle(base), bundle(&base.replacen(from, to, 1)));
    let costs = compare(&old, &new).costs;
    let [cost] = costs.as_slice() else {
        panic!("{costs:?}");
    };
    assert_eq!(cost.behaviour, "a.answer");
    let facts = Facts::new(&new, 4096);
    assert_eq!(facts.tokens("a.answer").unwrap().0.most, cost.new.most);
    assert_eq!(facts.prefix("a.answer").unwrap().stable, cost.new.cached);
    (cost.old, cost.new)
}

#[test]
fn a_longer_rule_costs_tokens_by_the_tokenizer_of_its_model() {
    let longer = ("newest message.", "newest message, and no other one.");
    let (old, new) = cost(BASE, longer.0, longer.1);
    assert_eq!((old.counted, new.counted), ("estimated", "estimated"));
    // A quarter of eighteen bytes.
    assert!((4..=5).contains(&(new.most - old.most)), "{old:?} {new:?}");
    assert_eq!(new.cached, old.cached);
    let known = BASE.replace(
        "provider anthropic name \"claude-sonnet-4-5\"",
        "provider openai name \"gpt-4o\"",
    );
    let (old, new) = cost(&known, longer.0, longer.1);
    assert_eq!((old.counted, new.counted), ("o200k_base", "o200k_base"));
    // `,`, ` and`, ` no`, ` other`, ` one`.
    assert_eq!((new.most - old.most, new.least - old.least), (5, 5));
}

#[test]
fn a_value_at_the_beginning_costs_the_cache() {
    let (old, new) = cost(BASE, "You are the desk", "On {{ today }} you are the desk");
    assert!(old.cached > 0);
    assert_eq!(new.cached, 0);
    assert!(new.lost > old.lost, "{old:?} {new:?}");
}

#[test]
fn conditions_that_never_hold_together_are_told_by_an_input_of_each() {
    let (from, to) = ("when thread.turns > 5 {", "when thread.turns < 3 {");
    let (old, new) = (bundle(BASE), bundle(&BASE.replacen(from, to, 1)));
    for change in compare(&old, &new).changes {
        let witness = change.witness.unwrap();
        assert!(
            witness.starts_with("before: thread.turns == 6; now: "),
            "{witness}"
        );
    }
}

#[test]
fn a_change_of_a_model_is_told_where_it_is_used() {
    let change = the_change("claude-haiku-4-5", "claude-haiku-5");
    let line = BASE
        .lines()
        .position(|it| it.starts_with("behaviour screen"));
    let place = change.place().unwrap();
    assert_eq!(
        (place.path.as_str(), place.line),
        ("specs/a.silex", line.unwrap() + 1)
    );
}
