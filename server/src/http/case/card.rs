//! `PUT /api/cases/{request}/card`: what is known of a resident, sealed to the relay's record key.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::view::stage;
use kruispunt_storage::{Card, StorageError};

use super::AtStreet;
use crate::clock::now;
use crate::http::body::Body;
use crate::http::sealed::SealedHere;
use crate::http::{App, Problem};

/// What a phone seals a card for.
const INFO: &[u8] = b"kruispunt/card/1";

pub(in crate::http) async fn put(
    State(app): State<Arc<App>>,
    case: AtStreet,
    Body(sealed): Body<SealedHere>,
) -> Result<StatusCode, Problem> {
    let known = case.now(&app).await?;
    case.keeps(&known.request)?;
    if !stage(&known.request).is_active() {
        return Err(Problem::CASE_CLOSED);
    }
    let content = sealed.open(&app, INFO, case.request.as_bytes()).await?;
    match store(&app, &case, &content).await {
        // The ring's active key was retired a moment ago.
        Err(StorageError::NotFound(_)) => {
            app.bell.look_at_keys().await;
            store(&app, &case, &content).await?;
        }
        Err(StorageError::Conflict(_)) => return Err(Problem::CASE_CLOSED),
        stored => stored?,
    }
    Ok(StatusCode::NO_CONTENT)
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
