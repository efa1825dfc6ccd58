//! `DELETE /api/members/{id}`: somebody is erased, everywhere.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::access::{Action, Rights};
use kruispunt_core::id::{AreaId, MemberId};
use kruispunt_core::model::Role;
use kruispunt_storage::{Member, Subject};

use crate::audit::{Told as _, by, deed};
use crate::clock::now;
use crate::erasing::begin;
use crate::http::asked::Named;
use crate::http::case::Begun;
use crate::http::people::{area_of, must_manage};
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

pub(in crate::http) async fn erase(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<MemberId>,
) -> Result<(StatusCode, Json<Begun>), Problem> {
    let member = must_manage(&app, &session, id).await?;
    is_not_the_last_steward(&app, &member).await?;
    let places = app.hub.places();
    let streets: Vec<AreaId> = {
        let reads = |area| Rights::at(area, &member.memberships, places.tree()).allow(Action::Read);
        let areas = places.tree().iter().map(|area| area.id);
        areas.filter(|&area| reads(area)).collect()
    };
    let entry = by(&session, deed::MEMBER_ERASED, now())?
        .in_area(area_of(&member))
        .to_member(id);
    let devices = app.storage.devices_of(id).await?;
    let (subject, by) = (Subject::Member(id), Some(session.member.id));
    let erasure = begin(&*app.storage, subject, by, &streets, &entry).await?;
    for known in devices {
        app.hub.device_revoked(known.device.id);
    }
    app.erase_soon();
    Ok((StatusCode::ACCEPTED, Json(Begun { erasure })))
}

/// Somebody has to be there to let others in.
async fn is_not_the_last_steward(app: &App, member: &Member) -> Result<(), Problem> {
    let places = app.hub.places();
    let people = app.storage.people().await?;
    for is in member
        .memberships
        .iter()
        .filter(|is| is.role == Role::Steward)
    {
        let has_another = people.iter().any(|person| {
            let rights = Rights::at(is.area, &person.member.memberships, places.tree());
            person.member.id != member.id && person.devices > 0 && rights.has(Role::Steward)
        });
        if !has_another {
            return Err(Problem::LAST_STEWARD);
        }
    }
    Ok(())
}
