//! The peers that tests talk to. The tests themselves are in `tests/`.

pub mod stub_model;
