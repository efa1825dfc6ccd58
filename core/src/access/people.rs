//! Who looks after whose roles.
//!
//! Whoever lets somebody in again, or takes their phone out of use, could come in as that person. So for that one must
//! manage **every** role the person has, wherever it holds: a coordinator never becomes a steward this way.

use super::gives;
use crate::id::AreaId;
use crate::model::{AreaTree, Membership, Role};

/// Whether one of the giver's roles lets them give, change or end this role in this area.
#[must_use]
pub fn may_give(giver: &[Membership], role: Role, area: AreaId, tree: &AreaTree) -> bool {
    giver
        .iter()
        .any(|held| gives(held.role, role) && tree.lies_in(area, held.area))
}

/// Whether somebody manages one of another's memberships.
#[must_use]
pub fn may_manage(manager: &[Membership], membership: Membership, tree: &AreaTree) -> bool {
    may_give(manager, membership.role, membership.area, tree)
}

/// Whether somebody manages everything a member is: only then may they let that member in again, take their devices
/// out of use, or erase them. Who has no role any more is managed by whoever manages the area they were in last, which
/// is not asked here: nobody, by this function.
#[must_use]
pub fn may_manage_member(manager: &[Membership], member: &[Membership], tree: &AreaTree) -> bool {
    !member.is_empty()
        && member
            .iter()
            .all(|&membership| may_manage(manager, membership, tree))
}
