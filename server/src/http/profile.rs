//! `PATCH /api/members/me/profile`: what a volunteer says of themselves, as far as it changed.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::model::{ProfileChange, Role};

use super::body::Body;
use super::signed_in::SignedIn;
use super::{App, Problem};
use crate::clock::now;

/// For whoever helps somewhere: a volunteer, or an ambassador, who solves things too.
pub(super) async fn change(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Body(change): Body<ProfileChange>,
) -> Result<StatusCode, Problem> {
    let helps = |role| matches!(role, Role::Volunteer | Role::Ambassador);
    let memberships = &session.member.memberships;
    if !memberships.iter().any(|held| helps(held.role)) {
        return Err(Problem::NOT_ALLOWED);
    }
    change.check().map_err(|_| Problem::REQUEST_INVALID)?;
    let home = change.home.flatten();
    if home.is_some_and(|home| app.hub.places().tree().get(home).is_none()) {
        return Err(Problem::REQUEST_INVALID);
    }
    let profiles = app.storage.profiles();
    profiles
        .change_profile(session.member.id, &change, now())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
