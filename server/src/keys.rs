//! The record keys: what keeps case cards and refused work unreadable for whoever has the database alone.
//!
//! An entry of the key ring is 32 random bytes in a file that never goes into the database or a backup. From it come
//! a key pair, to which phones seal (HPKE, RFC 9180), and a key that wraps the keys of single cases. The newest entry
//! is the active one; older ones still open what was sealed to them, until they are retired.

mod envelope;
mod hpke;
mod keeper;
mod place;
mod ring;
#[cfg(test)]
mod tests;

pub(crate) use envelope::{OpenError, SealError};
pub(crate) use hpke::{SealedCard, seal_to};
pub use keeper::{KeyError, Keys};
pub use place::{KeyFileError, KeyPlace};
pub use ring::{KeyRing, RingError};
