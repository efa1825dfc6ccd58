//! Members, their roles, devices, invitations and sessions.

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, AuditId, DeviceId, InvitationId, MemberId};
use kruispunt_core::model::Membership;
use kruispunt_core::time::Timestamp;

use crate::{Entry, StorageError};

/// The SHA-256 of a secret: a stolen database lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

/// A device's public key: an uncompressed P-256 point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(pub Vec<u8>);

/// A person with their roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their identifier.
    pub id: MemberId,
    /// What neighbours call them.
    pub first_name: String,
    /// What they are, where.
    pub memberships: Vec<Membership>,
}

/// One phone or browser of a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its identifier.
    pub id: DeviceId,
    /// Whose it is.
    pub member: MemberId,
    /// The key it signs with.
    pub public_key: PublicKey,
    /// When it was taken out of use, if it was.
    pub revoked_at: Option<Timestamp>,
}

/// A device, and when it was here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// The device.
    pub device: Device,
    /// When it came in.
    pub created_at: Timestamp,
    /// When it last opened a session, as far as that was counted.
    pub seen_at: Option<Timestamp>,
}

/// A member as a list shows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who, and what they are.
    pub member: Member,
    /// How many devices they have in use.
    pub devices: u32,
    /// Whether they ever came in.
    pub came_in: bool,
}

/// A way in for one device, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// Its identifier.
    pub id: InvitationId,
    /// The hash of the secret in the link.
    pub secret: Hash,
    /// Who may come in.
    pub member: MemberId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Somebody who is invited and was not known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newcomer {
    /// Who, with the one role they are invited to.
    pub member: Member,
    /// Their way in.
    pub invitation: NewInvitation,
    /// By whom and when, as it is written down.
    pub entry: Entry,
}

/// An invitation to a role that nobody has used yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenInvitation {
    /// Its identifier.
    pub id: InvitationId,
    /// Who may come in.
    pub member: MemberId,
    /// What neighbours call them.
    pub first_name: String,
    /// As what.
    pub membership: Membership,
    /// Who invited them, if that is known.
    pub by: Option<MemberId>,
    /// When.
    pub made_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// What became of the end of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleEnded {
    /// It has ended.
    Done,
    /// They did not have it.
    WasNot,
    /// Nobody else who could come in would be steward there.
    LastSteward,
}

/// A session that is to be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSession {
    /// The hash of its token.
    pub token: Hash,
    /// Until when it lasts.
    pub expires_at: Timestamp,
}

/// A device asks to come in with the secret of an invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redemption {
    /// The hash of the secret.
    pub secret: Hash,
    /// The device's key; that it holds the private half has been checked.
    pub public_key: PublicKey,
    /// A random identifier, should the device be new.
    pub device: DeviceId,
    /// Its first session.
    pub session: NewSession,
    /// The moment of asking.
    pub now: Timestamp,
}

/// What became of a redemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redeemed {
    /// The device is in. The same key with the same secret comes here again: its answer may have been lost.
    In {
        /// Whose device it is.
        member: MemberId,
        /// The device, new or as it was made the first time.
        device: DeviceId,
    },
    /// No invitation has this secret.
    Unknown,
    /// Another key came in with it, or the device that did has been revoked.
    Used,
    /// It was not used in time.
    Expired,
}

/// What became of opening a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionOpened {
    /// It is open.
    Open,
    /// There is no such device.
    Unknown,
    /// The device has been revoked.
    Revoked,
}

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose device, with their roles.
    pub member: Member,
    /// Which device.
    pub device: DeviceId,
    /// Until when the session lasts.
    pub expires_at: Timestamp,
}

/// What is written down when a device comes in. It comes in once, so its identifier does for the entry too.
#[must_use]
pub fn arrival(redemption: &Redemption, member: MemberId, area: Option<AreaId>) -> Entry {
    Entry {
        id: AuditId::from_bytes(*redemption.device.as_bytes()),
        at: redemption.now,
        member: Some(member),
        device: Some(redemption.device),
        area,
        deed: "came-in".to_owned(),
        subject: Some(*member.as_bytes()),
        detail: None,
    }
}

