//! Opens a page in the browser, where there is one.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};

/// Whether the page is to be opened: as was said, else where a person sits before a screen.
pub(crate) fn wanted(open: bool, no_open: bool) -> bool {
    let person = std::io::stdout().is_terminal() && std::env::var_os("CI").is_none();
    open || (!no_open && person && opener().is_some())
}

/// Opens a page; false when nothing can.
pub(crate) fn open(page: &str) -> bool {
    let Some(program) = opener() else {
        return false;
    };
    let quiet = Command::new(program)
        .arg(page)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    quiet.is_ok()
}

fn opener() -> Option<&'static str> {
    let name = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let screen = cfg!(target_os = "macos") || set("DISPLAY") || set("WAYLAND_DISPLAY");
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths)
        .any(|folder| Path::new(&folder).join(OsStr::new(name)).is_file());
    (screen && found).then_some(name)
}
