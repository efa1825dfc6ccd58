//! `DELETE /api/passkeys/{id}`: a passkey of who asks is good for nothing any more.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::http::signed_in::Whoever;
use crate::http::{App, Problem};

pub(in crate::http) async fn remove(
    State(app): State<Arc<App>>,
    whoever: Whoever,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    if !whoever.is_verified(&app).await? {
        return Err(Problem::PASSKEY_NEEDED);
    }
    let id = URL_SAFE_NO_PAD
        .decode(id)
        .map_err(|_| Problem::REQUEST_INVALID)?;
    let member = whoever.session.member.id;
    match app.storage.passkeys().forget(member, Some(&id)).await? {
        0 => Err(Problem::NOT_FOUND),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}
