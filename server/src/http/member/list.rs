//! `GET /api/members?area=A`: who is something in an area and below, by first name.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::{Action, may_manage_member};
use kruispunt_core::id::MemberId;
use kruispunt_core::model::Membership;
use serde::Serialize;

use crate::http::asked::{Asked, InArea};
use crate::http::people::within;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    members: Vec<Known>,
}

#[derive(Serialize)]
struct Known {
    id: MemberId,
    first_name: String,
    memberships: Vec<Membership>,
    devices: u32,
    came_in: bool,
    may_manage: bool,
}

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(InArea { area }): Asked<InArea>,
) -> Result<Json<Listed>, Problem> {
    let places = app.hub.places();
    let within = within(&places, &session, area, Action::SeeMembers)?;
    let manager = &session.member.memberships;
    let people = app.storage.people().await?.into_iter();
    let members = people.filter_map(|person| {
        let member = person.member;
        let is_here = |membership: &&Membership| within.contains(&membership.area);
        // What they are elsewhere is for whoever looks after people there.
        let here: Vec<_> = member.memberships.iter().filter(is_here).copied().collect();
        (!here.is_empty()).then(|| Known {
            id: member.id,
            first_name: member.first_name,
            memberships: here,
            devices: person.devices,
            came_in: person.came_in,
            may_manage: may_manage_member(manager, &member.memberships, places.tree()),
        })
    });
    Ok(Json(Listed {
        members: members.collect(),
    }))
}
