//! `PUT /api/cases/{request}/card`: what is known of a resident, sealed to the relay's record key.

use std::str;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::RecordKeyId;
use kruispunt_core::view::stage;
use kruispunt_storage::{Card, StorageError};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::AtStreet;
use crate::clock::now;
use crate::http::body::Body;
use crate::http::bytes::Bytes;
use crate::http::{App, Problem};
use crate::keys::SealedCard;

/// What a phone seals a card for.
const INFO: &[u8] = b"kruispunt/card/1";

/// The longest card, in bytes.
const LONGEST: usize = 4 << 10;

#[derive(Deserialize)]
pub(in crate::http) struct Put {
    key: RecordKeyId,
    enc: Bytes,
    sealed: Bytes,
}

pub(in crate::http) async fn put(
    State(app): State<Arc<App>>,
    case: AtStreet,
    Body(put): Body<Put>,
) -> Result<StatusCode, Problem> {
    let known = case.now(&app).await?;
    case.keeps(&known.request)?;
    if !stage(&known.request).is_active() {
        return Err(Problem::CASE_CLOSED);
    }
    let content = opened(&app, &case, put).await?;
    match store(&app, &case, &content).await {
        // The ring's active key was retired a moment ago.
        Err(StorageError::NotFound(_)) => {
            app.look_at_keys().await;
            store(&app, &case, &content).await?;
        }
        Err(StorageError::Conflict(_)) => return Err(Problem::CASE_CLOSED),
        stored => stored?,
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What the phone sealed. It is looked at only as far as must be: that it is a short text.
async fn opened(app: &App, case: &AtStreet, put: Put) -> Result<Zeroizing<Vec<u8>>, Problem> {
    if app.keys.ring().get(put.key).is_none() {
        app.look_at_keys().await;
    }
    let ring = app.keys.ring();
    let key = ring.get(put.key).ok_or(Problem::RECORD_KEY_UNKNOWN)?;
    let card = SealedCard {
        enc: put.enc.0,
        sealed: put.sealed.0,
    };
    let content = card.open(key, INFO, case.request.as_bytes());
    let content = content.ok_or(Problem::REQUEST_INVALID)?;
    if content.len() > LONGEST {
        return Err(Problem::REQUEST_TOO_LARGE);
    }
    if str::from_utf8(&content).is_err() {
        return Err(Problem::REQUEST_INVALID);
    }
    Ok(content)
}

async fn store(app: &App, case: &AtStreet, content: &[u8]) -> Result<(), StorageError> {
    let sealed = app.keys.ring().seal(content, &case.key_of().about());
    let sealed = sealed.map_err(|error| StorageError::Unavailable(error.into()))?;
    let card = Card {
        request: case.request,
        street: case.street,
        sealed,
        member: case.session.member.id,
        written_at: now(),
    };
    app.storage.cases().put_card(&card).await
}
