//! `GET /api/erasures?area=A`: what was erased in an area and below, and which devices it waits for.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::Action;
use kruispunt_core::id::{DeviceId, ErasureId, MemberId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::Subject;
use serde::Serialize;

use super::kind;
use crate::http::asked::{Asked, InArea};
use crate::http::people::within;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    erasures: Vec<Known>,
}

#[derive(Serialize)]
struct Known {
    id: ErasureId,
    kind: &'static str,
    subject: MemberId,
    asked_at: Timestamp,
    done_at: Option<Timestamp>,
    waits: Vec<Waits>,
}

#[derive(Serialize)]
struct Waits {
    device: DeviceId,
    member: MemberId,
    first_name: String,
}

/// Of members who were erased it shows the devices of those who are something here or above: others are none of
/// the asker's business.
pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(asked): Asked<InArea>,
) -> Result<Json<Listed>, Problem> {
    let places = app.hub.places();
    let within = within(&places, &session, asked.area, Action::SeeAudit)?;
    let members = app.storage.members().await?.into_iter();
    let members: HashMap<_, _> = members.map(|member| (member.id, member)).collect();
    let devices = app.storage.devices().await?.into_iter();
    let owners: BTreeMap<DeviceId, MemberId> = devices
        .map(|known| (known.device.id, known.device.member))
        .collect();
    let waits = |device: DeviceId| {
        let member = members.get(owners.get(&device)?)?;
        let is_here = member
            .memberships
            .iter()
            .any(|is| within.contains(&is.area) || places.tree().lies_in(asked.area, is.area));
        is_here.then(|| Waits {
            device,
            member: member.id,
            first_name: member.first_name.clone(),
        })
    };
    let all = app.storage.erasures().erasures().await?.into_iter();
    let here = all.filter(|erasure| match erasure.subject {
        Subject::Case { street, .. } => within.contains(&street),
        Subject::Member(_) => true,
    });
    let erasures = here.map(|erasure| {
        let (kind, subject) = kind(erasure.subject);
        Known {
            id: erasure.id,
            kind,
            subject,
            asked_at: erasure.asked_at,
            done_at: erasure.done_at,
            waits: erasure.waits.into_iter().filter_map(waits).collect(),
        }
    });
    Ok(Json(Listed {
        erasures: erasures.collect(),
    }))
}
