//! `POST /api/cases/{request}/notes/seen`: up to which note somebody has seen them.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_storage::{Seen, StorageError};
use serde::Deserialize;

use super::super::AtStreet;
use crate::http::body::Body;
use crate::http::{App, Problem};

#[derive(Deserialize)]
pub(in crate::http) struct Saw {
    until: u32,
}

/// Of the notes that they may read, that is.
pub(in crate::http) async fn see(
    State(app): State<Arc<App>>,
    case: AtStreet,
    Body(Saw { until }): Body<Saw>,
) -> Result<StatusCode, Problem> {
    let known = case.now(&app).await?;
    let seen = case.audiences(&known)?.into_iter().map(|audience| Seen {
        member: case.session.member.id,
        audience,
        until,
    });
    let seen: Vec<_> = seen.collect();
    match app
        .storage
        .notes()
        .see_notes(case.street, case.request, &seen)
        .await
    {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(StorageError::Conflict(_)) => Err(Problem::CASE_CLOSED),
        Err(error) => Err(error.into()),
    }
}
