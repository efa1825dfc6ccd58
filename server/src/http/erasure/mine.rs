//! `GET /api/devices/this/erasures`: what this device is to forget.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::id::{ErasureId, MemberId};
use serde::Serialize;

use super::kind;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    erasures: Vec<ToForget>,
}

#[derive(Serialize)]
struct ToForget {
    id: ErasureId,
    kind: &'static str,
    subject: MemberId,
}

/// Only what is gone from the boards too: a phone that forgets sooner would get it again.
pub(in crate::http) async fn mine(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
) -> Result<Json<Listed>, Problem> {
    let erasures = app.storage.erasures().erasures_for(session.device).await?;
    let done = erasures
        .into_iter()
        .filter(|erasure| erasure.done_at.is_some());
    let erasures = done.map(|erasure| {
        let (kind, subject) = kind(erasure.subject);
        let id = erasure.id;
        ToForget { id, kind, subject }
    });
    Ok(Json(Listed {
        erasures: erasures.collect(),
    }))
}
