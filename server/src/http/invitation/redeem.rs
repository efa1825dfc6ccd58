//! `POST /api/invitations/redeem`: a device comes in with the secret of a link.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::id::{DeviceId, MemberId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Redeemed, Redemption};
use serde::{Deserialize, Serialize};

use crate::clock::{now, random};
use crate::http::body::Body;
use crate::http::crowd::Knock;
use crate::http::session::SESSION;
use crate::http::{App, Problem};
use crate::secret::Secret;
use crate::signature;

/// What the device signs before the secret.
const PURPOSE: &str = "kruispunt/redeem/1\n";

#[derive(Deserialize)]
pub(in crate::http) struct Redeem {
    secret: Secret,
    public_key: String,
    signature: String,
}

#[derive(Serialize)]
pub(in crate::http) struct Welcome {
    member: MemberId,
    device: DeviceId,
    token: String,
    expires_at: Timestamp,
}

pub(in crate::http) async fn redeem(
    State(app): State<Arc<App>>,
    Knock: Knock,
    Body(asked): Body<Redeem>,
) -> Result<Json<Welcome>, Problem> {
    let public_key = signature::public_key(&asked.public_key).ok_or(Problem::REQUEST_INVALID)?;
    if !signature::is_signed(
        &public_key,
        PURPOSE,
        asked.secret.expose(),
        &asked.signature,
    ) {
        return Err(Problem::SIGNATURE_INVALID);
    }
    let now = now();
    let (token, session) = SESSION.begin(now)?;
    let redemption = Redemption {
        secret: asked.secret.hash(),
        public_key,
        device: DeviceId::from_bytes(random()?),
        session,
        now,
    };
    match app.storage.redeem(&redemption).await? {
        Redeemed::In { member, device } => {
            tracing::info!(%device, "a device came in");
            Ok(Json(Welcome {
                member,
                device,
                token,
                expires_at: session.expires_at,
            }))
        }
        Redeemed::Unknown => Err(Problem::INVITATION_UNKNOWN),
        Redeemed::Used => Err(Problem::INVITATION_USED),
        Redeemed::Expired => Err(Problem::INVITATION_EXPIRED),
    }
}
