//! What a phone says and hears in one of the protocols, without a socket.
//!
//! A phone here does only what is needed to know when an edit is there: whatever is not needed for an answer (such
//! as building the document from what came in) is left for [`Talk::digest`], outside the measurement.

pub(crate) mod kruispunt;
pub(crate) mod repo;

use anyhow::Result;
use automerge::{Change, ChangeHash};
use sha2::{Digest as _, Sha256};

/// What one message brought.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// To be sent at once.
    pub(crate) replies: Vec<Vec<u8>>,
    /// Others' work that came in.
    pub(crate) news: Vec<News>,
    /// Own work the server has.
    pub(crate) kept: Vec<ChangeHash>,
}

/// A change somebody else made.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) hash: ChangeHash,
    pub(crate) change: Vec<u8>,
}

/// When a phone is level with the server, street by street.
#[derive(Debug, Clone, Default)]
pub(crate) struct Goal {
    /// How many changes the street's log has.
    pub(crate) changes: u64,
    /// Its newest changes, in order.
    pub(crate) heads: Vec<ChangeHash>,
}

/// A phone's end of a protocol. It outlives its lines: after one is lost it greets again.
pub(crate) trait Talk {
    /// What is said first on a new line.
    fn greet(&mut self) -> Result<Vec<Vec<u8>>>;

    /// The line is gone.
    fn hang_up(&mut self) -> Result<()>;

    /// Takes in one message.
    fn hear(&mut self, message: &[u8]) -> Result<Heard>;

    /// Own work on the street with this place in the phone's list. Without a line it waits for the next.
    fn offer(&mut self, street: usize, changes: Vec<Change>) -> Result<Vec<Vec<u8>>>;

    /// Whether the server said, on this line, everything up to the goal.
    fn is_level(&self) -> bool;

    /// Whether something of every street came in, on this line or before.
    fn has_begun(&self) -> bool;

    /// Aims at another goal on one street.
    fn aim(&mut self, street: usize, goal: Goal);

    /// Does what was left for later; what comes out is to be sent.
    fn digest(&mut self) -> Result<Vec<Vec<u8>>>;

    /// From now on everything that comes in is kept, for [`Self::lacks`].
    fn remember(&mut self);

    /// How many of these changes are not among what came in for one street.
    fn lacks(&self, street: usize, hashes: &[ChangeHash]) -> Result<usize>;
}

/// An automerge change is known by the SHA-256 of everything after its magic bytes and checksum.
fn hash(change: &[u8]) -> ChangeHash {
    ChangeHash(Sha256::digest(change.get(8..).unwrap_or_default()).into())
}
