//! Whole-program facts that no single declaration shows.

pub mod exfiltration;
pub mod facts;
pub(crate) mod layouts;
pub mod listing;
pub mod samples;
pub mod snapshot;
pub mod tokens;
pub mod variants;
