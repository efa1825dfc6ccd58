//! `GET /api/refused?area=A`: what was refused in an area and below, the newest first.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::Action;
use kruispunt_core::id::{AreaId, DeviceId, MemberId, RefusedId};
use kruispunt_core::time::Timestamp;
use serde::Serialize;

use crate::http::asked::{Asked, InArea};
use crate::http::people::within;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

/// How many are told of at once.
const MOST: usize = 500;

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    refused: Vec<Known>,
}

#[derive(Serialize)]
struct Known {
    id: RefusedId,
    area: AreaId,
    member: MemberId,
    first_name: Option<String>,
    device: DeviceId,
    reason: String,
    at: Timestamp,
    bytes: u32,
}

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(asked): Asked<InArea>,
) -> Result<Json<Listed>, Problem> {
    let within = within(&app.hub.places(), &session, asked.area, Action::SeeRefused)?;
    let members = app.storage.members().await?.into_iter();
    let names: HashMap<_, _> = members
        .map(|member| (member.id, member.first_name))
        .collect();
    let known = app.storage.refused_work().refused().await?.into_iter();
    let here = known.filter(|refused| within.contains(&refused.street));
    let refused = here.take(MOST).map(|refused| Known {
        id: refused.id,
        area: refused.street,
        member: refused.member,
        first_name: names.get(&refused.member).cloned(),
        device: refused.device,
        reason: refused.reason,
        at: refused.refused_at,
        bytes: refused.bytes,
    });
    Ok(Json(Listed {
        refused: refused.collect(),
    }))
}
