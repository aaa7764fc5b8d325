//! Looks at the bytes of a mail before the parser does, and refuses what would cost too much.
//!
//! The parser is linear in well-formed mail, but scans ahead for every boundary that it is told
//! about and keeps every part. So the number of containers bounds its time and the depth of what
//! it builds, and the number of boundary-like lines bounds its memory. Counting both is one pass.

use super::Unreadable;

/// How much of a stranger's mail is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole mail.
    pub total_bytes: usize,
    /// Bytes of its own header.
    pub header_bytes: usize,
    /// Lines of its own header.
    pub header_lines: usize,
    /// MIME parts.
    pub parts: usize,
    /// Parts that hold other parts: `multipart/…` and `message/…`.
    pub containers: usize,
    /// Lines that could be a boundary.
    pub boundary_lines: usize,
    /// Bytes of an HTML body that are turned into text.
    pub html_bytes: usize,
    /// Bytes of a plain text that are looked at: more than any body keeps.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            total_bytes: 40 * 1024 * 1024,
            header_bytes: 256 * 1024,
            header_lines: 4_000,
            parts: 500,
            containers: 60,
            boundary_lines: 20_000,
            html_bytes: 1024 * 1024,
            text_bytes: 256 * 1024,
        }
    }
}

/// Refuses a mail that is over a limit.
pub(super) fn scan(raw: &[u8], limits: &Limits) -> Result<(), Unreadable> {
    over("bytes", raw.len(), limits.total_bytes)?;
    let mut in_header = true;
    let mut header_lines = 0;
    let mut offset = 0;
    let (mut parts, mut containers, mut boundary_lines) = (0, 0, 0);
    let mut after_type = false;
    for line in raw.split_inclusive(|&b| b == b'\n') {
        offset += line.len();
        if in_header {
            in_header = !line.trim_ascii().is_empty();
            header_lines += 1;
            over("header bytes", offset, limits.header_bytes)?;
            over("header lines", header_lines, limits.header_lines)?;
        }
        if line.starts_with(b"--") {
            boundary_lines += 1;
            over("boundary lines", boundary_lines, limits.boundary_lines)?;
        }
        let is_type = names_content_type(line);
        if is_type {
            parts += 1;
            over("parts", parts, limits.parts)?;
        }
        // The type may stand on a folded line below its name.
        after_type = is_type || (after_type && (line.starts_with(b" ") || line.starts_with(b"\t")));
        if after_type && is_container(line) {
            containers += 1;
            over("nested parts", containers, limits.containers)?;
        }
    }
    Ok(())
}

fn over(what: &'static str, count: usize, limit: usize) -> Result<(), Unreadable> {
    if count > limit {
        Err(Unreadable::TooMuch { what, limit })
    } else {
        Ok(())
    }
}

/// Whether the parser would take the line for a `Content-Type` field. It is as lenient: leading
/// colons and any white space inside the name are ignored.
fn names_content_type(line: &[u8]) -> bool {
    const NAME: &[u8] = b"content-type";
    let mut left = NAME.iter();
    for &byte in line
        .iter()
        .skip_while(|b| b.is_ascii_whitespace() || **b == b':')
    {
        if byte.is_ascii_whitespace() {
            continue;
        }
        match left.next() {
            Some(&expected) if byte.eq_ignore_ascii_case(&expected) => {}
            Some(_) => return false,
            None => return byte == b':',
        }
    }
    false
}

fn is_container(line: &[u8]) -> bool {
    let lower = line.to_ascii_lowercase();
    [&b"multipart"[..], b"message"]
        .iter()
        .any(|word| lower.windows(word.len()).any(|at| at == *word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: Option<&str>) {
        let limits = Limits {
            total_bytes: 2_000,
            header_bytes: 500,
            header_lines: 30,
            parts: 5,
            containers: 3,
            boundary_lines: 10,
            html_bytes: 0,
            text_bytes: 0,
        };
        let said = scan(raw.as_bytes(), &limits).err().map(|e| e.to_string());
        assert_eq!(said.as_deref(), expected);
    }

    #[test]
    fn an_ordinary_mail_passes() {
        check(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b--\r\n",
            None,
        );
    }

    #[test]
    fn each_limit_refuses_with_its_name() {
        check(&"x".repeat(2_001), Some("more than 2000 bytes"));
        check(
            &"X-A: 1234567890123456789012345\r\n".repeat(20),
            Some("more than 500 header bytes"),
        );
        check(&"A: b\n".repeat(31), Some("more than 30 header lines"));
        check(
            &format!("A: b\n\n{}", "Content-Type: text/plain\n\n".repeat(6)),
            Some("more than 5 parts"),
        );
        check(
            &format!("A: b\n\n{}", "--x\n".repeat(11)),
            Some("more than 10 boundary lines"),
        );
        check(
            &format!("A: b\n\n{}", "Content-Type: message/rfc822\n\n".repeat(4)),
            Some("more than 3 nested parts"),
        );
    }

    #[test]
    fn a_disguised_type_counts_all_the_same() {
        for name in [
            "content-TYPE",
            "Con tent-Type ",
            ":Content-Type",
            " content-\ttype",
        ] {
            let raw = format!(
                "A: b\n\n{}",
                format!("{name}:\n  multipart/mixed\n\n").repeat(4)
            );
            check(&raw, Some("more than 3 nested parts"));
        }
    }
}
