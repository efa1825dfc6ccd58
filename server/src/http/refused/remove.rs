//! `DELETE /api/refused/{id}`: nobody needs it any more.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::RefusedId;

use super::must_see;
use crate::audit::{Told as _, by, deed};
use crate::clock::now;
use crate::http::asked::Named;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

pub(in crate::http) async fn remove(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<RefusedId>,
) -> Result<StatusCode, Problem> {
    let known = must_see(&app, &session, id).await?;
    let entry = by(&session, deed::REFUSED_REMOVED, now())?
        .in_area(Some(known.street))
        .to_subject(*known.member.as_bytes())
        .as_key(&known.reason);
    app.storage
        .refused_work()
        .delete_refused(id, &entry)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
