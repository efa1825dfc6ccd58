//! Stories told to the relay through its own doors: the command line, HTTP and the sync protocol.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod backup;
mod canary;
mod cases;
mod clocks;
mod command_line;
mod erasure;
mod hostile;
mod intake;
mod interface;
mod keys;
mod kit;
mod knocking;
mod ladder;
mod limits;
mod memory;
mod notes;
mod passkeys;
mod people;
mod postgres;
mod profiles;
mod refusal;
mod refused_work;
mod revocation;
mod ringing;
mod several;
mod sign_in;
mod survival;
mod sync;
mod tls;
mod told;
mod watching;
