//! Record keys by their identifiers, and what is wrapped by them. The keys themselves are never stored.

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, IntakeId, NoteId, RecordKeyId, RefusedId, RequestId};
use kruispunt_core::time::Timestamp;

use crate::StorageError;

/// The key of one sealed thing, wrapped by a record key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Which record key opens it.
    pub record_key: RecordKeyId,
    /// The wrapped key.
    pub bytes: Vec<u8>,
}

/// Something sealed, and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Its key, wrapped.
    pub key: Wrapped,
    /// The ciphertext.
    pub sealed: Vec<u8>,
}

/// A record key that this database has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownKey {
    /// Its identifier.
    pub id: RecordKeyId,
    /// When it was first used with this database.
    pub known_at: Timestamp,
    /// How many keys it wraps.
    pub wraps: u64,
}

/// What a wrapped key is the key of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOf {
    /// The card of a request in a street.
    Card(AreaId, RequestId),
    /// A note about a request in a street.
    Note(AreaId, RequestId, NoteId),
    /// Refused work.
    Refused(RefusedId),
    /// What a resident asked by themselves.
    Intake(IntakeId),
}

impl KeyOf {
    /// What is sealed together with it, so that it opens for this alone.
    #[must_use]
    pub fn about(&self) -> Vec<u8> {
        match self {
            Self::Card(street, request) => {
                [street.as_bytes().as_slice(), request.as_bytes()].concat()
            }
            Self::Note(street, request, note) => [
                street.as_bytes().as_slice(),
                request.as_bytes(),
                note.as_bytes(),
            ]
            .concat(),
            Self::Refused(id) => id.as_bytes().to_vec(),
            Self::Intake(id) => id.as_bytes().to_vec(),
        }
    }
}

/// A key that is to be wrapped by another record key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrap {
    /// What it is the key of.
    pub of: KeyOf,
    /// As it was; it stays when it is no longer so.
    pub from: Wrapped,
    /// As it will be.
    pub to: Wrapped,
}

/// Which record keys there are.
#[async_trait]
pub trait RecordKeys: Send + Sync {
    /// The record keys that this database has seen and that were not retired, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn record_keys(&self) -> Result<Vec<KnownKey>, StorageError>;

    /// Takes note of record keys; those that are known stay as they are.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn know_record_keys(
        &self,
        keys: &[RecordKeyId],
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// Some of the keys, at most `limit`, that are wrapped by another record key than this one.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn wrapped_by_others(
        &self,
        than: RecordKeyId,
        limit: u32,
    ) -> Result<Vec<(KeyOf, Wrapped)>, StorageError>;

    /// Stores keys as they are wrapped now, all of them or none.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for a record key that is not known.
    async fn rewrap(&self, keys: &[Rewrap]) -> Result<(), StorageError>;

    /// Forgets a record key that wraps nothing any more.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] or [`StorageError::NotFound`] while it wraps something.
    async fn retire_record_key(&self, key: RecordKeyId) -> Result<(), StorageError>;
}
