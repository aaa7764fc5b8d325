//! The parser is that of `grammar.js`. After a change to it:
//!
//! ```console
//! $ GENERATE=1 cargo test -p tree-sitter-silex --test generated
//! ```

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

/// What editors of the last years can read.
const ABI: usize = 14;

const FILES: [&str; 6] = [
    "parser.c",
    "grammar.json",
    "node-types.json",
    "tree_sitter/parser.h",
    "tree_sitter/alloc.h",
    "tree_sitter/array.h",
];

#[test]
fn the_parser_is_that_of_the_grammar() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let anew = std::env::var_os("GENERATE").is_some();
    assert!(!anew || has_node(), "`grammar.js` is read by Node.js");
    let made = tempfile::tempdir().unwrap();
    if has_node() {
        generate(here, "grammar.js", made.path());
    } else {
        eprintln!(
            "left out: whether grammar.json is what grammar.js says (Debian: apt-get install nodejs)"
        );
        fs::copy(
            here.join("src/grammar.json"),
            made.path().join("grammar.json"),
        )
        .unwrap();
        generate(here, "src/grammar.json", made.path());
    }
    for file in FILES {
        let new = fs::read_to_string(made.path().join(file)).unwrap();
        let kept = here.join("src").join(file);
        if anew {
            fs::create_dir_all(kept.parent().unwrap()).unwrap();
            fs::write(&kept, new).unwrap();
        } else {
            let old = fs::read_to_string(&kept).unwrap_or_default();
            assert!(
                old == new,
                "src/{file} is not what grammar.js says; run with GENERATE=1"
            );
        }
    }
}

fn has_node() -> bool {
    let asked = Command::new("node")
        .arg("--version")
        .stdout(Stdio::null())
        .status();
    asked.is_ok_and(|status| status.success())
}

fn generate(here: &Path, grammar: &str, to: &Path) {
    let mut told = Vec::new();
    let grammar = Some(here.join(grammar));
    let states = OptLevel::default();
    let made = generate_parser_in_directory(
        here,
        Some(to),
        grammar,
        ABI,
        None,
        Some("node"),
        true,
        states,
        &mut told,
    );
    if let Err(error) = made {
        panic!("grammar.js: {error}");
    }
    assert!(told.is_empty(), "grammar.js: {told:#?}");
}
