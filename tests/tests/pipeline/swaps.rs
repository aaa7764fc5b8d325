//! What stands in the way of another bundle is found before it is taken into use, also of one that was in
//! use before.

use serde_json::json;
use silex_bundle::Bundle;
use silex_runtime::store::entities;
use silex_tests::package::{compiled, of_text};
use silex_tests::silexd::Silexd;
use silex_tests::wait::until;

use crate::desk::{DESK, Peers, SILEXD, clerk, mail};

/// The desk with some words changed.
fn changed(from: &str, to: &str) -> Bundle {
    let text = DESK.replace("POLICY", "otherwise pass").replace(from, to);
    compiled(&of_text("desk", &text))
}

/// Has a bundle taken into use, or refused, and says what was said of it.
fn swap(silexd: &Silexd, bundle: &Bundle) -> String {
    let before = silexd.said().len();
    silexd.put("bundle.json", &bundle.to_bytes());
    silexd.hang_up();
    until("the bundle to be taken or refused", || {
        let said = silexd.said().split_off(before);
        let decided = said.contains("bundle taken into use") || said.contains("bundle refused");
        decided.then_some(said)
    })
}

#[test]
fn a_bundle_of_before_is_refused_when_what_was_stored_since_does_not_fit_it() {
    let peers = Peers::new(clerk);
    let short = changed("name: text 0..80", "name: text 0..20");
    let mut silexd = peers.silexd(&short);
    silexd.serve();
    let long = changed("name: text 0..80", "name: text 0..200");
    assert!(swap(&silexd, &long).contains("taken into use"));
    let from = "From: \"Ada Augusta King, Countess of Lovelace\" <ada@a.example>";
    let letter = mail("1@a.example", "ada@a.example", "", "Good day.");
    silexd.drop_mail("1", &letter.replace("From: ada@a.example", from));
    until("the contact", || {
        peers.read(&silexd, async |db| {
            let found = entities::find(db, "desk.Writer", "ada@a.example").await;
            found.unwrap()
        })
    });
    let said = swap(&silexd, &short);
    assert!(
        said.contains("bundle refused") && said.contains("ada@a.example"),
        "{said}"
    );
    assert!(swap(&silexd, &changed("You are the desk.", "You are a desk.")).contains("taken"));
}

#[test]
fn a_bundle_whose_model_has_no_price_is_refused_where_money_is_limited() {
    let peers = Peers::new(clerk);
    let mut settings = peers.settings();
    settings["models"]["budget"] = json!({ "day": 5.0 });
    let mut silexd = Silexd::new(SILEXD, &changed("", ""), &settings);
    silexd.serve();
    let said = swap(&silexd, &changed("claude-haiku-4-5", "claude-haiku-9"));
    let why = "money is limited, but what `claude-haiku-9` costs is not known";
    assert!(
        said.contains("bundle refused") && said.contains(why),
        "{said}"
    );
}
