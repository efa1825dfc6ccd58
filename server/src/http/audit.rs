//! `GET /api/audit?area=A`: what was done in an area and below, the newest first.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::Action;
use kruispunt_core::id::{AreaId, AuditId, MemberId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::Asked as Question;
use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::people::within;
use super::signed_in::SignedIn;
use super::{App, Problem};

/// How many come at once where nobody says.
const USUAL: u32 = 50;

#[derive(Deserialize)]
pub(super) struct Read {
    area: AreaId,
    before: Option<AuditId>,
    limit: Option<u32>,
}

#[derive(Serialize)]
pub(super) struct Written {
    entries: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    id: AuditId,
    at: Timestamp,
    member: Option<MemberId>,
    /// What neighbours call whoever did it, while they are known.
    first_name: Option<String>,
    deed: String,
    area: Option<AreaId>,
    /// An identifier, written as every other.
    subject: Option<MemberId>,
    detail: Option<String>,
}

pub(super) async fn read(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(asked): Asked<Read>,
) -> Result<Json<Written>, Problem> {
    let limit = asked.limit.unwrap_or(USUAL);
    if !(1..=200).contains(&limit) {
        return Err(Problem::REQUEST_INVALID);
    }
    let places = app.hub.places();
    let within = within(&places, &session, asked.area, Action::SeeAudit)?;
    let areas: Vec<AreaId> = within.into_iter().collect();
    let question = Question {
        areas: Some(&areas),
        about: None,
        before: asked.before,
        limit,
    };
    let entries = app.storage.entries(question).await?;
    let members = app.storage.members().await?.into_iter();
    let names: HashMap<MemberId, String> = members
        .map(|member| (member.id, member.first_name))
        .collect();
    let entries = entries.into_iter().map(|entry| Told {
        id: entry.id,
        at: entry.at,
        first_name: entry.member.and_then(|member| names.get(&member).cloned()),
        member: entry.member,
        deed: entry.deed,
        area: entry.area,
        subject: entry.subject.map(MemberId::from_bytes),
        detail: entry.detail,
    });
    Ok(Json(Written {
        entries: entries.collect(),
    }))
}
