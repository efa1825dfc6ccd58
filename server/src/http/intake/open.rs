//! `POST /api/intake/{id}/open`: who asks, sealed to the device of a coordinator. Looking is written down.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::id::{DeviceId, IntakeId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::KeyOf;
use serde::Serialize;

use super::waiting;
use crate::audit::{Told as _, by, deed};
use crate::clock::now;
use crate::http::asked::Named;
use crate::http::bytes::Bytes;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};
use crate::keys::seal_to;

/// What the relay seals it for.
const INFO: &[u8] = b"kruispunt/intake-to-device/1";

/// How long what was handed out opens: somebody looks at it now.
const LIFETIME: i64 = 60 * 60 * 1000;

/// What this device alone can open.
#[derive(Serialize)]
pub(in crate::http) struct Opened {
    enc: Bytes,
    sealed: Bytes,
    expires_at: Timestamp,
}

pub(in crate::http) async fn open(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<IntakeId>,
) -> Result<Json<Opened>, Problem> {
    let known = waiting(&app, &session, id).await?;
    let (_, area) = known.ok_or(Problem::NOT_ALLOWED)?;
    let key = app.storage.cases().sealing_key(session.device).await?;
    let key = key.ok_or(Problem::SEALING_KEY_UNKNOWN)?;
    let entry = by(&session, deed::INTAKE_OPENED, now())?
        .in_area(Some(area))
        .to_subject(*id.as_bytes());
    let stored = app.storage.intakes().open_intake(id, &entry).await?;
    let stored = stored.ok_or(Problem::NOT_ALLOWED)?;
    let content = app.unsealed(&stored, KeyOf::Intake(id)).await?;
    let expires_at = now().plus_millis(LIFETIME);
    let about = about_opened(id, session.device, expires_at);
    let sealed = seal_to(&key.0, INFO, &about, &content)?;
    let sealed = sealed.ok_or(Problem::SEALING_KEY_UNKNOWN)?;
    Ok(Json(Opened {
        enc: Bytes(sealed.enc),
        sealed: Bytes(sealed.sealed),
        expires_at,
    }))
}

/// What it belongs to: it opens for this question, on this device, with this end.
fn about_opened(id: IntakeId, device: DeviceId, expires_at: Timestamp) -> Vec<u8> {
    let expires_at = expires_at.as_millis().to_be_bytes();
    [id.as_bytes().as_slice(), device.as_bytes(), &expires_at].concat()
}
