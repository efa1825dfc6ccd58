//! What other relays on the same database did.

use async_trait::async_trait;
use kruispunt_core::id::{DeviceId, DocumentId, MemberId};

/// Something that another process, or another storage in this one, wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elsewhere {
    /// A document's log grew, or a new epoch of it began.
    Document {
        /// Which.
        document: DocumentId,
        /// Its epoch now.
        epoch: u32,
        /// The last sequence number in it.
        seq: u64,
    },
    /// A device was taken out of use.
    Device(DeviceId),
    /// A member got a role, or lost one.
    Member(MemberId),
    /// It is not known what: whoever keeps something in memory looks at it again.
    Anything,
}

/// Hears what happens elsewhere.
#[async_trait]
pub trait Watch: Send {
    /// The next thing that was committed elsewhere since the watch began; what this very storage writes is not
    /// reported.
    ///
    /// It never fails. Where it could not listen for a while it says [`Elsewhere::Anything`] afterwards; where the
    /// storage was closed it waits for ever. A call that is dropped before it answers loses nothing.
    async fn next(&mut self) -> Elsewhere;
}
