//! `POST /api/devices/this/erasures/{id}`: this device holds nothing of it any more.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::ErasureId;

use crate::clock::now;
use crate::http::asked::Named;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

pub(in crate::http) async fn confirm(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<ErasureId>,
) -> Result<StatusCode, Problem> {
    let erasures = app.storage.erasures();
    erasures.confirm_erasure(id, session.device, now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
