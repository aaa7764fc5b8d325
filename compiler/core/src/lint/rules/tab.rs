//! `tab`: a tab in a file; the parser finds it as it reads.

use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "tab",
    level: Level::Warn,
    explain: include_str!("tab.md"),
    check: Check::Elsewhere,
};
