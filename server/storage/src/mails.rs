//! Where members who want so are told by e-mail what they have not seen.
//!
//! Nothing is written to an address before whoever reads there said that it is theirs.

use std::fmt;

use async_trait::async_trait;
use kruispunt_core::id::MemberId;
use kruispunt_core::model::Tongue;
use kruispunt_core::time::Timestamp;

use crate::{Hash, StorageError};

/// An address of e-mail. It does not show itself: it is somebody's name, mostly.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(pub String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address")
    }
}

/// A member asks to be told at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedMail {
    /// Who.
    pub member: MemberId,
    /// Where.
    pub address: Address,
    /// In which language.
    pub language: Tongue,
    /// The hash of the secret by which whoever reads there confirms it.
    pub confirm: Hash,
    /// The hash of the secret by which they stop it.
    pub stop: Hash,
    /// When.
    pub asked_at: Timestamp,
}

/// An address as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// What was asked.
    pub asked: AskedMail,
    /// Since when it is confirmed, if it is.
    pub confirmed_at: Option<Timestamp>,
    /// When the next message may be written, if ever.
    pub next_at: Option<Timestamp>,
    /// Up to when news was written there, if any was.
    pub told_until: Option<Timestamp>,
}

/// Telling by e-mail.
#[async_trait]
pub trait Mails: Send + Sync {
    /// Keeps an address that is not confirmed yet, in place of another of the same member.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown member, [`StorageError::Conflict`] for a secret of another member.
    async fn ask_mail(&self, asked: &AskedMail) -> Result<(), StorageError>;

    /// Whoever reads there says that it is theirs: the first message may be written at `first_at`. A second time changes
    /// nothing. `false` when no address has this secret.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn confirm_mail(
        &self,
        secret: Hash,
        now: Timestamp,
        first_at: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Forgets the address with this secret; `false` when there is none.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn stop_mail(&self, secret: Hash) -> Result<bool, StorageError>;

    /// Forgets the address of a member.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn remove_mail(&self, member: MemberId) -> Result<(), StorageError>;

    /// The address of a member.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn mail_of(&self, member: MemberId) -> Result<Option<Mail>, StorageError>;

    /// Takes up to `most` confirmed addresses to which a message may be written, for this relay alone until the moment
    /// `until`.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn take_due_mails(
        &self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Mail>, StorageError>;

    /// The next message to a member may be written at this moment, and news was written up to another; `None` where none
    /// could be. An address that is not confirmed, or not there any more, stays so.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn finish_mail(
        &self,
        member: MemberId,
        next_at: Timestamp,
        told_until: Option<Timestamp>,
    ) -> Result<(), StorageError>;

    /// Forgets addresses that were asked for before this and never confirmed; returns how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn forget_mails(&self, before: Timestamp) -> Result<u64, StorageError>;
}
