//! Passkeys: a second key of a member beside the keys of their devices.

use async_trait::async_trait;
use kruispunt_core::id::MemberId;
use kruispunt_core::time::Timestamp;

use crate::{Hash, StorageError};

/// A passkey of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// `WebAuthn`'s credential id.
    pub id: Vec<u8>,
    /// Whose.
    pub member: MemberId,
    /// What is needed to check a signature: JSON of the library that checks it. Nothing in it is secret.
    pub credential: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it signed last.
    pub used_at: Timestamp,
}

/// A session that was signed with a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The hash of the session's token.
    pub session: Hash,
    /// Until when it counts.
    pub until: Timestamp,
}

/// The passkeys of members, and which sessions were signed with one.
#[async_trait]
pub trait Passkeys {
    /// Keeps a new passkey, or what changed of a known one of the same member; its session counts as verified.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when it is another member's, [`StorageError::NotFound`] for an unknown member or a
    /// session that is over.
    async fn keep(&self, passkey: &Passkey, by: Verified) -> Result<(), StorageError>;

    /// A member's passkeys, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn of(&self, member: MemberId) -> Result<Vec<Passkey>, StorageError>;

    /// Removes one passkey of a member, or all of them; returns how many. Their sessions are no longer verified.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn forget(&self, member: MemberId, one: Option<&[u8]>) -> Result<u64, StorageError>;

    /// Until when this session counts as signed with a passkey.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn verified_until(&self, session: Hash) -> Result<Option<Timestamp>, StorageError>;
}
