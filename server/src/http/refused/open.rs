//! `POST /api/refused/{id}/open`: what it would have written. Looking is written down.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::id::RefusedId;
use kruispunt_core::sync::Written;
use kruispunt_storage::KeyOf;
use serde::Serialize;

use super::must_see;
use crate::audit::{Told as _, by, deed};
use crate::clock::{now, random};
use crate::http::asked::Named;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};
use crate::relay::revive;

#[derive(Serialize)]
pub(in crate::http) struct Opened {
    operations: Vec<Written>,
}

pub(in crate::http) async fn open(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<RefusedId>,
) -> Result<Json<Opened>, Problem> {
    let known = must_see(&app, &session, id).await?;
    let entry = by(&session, deed::REFUSED_OPENED, now())?
        .in_area(Some(known.street))
        .to_subject(*known.member.as_bytes())
        .as_key(&known.reason);
    let opened = app.storage.refused_work().open_refused(id, &entry).await?;
    let (_, sealed) = opened.ok_or(Problem::NOT_ALLOWED)?;
    let change = app.unsealed(&sealed, KeyOf::Refused(id)).await?;
    let document = app.hub.places().board_of(known.street);
    let stored = app
        .storage
        .load(document.ok_or(Problem::NOT_ALLOWED)?)
        .await?;
    let (stored, actor) = (stored.ok_or(Problem::NOT_ALLOWED)?, random()?);
    let reading = move || {
        let document = revive(stored, actor).map_err(|error| error.to_string())?;
        Ok::<_, String>(document.written(&change))
    };
    // A large board takes a while.
    let read = tokio::task::spawn_blocking(reading).await;
    let read = read.map_err(|error| error.to_string()).flatten();
    let operations = read.map_err(|error| {
        tracing::error!(error, "refused work cannot be read");
        Problem::INTERNAL
    })?;
    Ok(Json(Opened { operations }))
}
