//! Stories told to the relay through its own doors: the command line, HTTP and the sync protocol.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a failed expectation is a failed test"
)]

mod backup;
mod cases;
mod command_line;
mod interface;
mod keys;
mod kit;
mod knocking;
mod limits;
mod memory;
mod people;
mod postgres;
mod refusal;
mod revocation;
mod several;
mod sign_in;
mod survival;
mod sync;
mod watching;
