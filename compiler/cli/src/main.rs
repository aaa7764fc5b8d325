//! The `silex` program.
fn main() {}
