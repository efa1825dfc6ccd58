//! `GET /api/me`: who the device's member is, and the places they may see.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::neighbourhood::Me;

use super::signed_in::Whoever;
use super::{App, Problem};

pub(super) async fn me(State(app): State<Arc<App>>, whoever: Whoever) -> Result<Json<Me>, Problem> {
    let verified_until = whoever.verified_until(&app).await?;
    let Whoever { session, .. } = whoever;
    let passkey = app.passkeys.need(&session.member.memberships);
    let profile = app.storage.profiles().profile(session.member.id).await?;
    Ok(Json(Me {
        record_key: Some(app.keys.ring().told()),
        passkey: Some(passkey),
        verified_until,
        profile,
        ..app.hub.places().me(session.member, session.device)
    }))
}
