//! `GET /api/passkeys`: the passkeys of who asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_core::time::Timestamp;
use serde::Serialize;

use crate::http::signed_in::Whoever;
use crate::http::{App, Problem};

#[derive(Serialize)]
pub(in crate::http) struct List {
    passkeys: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    id: String,
    created_at: Timestamp,
    used_at: Timestamp,
}

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    whoever: Whoever,
) -> Result<Json<List>, Problem> {
    let known = app.storage.passkeys().of(whoever.session.member.id).await?;
    let lines = known.into_iter().map(|passkey| Line {
        id: URL_SAFE_NO_PAD.encode(&passkey.id),
        created_at: passkey.created_at,
        used_at: passkey.used_at,
    });
    Ok(Json(List {
        passkeys: lines.collect(),
    }))
}
