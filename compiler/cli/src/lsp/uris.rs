//! Files as editors name them: `file:///srv/ada/letters/specs/a.silex`.

use std::path::{Component, Path, PathBuf};

use lsp_types::Uri;

/// The path of a file; none for what is no file.
pub(super) fn path(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    // A host may stand before the path, and `localhost` is here.
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    let decoded = decode(rest)?;
    // Of `/c:/letters` the path is `c:/letters`.
    let drive = decoded.as_bytes().get(2) == Some(&b':');
    let decoded = decoded
        .strip_prefix('/')
        .filter(|_| drive)
        .unwrap_or(&decoded);
    Some(plain(Path::new(decoded)))
}

/// The name of a file. It is made anew, so two that an editor writes differently are one.
pub(super) fn uri(path: &Path) -> Uri {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut uri = String::from("file://");
    if !text.starts_with('/') {
        uri.push('/');
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    Uri(uri)
}

/// A path without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?.to_owned();
            bytes.push(u8::from_str_radix(&digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, wanted: &str, again: &str) {
        let found = path(&Uri(written.to_owned()));
        assert_eq!(found.as_deref(), Some(Path::new(wanted)));
        assert_eq!(uri(Path::new(wanted)).0, again);
    }

    #[test]
    fn a_file_keeps_its_name_whatever_signs_are_in_it() {
        check("file:///a/b.silex", "/a/b.silex", "file:///a/b.silex");
        check(
            "file:///a%20b/%C3%A9.silex",
            "/a b/é.silex",
            "file:///a%20b/%C3%A9.silex",
        );
        check(
            "file://localhost/a/./b/../c.silex",
            "/a/c.silex",
            "file:///a/c.silex",
        );
    }

    #[test]
    fn what_is_no_file_has_no_path() {
        assert_eq!(path(&Uri("untitled:Untitled-1".to_owned())), None);
        assert_eq!(path(&Uri("file:///a%2".to_owned())), None);
    }
}
