//! `POST /api/sessions/challenge`: something to sign. Known and unknown devices get the same answer.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::id::DeviceId;
use kruispunt_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::now;
use crate::http::body::Body;
use crate::http::crowd::Knock;
use crate::http::{App, Problem};

#[derive(Deserialize)]
pub(in crate::http) struct Ask {
    device: DeviceId,
}

#[derive(Serialize)]
pub(in crate::http) struct Challenge {
    challenge: String,
    expires_at: Timestamp,
}

pub(in crate::http) async fn challenge(
    State(app): State<Arc<App>>,
    Knock: Knock,
    Body(ask): Body<Ask>,
) -> Result<Json<Challenge>, Problem> {
    let (challenge, expires_at) = app.challenges.pose(ask.device, now())?;
    Ok(Json(Challenge {
        challenge: challenge.expose().to_owned(),
        expires_at,
    }))
}
