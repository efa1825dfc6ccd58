//! `POST /api/cases/{request}/open`: the card for somebody who may read it, sealed to their device.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::{Shut, may_open_card};
use kruispunt_core::consent::DangerReason;
use kruispunt_core::id::{AuditId, RequestId};
use kruispunt_core::model::Word as _;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Card, PublicKey};
use serde::{Deserialize, Serialize};

use super::AtStreet;
use crate::audit::deed;
use crate::clock::now;
use crate::http::body::Body;
use crate::http::bytes::Bytes;
use crate::http::{App, Problem};
use crate::keys::seal_to;

/// What the relay seals a card for.
const INFO: &[u8] = b"kruispunt/card-to-device/1";

/// How long a phone keeps an opened card, or a note.
pub(super) const LIFETIME: i64 = 7 * 24 * 60 * 60 * 1000;

/// How often it is decided anew because the resident said more meanwhile.
pub(super) const TRIES: usize = 8;

#[derive(Deserialize)]
pub(in crate::http) struct Open {
    danger: Option<Danger>,
}

#[derive(Deserialize)]
struct Danger {
    id: AuditId,
    reason: DangerReason,
}

/// A card that this device alone can open.
#[derive(Serialize)]
pub(in crate::http) struct Opened {
    enc: Bytes,
    sealed: Bytes,
    expires_at: Timestamp,
}

pub(in crate::http) async fn open(
    State(app): State<Arc<App>>,
    case: AtStreet,
    Body(Open { danger }): Body<Open>,
) -> Result<Json<Opened>, Problem> {
    let key = app.storage.cases().sealing_key(case.session.device).await?;
    let key = key.ok_or(Problem::SEALING_KEY_UNKNOWN)?;
    let reason = danger.as_ref().map(|danger| danger.reason.key());
    let mut entries = vec![case.entry(deed::CARD_OPENED, reason)?];
    if let Some(danger) = &danger {
        entries.push(case.late_entry(danger.id, deed::DANGER, reason)?);
    }
    for _ in 0..TRIES {
        let known = case.now(&app).await?;
        let member = case.session.member.id;
        let may = may_open_card(member, case.rights, known.case(), danger.is_some());
        if may == Err(Shut::NotAllowed) {
            return Err(Problem::NOT_ALLOWED);
        }
        if known.file.card.is_none() {
            return Err(Problem::CARD_UNKNOWN);
        }
        may?;
        let heard = known.file.said.last().map_or(0, |said| said.n);
        let cases = app.storage.cases();
        if let Some(card) = cases
            .open_card(case.street, case.request, heard, &entries)
            .await?
        {
            return case.handed(&app, &card, &key).await.map(Json);
        }
    }
    Err(Problem::UNAVAILABLE)
}

impl AtStreet {
    /// The card, sealed to the asker's device.
    pub(super) async fn handed(
        &self,
        app: &App,
        card: &Card,
        key: &PublicKey,
    ) -> Result<Opened, Problem> {
        let content = app.unsealed(&card.sealed, self.key_of()).await?;
        let expires_at = now().plus_millis(LIFETIME);
        let about = about_opened(card.request, self, expires_at);
        let sealed = seal_to(&key.0, INFO, &about, &content)?;
        let sealed = sealed.ok_or(Problem::SEALING_KEY_UNKNOWN)?;
        Ok(Opened {
            enc: Bytes(sealed.enc),
            sealed: Bytes(sealed.sealed),
            expires_at,
        })
    }
}

/// What an opened card belongs to: it opens for this request, on this device, with this end.
fn about_opened(request: RequestId, case: &AtStreet, expires_at: Timestamp) -> Vec<u8> {
    let expires_at = expires_at.as_millis().to_be_bytes();
    let device = case.session.device;
    [
        request.as_bytes().as_slice(),
        device.as_bytes(),
        &expires_at,
    ]
    .concat()
}
