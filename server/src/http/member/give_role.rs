//! `PUT /api/members/{id}/memberships`: somebody is something more.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::access::may_manage_member;
use kruispunt_core::id::{InvitationId, MemberId};
use kruispunt_core::model::{Membership, Word as _};
use kruispunt_storage::Member;

use crate::audit::{Told as _, by, deed};
use crate::clock::now;
use crate::http::asked::Named;
use crate::http::body::Body;
use crate::http::people::{must_give, must_know};
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

pub(in crate::http) async fn give_role(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<MemberId>,
    Body(membership): Body<Membership>,
) -> Result<StatusCode, Problem> {
    must_give(&app.hub.places(), &session, membership)?;
    let mut member = must_know(&app, &session, id).await?;
    member.memberships.push(membership);
    let keeps = kept(&app, &member).await?;
    let entry = by(&session, deed::ROLE_GIVEN, now())?
        .in_area(Some(membership.area))
        .to_member(id)
        .as_key(membership.role.key());
    if app
        .storage
        .give_role(id, membership, &keeps, &entry)
        .await?
    {
        app.hub.member_changed(id);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The links of theirs that may stay: their own, the operator's, and of those who manage what they are now.
async fn kept(app: &App, member: &Member) -> Result<Vec<InvitationId>, Problem> {
    let places = app.hub.places();
    let mut kept = Vec::new();
    for (invitation, made_by) in app.storage.ways_in(member.id).await? {
        let maker = match made_by {
            Some(maker) if maker != member.id => app.storage.member(maker).await?,
            _ => {
                kept.push(invitation);
                continue;
            }
        };
        let maker = maker.map(|maker| maker.memberships).unwrap_or_default();
        if may_manage_member(&maker, &member.memberships, places.tree()) {
            kept.push(invitation);
        }
    }
    Ok(kept)
}
