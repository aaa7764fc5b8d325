//! What tests of more than one part are made of: the peers they talk to, packages compiled on the
//! spot, a `silexd` that can be killed, and the checks that its history must pass. The tests
//! themselves are in `tests/`.

pub mod asleep;
pub mod collector;
pub mod endpoint;
pub mod history;
pub mod house;
pub mod meddling;
pub mod network;
pub mod own_server;
pub mod package;
pub mod pgbouncer;
pub mod postgres;
pub mod receiver;
pub mod served;
pub mod silexd;
pub mod smtp_sink;
pub mod stub_aws;
pub mod stub_mcp;
pub mod stub_model;
pub mod usage;
pub mod wait;
