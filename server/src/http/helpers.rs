//! `GET /api/helpers?area=A`: who could help in an area, with what they say of themselves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::Action;
use kruispunt_core::model::{Helper, Role};
use serde::Serialize;

use super::asked::{Asked, InArea};
use super::people::within;
use super::signed_in::SignedIn;
use super::{App, Problem};

#[derive(Serialize)]
pub(super) struct Listed {
    helpers: Vec<Helper>,
}

/// Volunteers of the area, of what lies in it, and of what it lies in: whoever helps in the whole neighbourhood helps in
/// its streets.
pub(super) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(InArea { area }): Asked<InArea>,
) -> Result<Json<Listed>, Problem> {
    let places = app.hub.places();
    let mut around = within(&places, &session, area, Action::SeeHelpers)?;
    around.extend(places.tree().upward(area).map(|area| area.id));
    let mut profiles = app.storage.profiles().profiles().await?;
    let members = app.storage.members().await?.into_iter();
    let helpers = members.filter_map(|member| {
        let memberships = member.memberships.iter();
        // Where else they help is for whoever looks after people there.
        let areas: Vec<_> = memberships
            .filter(|held| held.role == Role::Volunteer && around.contains(&held.area))
            .map(|held| held.area)
            .collect();
        (!areas.is_empty()).then(|| Helper {
            member: member.id,
            first_name: member.first_name,
            areas,
            profile: profiles.remove(&member.id).unwrap_or_default(),
        })
    });
    Ok(Json(Listed {
        helpers: helpers.collect(),
    }))
}
