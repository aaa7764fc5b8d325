//! The Silex runtime: loads a bundle and carries out its agents.

pub mod agent;
pub mod clock;
pub mod config;
pub mod dashboard;
pub mod fault;
pub mod http;
pub mod jobs;
pub mod mail;
pub mod model;
pub mod queue;
pub mod replay;
pub mod store;
pub mod telemetry;
pub mod tools;
pub mod turn;
