//! Mistakes, and what is said about each: line, code, message.

use super::parsed;

/// What is said about a file, one finding a line: `line code: message`.
fn told(text: &str) -> String {
    let (_, diagnostics) = parsed(text);
    let found = diagnostics.finish();
    let lines = found.iter().map(|it| {
        let line = text[..it.span().start as usize].matches('\n').count() + 1;
        format!("{line} {}: {}", it.code, it.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn check(text: &str, wanted: &str) {
    assert_eq!(told(text), wanted, "in\n{text}");
}

/// A mistake in the body of a behaviour, which starts at line 2.
fn check_body(body: &str, wanted: &str) {
    check(
        &format!(
            "behaviour a(mail: Mail) -> Reply {{\n{body}\n}}\n\nenum Tone {{ formal, warm }}\n"
        ),
        wanted,
    );
}
