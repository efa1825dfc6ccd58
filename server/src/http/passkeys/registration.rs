//! `POST /api/passkeys/registration`, `POST /api/passkeys`: makes a passkey.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_storage::Verified;
use serde::Serialize;
use webauthn_rs::prelude::RegisterPublicKeyCredential;

use crate::clock::now;
use crate::http::body::Body;
use crate::http::signed_in::Whoever;
use crate::http::{App, Problem};

pub(in crate::http) async fn begin(
    State(app): State<Arc<App>>,
    whoever: Whoever,
) -> Result<Json<impl Serialize>, Problem> {
    let member = &whoever.session.member;
    let known = app.storage.passkeys().of(member.id).await?;
    // Whoever finds a steward's phone unlocked must not make a key of their own.
    if !known.is_empty() && !whoever.is_verified(&app).await? {
        return Err(Problem::PASSKEY_NEEDED);
    }
    let who = (member.id, member.first_name.as_str());
    let options = app
        .passkeys
        .begin_making(whoever.session.device, who, &known, now())?;
    Ok(Json(options.public_key))
}

#[derive(Serialize)]
pub(in crate::http) struct Made {
    id: String,
}

pub(in crate::http) async fn make(
    State(app): State<Arc<App>>,
    whoever: Whoever,
    Body(made): Body<RegisterPublicKeyCredential>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let member = whoever.session.member.id;
    let first = app.storage.passkeys().of(member).await?.is_empty();
    if !first && !whoever.is_verified(&app).await? {
        return Err(Problem::PASSKEY_NEEDED);
    }
    let passkey = app
        .passkeys
        .make(whoever.session.device, member, &made, now())?;
    let verified = Verified {
        session: whoever.token,
        until: whoever.session.expires_at,
    };
    app.storage.passkeys().keep(&passkey, verified).await?;
    tracing::info!(%member, "a passkey was made");
    let id = URL_SAFE_NO_PAD.encode(&passkey.id);
    Ok((StatusCode::CREATED, Json(Made { id })))
}
