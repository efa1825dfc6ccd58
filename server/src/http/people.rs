//! Who may do what with whom, as the endpoints about people ask it. The rules are the core's.

use std::collections::BTreeSet;

use kruispunt_core::access::{Action, Rights, may_give, may_manage_member};
use kruispunt_core::id::{AreaId, MemberId};
use kruispunt_core::model::Membership;
use kruispunt_storage::{Member, Session};

use super::{App, Problem};
use crate::places::Places;

/// The area and everything in it, for somebody who may do this there.
pub(super) fn within(
    places: &Places,
    session: &Session,
    area: AreaId,
    action: Action,
) -> Result<BTreeSet<AreaId>, Problem> {
    let rights = Rights::at(area, &session.member.memberships, places.tree());
    if !rights.allow(action) {
        return Err(Problem::NOT_ALLOWED);
    }
    Ok(places.within(area))
}

/// Only for somebody who may give, change and end this.
pub(super) fn must_give(
    places: &Places,
    session: &Session,
    membership: Membership,
) -> Result<(), Problem> {
    let giver = &session.member.memberships;
    if may_give(giver, membership.role, membership.area, places.tree()) {
        return Ok(());
    }
    Err(Problem::NOT_ALLOWED)
}

/// Somebody who asks about themselves, or about a member whose every role is one they manage. Whoever could take
/// another's phone out of use, or let another in again, could come in as that other.
pub(super) async fn must_manage(
    app: &App,
    session: &Session,
    member: MemberId,
) -> Result<Member, Problem> {
    if member == session.member.id {
        return Ok(session.member.clone());
    }
    let known = app.storage.member(member).await?;
    let known = known.ok_or(Problem::NOT_ALLOWED)?;
    let manager = &session.member.memberships;
    if may_manage_member(manager, &known.memberships, app.hub.places().tree()) {
        return Ok(known);
    }
    Err(Problem::NOT_ALLOWED)
}

/// Somebody whom the asker knows of: they are something where the asker sees who is what.
pub(super) async fn must_know(
    app: &App,
    session: &Session,
    member: MemberId,
) -> Result<Member, Problem> {
    let known = app.storage.member(member).await?;
    let known = known.ok_or(Problem::NOT_ALLOWED)?;
    let places = app.hub.places();
    let sees = |area| {
        Rights::at(area, &session.member.memberships, places.tree()).allow(Action::SeeMembers)
    };
    if member == session.member.id || known.memberships.iter().any(|is| sees(is.area)) {
        return Ok(known);
    }
    Err(Problem::NOT_ALLOWED)
}

/// Where a deed to a member counts: where they are something, first of all.
pub(super) fn area_of(member: &Member) -> Option<AreaId> {
    member.memberships.first().map(|membership| membership.area)
}
