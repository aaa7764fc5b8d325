//! The whole way of a mail through the real `silexd`, and through its deaths.

#![expect(
    clippy::unwrap_used,
    reason = "a check function fails like the test that calls it"
)]

mod acting;
mod agents;
mod backup;
mod browser;
mod clocks;
mod club;
mod conversation;
mod deaths;
mod desk;
mod disk;
mod faults;
mod feedback;
mod hot;
mod late;
mod loops;
mod nodes;
mod notices;
mod operated;
mod operator;
mod outcomes;
mod pages;
mod people;
mod replays;
mod review;
mod sending;
mod stop;
mod streams;
mod swaps;
mod two_agents;
mod watching;
mod ways;