/// People and their devices.
#[async_trait]
pub trait People {
    /// Adds a member with their roles.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] for a known identifier, [`StorageError::NotFound`] for an unknown area.
    async fn add_member(&self, member: &Member) -> Result<(), StorageError>;

    /// A member with their roles.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn member(&self, id: MemberId) -> Result<Option<Member>, StorageError>;

    /// All members with their roles, by first name.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn members(&self) -> Result<Vec<Member>, StorageError>;

    /// All members with their roles and the number of their devices, by first name.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn people(&self) -> Result<Vec<Person>, StorageError>;

    /// The members of whom no device opened a session since then, and who have no invitation that lasted longer.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn unseen_since(&self, then: Timestamp) -> Result<Vec<MemberId>, StorageError>;

    /// The invitations that a member has not used, with who made each.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn ways_in(
        &self,
        member: MemberId,
    ) -> Result<Vec<(InvitationId, Option<MemberId>)>, StorageError>;

    /// Gives a role, and takes back what they were invited with and have not used, except `keeps`: whoever made a link
    /// for a volunteer must not hold one for a steward. `false` when they had the role already, and nothing was done.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown member or area.
    async fn give_role(
        &self,
        member: MemberId,
        membership: Membership,
        keeps: &[InvitationId],
        entry: &Entry,
    ) -> Result<bool, StorageError>;

    /// Ends a role, and takes back what invites to it. A steward stays one while nobody else with a device in use is
    /// steward of one of `keepers`.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn end_role(
        &self,
        member: MemberId,
        membership: Membership,
        keepers: &[AreaId],
        entry: &Entry,
    ) -> Result<RoleEnded, StorageError>;

    /// Adds members with their invitations, all or none.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown area, [`StorageError::Conflict`] for somebody who is known already.
    async fn invite_newcomers(&self, newcomers: &[Newcomer]) -> Result<(), StorageError>;

    /// Keeps another invitation for a member, in place of those they have not used. Where one of those invited to a
    /// role, so does this one.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown member, [`StorageError::Conflict`] for a known secret.
    async fn invite_again(
        &self,
        invitation: &NewInvitation,
        entry: &Entry,
    ) -> Result<(), StorageError>;

    /// The invitations to a role that nobody has used yet and that last longer than this, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn open_invitations(&self, now: Timestamp) -> Result<Vec<OpenInvitation>, StorageError>;

    /// Takes back an invitation that nobody has used. A member who never came in and has no other goes with it.
    /// `false` when there is no such invitation.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn withdraw_invitation(
        &self,
        id: InvitationId,
        entry: &Entry,
    ) -> Result<bool, StorageError>;

    /// Keeps an invitation.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown member, [`StorageError::Conflict`] for a known secret.
    async fn invite(&self, invitation: &NewInvitation) -> Result<(), StorageError>;

    /// Uses an invitation: marks it, makes the device and its first session and writes that down ([`arrival`]), all or
    /// nothing.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn redeem(&self, redemption: &Redemption) -> Result<Redeemed, StorageError>;

    /// A device.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StorageError>;

    /// All devices, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn devices(&self) -> Result<Vec<KnownDevice>, StorageError>;

    /// The devices of a member, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn devices_of(&self, member: MemberId) -> Result<Vec<KnownDevice>, StorageError>;

    /// Takes a device out of use and ends its sessions, at the moment of the entry; `false` when there is no such
    /// device in use.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn revoke_device(&self, id: DeviceId, entry: &Entry) -> Result<bool, StorageError>;

    /// Opens a session for a device, which is seen by that.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn open_session(
        &self,
        device: DeviceId,
        session: &NewSession,
        now: Timestamp,
    ) -> Result<SessionOpened, StorageError>;

    /// The session with this token and whose it is, while it lasts and its device is in use.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn session(&self, token: Hash, now: Timestamp) -> Result<Option<Session>, StorageError>;

    /// Forgets the sessions that are over; returns how many.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn forget_sessions(&self, now: Timestamp) -> Result<u64, StorageError>;
}
