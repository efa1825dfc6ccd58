//! `POST /api/passkeys/assertion`, `POST /api/passkeys/verify`: signs with a passkey.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::Verified;
use serde::Serialize;
use webauthn_rs::prelude::PublicKeyCredential;

use crate::clock::now;
use crate::http::body::Body;
use crate::http::signed_in::Whoever;
use crate::http::{App, Problem};

pub(in crate::http) async fn begin(
    State(app): State<Arc<App>>,
    whoever: Whoever,
) -> Result<Json<impl Serialize>, Problem> {
    let known = app.storage.passkeys().of(whoever.session.member.id).await?;
    if known.is_empty() {
        return Err(Problem::PASSKEY_UNKNOWN);
    }
    let options = app
        .passkeys
        .begin_signing(whoever.session.device, &known, now())?;
    Ok(Json(options.public_key))
}

#[derive(Serialize)]
pub(in crate::http) struct Signed {
    verified_until: Timestamp,
}

pub(in crate::http) async fn verify(
    State(app): State<Arc<App>>,
    whoever: Whoever,
    Body(signed): Body<PublicKeyCredential>,
) -> Result<Json<Signed>, Problem> {
    let known = app.storage.passkeys().of(whoever.session.member.id).await?;
    let passkey = app
        .passkeys
        .sign(whoever.session.device, &signed, known, now())?;
    let until = whoever.session.expires_at;
    let verified = Verified {
        session: whoever.token,
        until,
    };
    app.storage.passkeys().keep(&passkey, verified).await?;
    Ok(Json(Signed {
        verified_until: until,
    }))
}
