//! The `silexd` program.
fn main() {}
