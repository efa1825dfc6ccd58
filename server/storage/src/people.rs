//! Members, their roles, devices, invitations and sessions.

use async_trait::async_trait;
use kruispunt_core::id::{DeviceId, InvitationId, MemberId};
use kruispunt_core::model::Membership;
use kruispunt_core::time::Timestamp;

use crate::StorageError;

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

    /// Keeps an invitation.
    ///
    /// # Errors
    /// [`StorageError::NotFound`] for an unknown member, [`StorageError::Conflict`] for a known secret.
    async fn invite(&self, invitation: &NewInvitation) -> Result<(), StorageError>;

    /// Uses an invitation: marks it, makes the device and its first session, all or nothing.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn redeem(&self, redemption: &Redemption) -> Result<Redeemed, StorageError>;

    /// A device.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn device(&self, id: DeviceId) -> Result<Option<Device>, StorageError>;

    /// All devices, each with the moment at which it came in, the oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    async fn devices(&self) -> Result<Vec<(Device, Timestamp)>, StorageError>;

    /// Takes a device out of use and ends its sessions; `false` when there is no such device in use.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn revoke_device(&self, id: DeviceId, now: Timestamp) -> Result<bool, StorageError>;

    /// Opens a session for a device.
    ///
    /// # Errors
    /// When the database cannot be written.
    async fn open_session(
        &self,
        device: DeviceId,
        session: &NewSession,
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
