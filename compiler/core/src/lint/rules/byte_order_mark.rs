//! `byte-order-mark`: a mark before the first sign of a file; the parser finds it as it reads.

use crate::lint::{Check, Lint};
use crate::package::Level;

pub(in crate::lint) static LINT: Lint = Lint {
    code: "byte-order-mark",
    level: Level::Warn,
    explain: include_str!("byte_order_mark.md"),
    check: Check::Elsewhere,
};
