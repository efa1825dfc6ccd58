//! Documents as ordered logs of opaque changes.

use async_trait::async_trait;
use bytes::Bytes;
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, MemberId, RequestId};
use kruispunt_core::time::Timestamp;

use crate::{NewCause, StorageError};

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// The board of a street.
    Street,
}

impl DocumentKind {
    /// The key it is stored by.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Street => "street",
        }
    }

    /// The kind with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        (key == Self::Street.key()).then_some(Self::Street)
    }
}

/// A document and how far its log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DocumentPosition {
    /// Which document.
    pub document: DocumentId,
    /// What it is for.
    pub kind: DocumentKind,
    /// The area it belongs to.
    pub area: AreaId,
    /// Its epoch.
    pub epoch: u32,
    /// The sequence number of its last change in this epoch; 0 before the first.
    pub seq: u64,
    /// When this epoch began: by a rotation, or for a new board with the first change that was received. 1970 while
    /// nothing has been written at all.
    pub began_at: Timestamp,
}

/// A change that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// Its automerge hash; unique within a document.
    pub hash: [u8; 32],
    /// The encoded change.
    pub bytes: Bytes,
    /// Who wrote it; `None` is the relay itself.
    pub member: Option<MemberId>,
    /// On which device; `None` is the relay itself.
    pub device: Option<DeviceId>,
    /// When the relay received it, by its own clock.
    pub received_at: Timestamp,
}

/// A change as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place in the log of this epoch, from 1.
    pub seq: u64,
    /// Its automerge hash.
    pub hash: [u8; 32],
    /// The encoded change.
    pub bytes: Bytes,
    /// Who wrote it; `None` is the relay itself.
    pub member: Option<MemberId>,
}

/// An automerge actor and the device that used it first; nobody else may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorBinding {
    /// The actor's bytes.
    pub actor: Vec<u8>,
    /// Its device; `None` is the relay itself.
    pub device: Option<DeviceId>,
}

/// Changes for one document, and the actors that appear in them for the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Which document.
    pub document: DocumentId,
    /// The epoch the caller believes it is in.
    pub epoch: u32,
    /// The sequence number of the first change: one more than the last that is stored.
    pub first_seq: u64,
    /// The changes in order.
    pub changes: Vec<NewChange>,
    /// Actors to be bound.
    pub actors: Vec<ActorBinding>,
    /// When something happens in the document by itself.
    pub alarm: Alarm,
    /// What somebody should hear of.
    pub causes: Vec<NewCause>,
    /// Who did something about which request: they need not hear of it any more, on any of their devices.
    pub acted: Vec<(MemberId, RequestId)>,
}

/// When something happens in a document by itself, if nobody does anything: stored with the changes it follows from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Alarm {
    /// The moment; `None` is never, as far as is known here.
    pub at: Option<Timestamp>,
    /// Whether all of the document was looked at, so that this counts whatever is stored. Else the earlier counts.
    pub is_exact: bool,
}

impl Alarm {
    /// Nothing happens sooner than was known.
    pub const KEEP: Self = Self {
        at: None,
        is_exact: false,
    };

    /// This one, and another one after it.
    #[must_use]
    pub fn and_then(self, later: Self) -> Self {
        if later.is_exact {
            return later;
        }
        let at = match (self.at, later.at) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Self { at, ..self }
    }
}

/// A whole document, saved at a place in its log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The epoch it was saved in.
    pub epoch: u32,
    /// The last change it contains.
    pub seq: u64,
    /// The saved document.
    pub bytes: Bytes,
}

/// The end of an epoch and the beginning of the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Which document.
    pub document: DocumentId,
    /// The epoch that ends.
    pub epoch: u32,
    /// Its last sequence number; what was written after the snapshot was made would otherwise be lost.
    pub seq: u64,
    /// The epoch that begins; larger than the one that ends.
    pub next: u32,
    /// What it begins with, at sequence number 0.
    pub snapshot: Bytes,
    /// When.
    pub at: Timestamp,
}

/// All that is needed to bring a document to life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDocument {
    /// Where it is and how far its log goes.
    pub position: DocumentPosition,
    /// The newest snapshot of this epoch, if one was saved.
    pub snapshot: Option<Snapshot>,
    /// The changes after the snapshot.
    pub tail: Vec<Change>,
    /// All bound actors.
    pub actors: Vec<ActorBinding>,
}

/// The documents and their logs.
#[async_trait]
pub trait Documents {
    /// Every document and how far its log goes.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn positions(&self) -> Result<Vec<DocumentPosition>, StorageError>;

    /// Writes the changes of many documents in one transaction. When this returns they are on disk.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when a log would get a gap or an overlap, when the epoch is another, when a
    /// change is already in the log, or when an actor belongs to another device;
    /// [`StorageError::NotFound`] for an unknown document. Then nothing at all was written.
    async fn append(&self, appends: &[Append]) -> Result<(), StorageError>;

    /// A document from its newest snapshot; `None` when there is no such document.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn load(&self, document: DocumentId) -> Result<Option<StoredDocument>, StorageError>;

    /// The changes after `seq` in this epoch, in order; empty for an epoch or document that does not exist.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn changes_since(
        &self,
        document: DocumentId,
        epoch: u32,
        seq: u64,
    ) -> Result<Vec<Change>, StorageError>;

    /// Keeps a snapshot in place of an older one; an older one than is kept is left aside.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when it claims more than the log holds; [`StorageError::NotFound`] for an
    /// unknown document.
    async fn put_snapshot(
        &self,
        document: DocumentId,
        snapshot: &Snapshot,
    ) -> Result<(), StorageError>;

    /// Documents in which something is due, those that wait longest first, and no more than `most`. A new document, and
    /// one that was put back or began an epoch, is among them once.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn due(&self, now: Timestamp, most: u32) -> Result<Vec<DocumentId>, StorageError>;

    /// Says when something happens in a document next, after all of it was looked at. `false` where it is elsewhere by
    /// now: then nothing was written, and it is to be looked at again.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn set_alarm(
        &self,
        document: DocumentId,
        epoch: u32,
        seq: u64,
        at: Option<Timestamp>,
    ) -> Result<bool, StorageError>;

    /// Has every document looked at again: the rules have changed.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn look_at_all(&self) -> Result<(), StorageError>;

    /// Ends a document's epoch and begins the next one with a snapshot. Every change, bound actor and older snapshot
    /// is deleted: what the snapshot does not contain is gone.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] unless the document is at exactly this epoch and sequence number and the next
    /// epoch is larger; [`StorageError::NotFound`] for an unknown document.
    async fn rotate(&self, rotation: &Rotation) -> Result<(), StorageError>;
}
