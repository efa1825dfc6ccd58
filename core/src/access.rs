//! Who may see and do what, where. The phone asks before it acts; the relay asks again before it believes.
//!
//! [`scope`] is the table; [`gives`] says who gives which role. Roles hold in an area and everything below it.

mod card;
mod note;
mod people;
#[cfg(test)]
mod tests;

use crate::id::AreaId;
use crate::model::{AreaTree, Membership, Role, Word};

pub use card::{Case, Shut, may_open_card};
pub use note::{Audience, may_read_note, may_write_note};
pub use people::{may_give, may_manage, may_manage_member};

use crate::model::words;

words!(
    /// Something a member does.
    Action {
        /// See a street's board.
        Read = "read",
        /// Log a request.
        LogRequest = "log_request",
        /// Say "I will do this", take that back, or say that it is done.
        Claim = "claim",
        /// Tell what became of a request, or withdraw it.
        CareForRequest = "care_for_request",
        /// Open the sealed case card of a request; see also [`may_open_card`].
        OpenCard = "open_card",
        /// Write the case card, and note what the resident consents to.
        KeepCard = "keep_card",
        /// Open a case card without consent in acute danger, with a reason, in the audit.
        OpenInDanger = "open_in_danger",
        /// Erase a case for good, or take out what is held about it.
        EraseCase = "erase_case",
        /// See who is what in an area.
        SeeMembers = "see_members",
        /// Read who did what in an area.
        SeeAudit = "see_audit",
        /// See the work that was not taken.
        SeeRefused = "see_refused",
        /// Set how long things are kept.
        Govern = "govern",
        /// Weigh a request: its route, how far help is looked for, whom to ask, who helps.
        Triage = "triage",
        /// Take up a request for an organisation, or for the neighbourhood team.
        TakeUp = "take_up",
        /// Make forms on which residents ask by themselves, and look at what they asked before it reaches a board.
        ReviewIntake = "review_intake",
        /// See what volunteers say of themselves.
        SeeHelpers = "see_helpers",
        /// See and set how long a request may stand on each step of the ladder.
        SetLadder = "set_ladder",
    }
);

/// How far a role's leave goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Not at all.
    No,
    /// Only what is theirs: a request they logged, a case they are matched to.
    Own,
    /// Everything in their area.
    All,
}

/// The table. A row is a role, a column an action (S1 §1.1, S4; `docs/SECURITY.md`).
#[must_use]
pub const fn scope(role: Role, action: Action) -> Scope {
    use Action::{
        CareForRequest, Claim, EraseCase, Govern, KeepCard, LogRequest, OpenCard, OpenInDanger,
        Read, ReviewIntake, SeeAudit, SeeHelpers, SeeMembers, SeeRefused, SetLadder, TakeUp,
        Triage,
    };
    use Scope::{All, No, Own};
    match role {
        Role::Ambassador => match action {
            Read | LogRequest | CareForRequest => All,
            OpenCard | KeepCard | OpenInDanger => Own,
            _ => No,
        },
        Role::Volunteer => match action {
            Read | Claim => All,
            OpenCard => Own,
            _ => No,
        },
        Role::Coordinator => match action {
            Claim | Govern | TakeUp => No,
            _ => All,
        },
        // Has the power to force a way through (S4: doorzettingsmacht), without knowing who asks.
        Role::ProcessManager => match action {
            Read | Triage => All,
            _ => No,
        },
        // An organisation takes up what was brought to it; informal help goes first, so it does not claim.
        Role::OrganisationContact | Role::NeighbourhoodTeam => match action {
            Read => All,
            OpenCard | TakeUp => Own,
            _ => No,
        },
        Role::FileManager => match action {
            SeeMembers | SeeHelpers => All,
            _ => No,
        },
        Role::Steward => match action {
            SeeMembers | SeeAudit | Govern | SetLadder => All,
            Read | LogRequest | Claim | CareForRequest | OpenCard | KeepCard | OpenInDanger
            | EraseCase | SeeRefused | Triage | TakeUp | ReviewIntake | SeeHelpers => No,
        },
    }
}

/// Which roles a role gives, changes and ends, in its area and below.
#[must_use]
pub const fn gives(giver: Role, role: Role) -> bool {
    match giver {
        Role::Steward => true,
        Role::Coordinator => matches!(
            role,
            Role::Ambassador
                | Role::Volunteer
                | Role::OrganisationContact
                | Role::NeighbourhoodTeam
        ),
        Role::FileManager => matches!(role, Role::Volunteer),
        Role::Ambassador
        | Role::Volunteer
        | Role::ProcessManager
        | Role::OrganisationContact
        | Role::NeighbourhoodTeam => false,
    }
}

/// The roles a member has at one place: those given there and in everything it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rights {
    roles: u8,
}

impl Rights {
    /// Gathers the roles that `memberships` give in `area`; they are inherited downward.
    #[must_use]
    pub fn at(area: AreaId, memberships: &[Membership], tree: &AreaTree) -> Self {
        let mut rights = Self::default();
        for membership in memberships {
            if tree.lies_in(area, membership.area) {
                rights.roles |= 1 << membership.role as u8;
            }
        }
        rights
    }

    /// Rights of exactly these roles.
    #[must_use]
    pub fn of(roles: impl IntoIterator<Item = Role>) -> Self {
        Self {
            roles: roles
                .into_iter()
                .fold(0, |bits, role| bits | 1 << role as u8),
        }
    }

    /// Whether one of the roles is this one.
    #[must_use]
    pub const fn has(self, role: Role) -> bool {
        self.roles & (1 << role as u8) != 0
    }

    /// How far the widest of the roles goes.
    #[must_use]
    pub fn scope(self, action: Action) -> Scope {
        let scopes = Role::ALL
            .iter()
            .filter(|&&role| self.has(role))
            .map(|&role| scope(role, action));
        scopes.max().unwrap_or(Scope::No)
    }

    /// Whether one of the roles allows the action on everything here.
    #[must_use]
    pub fn allow(self, action: Action) -> bool {
        self.scope(action) == Scope::All
    }

    /// Whether one of the roles allows the action on what is theirs.
    #[must_use]
    pub fn allow_own(self, action: Action) -> bool {
        self.scope(action) != Scope::No
    }
}
