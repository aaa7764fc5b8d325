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

/// The text of a module of the generated package, and the same with another letter in a rule.
fn edited(behaviours: usize) -> (String, [String; 2]) {
    let package = package(behaviours);
    let path = "specs/m0.silex";
    let file = package.files.iter().find(|file| file.path == path);
    let text = file.map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    let text = text.unwrap_or_default();
    let other = text.replacen("Greet by name.", "Greet by names.", 1);
    (path.to_owned(), [other, text])
}

/// A letter in a rule of one behaviour.
#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn keystroke(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let (path, texts) = edited(behaviours);
    let mut analysis = Analysis::new(package(behaviours));
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        assert!(analysis.edit(&[(path.clone(), texts[turn % 2].clone())]));
        assert_eq!(analysis.found(), []);
    });
}

/// A letter that opens a string which is not closed.
#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn broken(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let (path, [_, text]) = edited(behaviours);
    let open = text.replacen("Greet by name.\"", "Greet by name.", 1);
    let mut analysis = Analysis::new(package(behaviours));
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let text = if turn % 2 == 0 { &open } else { &text };
        assert!(analysis.edit(&[(path.clone(), text.clone())]));
        assert_eq!(analysis.found().is_empty(), turn % 2 == 1);
    });
}

/// An edit of what every behaviour uses: all is looked at again.
#[divan::bench(args = SIZES, sample_count = 10, sample_size = 1)]
fn shared(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let package = package(behaviours);
    let path = "specs/shared.silex".to_owned();
    let file = package.files.iter().find(|file| file.path == path);
    let text = file.map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    let text = text.unwrap_or_default();
    let texts = [text.replacen("formal", "formally", 1), text];
    let mut analysis = Analysis::new(package);
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        assert!(analysis.edit(&[(path.clone(), texts[turn % 2].clone())]));
        assert_eq!(analysis.found(), []);
    });
}

/// Hover and completion at a name.
#[divan::bench(args = SIZES, sample_count = 40, sample_size = 1)]
fn asked(bencher: divan::Bencher<'_, '_>, behaviours: usize) {
    let (path, [_, text]) = edited(behaviours);
    let analysis = Analysis::new(package(behaviours));
    let file = analysis
        .sources()
        .all()
        .find(|(_, source)| source.path == path);
    let file = file.map_or(FileId(0), |(id, _)| id);
    let offset = text
        .find("client.name")
        .map_or(0, |at| at + "client.".len());
    let place = Place {
        file,
        offset: u32::try_from(offset).unwrap_or_default(),
    };
    bencher.bench_local(|| {
        assert!(hover::at(&analysis, place).is_some());
        assert!(!completion::at(&analysis, place).is_empty());
    });
}
