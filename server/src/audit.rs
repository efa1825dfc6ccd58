//! What is written down: every deed has a key, which the locale files have words for.

use kruispunt_core::id::{AreaId, AuditId, DeviceId, MemberId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Entry, Session};

use crate::clock::{NoRandomness, random};

/// The keys of deeds; `docs/INTERFACE.md` says what each one's subject and detail are.
pub mod deed {
    /// Somebody was invited.
    pub const INVITED: &str = "invited";
    /// An invitation that was not used was taken back.
    pub const WITHDRAWN: &str = "invitation-withdrawn";
    /// Somebody got a role.
    pub const ROLE_GIVEN: &str = "role-given";
    /// Somebody lost a role.
    pub const ROLE_ENDED: &str = "role-ended";
    /// A device was taken out of use.
    pub const DEVICE_REVOKED: &str = "device-revoked";
    /// Somebody made a link for another device of theirs.
    pub const ANOTHER_DEVICE: &str = "another-device";
    /// Somebody made a link for somebody else who lost everything.
    pub const LET_BACK_IN: &str = "let-back-in";
    /// Whoever runs the relay made a link for a steward.
    pub const STEWARD_LINK: &str = "steward-link";
}

/// Something that was done here and now, by nobody in particular: whoever runs the relay.
///
/// # Errors
/// When there are no random bytes.
pub fn by_operator(deed: &str, at: Timestamp) -> Result<Entry, NoRandomness> {
    Ok(Entry {
        id: AuditId::from_bytes(random()?),
        at,
        member: None,
        device: None,
        area: None,
        deed: deed.to_owned(),
        subject: None,
        detail: None,
    })
}

/// Something that somebody does now.
pub(crate) fn by(session: &Session, deed: &str, at: Timestamp) -> Result<Entry, NoRandomness> {
    Ok(Entry {
        member: Some(session.member.id),
        device: Some(session.device),
        ..by_operator(deed, at)?
    })
}

/// Where, to whom and how it was done.
pub trait Told: Sized {
    /// It counts in this area.
    #[must_use]
    fn in_area(self, area: Option<AreaId>) -> Self;
    /// It was done to this member.
    #[must_use]
    fn to_member(self, member: MemberId) -> Self;
    /// It was done to this device.
    #[must_use]
    fn to_device(self, device: DeviceId) -> Self;
    /// In this way: a key.
    #[must_use]
    #[expect(clippy::wrong_self_convention, reason = "it reads: told as the key of a role")]
    fn as_key(self, detail: &str) -> Self;
}

impl Told for Entry {
    fn in_area(self, area: Option<AreaId>) -> Self {
        Self { area, ..self }
    }

    fn to_member(self, member: MemberId) -> Self {
        Self {
            subject: Some(*member.as_bytes()),
            ..self
        }
    }

    fn to_device(self, device: DeviceId) -> Self {
        Self {
            subject: Some(*device.as_bytes()),
            ..self
        }
    }

    fn as_key(self, detail: &str) -> Self {
        Self {
            detail: Some(detail.to_owned()),
            ..self
        }
    }
}
