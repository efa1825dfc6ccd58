//! Who may read the notes of a case, and write them: its participants. A note is about a resident, so whoever needs
//! their consent to open the card needs it here too.

use super::card::{helps, may_know};
use super::{Action, Case, Rights, Scope, Shut};
use crate::consent::{Purpose, Recipient};
use crate::id::MemberId;
use crate::model::words;
use crate::view::stage;

words!(
    /// For whom a note is.
    Audience {
        /// Whoever logged the request, the coordinators of the area and the matched helpers.
        Case = "case",
        /// Whoever logged the request and the coordinators of the area.
        Care = "care",
    }
);

/// Whether a member with these rights on the street may read the notes for this audience now. A helper still may once
/// the work is done, until the case is closed: somebody may have a question about it.
///
/// # Errors
/// Why not.
pub fn may_read_note(
    member: MemberId,
    rights: Rights,
    case: Case<'_>,
    audience: Audience,
) -> Result<(), Shut> {
    let part = part(member, rights, case, audience)?;
    if part == Part::Coordinates || stage(case.request).is_active() {
        Ok(())
    } else {
        Err(Shut::Closed)
    }
}

/// Whether a member with these rights on the street may write a note for this audience. What was written before the
/// case was closed may come after it, from a phone that was without reception.
///
/// # Errors
/// Why not.
pub fn may_write_note(
    member: MemberId,
    rights: Rights,
    case: Case<'_>,
    audience: Audience,
) -> Result<(), Shut> {
    part(member, rights, case, audience).map(drop)
}

/// What makes somebody a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Logged,
    Coordinates,
    Helps,
}

fn part(
    member: MemberId,
    rights: Rights,
    case: Case<'_>,
    audience: Audience,
) -> Result<Part, Shut> {
    let Case { request, consents } = case;
    let logged = request.logged_by == member && rights.allow_own(Action::KeepCard);
    let coordinates = rights.scope(Action::OpenCard) == Scope::All;
    if coordinates && consents.stands(Purpose::Arrange, Recipient::Coordinator) {
        return Ok(Part::Coordinates);
    }
    if logged {
        return Ok(Part::Logged);
    }
    if coordinates {
        return Err(Shut::NoConsent);
    }
    if audience == Audience::Care || !helps(member, rights, request) {
        return Err(Shut::NotAllowed);
    }
    if may_know(rights, consents) {
        Ok(Part::Helps)
    } else {
        Err(Shut::NoConsent)
    }
}
