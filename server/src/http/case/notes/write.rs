//! `POST /api/cases/{request}/notes`: notes about a case, sealed to the relay's record key.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::{Audience, may_write_note};
use kruispunt_core::id::{NoteId, RecordKeyId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{KeyOf, Note, StorageError};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::super::AtStreet;
use super::AT_ONCE;
use crate::clock::now;
use crate::http::body::Body;
use crate::http::bytes::Bytes;
use crate::http::{App, Problem};
use crate::keys::SealedCard;

/// What a phone seals a note for.
const INFO: &[u8] = b"kruispunt/note/1";

/// The longest note, in bytes.
const LONGEST: usize = 2 << 10;

/// How many notes a case takes: more than a case ever needs.
const IN_A_CASE: u32 = 1000;

#[derive(Deserialize)]
pub(in crate::http) struct Told {
    notes: Vec<ToldNote>,
}

#[derive(Deserialize)]
struct ToldNote {
    id: NoteId,
    audience: Audience,
    at: Timestamp,
    key: RecordKeyId,
    enc: Bytes,
    sealed: Bytes,
}

#[derive(Serialize)]
pub(in crate::http) struct Taken {
    /// How many were not known before.
    count: u32,
}

pub(in crate::http) async fn write(
    State(app): State<Arc<App>>,
    case: AtStreet,
    Body(told): Body<Told>,
) -> Result<Json<Taken>, Problem> {
    let known = case.now(&app).await?;
    let member = case.session.member.id;
    for note in &told.notes {
        may_write_note(member, case.rights, known.case(), note.audience)?;
    }
    let many = u32::try_from(told.notes.len()).unwrap_or(u32::MAX);
    let kept = app.storage.notes().count_notes(case.street, case.request);
    if many > AT_ONCE || kept.await?.saturating_add(many) > IN_A_CASE {
        return Err(Problem::NOTES_TOO_MANY);
    }
    let mut contents = Vec::with_capacity(told.notes.len());
    for note in &told.notes {
        contents.push(opened(&app, &case, note).await?);
    }
    let count = match store(&app, &case, &told.notes, &contents).await {
        // The ring's active key was retired a moment ago.
        Err(StorageError::NotFound(_)) => {
            app.bell.look_at_keys().await;
            store(&app, &case, &told.notes, &contents).await?
        }
        Err(StorageError::Conflict(_)) => return Err(Problem::CASE_CLOSED),
        stored => stored?,
    };
    Ok(Json(Taken { count }))
}

/// What the phone sealed. It is looked at only as far as must be: that it is a short piece of JSON.
async fn opened(
    app: &App,
    case: &AtStreet,
    note: &ToldNote,
) -> Result<Zeroizing<Vec<u8>>, Problem> {
    if app.keys.ring().get(note.key).is_none() {
        app.bell.look_at_keys().await;
    }
    let ring = app.keys.ring();
    let key = ring.get(note.key).ok_or(Problem::RECORD_KEY_UNKNOWN)?;
    let sealed = SealedCard {
        enc: note.enc.0.clone(),
        sealed: note.sealed.0.clone(),
    };
    let about = [case.request.as_bytes().as_slice(), note.id.as_bytes()].concat();
    let content = sealed.open(key, INFO, &about);
    let content = content.ok_or(Problem::REQUEST_INVALID)?;
    if content.len() > LONGEST {
        return Err(Problem::REQUEST_TOO_LARGE);
    }
    if serde_json::from_slice::<IgnoredAny>(&content).is_err() {
        return Err(Problem::REQUEST_INVALID);
    }
    Ok(content)
}

async fn store(
    app: &App,
    case: &AtStreet,
    told: &[ToldNote],
    contents: &[Zeroizing<Vec<u8>>],
) -> Result<u32, StorageError> {
    let (ring, now) = (app.keys.ring(), now());
    let notes = told.iter().zip(contents).map(|(note, content)| {
        let of = KeyOf::Note(case.street, case.request, note.id);
        let sealed = ring.seal(content, &of.about());
        Ok(Note {
            id: note.id,
            // Counted where it is stored.
            n: 0,
            audience: note.audience,
            member: case.session.member.id,
            // Nothing was written after it came.
            written_at: note.at.min(now),
            received_at: now,
            sealed: sealed.map_err(|error| StorageError::Unavailable(error.into()))?,
        })
    });
    let notes = notes.collect::<Result<Vec<_>, StorageError>>()?;
    let stored = app.storage.notes();
    stored.write_notes(case.street, case.request, &notes).await
}
