//! `GET /api/intake-forms?area=A`: the forms in use in an area and below, the newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::Action;
use serde::Serialize;

use super::Told;
use crate::http::asked::{Asked, InArea};
use crate::http::people::within;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    forms: Vec<Told>,
}

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(asked): Asked<InArea>,
) -> Result<Json<Listed>, Problem> {
    let places = app.hub.places();
    let within = within(&places, &session, asked.area, Action::ReviewIntake)?;
    let forms = app.storage.intakes().forms().await?.into_iter();
    let here = forms.filter(|form| form.closed_at.is_none() && within.contains(&form.area));
    Ok(Json(Listed {
        forms: here.map(Told::from).collect(),
    }))
}
