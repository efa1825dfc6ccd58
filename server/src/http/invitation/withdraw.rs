//! `DELETE /api/invitations/{id}`: a link that nobody has used lets nobody in any more.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::InvitationId;
use kruispunt_core::model::Word as _;
use kruispunt_core::time::Timestamp;

use crate::audit::{Told as _, by, deed};
use crate::clock::now;
use crate::http::asked::Named;
use crate::http::people::must_give;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

pub(in crate::http) async fn withdraw(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<InvitationId>,
) -> Result<StatusCode, Problem> {
    let now = now();
    // One that is over can be tidied away too.
    let mut open = app
        .storage
        .open_invitations(Timestamp::default())
        .await?
        .into_iter();
    let open = open
        .find(|open| open.id == id)
        .ok_or(Problem::NOT_ALLOWED)?;
    must_give(&app.hub.places(), &session, open.membership)?;
    let entry = by(&session, deed::WITHDRAWN, now)?
        .in_area(Some(open.membership.area))
        .to_member(open.member)
        .as_key(open.membership.role.key());
    if app.storage.withdraw_invitation(id, &entry).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    // Somebody used it meanwhile.
    Err(Problem::INVITATION_USED)
}
