//! `GET /api/me`: who the device's member is, and the places they may see.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::neighbourhood::Me;

use super::signed_in::SignedIn;
use super::{App, Problem};

pub(super) async fn me(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
) -> Result<Json<Me>, Problem> {
    let member = app
        .storage
        .member(session.member)
        .await?
        .ok_or(Problem::SESSION_UNKNOWN)?;
    Ok(Json(app.places.me(member, session.device)))
}
