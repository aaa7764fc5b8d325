//! The language server as editors meet it: the real process, over standard input and output.

#![expect(
    clippy::unwrap_used,
    reason = "what a test cannot set up has to stop the test"
)]

mod lsp {
    mod announced;
    mod asked;
    mod attacked;
    mod changed;
    pub(crate) mod client;
    mod fixed;
    mod followed;
    mod previewed;
    mod shown;
    mod written;
}
