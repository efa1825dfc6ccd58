//! `GET /api/members/{id}/export`: everything that is held about a member, for themselves or for whoever manages them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::id::MemberId;
use kruispunt_storage::{Asked, Entry, KnownDevice};
use serde_json::{Value, json};

use crate::audit::{Told as _, by, deed};
use crate::clock::{now, random};
use crate::http::asked::Named;
use crate::http::people::{area_of, must_manage};
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};
use crate::relay::revive;

pub(in crate::http) async fn export(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<MemberId>,
) -> Result<Json<Value>, Problem> {
    let member = must_manage(&app, &session, id).await?;
    let entry = by(&session, deed::MEMBER_EXPORTED, now())?
        .in_area(area_of(&member))
        .to_member(id);
    app.storage.record(&entry).await?;
    let asked = Asked {
        areas: None,
        about: Some(*id.as_bytes()),
        before: None,
        limit: u32::MAX,
    };
    let audit = told_entries(app.storage.entries(asked).await?);
    let devices = app.storage.devices_of(id).await?;
    let devices: Vec<_> = devices.iter().map(device).collect();
    let refused = app.storage.refused_work().refused().await?.into_iter();
    let refused = refused
        .filter(|refused| refused.member == id)
        .map(|refused| {
            json!({
                "id": refused.id, "area": refused.street, "device": refused.device,
                "reason": refused.reason, "at": refused.refused_at, "bytes": refused.bytes,
            })
        });
    let refused: Vec<_> = refused.collect();
    let ways_in = app.storage.ways_in(id).await?.into_iter();
    let ways_in = ways_in.map(|(invitation, by)| json!({ "id": invitation, "by": by }));
    let ways_in: Vec<_> = ways_in.collect();
    let notes = app.storage.notes().notes_by(id).await?.into_iter();
    let notes = notes.map(|note| {
        json!({
            "id": note.id, "street": note.street, "request": note.request,
            "audience": note.audience, "at": note.written_at, "received_at": note.received_at,
        })
    });
    let notes: Vec<_> = notes.collect();
    Ok(Json(json!({
        "member": {
            "id": member.id,
            "first_name": member.first_name,
            "memberships": member.memberships,
        },
        "profile": app.storage.profiles().profile(id).await?,
        "devices": devices,
        "invitations": ways_in,
        "boards": boards(&app, id).await?,
        "notes": notes,
        "refused": refused,
        "audit": audit,
    })))
}

fn device(known: &KnownDevice) -> Value {
    json!({
        "id": known.device.id,
        "created_at": known.created_at,
        "seen_at": known.seen_at,
        "revoked_at": known.device.revoked_at,
    })
}

/// The audit, as it is exported.
pub(in crate::http) fn told_entries(entries: Vec<Entry>) -> Vec<Value> {
    let told = entries.into_iter().map(|entry| {
        json!({
            "id": entry.id, "at": entry.at, "member": entry.member, "device": entry.device,
            "area": entry.area, "deed": entry.deed,
            "subject": entry.subject.map(MemberId::from_bytes), "detail": entry.detail,
        })
    });
    told.collect()
}

/// Where boards have something of theirs: their name, requests that they logged, claims and matches.
async fn boards(app: &App, id: MemberId) -> Result<Vec<Value>, Problem> {
    let mut boards = Vec::new();
    for position in app.storage.positions().await? {
        let Some(stored) = app.storage.load(position.document).await? else {
            continue;
        };
        let (street, actor) = (position.area, random()?);
        let look = move || {
            let mut document = revive(stored, actor).map_err(|error| error.to_string())?;
            let board = document.board().map_err(|error| error.to_string())?;
            let requests = board.requests();
            let of = |is: &dyn Fn(&kruispunt_core::model::Request) -> bool| -> Vec<Value> {
                let theirs = requests.iter().filter(|request| is(request));
                theirs.map(|request| json!(request.id)).collect()
            };
            let logged = of(&|request| request.logged_by == id);
            let claimed = of(&|request| request.claims.contains_key(&id));
            let matched = of(&|request| request.matches.contains_key(&id));
            let name = board.helper_name(id);
            let is_empty = logged.is_empty() && claimed.is_empty() && matched.is_empty();
            let board = json!({
                "street": street, "first_name": name, "logged": logged, "claimed": claimed,
                "matched": matched,
            });
            Ok::<_, String>((!is_empty || name.is_some()).then_some(board))
        };
        let looked = tokio::task::spawn_blocking(look).await;
        let looked = looked.map_err(|error| error.to_string()).flatten();
        boards.extend(looked.map_err(|error| {
            tracing::error!(document = %position.document, error, "a board cannot be read");
            Problem::INTERNAL
        })?);
    }
    Ok(boards)
}
