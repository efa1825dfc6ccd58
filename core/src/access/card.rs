//! Who may open the sealed case card of a request, and for how long: whoever needs it, while the case needs it
//! (S1 §1.1: shared only with consent, unless there is acute danger).

use super::{Action, Rights, Scope};
use crate::consent::{Consents, Purpose, Recipient};
use crate::id::MemberId;
use crate::model::{Request, Role};
use crate::view::{Stage, stage};

/// A case, as far as opening its card depends on it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The request, as the street's board has it now.
    pub request: &'a Request,
    /// What the resident consents to.
    pub consents: &'a Consents,
}

/// Why a card stays shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// It is none of this member's business.
    NotAllowed,
    /// The resident does not consent, or no longer.
    NoConsent,
    /// The case needs it no longer.
    Closed,
}

/// Whether a member with these rights on the street may open the card now. `in_danger` says that they gave a reason of
/// acute danger, which is in the audit.
///
/// # Errors
/// Why not.
pub fn may_open_card(
    member: MemberId,
    rights: Rights,
    case: Case<'_>,
    in_danger: bool,
) -> Result<(), Shut> {
    let Case { request, consents } = case;
    let stage = stage(request);
    let logged = request.logged_by == member && rights.allow_own(Action::KeepCard);
    let coordinates = rights.scope(Action::OpenCard) == Scope::All;
    if in_danger && (coordinates || logged) && rights.allow_own(Action::OpenInDanger) {
        return Ok(());
    }
    if logged && stage.is_active() {
        return Ok(());
    }
    if coordinates {
        return if consents.stands(Purpose::Arrange, Recipient::Coordinator) {
            Ok(())
        } else {
            Err(Shut::NoConsent)
        };
    }
    if !helps(member, rights, request) {
        return Err(if logged {
            Shut::Closed
        } else {
            Shut::NotAllowed
        });
    }
    // Also where another place on the task is still free.
    if !matches!(stage, Stage::Offered | Stage::Matched) {
        return Err(Shut::Closed);
    }
    if may_know(rights, consents) {
        Ok(())
    } else {
        Err(Shut::NoConsent)
    }
}

/// Whether a member helps, and may still be somebody who does.
pub(super) fn helps(member: MemberId, rights: Rights, request: &Request) -> bool {
    request.is_helped_by(member) && rights.allow_own(Action::OpenCard)
}

/// Whether the resident consents to helpers of this kind.
pub(super) fn may_know(rights: Rights, consents: &Consents) -> bool {
    let kinds = [
        (Role::Volunteer, Recipient::Volunteer),
        (Role::OrganisationContact, Recipient::Organisation),
        (Role::NeighbourhoodTeam, Recipient::NeighbourhoodTeam),
    ];
    kinds
        .iter()
        .any(|&(role, kind)| rights.has(role) && consents.stands(Purpose::Help, kind))
}
