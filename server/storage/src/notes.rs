//! Notes: what the participants of a case write to each other about it, and who has seen how much of it.

use async_trait::async_trait;
use kruispunt_core::access::Audience;
use kruispunt_core::id::{AreaId, MemberId, NoteId, RequestId};
use kruispunt_core::time::Timestamp;

use crate::{Entry, Sealed, StorageError};

/// A note, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its identifier, from the phone that wrote it.
    pub id: NoteId,
    /// Its place among the notes of this case, from 1. The storage gives it.
    pub n: u32,
    /// For whom it is.
    pub audience: Audience,
    /// Who wrote it.
    pub member: MemberId,
    /// When, by the phone's clock.
    pub written_at: Timestamp,
    /// When the relay heard it.
    pub received_at: Timestamp,
    /// What it says.
    pub sealed: Sealed,
}

/// Up to which note somebody has seen those for an audience.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Who.
    pub member: MemberId,
    /// Of which notes.
    pub audience: Audience,
    /// The greatest number.
    pub until: u32,
}

/// Notes of one case, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notebook {
    /// In order.
    pub notes: Vec<Note>,
    /// Who has seen how much.
    pub seen: Vec<Seen>,
}

/// Which notes somebody asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AskedNotes<'a> {
    /// In which street.
    pub street: AreaId,
    /// About which request.
    pub request: RequestId,
    /// Those after this one.
    pub after: u32,
    /// For whom they are.
    pub audiences: &'a [Audience],
    /// No more than so many.
    pub limit: u32,
}

/// A note as its writer may ask about it, without what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// In which street.
    pub street: AreaId,
    /// About which request.
    pub request: RequestId,
    /// Its identifier.
    pub id: NoteId,
    /// For whom it is.
    pub audience: Audience,
    /// When, by the phone's clock.
    pub written_at: Timestamp,
    /// When the relay heard it.
    pub received_at: Timestamp,
}

/// Notes.
#[async_trait]
pub trait Notes: Send + Sync {
    /// Keeps notes in this order, and counts them. What is known by its identifier already is not counted again.
    /// Returns how many were not known.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when the case is erased; [`StorageError::NotFound`] for an unknown record key.
    async fn write_notes(
        &self,
        street: AreaId,
        request: RequestId,
        notes: &[Note],
    ) -> Result<u32, StorageError>;

    /// How many notes a case has.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn count_notes(&self, street: AreaId, request: RequestId) -> Result<u32, StorageError>;

    /// Takes notes out for somebody, and writes that down where one of them is somebody else's. `None` when more was
    /// said about the case than the `heard` words of its resident by which it was decided that they may: then nothing
    /// was written, and it is to be decided again.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn read_notes(
        &self,
        asked: AskedNotes<'_>,
        heard: u32,
        entry: &Entry,
    ) -> Result<Option<Notebook>, StorageError>;

    /// Somebody has seen the notes for an audience up to this one; never fewer than before, and no more than there
    /// are.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when the case is erased.
    async fn see_notes(
        &self,
        street: AreaId,
        request: RequestId,
        seen: &[Seen],
    ) -> Result<(), StorageError>;

    /// What somebody wrote, about whatever case, in the order in which it was heard.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn notes_by(&self, member: MemberId) -> Result<Vec<Written>, StorageError>;
}
