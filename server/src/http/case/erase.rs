//! `DELETE /api/cases/{request}`: a case is erased, everywhere.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::access::Action;
use kruispunt_core::id::ErasureId;
use kruispunt_storage::Subject;
use serde::Serialize;

use super::AtStreet;
use crate::audit::deed;
use crate::erasing::begin;
use crate::http::{App, Problem};

#[derive(Serialize)]
pub(in crate::http) struct Begun {
    pub(in crate::http) erasure: ErasureId,
}

pub(in crate::http) async fn erase(
    State(app): State<Arc<App>>,
    case: AtStreet,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    if !case.rights.allow(Action::EraseCase) {
        return Err(Problem::NOT_ALLOWED);
    }
    let file = app.storage.cases().case(case.street, case.request).await?;
    let notes = app.storage.notes().count_notes(case.street, case.request);
    let is_known =
        file.is_erased || file.card.is_some() || !file.said.is_empty() || notes.await? > 0;
    if !is_known && case.on_the_board(&app).await?.is_none() {
        return Err(Problem::REQUEST_UNKNOWN);
    }
    let subject = Subject::Case {
        street: case.street,
        request: case.request,
    };
    let entry = case.entry(deed::CASE_ERASED, None)?;
    let by = Some(case.session.member.id);
    let erasure = begin(&*app.storage, subject, by, &[case.street], &entry).await?;
    app.erase_soon();
    Ok((StatusCode::ACCEPTED, Json(Begun { erasure })))
}
