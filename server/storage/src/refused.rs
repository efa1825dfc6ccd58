//! Work that the gate did not take, sealed.

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DeviceId, MemberId, RefusedId, RequestId};
use kruispunt_core::time::Timestamp;

use crate::{Entry, Sealed, StorageError};

/// A change that was refused, without what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its identifier.
    pub id: RefusedId,
    /// The hash of the change.
    pub hash: [u8; 32],
    /// On which street's board it was to be written.
    pub street: AreaId,
    /// Who wrote it.
    pub member: MemberId,
    /// On which device.
    pub device: DeviceId,
    /// Why it was refused: a key.
    pub reason: String,
    /// When.
    pub refused_at: Timestamp,
    /// How long the change is, in bytes.
    pub bytes: u32,
}

/// How much is kept.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Changes of one device.
    pub per_device: u32,
    /// Bytes of one device.
    pub bytes_per_device: u32,
    /// Changes in all.
    pub in_all: u32,
}

/// What became of refused work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// It is kept, or was already.
    Kept,
    /// There is too much of this device, or in all.
    Full,
}

/// Refused work.
#[async_trait]
pub trait RefusedWork: Send + Sync {
    /// Whether there is room for so many bytes more of this device, which does not have this change here yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn has_room(
        &self,
        device: DeviceId,
        hash: [u8; 32],
        bytes: u32,
        bounds: Bounds,
    ) -> Result<Option<Keeping>, StorageError>;

    /// Keeps it.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown record key, [`StorageError::Conflict`] when this device's change is
    /// here already.
    async fn keep_refused(
        &self,
        refused: &Refused,
        requests: &[RequestId],
        sealed: &Sealed,
    ) -> Result<(), StorageError>;

    /// All that is kept, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn refused(&self) -> Result<Vec<Refused>, StorageError>;

    /// Takes one out for somebody, and writes that down.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn open_refused(
        &self,
        id: RefusedId,
        entry: &Entry,
    ) -> Result<Option<(Refused, Sealed)>, StorageError>;

    /// Forgets one, and writes that down; `false` when there is none.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn delete_refused(&self, id: RefusedId, entry: &Entry) -> Result<bool, StorageError>;

    /// Forgets what was refused before this; returns how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn forget_refused(&self, before: Timestamp) -> Result<u64, StorageError>;
}
