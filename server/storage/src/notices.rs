//! What people hear of: from what happened to what was sent.
//!
//! What happened is a [`Cause`], written in the transaction that makes it happen. Of a cause become [`Notice`]s, one for
//! each member who is to hear: that is their inbox. A notice that is to ring becomes a [`Delivery`] for each of the
//! member's devices, and leaves when the push service has it. Each of these steps is one transaction that takes away
//! what it came from, so that a relay that dies in between loses nothing, and of several relays one does it.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, MemberId, NoticeId, RequestId};
use kruispunt_core::model::{NoticeKind, Tongue, Whom, Wishes};
use kruispunt_core::time::Timestamp;

use crate::StorageError;
use crate::convert::optional_id;

/// Something happened that somebody should hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCause {
    /// What kind of news it is.
    pub kind: NoticeKind,
    /// To whom.
    pub whom: Whom,
    /// Which member, where `whom` is one.
    pub member: Option<MemberId>,
    /// In which document, where it is about a request on a board.
    pub document: Option<DocumentId>,
    /// In which area, where it is about none.
    pub area: Option<AreaId>,
    /// About which request.
    pub request: Option<RequestId>,
    /// Who did it; they know already.
    pub by: Option<MemberId>,
    /// How many rings of volunteers were told before.
    pub ring: u16,
    /// When it happened.
    pub at: Timestamp,
    /// Not before this.
    pub due_at: Timestamp,
}

/// A cause as it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Its number, given by the storage.
    pub n: i64,
    /// What it is.
    pub cause: NewCause,
}

/// What somebody hears of. In an inbox there is one of each kind about each request: newer news takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNotice {
    /// A random identifier.
    pub id: NoticeId,
    /// Who hears.
    pub member: MemberId,
    /// Of what.
    pub kind: NoticeKind,
    /// About which request.
    pub request: Option<RequestId>,
    /// In which area.
    pub area: Option<AreaId>,
    /// What the request is about: the key of its theme.
    pub word: Option<String>,
    /// When they heard of it.
    pub at: Timestamp,
    /// When to ring for it; `None` is never.
    pub push_at: Option<Timestamp>,
    /// Whether it rings by itself, at once and also when much rang already.
    pub is_urgent: bool,
}

/// A notice as it stands in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub notice: NewNotice,
    /// When its member saw it, or did something about it.
    pub seen_at: Option<Timestamp>,
}

/// A member for whom it is time to ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Who.
    pub member: MemberId,
    /// For what: what is due and not seen, the oldest first.
    pub notices: Vec<NewNotice>,
    /// How much in their inbox they have not seen.
    pub unseen: u32,
}

/// How a browser can be reached. A device has one. It does not show where: whoever knows can ring.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Which device.
    pub device: DeviceId,
    /// Whose.
    pub member: MemberId,
    /// The address at its push service. Whoever has it can ring, so it is told to nobody.
    pub endpoint: String,
    /// The browser's key: an uncompressed P-256 point.
    pub p256dh: Vec<u8>,
    /// The browser's secret, 16 bytes.
    pub auth: Vec<u8>,
    /// The relay's public key it was made for: an uncompressed P-256 point.
    pub key: Vec<u8>,
    /// What the app speaks on this device.
    pub language: Tongue,
    /// When the device said so last.
    pub said_at: Timestamp,
    /// Whether the push service does not take it from this relay: the device has to make a new one.
    pub is_refused: bool,
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("device", &self.device)
            .field("member", &self.member)
            .field("language", &self.language)
            .field("said_at", &self.said_at)
            .field("is_refused", &self.is_refused)
            .finish_non_exhaustive()
    }
}

/// One message for one device. On a device there is one of each topic: a newer one takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDelivery {
    /// To which device.
    pub device: DeviceId,
    /// Whose.
    pub member: MemberId,
    /// Up to 32 characters of URL-safe base64, the same for the same request.
    pub topic: String,
    /// What kind of news; `None` is news of several kinds.
    pub kind: Option<NoticeKind>,
    /// The notice, where it is one.
    pub notice: Option<NoticeId>,
    /// About which request.
    pub request: Option<RequestId>,
    /// The key of its theme.
    pub word: Option<String>,
    /// How much is in the inbox and not seen.
    pub unseen: u32,
    /// Whether a sleeping phone is to be woken for it.
    pub is_urgent: bool,
    /// When to try first.
    pub due_at: Timestamp,
    /// When it is of no use any more.
    pub expires_at: Timestamp,
}

/// A delivery that this relay may send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number, given by the storage; one that takes its place has another.
    pub n: i64,
    /// What to send.
    pub delivery: NewDelivery,
    /// How often that was tried in vain.
    pub tries: u32,
    /// Where to.
    pub subscription: Subscription,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is over: the push service has it, or nobody can do anything about it.
    Over,
    /// To be tried again, not before this.
    Later(Timestamp),
    /// It was not tried, and is to be tried not before this.
    PutOff(Timestamp),
    /// There is no such subscription any more: it goes, and everything for it.
    Gone,
    /// The push service does not take it from this relay: nothing more is sent there before the device says that it has
    /// a new one.
    Refused,
}

/// A volunteer, and how often they were asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// How many notices of a kind they got.
    pub count: u32,
    /// When the last of them happened.
    pub last_at: Option<Timestamp>,
}

/// What people hear of.
#[async_trait]
pub trait Notices: Send + Sync {
    /// Causes that are due, the oldest first, and no more than `most`.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn causes(&self, now: Timestamp, most: u32) -> Result<Vec<Cause>, StorageError>;

