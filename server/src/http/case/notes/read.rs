//! `GET /api/cases/{request}/notes`: the notes that somebody may read, sealed to their device, and who has seen them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use kruispunt_core::access::Audience;
use kruispunt_core::id::{MemberId, NoteId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{AskedNotes, KeyOf, Notebook, PublicKey};
use serde::{Deserialize, Serialize};

use super::super::AtStreet;
use super::super::open::{LIFETIME, TRIES};
use super::AT_ONCE;
use crate::audit::deed;
use crate::clock::now;
use crate::http::bytes::Bytes;
use crate::http::{App, Problem};
use crate::keys::seal_to;

/// What the relay seals a note for.
const INFO: &[u8] = b"kruispunt/note-to-device/1";

#[derive(Deserialize)]
pub(in crate::http) struct Asked {
    #[serde(default)]
    after: u32,
}

#[derive(Serialize)]
pub(in crate::http) struct Handed {
    notes: Vec<Note>,
    /// Whether there may be more after the last.
    more: bool,
    seen: Vec<Seen>,
    expires_at: Timestamp,
}

/// A note that this device alone can open.
#[derive(Serialize)]
struct Note {
    id: NoteId,
    n: u32,
    audience: Audience,
    member: MemberId,
    /// None where they were erased.
    first_name: Option<String>,
    at: Timestamp,
    mine: bool,
    enc: Bytes,
    sealed: Bytes,
}

#[derive(Serialize)]
struct Seen {
    member: MemberId,
    first_name: String,
    audience: Audience,
    until: u32,
}

pub(in crate::http) async fn read(
    State(app): State<Arc<App>>,
    case: AtStreet,
    Query(Asked { after }): Query<Asked>,
) -> Result<Json<Handed>, Problem> {
    let key = app.storage.cases().sealing_key(case.session.device).await?;
    let key = key.ok_or(Problem::SEALING_KEY_UNKNOWN)?;
    let entry = case.entry(deed::NOTES_READ, None)?;
    for _ in 0..TRIES {
        let known = case.now(&app).await?;
        let audiences = case.audiences(&known)?;
        let heard = known.file.said.last().map_or(0, |said| said.n);
        let asked = AskedNotes {
            street: case.street,
            request: case.request,
            after,
            audiences: &audiences,
            limit: AT_ONCE,
        };
        let taken = app.storage.notes().read_notes(asked, heard, &entry).await?;
        if let Some(notebook) = taken {
            return case.told(&app, &notebook, asked, &key).await.map(Json);
        }
    }
    Err(Problem::UNAVAILABLE)
}

impl AtStreet {
    /// What is in the notebook, sealed to the asker's device.
    pub(in crate::http::case) async fn told(
        &self,
        app: &App,
        notebook: &Notebook,
        asked: AskedNotes<'_>,
        key: &PublicKey,
    ) -> Result<Handed, Problem> {
        let expires_at = now().plus_millis(LIFETIME);
        let names = names(app, notebook).await?;
        let mut notes = Vec::with_capacity(notebook.notes.len());
        for note in &notebook.notes {
            let of = KeyOf::Note(self.street, self.request, note.id);
            let content = app.unsealed(&note.sealed, of).await?;
            let about = self.about_note(note.id, expires_at);
            let sealed = seal_to(&key.0, INFO, &about, &content)?;
            let sealed = sealed.ok_or(Problem::SEALING_KEY_UNKNOWN)?;
            notes.push(Note {
                id: note.id,
                n: note.n,
                audience: note.audience,
                member: note.member,
                first_name: names.get(&note.member).cloned(),
                at: note.written_at,
                mine: note.member == self.session.member.id,
                enc: Bytes(sealed.enc),
                sealed: Bytes(sealed.sealed),
            });
        }
        let seen = notebook.seen.iter().filter_map(|seen| {
            // Nobody reads how far others came in what is not for themselves.
            let first_name = names.get(&seen.member)?.clone();
            asked.audiences.contains(&seen.audience).then_some(Seen {
                member: seen.member,
                first_name,
                audience: seen.audience,
                until: seen.until,
            })
        });
        Ok(Handed {
            more: notes.len() >= asked.limit as usize,
            seen: seen.collect(),
            notes,
            expires_at,
        })
    }

    /// What a note belongs to: it opens for this case, on this device, with this end.
    fn about_note(&self, note: NoteId, expires_at: Timestamp) -> Vec<u8> {
        let expires_at = expires_at.as_millis().to_be_bytes();
        [
            self.request.as_bytes().as_slice(),
            note.as_bytes(),
            self.session.device.as_bytes(),
            &expires_at,
        ]
        .concat()
    }
}

/// The first names of whoever wrote or has seen one of them. Whoever was erased has none.
async fn names(app: &App, notebook: &Notebook) -> Result<BTreeMap<MemberId, String>, Problem> {
    let mut names = BTreeMap::new();
    let wrote = notebook.notes.iter().map(|note| note.member);
    for member in wrote.chain(notebook.seen.iter().map(|seen| seen.member)) {
        if names.contains_key(&member) {
            continue;
        }
        let name = app
            .storage
            .member(member)
            .await?
            .map(|member| member.first_name);
        names.insert(member, name.unwrap_or_default());
    }
    names.retain(|_, name| !name.is_empty());
    Ok(names)
}
