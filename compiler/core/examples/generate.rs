//! Prints the generated package of the benchmarks as one JSON object of texts by path, for
//! `tests/measure` to write to a folder.
//!
//! ```sh
//! cargo run -p silex-compiler --example generate -- 100
//! ```
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program of its own, whose argument is the number of behaviours"
)]

#[path = "../benches/generated/mod.rs"]
mod generated;

fn main() {
    let behaviours = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let package = generated::package(behaviours.unwrap_or(1));
    let mut files = serde_json::Map::new();
    files.insert("silex.yaml".to_owned(), package.manifest.into());
    for file in package.files {
        let text = String::from_utf8_lossy(&file.bytes).into_owned();
        files.insert(file.path, text.into());
    }
    println!("{}", serde_json::Value::Object(files));
}
