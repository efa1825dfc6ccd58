//! `GET` and `PUT /api/ladder?area=A`: how long a request may stand on each step.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::access::{Action, Rights};
use kruispunt_core::id::AreaId;
use kruispunt_core::model::{LadderRule, Urgency, Word as _};
use kruispunt_storage::Session;
use serde::{Deserialize, Serialize};

use super::asked::{Asked, InArea};
use super::body::Body;
use super::signed_in::SignedIn;
use super::{App, Problem};
use crate::audit::{Told as _, by, deed};
use crate::clock::now;

/// The rules that hold in an area, and what holds where there is none.
#[derive(Serialize)]
pub(super) struct Told {
    rules: Vec<OfArea>,
    defaults: Vec<LadderRule>,
}

/// A rule, and whose area it is of.
#[derive(Serialize)]
struct OfArea {
    area: AreaId,
    #[serde(flatten)]
    rule: LadderRule,
}

/// The rules of one area.
#[derive(Deserialize)]
pub(super) struct Given {
    rules: Vec<LadderRule>,
}

/// The area's own rules and those of everything it lies in, the nearest first.
pub(super) async fn read(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(InArea { area }): Asked<InArea>,
) -> Result<Json<Told>, Problem> {
    must_set(&app, &session, area)?;
    let ladder = app.storage.ladder().ladder().await?;
    let places = app.hub.places();
    let upward = places.tree().upward(area);
    let rules = upward.flat_map(|place| {
        let of_place = ladder.iter().filter(|(area, _)| *area == place.id);
        of_place.map(|&(area, rule)| OfArea { area, rule })
    });
    Ok(Json(Told {
        rules: rules.collect(),
        defaults: Urgency::ALL
            .iter()
            .copied()
            .map(LadderRule::usual)
            .collect(),
    }))
}

/// Takes the place of the area's own rules.
pub(super) async fn set(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(InArea { area }): Asked<InArea>,
    Body(Given { rules }): Body<Given>,
) -> Result<StatusCode, Problem> {
    must_set(&app, &session, area)?;
    if !rules.iter().all(LadderRule::is_sound) || !is_once(&rules) {
        return Err(Problem::REQUEST_INVALID);
    }
    let entry = by(&session, deed::LADDER_SET, now())?.in_area(Some(area));
    let ladder = app.storage.ladder();
    ladder.set_ladder(area, &rules, &entry).await?;
    app.hub.learn_rules().await;
    Ok(StatusCode::NO_CONTENT)
}

fn must_set(app: &App, session: &Session, area: AreaId) -> Result<(), Problem> {
    let places = app.hub.places();
    let rights = Rights::at(area, &session.member.memberships, places.tree());
    if rights.allow(Action::SetLadder) {
        return Ok(());
    }
    Err(Problem::NOT_ALLOWED)
}

/// Whether no two of them are for the same requests.
fn is_once(rules: &[LadderRule]) -> bool {
    let requests = |rule: &LadderRule| (rule.theme, rule.urgency);
    rules.iter().enumerate().all(|(at, rule)| {
        let mut later = rules.iter().skip(at + 1);
        !later.any(|other| requests(other) == requests(rule))
    })
}
