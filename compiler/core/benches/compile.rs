//! How long a check, a build, a format and a first prompt take, by the size of the package.
//!
//! Growth should be near linear: the factor between lines is the factor of the sizes. What a whole
//! process takes, in CPU time and memory, `tests/measure` tells.

mod generated;

use generated::package;
use silex_bundle::Bundle;
use silex_bundle::expr::Scope;
use silex_bundle::render::{Prepared, Setting};
use silex_compiler::analysis::facts::Facts;
use silex_compiler::analysis::variants::Variants;
use silex_compiler::diff::compare;
use silex_compiler::format::format;
use silex_compiler::{build, check};

fn main() {
    divan::main();
}

const SIZES: [usize; 4] = [1, 10, 100, 1000];

#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn check_cold(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let package = package(behaviours);
    bencher.bench(|| assert_eq!(check(&package), []));
}

#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn build_cold(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let package = package(behaviours);
    bencher.bench(|| assert!(build(&package).0.is_some()));
}

/// How many distinct prompts each behaviour has.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn variants(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let Some(bundle) = build(&package(behaviours)).0 else {
        return;
    };
    bencher.bench(|| {
        let facts = Facts::new(&bundle, 4096);
        let variants = bundle
            .behaviours
            .keys()
            .filter_map(|name| facts.variants(name));
        assert_eq!(
            variants.map(Variants::count).sum::<u128>(),
            16 * behaviours as u128
        );
    });
}

/// Between how many and how many tokens the prompts of each behaviour take, layouts included. A
/// check needs this only where a cheaper bound does not show that the limit is kept.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn token_bounds(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let Some(bundle) = build(&package(behaviours)).0 else {
        return;
    };
    bencher.bench(|| {
        let facts = Facts::new(&bundle, 4096);
        assert!(
            bundle
                .behaviours
                .keys()
                .all(|name| facts.tokens(name).is_some())
        );
    });
}

/// What `silex fmt` does with a package that is in form.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn format_cold(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let package = package(behaviours);
    let texts: Vec<String> = package
        .files
        .into_iter()
        .filter_map(|file| String::from_utf8(file.bytes).ok())
        .collect();
    bencher.bench(|| {
        for text in &texts {
            assert_eq!(format(text).as_ref(), Ok(text));
        }
    });
}

/// From the bytes of a bundle file to the prompt of one of its behaviours: what a runtime does
/// before it answers its first mail.
#[divan::bench(args = SIZES, sample_count = 20, sample_size = 1)]
fn first_prompt(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let file = build(&package(behaviours))
        .0
        .map(|bundle| bundle.to_bytes());
    let file = file.unwrap_or_default();
    let inputs = inputs();
    let setting = Setting {
        seed: "turn 1",
        own: &[],
        without: None,
    };
    // The bundle is given back, so that what it takes to drop it is not counted.
    bencher.bench(|| {
        let (bundle, _) = Bundle::read(&file).ok()?;
        let scope = Scope::of(inputs.as_object()?);
        let prepared = Prepared::new(&bundle, "m0.answer_0").ok()?;
        let prompt = prepared.render(&scope, &setting).ok();
        assert!(prompt.is_some());
        Some((bundle, prompt))
    });
}

/// Two bundles in which a rule is worded otherwise, a condition is another and a ruleset is stricter.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn diff(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let old = package(behaviours);
    let mut new = old.clone();
    for file in &mut new.files {
        let text = String::from_utf8_lossy(&file.bytes)
            .replace("Greet by name.", "Greet by the first name.")
            .replace("thread.turns > 5", "thread.turns > 8")
            .replace("words(reply.body) <= max", "words(reply.body) < max");
        file.bytes = text.into_bytes();
    }
    let (Some(old), Some(new)) = (build(&old).0, build(&new).0) else {
        return;
    };
    bencher.bench(|| {
        let difference = compare(&old, &new, 4096);
        assert!(difference.changes.len() > 2 * behaviours);
        difference
    });
}

fn inputs() -> serde_json::Value {
    serde_json::json!({
        "client": { "address": "ada@example.org", "name": "Ada Lovelace", "plan": "pro", "tone": null, "letters": 3 },
        "thread": { "id": "t1", "subject": "Hello", "turns": 1, "earlier": [] },
        "mail": { "id": "m1", "subject": "Hello", "body": "When does it come?", "attachments": [] },
    })
}
