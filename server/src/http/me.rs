//! `GET /api/me`: who the device's member is, and the places they may see.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::neighbourhood::Me;

use super::App;
use super::signed_in::SignedIn;

pub(super) async fn me(State(app): State<Arc<App>>, SignedIn(session): SignedIn) -> Json<Me> {
    let me = app.hub.places().me(session.member, session.device);
    Json(Me {
        record_key: Some(app.keys.ring().told()),
        ..me
    })
}