    /// Takes these causes away and writes what became of them. `false` when one of them was taken away before: then
    /// nothing was written. A notice takes the place of one of the same member, kind and request, and counts as not seen.
    ///
    /// # Errors
    /// When the database cannot be written. A member who was erased meanwhile is left out.
    async fn settle(
        &self,
        causes: &[i64],
        notices: &[NewNotice],
        later: &[NewCause],
    ) -> Result<bool, StorageError>;

    /// Up to `most` members for whom it is time to ring, those who wait longest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn due_notices(&self, now: Timestamp, most: u32) -> Result<Vec<Due>, StorageError>;

    /// Has these notices ring: they are no longer due, and the deliveries wait to be sent. `false` when one of them was
    /// seen, replaced or rung for meanwhile: then nothing was written. A delivery takes the place of one to the same
    /// device with the same topic. One to a device without a subscription is left out.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn ring(
        &self,
        notices: &[NoticeId],
        deliveries: &[NewDelivery],
    ) -> Result<bool, StorageError>;

    /// Has notices ring at other moments, where they did not ring and were not seen meanwhile.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn put_off_notices(&self, notices: &[(NoticeId, Timestamp)]) -> Result<(), StorageError>;

    /// Takes notices out of their inboxes that are no longer so, with what was to be sent of them.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn withdraw_notices(&self, notices: &[NoticeId]) -> Result<(), StorageError>;

    /// Takes up to `most` deliveries that are due, for this relay alone until the moment `until`. None of a subscription
    /// that is refused.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn take_deliveries(
        &self,
        now: Timestamp,
        until: Timestamp,
        most: u32,
    ) -> Result<Vec<Delivery>, StorageError>;

    /// Writes what became of deliveries, by their numbers. Those that were replaced or taken away meanwhile stay so.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn finish_deliveries(&self, finished: &[(i64, Outcome)]) -> Result<(), StorageError>;

    /// How many deliveries wait.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn waiting_deliveries(&self) -> Result<u64, StorageError>;

    /// A member's inbox, the newest first, and no more than `most`.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn notices(&self, member: MemberId, most: u32) -> Result<Vec<Notice>, StorageError>;

    /// A member saw these of their notices: nothing rings for them any more.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn see_notices(
        &self,
        member: MemberId,
        notices: &[NoticeId],
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// Who was told of a request in this kind of notice, and when it happened of which they were told.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn told_of(
        &self,
        request: RequestId,
        kind: NoticeKind,
    ) -> Result<BTreeMap<MemberId, Timestamp>, StorageError>;

    /// How often members were told of something of this kind since then.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn told_since(
        &self,
        kind: NoticeKind,
        since: Timestamp,
    ) -> Result<BTreeMap<MemberId, Told>, StorageError>;

    /// How a member wants to hear of things; `None` when they never said.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn wishes(&self, member: MemberId) -> Result<Option<Wishes>, StorageError>;

    /// How everybody who ever said so wants to hear of things.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn all_wishes(&self) -> Result<BTreeMap<MemberId, Wishes>, StorageError>;

    /// Keeps how a member wants to hear of things.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown member.
    async fn set_wishes(&self, member: MemberId, wishes: &Wishes) -> Result<(), StorageError>;

    /// Keeps how a device can be reached, in place of what it said before, and of what another device said of the same
    /// endpoint. What waits for the device is sent there.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown or revoked device.
    async fn subscribe(&self, subscription: &Subscription) -> Result<(), StorageError>;

    /// Forgets how a device can be reached, and what was to be sent there; `false` when that was not known.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn unsubscribe(&self, device: DeviceId) -> Result<bool, StorageError>;

    /// How a device can be reached.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn subscription(&self, device: DeviceId) -> Result<Option<Subscription>, StorageError>;

    /// How the devices of these members can be reached, also those that are refused.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn subscriptions(&self, members: &[MemberId]) -> Result<Vec<Subscription>, StorageError>;

    /// Forgets notices that happened before this and deliveries that are of no use any more; returns how many of both.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn forget_notices(&self, before: Timestamp, now: Timestamp) -> Result<u64, StorageError>;
}

/// Of notices that would take each other's place, the last.
#[must_use]
pub fn last_notices(notices: &[NewNotice]) -> Vec<&NewNotice> {
    let places = notices.iter().map(|notice| {
        let place = (notice.member, notice.request, notice.kind);
        (place, notice)
    });
    places.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// Of deliveries that would take each other's place, the last.
#[must_use]
pub fn last_deliveries(deliveries: &[NewDelivery]) -> Vec<&NewDelivery> {
    let places = deliveries.iter().map(|delivery| {
        let place = (delivery.device, delivery.topic.as_str());
        (place, delivery)
    });
    places.collect::<BTreeMap<_, _>>().into_values().collect()
}

/// What stands for the request where a notice is about none, since in a database nothing is equal to nothing.
const NO_REQUEST: [u8; 16] = [0; 16];

/// A request into the column of what a notice is about.
#[must_use]
pub fn subject(request: Option<&RequestId>) -> &[u8] {
    request.map_or(NO_REQUEST.as_slice(), |request| request.as_bytes())
}

/// A request out of the column of what a notice is about.
///
/// # Errors
/// [`StorageError::Corrupt`] when it is not 16 bytes.
pub fn request(subject: &[u8]) -> Result<Option<RequestId>, StorageError> {
    optional_id((subject != NO_REQUEST).then_some(subject))
}
