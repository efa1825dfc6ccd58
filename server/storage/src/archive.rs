//! Everything that is stored, as a backup takes it out and puts it back.

use async_trait::async_trait;
use bytes::Bytes;
use kruispunt_core::id::{
    AreaId, DeviceId, DocumentId, InvitationId, MemberId, RecordKeyId, RequestId,
};
use kruispunt_core::model::{Area, LadderRule, Membership};
use kruispunt_core::time::Timestamp;
use tokio::sync::mpsc;

use crate::{
    Card, Decision, DocumentKind, Entry, Erasure, Hash, Intake, IntakeForm, KnownDevice, Mail,
    Member, Note, Passkey, ProfileField, Refused, Retention, Said, SaidWishes, Sealed, Seen,
    StorageError, StoredDocument,
};

/// One thing that is stored, with its document as `D`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record<D> {
    /// A place. The one it lies in comes before it.
    Area(Area),
    /// A person with their roles.
    Member(Member),
    /// A phone or browser.
    Device(KnownDevice),
    /// A way in, used or not.
    Invitation(Invitation),
    /// A passkey of a member.
    Passkey(Passkey),
    /// A field of a member's profile.
    ProfileField(ProfileField),
    /// A rule of the ladder, and whose area it is of.
    LadderRule(AreaId, LadderRule),
    /// How a member wants to hear of things.
    Wishes(SaidWishes),
    /// Where a member is told by e-mail.
    Mail(Mail),
    /// A document.
    Document(D),
    /// Something that was done.
    Done(Entry),
    /// A record key, by its identifier. It comes before everything that it wraps.
    RecordKey(RecordKeyId, Timestamp),
    /// A case card, sealed.
    Card(Card),
    /// Something that was said about a case, in order.
    Said(AreaId, RequestId, Said),
    /// A note about a case, sealed, in order.
    Note(AreaId, RequestId, Note),
    /// Who has seen how much of the notes of a case.
    Seen(AreaId, RequestId, Seen),
    /// Refused work, sealed, and which requests it is about.
    Refused(Refused, Vec<RequestId>, Sealed),
    /// An erasure.
    Erasure(Erasure),
    /// How long things are kept.
    Retention(Retention),
    /// A way for residents to ask.
    IntakeForm(IntakeForm),
    /// What a resident asked by themselves, and who they are, sealed.
    Intake(Intake, Sealed),
    /// What became of such a question.
    Decision(Decision),
}

/// An invitation as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its identifier.
    pub id: InvitationId,
    /// The hash of the secret in the link.
    pub secret: Hash,
    /// Who may come in.
    pub member: MemberId,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was used and by which device, if it was.
    pub redeemed: Option<(Timestamp, DeviceId)>,
    /// To what it invites, if it does.
    pub membership: Option<Membership>,
    /// When it was made, if that is known.
    pub made_at: Option<Timestamp>,
    /// By whom, if it was a member.
    pub made_by: Option<MemberId>,
}

/// A document that is put back: it begins a new epoch, since phones may know more of the old one than the backup does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEpoch {
    /// Which document.
    pub document: DocumentId,
    /// What it is for.
    pub kind: DocumentKind,
    /// The area it belongs to.
    pub area: AreaId,
    /// The epoch that begins.
    pub epoch: u32,
    /// What it begins with, at sequence number 0.
    pub snapshot: Bytes,
    /// When.
    pub began_at: Timestamp,
}

/// Taking everything out and putting it back. Sessions are left out: every device can open one; and so
/// is what somebody is to hear of and how devices can be reached: they say so anew.
#[async_trait]
pub trait Archive {
    /// Sends everything that is stored at one moment, while others go on writing: areas, members, devices, invitations,
    /// profiles, wishes, addresses, rules of the ladder, documents, what was done, record keys by identifier and what they wrap, what
    /// residents asked by themselves, erasures.
    ///
    /// # Errors
    /// When the database cannot be read, or nobody listens any more.
    async fn take_out(&self, to: mpsc::Sender<Record<StoredDocument>>) -> Result<(), StorageError>;

    /// Fills an empty database with exactly so many records, all or nothing.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] when the database is not empty, when the records do not fit together, or when it is
    /// another number of them: whoever sends may have failed halfway.
    async fn put_back(
        &self,
        from: mpsc::Receiver<Record<NewEpoch>>,
        count: u64,
    ) -> Result<(), StorageError>;
}

/// Sends one record to whoever makes the backup.
///
/// # Errors
/// [`StorageError::Unavailable`] when nobody listens any more.
pub async fn send(
    to: &mpsc::Sender<Record<StoredDocument>>,
    record: Record<StoredDocument>,
) -> Result<(), StorageError> {
    let sent = to.send(record).await;
    sent.map_err(|_| StorageError::Unavailable("nobody listens any more".into()))
}

/// Whether all records of a backup came.
///
/// # Errors
/// [`StorageError::Conflict`] when it is another number of them.
pub fn complete(received: u64, count: u64) -> Result<(), StorageError> {
    if received == count {
        return Ok(());
    }
    Err(StorageError::Conflict(format!(
        "{received} of {count} records came"
    )))
}

/// Orders areas so that each comes after the one it lies in.
#[must_use]
pub fn parents_first(areas: Vec<Area>) -> Vec<Area> {
    let mut waiting = areas;
    let mut ordered: Vec<Area> = Vec::with_capacity(waiting.len());
    let mut placed = std::collections::BTreeSet::new();
    while !waiting.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|area| area.parent.is_none_or(|parent| placed.contains(&parent)));
        if ready.is_empty() {
            // No tree; whoever reads them will say so.
            ordered.extend(rest);
            break;
        }
        placed.extend(ready.iter().map(|area| area.id));
        ordered.extend(ready);
        waiting = rest;
    }
    ordered
}
