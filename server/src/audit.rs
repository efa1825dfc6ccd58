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
    /// A case card was opened; the detail is the reason where it was in acute danger.
    pub const CARD_OPENED: &str = "card-opened";
    /// A case card that was on the phone was opened without reception.
    pub const CARD_OPENED_OFFLINE: &str = "card-opened-offline";
    /// Somebody said that there is acute danger, and why.
    pub const DANGER: &str = "danger";
    /// Notes of others about a case were handed out to a device.
    pub const NOTES_READ: &str = "notes-read";
    /// A case was erased; by nobody in particular when its time had come.
    pub const CASE_ERASED: &str = "case-erased";
    /// Somebody took out what is held about a case.
    pub const CASE_EXPORTED: &str = "case-exported";
    /// A member was erased.
    pub const MEMBER_ERASED: &str = "member-erased";
    /// Somebody took out what is held about a member.
    pub const MEMBER_EXPORTED: &str = "member-exported";
    /// Refused work was looked at.
    pub const REFUSED_OPENED: &str = "refused-opened";
    /// Refused work was thrown away.
    pub const REFUSED_REMOVED: &str = "refused-removed";
    /// Somebody made a form for residents.
    pub const FORM_MADE: &str = "form-made";
    /// Somebody switched one off.
    pub const FORM_CLOSED: &str = "form-closed";
    /// Somebody looked at who asked on such a form.
    pub const INTAKE_OPENED: &str = "intake-opened";
    /// What was asked on a form became a request.
    pub const INTAKE_ACCEPTED: &str = "intake-accepted";
    /// It did not.
    pub const INTAKE_DECLINED: &str = "intake-declined";
    /// It was set how long things are kept.
    pub const RETENTION_SET: &str = "retention-set";
    /// It was set how long a request may stand on each step of the ladder.
    pub const LADDER_SET: &str = "ladder-set";
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
    /// It was done to this: 16 bytes of some identifier.
    #[must_use]
    fn to_subject(self, subject: [u8; 16]) -> Self;
    /// In this way: a key.
    #[must_use]
    #[expect(
        clippy::wrong_self_convention,
        reason = "it reads: told as the key of a role"
    )]
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

    fn to_subject(self, subject: [u8; 16]) -> Self {
        Self {
            subject: Some(subject),
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
