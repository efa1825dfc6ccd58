//! What was erased, and which devices have not said yet that they hold nothing of it any more.

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DeviceId, ErasureId, MemberId, RequestId};
use kruispunt_core::time::Timestamp;

use crate::{Entry, StorageError};

/// What is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A request, and everything about it.
    Case {
        /// In which street.
        street: AreaId,
        /// Which.
        request: RequestId,
    },
    /// Somebody, and what is known of them.
    Member(MemberId),
}

/// An erasure, begun or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// Its identifier.
    pub id: ErasureId,
    /// What is erased.
    pub subject: Subject,
    /// Who asked for it; `None` is the relay itself, since its time had come.
    pub member: Option<MemberId>,
    /// When.
    pub asked_at: Timestamp,
    /// Since when it is gone from the relay, its boards too.
    pub done_at: Option<Timestamp>,
    /// The devices in use that may still hold something of it.
    pub waits: Vec<DeviceId>,
}

/// How long things are kept, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Requests after they were closed, with their cards.
    pub closed_request_days: u32,
    /// Members after a device of theirs was last here.
    pub inactive_member_days: u32,
    /// What is in the audit.
    pub audit_days: u32,
    /// Work that was refused.
    pub refused_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            closed_request_days: 183,
            inactive_member_days: 365,
            audit_days: 730,
            refused_days: 90,
        }
    }
}

impl Retention {
    /// Each term by the key it is stored by.
    #[must_use]
    pub const fn terms(self) -> [(&'static str, u32); 4] {
        [
            ("closed_request", self.closed_request_days),
            ("inactive_member", self.inactive_member_days),
            ("audit", self.audit_days),
            ("refused", self.refused_days),
        ]
    }

    /// Sets the term with this key; one of a newer version is left aside.
    pub fn set(&mut self, key: &str, days: u32) {
        match key {
            "closed_request" => self.closed_request_days = days,
            "inactive_member" => self.inactive_member_days = days,
            "audit" => self.audit_days = days,
            "refused" => self.refused_days = days,
            _ => {}
        }
    }
}

/// Erasure and retention.
#[async_trait]
pub trait Erasures: Send + Sync {
    /// Begins to erase: what is stored of the subject outside of boards is gone when this returns, and every device
    /// in `erasure.waits` will be asked. Returns the erasure that there is now, which may have begun before.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn erase(&self, erasure: &Erasure, entry: &Entry) -> Result<ErasureId, StorageError>;

    /// The subject is gone from every board too.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn finish_erasure(&self, id: ErasureId, now: Timestamp) -> Result<(), StorageError>;

    /// All of them, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn erasures(&self) -> Result<Vec<Erasure>, StorageError>;

    /// Those that a device has not confirmed.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn erasures_for(&self, device: DeviceId) -> Result<Vec<Erasure>, StorageError>;

    /// A device holds nothing of it any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn confirm_erasure(
        &self,
        id: ErasureId,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// How long things are kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn retention(&self) -> Result<Retention, StorageError>;

    /// Sets how long things are kept, and writes that down.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn set_retention(&self, retention: Retention, entry: &Entry) -> Result<(), StorageError>;

    /// Whether it is this relay's turn to do a piece of work; nobody else's is then until that moment.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn takes_turn(
        &self,
        work: &str,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Sees to it that what was deleted is no longer in the database's files, as far as it is in its power.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn scrub(&self) -> Result<(), StorageError>;
}
