//! Cases: the sealed card of a request, and what its resident consents to.

use async_trait::async_trait;
use kruispunt_core::consent::{ConsentHow, ConsentWord, Purpose, Recipient};
use kruispunt_core::id::{AreaId, ConsentId, DeviceId, MemberId, RequestId};
use kruispunt_core::time::Timestamp;

use crate::{Entry, PublicKey, Sealed, StorageError};

/// A case card, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Which request it belongs to.
    pub request: RequestId,
    /// In which street.
    pub street: AreaId,
    /// What it says.
    pub sealed: Sealed,
    /// Who wrote it last.
    pub member: MemberId,
    /// When.
    pub written_at: Timestamp,
}

/// Something a resident said about sharing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// Its identifier, from the phone that heard it.
    pub id: ConsentId,
    /// Its place among what was said about this case, from 1. The storage gives it.
    pub n: u32,
    /// What for.
    pub purpose: Purpose,
    /// For whom.
    pub recipient: Recipient,
    /// Given, or withdrawn.
    pub given: bool,
    /// How it was said.
    pub how: ConsentHow,
    /// When, by the phone's clock.
    pub said_at: Timestamp,
    /// The largest number the phone had seen.
    pub after: u32,
    /// Who heard it.
    pub member: MemberId,
}

impl From<Said> for ConsentWord {
    fn from(said: Said) -> Self {
        Self {
            purpose: said.purpose,
            recipient: said.recipient,
            given: said.given,
            after: said.after,
        }
    }
}

/// All that is stored of one case, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaseFile {
    /// Its card, if one was written.
    pub card: Option<Card>,
    /// What its resident said, in order.
    pub said: Vec<Said>,
    /// Whether it is erased: nothing more may be written about it.
    pub is_erased: bool,
}

/// Cases.
#[async_trait]
pub trait Cases: Send + Sync {
    /// Keeps the key to which cards are sealed for a device, in place of another.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] when there is no such device in use.
    async fn put_sealing_key(&self, device: DeviceId, key: &PublicKey) -> Result<(), StorageError>;

    /// The key to which cards are sealed for a device.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn sealing_key(&self, device: DeviceId) -> Result<Option<PublicKey>, StorageError>;

    /// Keeps a card in place of another.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when the case is erased; [`StorageError::NotFound`] for an unknown record key.
    async fn put_card(&self, card: &Card) -> Result<(), StorageError>;

    /// What is stored of a case.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn case(&self, street: AreaId, request: RequestId) -> Result<CaseFile, StorageError>;

    /// Takes the card out for somebody, and writes that down (as [`Self::record_late`] does). `None` when there is none, or when more was said than
    /// the `heard` words by which it was decided that they may: then nothing was written, and it is to be decided
    /// again.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn open_card(
        &self,
        street: AreaId,
        request: RequestId,
        heard: u32,
        entries: &[Entry],
    ) -> Result<Option<Card>, StorageError>;

    /// Writes down what a resident said, in this order, and counts it. What is known by its identifier already is
    /// not counted again. Returns everything that was said.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when the case is erased.
    async fn hear(
        &self,
        street: AreaId,
        request: RequestId,
        said: &[Said],
    ) -> Result<Vec<Said>, StorageError>;

    /// Writes down what was done without reception; what is known by its identifier already stays as it is.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn record_late(&self, entries: &[Entry]) -> Result<(), StorageError>;
}
