//! Whole-program facts that no single declaration shows.

pub mod exfiltration;
pub mod samples;
