//! `GET /api/invitations?area=A`: the links nobody has used yet, in an area and below.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::Action;
use kruispunt_core::id::{AreaId, InvitationId, MemberId};
use kruispunt_core::model::Role;
use kruispunt_core::time::Timestamp;
use serde::Serialize;

use crate::clock::now;
use crate::http::asked::{Asked, InArea};
use crate::http::people::within;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    invitations: Vec<Open>,
}

#[derive(Serialize)]
struct Open {
    id: InvitationId,
    member: MemberId,
    first_name: String,
    area: AreaId,
    role: Role,
    by: Option<MemberId>,
    made_at: Timestamp,
    expires_at: Timestamp,
}

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(InArea { area }): Asked<InArea>,
) -> Result<Json<Listed>, Problem> {
    let within = within(&app.hub.places(), &session, area, Action::SeeMembers)?;
    let open = app.storage.open_invitations(now()).await?.into_iter();
    let open = open.filter(|open| within.contains(&open.membership.area));
    let invitations = open.map(|open| Open {
        id: open.id,
        member: open.member,
        first_name: open.first_name,
        area: open.membership.area,
        role: open.membership.role,
        by: open.by,
        made_at: open.made_at,
        expires_at: open.expires_at,
    });
    Ok(Json(Listed {
        invitations: invitations.collect(),
    }))
}
