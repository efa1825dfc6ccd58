//! `POST /api/sessions`: the signed challenge for a session.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::id::DeviceId;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::SessionOpened;
use serde::{Deserialize, Serialize};

use super::SESSION;
use crate::clock::now;
use crate::http::body::Body;
use crate::http::crowd::Knock;
use crate::http::{App, Problem};
use crate::secret::Secret;
use crate::signature;

/// What the device signs before the challenge.
const PURPOSE: &str = "kruispunt/session/1\n";

#[derive(Deserialize)]
pub(in crate::http) struct Open {
    device: DeviceId,
    challenge: Secret,
    signature: String,
}

#[derive(Serialize)]
pub(in crate::http) struct Opened {
    token: String,
    expires_at: Timestamp,
}

pub(in crate::http) async fn open(
    State(app): State<Arc<App>>,
    Knock: Knock,
    Body(asked): Body<Open>,
) -> Result<Json<Opened>, Problem> {
    let now = now();
    if !app.challenges.answer(&asked.challenge, asked.device, now) {
        return Err(Problem::CHALLENGE_UNKNOWN);
    }
    let device = app
        .storage
        .device(asked.device)
        .await?
        .ok_or(Problem::DEVICE_UNKNOWN)?;
    let challenge = asked.challenge.expose();
    if !signature::is_signed(&device.public_key, PURPOSE, challenge, &asked.signature) {
        return Err(Problem::SIGNATURE_INVALID);
    }
    let (token, session) = SESSION.begin(now)?;
    match app.storage.open_session(device.id, &session, now).await? {
        SessionOpened::Open => Ok(Json(Opened {
            token,
            expires_at: session.expires_at,
        })),
        SessionOpened::Unknown => Err(Problem::DEVICE_UNKNOWN),
        SessionOpened::Revoked => Err(Problem::DEVICE_REVOKED),
    }
}
