//! `POST /api/intake-forms`: another form for an area.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::{AreaId, FormCode, IntakeFormId};
use kruispunt_core::intake::FormKind;
use kruispunt_core::model::Word as _;
use kruispunt_storage::IntakeForm;
use serde::Deserialize;

use super::Told;
use crate::audit::{Told as _, by, deed};
use crate::clock::{now, random};
use crate::http::body::Body;
use crate::http::intake::may_review;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

#[derive(Deserialize)]
pub(in crate::http) struct Make {
    area: AreaId,
    kind: FormKind,
}

pub(in crate::http) async fn make(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Body(asked): Body<Make>,
) -> Result<(StatusCode, Json<Told>), Problem> {
    may_review(&app.hub.places(), &session, asked.area)?;
    let form = IntakeForm {
        id: IntakeFormId::from_bytes(random()?),
        code: FormCode::from_bytes(random()?),
        area: asked.area,
        kind: asked.kind,
        made_by: session.member.id,
        made_at: now(),
        closed_at: None,
    };
    let entry = by(&session, deed::FORM_MADE, form.made_at)?
        .in_area(Some(form.area))
        .to_subject(*form.id.as_bytes())
        .as_key(form.kind.key());
    app.storage.intakes().make_form(&form, &entry).await?;
    Ok((StatusCode::CREATED, Json(form.into())))
}
