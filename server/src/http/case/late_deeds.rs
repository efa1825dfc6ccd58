//! `POST /api/cases/{request}/notes-to-audit`: what was done with a card while there was no reception.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::access::Action;
use kruispunt_core::consent::DangerReason;
use kruispunt_core::id::AuditId;
use kruispunt_core::model::Word as _;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::Entry;
use serde::Deserialize;

use super::AtStreet;
use crate::audit::deed;
use crate::clock::now;
use crate::http::body::Body;
use crate::http::{App, Problem};

/// How many deeds may be told at once.
const MOST: usize = 64;

#[derive(Deserialize)]
pub(in crate::http) struct Told {
    notes: Vec<Note>,
}

#[derive(Deserialize)]
struct Note {
    id: AuditId,
    deed: Deed,
    reason: Option<DangerReason>,
    at: Timestamp,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "kebab-case")]
enum Deed {
    OpenedOffline,
    Danger,
}

impl Deed {
    const fn key(self) -> &'static str {
        match self {
            Self::OpenedOffline => deed::CARD_OPENED_OFFLINE,
            Self::Danger => deed::DANGER,
        }
    }
}

/// Nobody is asked whether the case is still there: what was done was done.
pub(in crate::http) async fn add(
    State(app): State<Arc<App>>,
    case: AtStreet,
    Body(told): Body<Told>,
) -> Result<StatusCode, Problem> {
    if !case.rights.allow_own(Action::OpenCard) {
        return Err(Problem::NOT_ALLOWED);
    }
    if told.notes.len() > MOST {
        return Err(Problem::REQUEST_INVALID);
    }
    let entries = told.notes.into_iter().map(|note| {
        let reason = note.reason.map(DangerReason::key);
        let entry = case.late_entry(note.id, note.deed.key(), reason)?;
        // Nothing was done after it was told.
        let at = note.at.min(now());
        Ok(Entry { at, ..entry })
    });
    let entries = entries.collect::<Result<Vec<_>, Problem>>()?;
    app.storage.cases().record_late(&entries).await?;
    Ok(StatusCode::NO_CONTENT)
}
