//! `GET /api/members/{id}/devices`: the phones and browsers of a member.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::time::Timestamp;
use serde::Serialize;

use crate::http::asked::Named;
use crate::http::people::must_manage;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    devices: Vec<Known>,
}

#[derive(Serialize)]
struct Known {
    id: DeviceId,
    created_at: Timestamp,
    seen_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    this: bool,
}

pub(in crate::http) async fn devices(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<MemberId>,
) -> Result<Json<Listed>, Problem> {
    must_manage(&app, &session, id).await?;
    let known = app.storage.devices_of(id).await?.into_iter();
    let devices = known.map(|known| Known {
        id: known.device.id,
        created_at: known.created_at,
        seen_at: known.seen_at,
        revoked_at: known.device.revoked_at,
        this: known.device.id == session.device,
    });
    Ok(Json(Listed {
        devices: devices.collect(),
    }))
}
