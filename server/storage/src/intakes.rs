//! What residents ask by themselves, sealed, until a coordinator looked at it.

use async_trait::async_trait;
use kruispunt_core::consent::{Purpose, Recipient};
use kruispunt_core::id::{AreaId, FormCode, IntakeFormId, IntakeId, MemberId, RequestId};
use kruispunt_core::intake::FormKind;
use kruispunt_core::model::{Ask, DayPart, Repeat, Theme, Urgency, Weekday};
use kruispunt_core::time::Timestamp;

use crate::{Entry, Sealed, StorageError};

/// A way for residents to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntakeForm {
    /// Its identifier.
    pub id: IntakeFormId,
    /// What stands in its link.
    pub code: FormCode,
    /// For whom it is: who lives there.
    pub area: AreaId,
    /// Where it stands.
    pub kind: FormKind,
    /// Who made it.
    pub made_by: MemberId,
    /// When.
    pub made_at: Timestamp,
    /// Since when it is switched off.
    pub closed_at: Option<Timestamp>,
}

/// What somebody asked, without who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// Its identifier, from the page on which it was written.
    pub id: IntakeId,
    /// On which form.
    pub form: IntakeFormId,
    /// In which street; `None` where they did not say.
    pub street: Option<AreaId>,
    /// What it is about.
    pub theme: Theme,
    /// What is asked.
    pub ask: Ask,
    /// On which day; `None` is any.
    pub day: Option<Weekday>,
    /// In which part of the day; `None` is any.
    pub part: Option<DayPart>,
    /// How soon.
    pub urgency: Urgency,
    /// How often.
    pub repeat: Repeat,
    /// What they consent to.
    pub consents: Vec<(Purpose, Recipient)>,
    /// When it came.
    pub received_at: Timestamp,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Of which.
    pub id: IntakeId,
    /// Where it counted: its street, or the area of its form.
    pub area: AreaId,
    /// Whether it became a request.
    pub accepted: bool,
    /// Which.
    pub request: Option<RequestId>,
    /// Who decided.
    pub member: MemberId,
    /// When.
    pub decided_at: Timestamp,
}

impl Decision {
    /// Whether another says the same.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        (self.id, self.accepted, self.request) == (other.id, other.accepted, other.request)
    }
}

/// Whether what somebody asked is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiving {
    /// It is, or it was already, or it is decided.
    Kept,
    /// So much waits on this form that nobody looks at it.
    Full,
    /// The form was switched off.
    Closed,
}

/// Whether a decision holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deciding {
    /// It does; perhaps it was told before.
    Holds,
    /// Somebody decided otherwise.
    Otherwise,
    /// There is nothing to decide.
    Unknown,
}

/// What residents ask by themselves.
#[async_trait]
pub trait Intakes: Send + Sync {
    /// Makes a form, and writes that down.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] for a known identifier or code.
    async fn make_form(&self, form: &IntakeForm, entry: &Entry) -> Result<(), StorageError>;

    /// All forms, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn forms(&self) -> Result<Vec<IntakeForm>, StorageError>;

    /// The form with this in its link, whether it is switched off or not.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn form_of(&self, code: FormCode) -> Result<Option<IntakeForm>, StorageError>;

    /// Switches a form off, and writes that down; nothing happens when it is off or unknown.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn close_form(
        &self,
        id: IntakeFormId,
        now: Timestamp,
        entry: &Entry,
    ) -> Result<(), StorageError>;

    /// Keeps what somebody asked, unless so many wait on its form already. What is known by its identifier stays as it
    /// is.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown record key.
    async fn receive(
        &self,
        intake: &Intake,
        sealed: &Sealed,
        most: u32,
    ) -> Result<Receiving, StorageError>;

    /// All that waits, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn waiting(&self) -> Result<Vec<Intake>, StorageError>;

    /// What was decided about one, while that is known.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn decision(&self, id: IntakeId) -> Result<Option<Decision>, StorageError>;

    /// Takes one out for somebody, and writes that down.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn open_intake(
        &self,
        id: IntakeId,
        entry: &Entry,
    ) -> Result<Option<Sealed>, StorageError>;

    /// Decides about one: what was asked is gone when this returns. Writes it down the first time.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn decide(&self, decision: &Decision, entry: &Entry) -> Result<Deciding, StorageError>;

    /// Forgets what came before this, decisions from before it, and forms that were switched off before it and on
    /// which nothing waits; returns how much was not looked at.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn forget_intakes(&self, before: Timestamp) -> Result<u64, StorageError>;
}
