//! `DELETE /api/members/{id}/devices/{device}`: a device is taken out of use, at once.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::{DeviceId, MemberId};

use crate::audit::{Told as _, by, deed};
use crate::clock::now;
use crate::http::asked::Named;
use crate::http::people::{area_of, must_manage};
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

pub(in crate::http) async fn revoke(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named((id, device)): Named<(MemberId, DeviceId)>,
) -> Result<StatusCode, Problem> {
    let member = must_manage(&app, &session, id).await?;
    let known = app.storage.device(device).await?;
    if known.is_none_or(|known| known.member != id) {
        return Err(Problem::NOT_ALLOWED);
    }
    let entry = by(&session, deed::DEVICE_REVOKED, now())?
        .in_area(area_of(&member))
        .to_member(id);
    if app.storage.revoke_device(device, &entry).await? {
        app.hub.device_revoked(device);
    }
    Ok(StatusCode::NO_CONTENT)
}
