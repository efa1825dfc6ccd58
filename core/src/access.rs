//! Who may see and do what, where. The phone asks before it acts; the relay asks again before it believes.

use crate::id::AreaId;
use crate::model::{AreaTree, Membership, Role};

/// Something a member does with a street's board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the board.
    Read,
    /// Log a request.
    LogRequest,
    /// Say "I will do this", take that back, or say that it is done.
    Claim,
    /// Tell what became of a request, or withdraw it.
    CareForRequest,
}

/// The table. A row is a role, a column an action.
#[must_use]
pub const fn allows(role: Role, action: Action) -> bool {
    match (role, action) {
        (
            Role::Ambassador | Role::Volunteer | Role::Coordinator | Role::ProcessManager,
            Action::Read,
        )
        | (Role::Ambassador | Role::Coordinator, Action::LogRequest | Action::CareForRequest)
        | (Role::Volunteer, Action::Claim) => true,
        (Role::Steward | Role::ProcessManager | Role::Volunteer, _)
        | (Role::Ambassador | Role::Coordinator, Action::Claim) => false,
    }
}

/// The roles a member has on one street: those of the street and of everything it lies in.
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

    /// Whether one of the roles allows the action.
    #[must_use]
    pub fn allow(self, action: Action) -> bool {
        use crate::model::Word as _;
        Role::ALL
            .iter()
            .any(|&role| self.has(role) && allows(role, action))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Area, AreaKind, Word as _};

    #[test]
    fn the_table_reads_as_agreed() {
        let may = |role: Role| {
            [
                Action::Read,
                Action::LogRequest,
                Action::Claim,
                Action::CareForRequest,
            ]
            .map(|action| allows(role, action))
        };
        let expected = [
            (Role::Ambassador, [true, true, false, true]),
            (Role::Volunteer, [true, false, true, false]),
            (Role::Coordinator, [true, true, false, true]),
            (Role::ProcessManager, [true, false, false, false]),
            (Role::Steward, [false, false, false, false]),
        ];
        assert_eq!(expected.len(), Role::ALL.len());
        for (role, row) in expected {
            assert_eq!(may(role), row, "{role:?}");
        }
    }

    #[test]
    fn a_role_holds_below_its_area_and_not_beside_it() {
        let id = |n| AreaId::from_bytes([n; 16]);
        let area = |n, kind, parent: Option<u8>| Area {
            id: id(n),
            code: n.to_string(),
            name: n.to_string(),
            kind,
            parent: parent.map(id),
        };
        let tree = AreaTree::new([
            area(1, AreaKind::Quarter, None),
            area(2, AreaKind::Street, Some(1)),
            area(3, AreaKind::Quarter, None),
            area(4, AreaKind::Street, Some(3)),
        ])
        .unwrap();
        let memberships = [Membership {
            area: id(1),
            role: Role::Volunteer,
        }];
        assert!(Rights::at(id(2), &memberships, &tree).allow(Action::Claim));
        assert!(!Rights::at(id(4), &memberships, &tree).allow(Action::Read));
    }
}
