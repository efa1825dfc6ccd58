//! `PUT /api/devices/this/sealing-key`: to what cards are sealed for this device.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_storage::StorageError;
use serde::Deserialize;

use crate::http::body::Body;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};
use crate::signature;

/// What the device signs before the key, so that whoever has only a session cannot have cards sealed to themselves.
const PURPOSE: &str = "kruispunt/sealing/1\n";

#[derive(Deserialize)]
pub(in crate::http) struct SealingKey {
    public_key: String,
    signature: String,
}

pub(in crate::http) async fn put(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Body(asked): Body<SealingKey>,
) -> Result<StatusCode, Problem> {
    let key = signature::public_key(&asked.public_key).ok_or(Problem::REQUEST_INVALID)?;
    let device = app.storage.device(session.device).await?;
    let device = device.ok_or(Problem::SESSION_UNKNOWN)?;
    let SealingKey {
        public_key,
        signature,
    } = &asked;
    if !signature::is_signed(&device.public_key, PURPOSE, public_key, signature) {
        return Err(Problem::SIGNATURE_INVALID);
    }
    match app.storage.cases().put_sealing_key(device.id, &key).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(StorageError::NotFound(_)) => Err(Problem::DEVICE_REVOKED),
        Err(error) => Err(error.into()),
    }
}
