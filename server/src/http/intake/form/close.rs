//! `DELETE /api/intake-forms/{id}`: nobody can ask on it any more. What waits goes on waiting.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::IntakeFormId;
use kruispunt_core::model::Word as _;

use crate::audit::{Told as _, by, deed};
use crate::clock::now;
use crate::http::asked::Named;
use crate::http::intake::may_review;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

pub(in crate::http) async fn close(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<IntakeFormId>,
) -> Result<StatusCode, Problem> {
    let intakes = app.storage.intakes();
    let forms = intakes.forms().await?;
    let form = forms.iter().find(|form| form.id == id);
    let form = form.ok_or(Problem::NOT_ALLOWED)?;
    may_review(&app.hub.places(), &session, form.area)?;
    let now = now();
    let entry = by(&session, deed::FORM_CLOSED, now)?
        .in_area(Some(form.area))
        .to_subject(*id.as_bytes())
        .as_key(form.kind.key());
    intakes.close_form(id, now, &entry).await?;
    Ok(StatusCode::NO_CONTENT)
}
