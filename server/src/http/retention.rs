//! `GET` and `PUT /api/retention`: how many days things are kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::access::{Action, Rights};
use kruispunt_storage::Retention;
use serde::{Deserialize, Serialize};

use super::body::Body;
use super::signed_in::SignedIn;
use super::{App, Problem};
use crate::audit::{by, deed};
use crate::clock::now;

/// Ten years: nothing is kept for ever.
const LONGEST: u32 = 3653;

#[expect(clippy::struct_field_names, reason = "the names travel")]
#[derive(Serialize, Deserialize)]
pub(super) struct Terms {
    closed_request_days: u32,
    inactive_member_days: u32,
    audit_days: u32,
    refused_days: u32,
}

pub(super) async fn read(
    State(app): State<Arc<App>>,
    SignedIn(_): SignedIn,
) -> Result<Json<Terms>, Problem> {
    let terms = app.storage.erasures().retention().await?;
    Ok(Json(Terms {
        closed_request_days: terms.closed_request_days,
        inactive_member_days: terms.inactive_member_days,
        audit_days: terms.audit_days,
        refused_days: terms.refused_days,
    }))
}

/// For whoever governs every place there is: the terms are the same everywhere.
pub(super) async fn set(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Body(terms): Body<Terms>,
) -> Result<StatusCode, Problem> {
    let places = app.hub.places();
    let mut towns = places.tree().iter().filter(|area| area.parent.is_none());
    let memberships = &session.member.memberships;
    if !towns.all(|town| Rights::at(town.id, memberships, places.tree()).allow(Action::Govern)) {
        return Err(Problem::NOT_ALLOWED);
    }
    let terms = Retention {
        closed_request_days: terms.closed_request_days,
        inactive_member_days: terms.inactive_member_days,
        audit_days: terms.audit_days,
        refused_days: terms.refused_days,
    };
    if !terms
        .terms()
        .iter()
        .all(|(_, days)| (1..=LONGEST).contains(days))
    {
        return Err(Problem::REQUEST_INVALID);
    }
    let entry = by(&session, deed::RETENTION_SET, now())?;
    app.storage.erasures().set_retention(terms, &entry).await?;
    Ok(StatusCode::NO_CONTENT)
}
