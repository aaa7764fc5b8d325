//! A byte that chooses a type, and a model's answer: what is read of it is of the type, and is read
//! alike when it is said again.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use silex_bundle::coerce::coerce;
use silex_bundle::schema::Declarations;
use silex_bundle::{Bundle, Type};
use silex_compiler::{Package, SourceFile};

const DECLARATIONS: &str = r#"
enum Tone { formal, warm, very_playful }
enum Ruling { allow, block { reason: text 1..300 }, review { reason: text 1..300?, due: date } }
record Note {
  title: text 1..20
  tone: Tone = warm
  count: int 1..10?
  share: float 0..1
  done: bool
  at: datetime?
  tags: [text 1..8] 0..3 = []
  verdict: Ruling
  inner: [Part]
}
record Part { kind: text 1..10 /[a-z]+/, who: email?, site: url?, wait: duration? }
tool t(a: Note, b: Ruling, c: [Part] 1..3, d: Tone, e: text 1..9, f: int, g: float?, h: [[bool]], i: date) -> Note {
  via native "t"
}
"#;

static BUNDLE: LazyLock<Option<Bundle>> = LazyLock::new(|| {
    let package = Package {
        manifest: "name: fuzz\nversion: 0.1.0\nsilex: \"0.1\"\n".to_owned(),
        files: vec![SourceFile::new("specs/fuzz.silex", DECLARATIONS)],
        ..Package::default()
    };
    silex_compiler::build(&package).0
});

fuzz_target!(|bytes: &[u8]| {
    let bundle = BUNDLE.as_ref();
    let tool = bundle.and_then(|bundle| bundle.tools.values().next());
    let (Some(bundle), Some(tool), Some((first, answer))) = (bundle, tool, bytes.split_first())
    else {
        assert!(tool.is_some(), "the declarations have an error");
        return;
    };
    let chosen = usize::from(*first) % tool.params.len();
    if let (Some(param), Ok(answer)) = (tool.params.get(chosen), std::str::from_utf8(answer)) {
        check(answer, &param.of, &bundle.declarations);
    }
});

fn check(answer: &str, ty: &Type, declarations: &Declarations) {
    let Ok(read) = coerce(answer, ty, declarations) else {
        return;
    };
    let checked = ty.check(&read.value, declarations);
    assert!(checked.is_ok(), "{checked:?}: {read:?}");
    let again = coerce(&read.value.to_string(), ty, declarations).map(|again| again.value);
    assert_eq!(again.as_ref(), Ok(&read.value), "of {answer:?}");
}
