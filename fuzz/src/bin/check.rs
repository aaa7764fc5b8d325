//! Bytes as a module: the whole pipeline, and the formatter twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use silex_bundle::Bundle;
use silex_compiler::format::format;
use silex_compiler::source::FileId;
use silex_compiler::syntax::decode;
use silex_compiler::{Diagnostic, Package, SourceFile, Sources};

fuzz_target!(|bytes: &[u8]| {
    let before = package(bytes);
    let (bundle, found) = silex_compiler::build(&before);
    let sources = silex_compiler::sources(&before);
    for diagnostic in &found {
        check_places(diagnostic, &sources);
    }
    if let Some(bundle) = &bundle {
        let read = Bundle::read(&bundle.to_bytes());
        assert_eq!(read.as_ref().map(|(bundle, _)| bundle), Ok(bundle));
    }
    // What no file may hold is refused before a text is formatted.
    let (text, wrong) = decode(FileId(0), bytes);
    if !wrong.is_empty() {
        return;
    }
    match format(&text) {
        Ok(once) => {
            assert_eq!(format(&once).as_ref(), Ok(&once), "formatted twice");
            if let Some(bundle) = &bundle {
                let again = silex_compiler::build(&package(once.as_bytes())).0;
                let meaning = again.map(|again| again.meaning_digest());
                assert_eq!(meaning, Some(bundle.meaning_digest()));
            }
        }
        Err(found) => assert!(found.iter().all(|it| it.code != "format"), "{found:?}"),
    }
});

fn package(bytes: &[u8]) -> Package {
    Package {
        manifest: "name: fuzz\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: vec![SourceFile {
            path: "specs/fuzz.silex".to_owned(),
            bytes: bytes.to_vec(),
        }],
        ..Package::default()
    }
}

/// Every place that an author would be shown is one.
fn check_places(diagnostic: &Diagnostic, sources: &Sources) {
    let labels = diagnostic.labels.iter().map(|label| label.span);
    for span in labels.chain(diagnostic.fix.iter().map(|fix| fix.span)) {
        let text = sources.get(span.file).map(|source| &*source.text);
        let shown = text.and_then(|text| text.get(span.range()));
        assert!(shown.is_some(), "{diagnostic:?} is nowhere");
    }
}
