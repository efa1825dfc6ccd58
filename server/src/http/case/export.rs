//! `GET /api/cases/{request}/export`: everything that is held about a case, for its resident.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::{Action, Audience};
use kruispunt_core::model::{Request, Word};
use kruispunt_core::view::stage;
use kruispunt_storage::{Asked, AskedNotes};
use serde_json::{Value, json};

use super::AtStreet;
use super::consents::Heard;
use super::notes::Handed;
use super::open::Opened;
use crate::audit::deed;
use crate::http::member::told_entries;
use crate::http::{App, Problem};

/// The card and the notes come sealed to the asker's device, as when they are opened.
pub(in crate::http) async fn export(
    State(app): State<Arc<App>>,
    case: AtStreet,
) -> Result<Json<Value>, Problem> {
    if !case.rights.allow(Action::EraseCase) {
        return Err(Problem::NOT_ALLOWED);
    }
    let known = case.now(&app).await?;
    let key = app.storage.cases().sealing_key(case.session.device).await?;
    let heard = known.file.said.last().map_or(0, |said| said.n);
    let entry = case.entry(deed::CASE_EXPORTED, None)?;
    let entries = std::slice::from_ref(&entry);
    let mut card: Option<Opened> = None;
    let mut notes: Option<Handed> = None;
    let asked = AskedNotes {
        street: case.street,
        request: case.request,
        after: 0,
        audiences: Audience::ALL,
        limit: u32::MAX,
    };
    let book = app.storage.notes();
    if book.count_notes(case.street, case.request).await? > 0 {
        let key = key.as_ref().ok_or(Problem::SEALING_KEY_UNKNOWN)?;
        let taken = book.read_notes(asked, heard, &entry).await?;
        let taken = taken.ok_or(Problem::UNAVAILABLE)?;
        notes = Some(case.told(&app, &taken, asked, key).await?);
    }
    if known.file.card.is_some() {
        let key = key.ok_or(Problem::SEALING_KEY_UNKNOWN)?;
        let cases = app.storage.cases();
        let taken = cases.open_card(case.street, case.request, heard, entries);
        // More was said meanwhile: whoever asks again gets all of it.
        let taken = taken.await?.ok_or(Problem::UNAVAILABLE)?;
        card = Some(case.handed(&app, &taken, &key).await?);
    } else {
        app.storage.cases().record_late(entries).await?;
    }
    let asked = Asked {
        areas: None,
        about: Some(*case.request.as_bytes()),
        before: None,
        limit: u32::MAX,
    };
    let audit = told_entries(app.storage.entries(asked).await?);
    Ok(Json(json!({
        "request": request(&known.request),
        "street": case.street,
        "card": card,
        "notes": notes,
        "consents": Heard::from(known.file.said),
        "audit": audit,
    })))
}

fn request(request: &Request) -> Value {
    json!({
        "id": request.id,
        "theme": request.theme.map(Word::key),
        "ask": request.ask.map(Word::key),
        "day": request.day.map(Word::key),
        "part": request.part.map(Word::key),
        "urgency": request.urgency.key(),
        "repeat": request.repeat.key(),
        "logged_by": request.logged_by,
        "logged_at": request.logged_at,
        "claims": request.claims.iter().map(|(member, at)| json!({ "member": member, "at": at })).collect::<Vec<_>>(),
        "matches": request.matches.iter().map(|(member, at)| json!({ "member": member, "at": at })).collect::<Vec<_>>(),
        "done_at": request.done_at,
        "told": request.told.map(|(at, how)| json!({ "at": at, "how": how.key() })),
        "withdrawn_at": request.withdrawn_at,
        "active": stage(request).is_active(),
    })
}
