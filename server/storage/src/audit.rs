//! What was done and may be asked about later: who let whom in, who read a card, what the operator did.

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, AuditId, DeviceId, MemberId};
use kruispunt_core::time::Timestamp;

use crate::StorageError;

/// One thing that was done. It holds identifiers and keys only, and outlives whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its identifier.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who did it; `None` is whoever runs the relay, or the relay itself.
    pub member: Option<MemberId>,
    /// With which device.
    pub device: Option<DeviceId>,
    /// Where it counts; `None` is everywhere.
    pub area: Option<AreaId>,
    /// What was done: a key.
    pub deed: String,
    /// To whom or to what: 16 bytes of some identifier.
    pub subject: Option<[u8; 16]>,
    /// In which way: a key.
    pub detail: Option<String>,
}

/// Which entries somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Only of these areas; `None` is all there are, also those of no area.
    pub areas: Option<&'a [AreaId]>,
    /// Only those that were done by this member or to this subject.
    pub about: Option<[u8; 16]>,
    /// Only those before this one.
    pub before: Option<AuditId>,
    /// No more than so many.
    pub limit: u32,
}

/// The book of what was done.
#[async_trait]
pub trait Audit {
    /// Writes down what was done, where it changes nothing else that is stored. What does change something takes the
    /// entry along and writes both or neither.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] for a known identifier.
    async fn record(&self, entry: &Entry) -> Result<(), StorageError>;

    /// What was done, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn entries(&self, asked: Asked<'_>) -> Result<Vec<Entry>, StorageError>;

    /// Forgets what was done before this; returns how much.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn forget_entries(&self, before: Timestamp) -> Result<u64, StorageError>;
}
