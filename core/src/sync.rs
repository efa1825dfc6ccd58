//! How devices and relay talk, without a socket, a clock or a disk on either side. `docs/PROTOCOL.md` describes
//! the frames for those who write a client of their own.
//!
//! The relay gives every accepted change a sequence number per document. A device keeps a cursor per document and
//! its own unacknowledged changes; a reconnect with nothing new is one frame each way for all documents together.

mod chunk;
#[cfg(test)]
mod decoders;
pub mod frame;
mod phone;
mod record;
mod relay;
mod unsent;

pub use phone::{Batch, Effect, Link, LoadError, Phone, Safekeeping};
pub use relay::{
    Admission, Origin, RefusedChange, RelayDocument, RestoreError, Row, Rung, Written, refuse,
    refused,
};
pub use unsent::{Unsent, unsent};
