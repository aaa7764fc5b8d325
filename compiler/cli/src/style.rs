//! Colours of a terminal. What is written goes through `anstream`, which takes them out again
//! where nobody would see them.

/// Text that stands back.
pub(crate) fn dim(text: &str) -> String {
    styled("2", text)
}

/// Text that stands out.
pub(crate) fn bold(text: &str) -> String {
    styled("1", text)
}

/// Text that says that all is well.
pub(crate) fn green(text: &str) -> String {
    styled("32", text)
}

/// Text that says that something is wrong.
pub(crate) fn red(text: &str) -> String {
    styled("31", text)
}

fn styled(code: &str, text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
