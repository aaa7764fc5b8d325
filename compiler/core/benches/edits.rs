//! How long it takes from an edit to all findings, by the size of the package: what an editor waits
//! for, without the wire. `tests/editor` measures it with the wire.

mod generated;

use generated::package;
use silex_compiler::ide::{Analysis, Place, completion, hover};
use silex_compiler::source::FileId;

fn main() {
    divan::main();
}

/// Without optimisation they are only seen to run.
const SIZES: &[usize] = if cfg!(debug_assertions) {
    &[1, 10]
} else {
    &[1, 10, 100, 1000]
};

/// The module of one of the behaviours of the generated package.
const MODULE: &str = "specs/m0.silex";

/// The text of a file of the generated package.
fn text(behaviours: usize, path: &str) -> String {
    let package = package(behaviours);
    let file = package.files.iter().find(|file| file.path == path);
    let text = file.map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    text.unwrap_or_default()
}

/// Other words in a file, and the old ones again, in turn.
fn turn_about(
    bencher: divan::Bencher<'_, '_>,
    behaviours: usize,
    path: &str,
    (from, to): (&str, &str),
) {
    let text = text(behaviours, path);
    let texts = [text.replacen(from, to, 1), text];
    let mut analysis = Analysis::new(package(behaviours));
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        assert!(analysis.edit(&[(path.to_owned(), texts[turn % 2].clone())]));
        assert_eq!(analysis.found(), []);
    });
}

/// A letter in a rule of one behaviour.
#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn keystroke(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let words = ("Greet by name.", "Greet by names.");
    turn_about(bencher, behaviours, MODULE, words);
}

/// A letter that opens a string which is not closed.
#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn broken(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let text = text(behaviours, MODULE);
    let open = text.replacen("Greet by name.\"", "Greet by name.", 1);
    let mut analysis = Analysis::new(package(behaviours));
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let text = if turn % 2 == 0 { &open } else { &text };
        assert!(analysis.edit(&[(MODULE.to_owned(), text.clone())]));
        assert_eq!(analysis.found().is_empty(), turn % 2 == 1);
    });
}

/// An edit of what every behaviour uses: all is looked at again.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn shared(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let words = ("formal", "formally");
    turn_about(bencher, behaviours, "specs/shared.silex", words);
}

/// Hover and completion at a name, right behind an edit.
#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn asked(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let text = text(behaviours, MODULE);
    let texts = [
        text.replacen("Greet by name.", "Greet by names.", 1),
        text.clone(),
    ];
    let mut analysis = Analysis::new(package(behaviours));
    let file = analysis
        .sources()
        .all()
        .find(|(_, source)| source.path == MODULE);
    let file = file.map_or(FileId(0), |(id, _)| id);
    let offset = text
        .find("client.name")
        .map_or(0, |at| at + "client.".len());
    let place = Place {
        file,
        offset: u32::try_from(offset).unwrap_or_default(),
    };
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        assert!(analysis.edit(&[(MODULE.to_owned(), texts[turn % 2].clone())]));
        assert!(hover::at(&analysis, place).is_some());
        assert!(!completion::at(&analysis, place).is_empty());
    });
}
