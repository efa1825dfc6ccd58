//! `DELETE /api/members/{id}/memberships`: somebody is something no longer, at once.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::{AreaId, MemberId};
use kruispunt_core::model::{Membership, Word as _};
use kruispunt_storage::RoleEnded;

use crate::audit::{Told as _, by, deed};
use crate::clock::now;
use crate::http::asked::Named;
use crate::http::body::Body;
use crate::http::people::must_give;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

pub(in crate::http) async fn end_role(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<MemberId>,
    Body(membership): Body<Membership>,
) -> Result<StatusCode, Problem> {
    let places = app.hub.places();
    // Whoever has a role may always lay it down.
    let is_own = id == session.member.id && session.member.memberships.contains(&membership);
    if !is_own {
        must_give(&places, &session, membership)?;
    }
    // Where somebody has to be steward for it not to be without one.
    let keepers: Vec<AreaId> = places
        .tree()
        .upward(membership.area)
        .map(|area| area.id)
        .collect();
    let entry = by(&session, deed::ROLE_ENDED, now())?
        .in_area(Some(membership.area))
        .to_member(id)
        .as_key(membership.role.key());
    let ended = app.storage.end_role(id, membership, &keepers, &entry);
    match ended.await? {
        RoleEnded::Done => {
            app.hub.member_changed(id);
            Ok(StatusCode::NO_CONTENT)
        }
        // Asked twice, perhaps since the answer was lost.
        RoleEnded::WasNot => Ok(StatusCode::NO_CONTENT),
        RoleEnded::LastSteward => Err(Problem::LAST_STEWARD),
    }
}
