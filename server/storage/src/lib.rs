//! What the relay asks of a database, in the neighbourhood's words.
//!
//! One small trait per noun: [`Areas`], [`People`], [`Passkeys`], [`Profiles`], [`Ladder`], [`Documents`], [`Audit`],
//! [`RecordKeys`], [`Cases`], [`Notes`], [`Notices`], [`Mails`], [`RefusedWork`], [`Intakes`], [`Erasures`], and the [`Archive`]
//! that takes everything out.
//! Every method that writes is one transaction: it happens whole and is on disk when it returns, or it did not happen.
//! Every backend runs the same `conformance` suite, so that they cannot drift apart.
//!
//! This crate deliberately knows no SQL, no clock and no randomness: identifiers, moments and hashes of secrets
//! are arguments. Nor does it know what is inside a change: it keeps bytes in order.

pub mod archive;
mod areas;
mod audit;
mod cases;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod convert;
mod documents;
mod elsewhere;
mod erasures;
mod error;
mod intakes;
mod keys;
pub mod ladder;
pub mod mails;
pub mod news;
mod notes;
pub mod notices;
mod passkeys;
mod people;
pub mod profiles;
mod refused;
pub mod wishes;

pub use archive::{Archive, Invitation, NewEpoch, Record};
pub use areas::{Areas, Imported, NewArea, Plan, plan};
pub use audit::{Asked, Audit, Entry};
pub use cases::{Card, CaseFile, Cases, Said};
pub use documents::{
    ActorBinding, Alarm, Append, Change, DocumentKind, DocumentPosition, Documents, NewChange,
    Rotation, Snapshot, StoredDocument,
};
pub use elsewhere::{Elsewhere, Watch};
pub use erasures::{Erasure, Erasures, Retention, Subject};
pub use error::StorageError;
pub use intakes::{Deciding, Decision, Intake, IntakeForm, Intakes, Receiving};
pub use keys::{KeyOf, KnownKey, RecordKeys, Rewrap, Sealed, Wrapped};
pub use ladder::Ladder;
pub use mails::{AskedMail, Mail, Mails};
pub use notes::{AskedNotes, Note, Notebook, Notes, Seen, Written};
pub use notices::{
    Cause, Delivery, Due, NewCause, NewDelivery, NewNotice, Notice, Notices, Outcome, Subscription,
    Told,
};
pub use passkeys::{Passkey, Passkeys, Verified};
pub use people::{
    Device, Hash, KnownDevice, Member, NewInvitation, NewSession, Newcomer, OpenInvitation, People,
    Person, PublicKey, Redeemed, Redemption, RoleEnded, Session, SessionOpened, arrival,
};
pub use profiles::{ProfileField, Profiles};
pub use refused::{Bounds, Keeping, Refused, RefusedWork};
pub use wishes::SaidWishes;

/// Everything the relay keeps.
#[async_trait::async_trait]
pub trait Storage: Areas + People + Documents + Audit + Archive + Send + Sync + 'static {
    /// Passkeys.
    fn passkeys(&self) -> &dyn Passkeys;

    /// What volunteers say of themselves.
    fn profiles(&self) -> &dyn Profiles;

    /// How long a request may stand on each step.
    fn ladder(&self) -> &dyn Ladder;

    /// The record keys.
    fn keys(&self) -> &dyn RecordKeys;

    /// Cases.
    fn cases(&self) -> &dyn Cases;

    /// What the participants of cases write to each other.
    fn notes(&self) -> &dyn Notes;

    /// What people hear of.
    fn notices(&self) -> &dyn Notices;

    /// Where people are told by e-mail.
    fn mails(&self) -> &dyn Mails;

    /// Work that was refused.
    fn refused_work(&self) -> &dyn RefusedWork;

    /// What residents ask by themselves.
    fn intakes(&self) -> &dyn Intakes;

    /// What was erased, and how long things are kept.
    fn erasures(&self) -> &dyn Erasures;

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    async fn ping(&self) -> Result<(), StorageError>;

    /// Begins to hear what others write to the same database. Whoever watches first and reads then misses nothing.
    ///
    /// # Errors
    /// When the database cannot be reached.
    async fn watch(&self) -> Result<Box<dyn Watch>, StorageError>;

    /// Finishes what is being written and closes; later calls fail.
    async fn close(&self);
}
