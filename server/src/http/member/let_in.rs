//! `POST /api/members/{id}/invitation`: another way in for somebody who is a member already. For oneself it is another
//! device; for somebody else it lets them back in who lost everything, which is in the audit.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::{InvitationId, MemberId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::NewInvitation;
use serde::{Deserialize, Serialize};

use crate::audit::{Told as _, by, deed};
use crate::clock::{now, random};
use crate::http::asked::Named;
use crate::http::body::Body;
use crate::http::crowd::Visitor;
use crate::http::people::{area_of, must_manage};
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};
use crate::secret::Secret;

/// Ten minutes: both phones are at hand.
const AT_HAND: i64 = 10 * 60 * 1000;

/// A day: somebody has to be found and told.
const A_DAY: i64 = 24 * 60 * 60 * 1000;

#[derive(Deserialize)]
pub(in crate::http) struct Nothing {}

#[derive(Serialize)]
pub(in crate::http) struct Made {
    secret: String,
    expires_at: Timestamp,
}

pub(in crate::http) async fn let_in(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    SignedIn(session): SignedIn,
    Named(id): Named<MemberId>,
    Body(Nothing {}): Body<Nothing>,
) -> Result<(StatusCode, Json<Made>), Problem> {
    let member = must_manage(&app, &session, id).await?;
    app.crowd.invites(&visitor, 1)?;
    let (deed, lasts) = if id == session.member.id {
        (deed::ANOTHER_DEVICE, AT_HAND)
    } else {
        (deed::LET_BACK_IN, A_DAY)
    };
    let (now, secret) = (now(), Secret::random()?);
    let invitation = NewInvitation {
        id: InvitationId::from_bytes(random()?),
        secret: secret.hash(),
        member: id,
        expires_at: now.plus_millis(lasts),
    };
    let entry = by(&session, deed, now)?
        .in_area(area_of(&member))
        .to_member(id);
    app.storage.invite_again(&invitation, &entry).await?;
    // Should they have become more meanwhile, whoever made it so took back what they knew of, and we the rest.
    if let Err(problem) = must_manage(&app, &session, id).await {
        let entry = by(&session, deed::WITHDRAWN, now)?
            .in_area(area_of(&member))
            .to_member(id);
        let id = invitation.id;
        app.storage.withdraw_invitation(id, &entry).await?;
        return Err(problem);
    }
    if id != session.member.id {
        // Who lost everything lost those too; the first they make anew needs none.
        app.storage.passkeys().forget(id, None).await?;
    }
    let made = Made {
        secret: secret.expose().to_owned(),
        expires_at: invitation.expires_at,
    };
    Ok((StatusCode::CREATED, Json(made)))
}
