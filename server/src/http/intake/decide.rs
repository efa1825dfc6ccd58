//! `POST /api/intake/{id}/decide`: it became a request, or it did not. What was asked is gone then.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::{IntakeId, RequestId};
use kruispunt_core::intake::DeclineReason;
use kruispunt_core::model::Word as _;
use kruispunt_storage::{Deciding, Decision};
use serde::Deserialize;

use super::{may_review, waiting};
use crate::audit::{Told as _, by, deed};
use crate::clock::now;
use crate::erasing::scrub;
use crate::http::asked::Named;
use crate::http::body::Body;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

#[derive(Deserialize)]
pub(in crate::http) struct Decide {
    accepted: bool,
    /// As what it stands on a board, where it was accepted.
    request: Option<RequestId>,
    /// Why not, where it was not.
    reason: Option<DeclineReason>,
}

pub(in crate::http) async fn decide(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Named(id): Named<IntakeId>,
    Body(asked): Body<Decide>,
) -> Result<StatusCode, Problem> {
    let Decide {
        accepted,
        request,
        reason,
    } = asked;
    if accepted != request.is_some() || accepted == reason.is_some() {
        return Err(Problem::REQUEST_INVALID);
    }
    let intakes = app.storage.intakes();
    let waits = waiting(&app, &session, id).await?;
    let area = if let Some((_, area)) = waits {
        area
    } else {
        let known = intakes.decision(id).await?.ok_or(Problem::NOT_ALLOWED)?;
        may_review(&app.hub.places(), &session, known.area)?;
        known.area
    };
    let now = now();
    let decision = Decision {
        id,
        area,
        accepted,
        request,
        member: session.member.id,
        decided_at: now,
    };
    let deed = if accepted {
        deed::INTAKE_ACCEPTED
    } else {
        deed::INTAKE_DECLINED
    };
    let mut entry = by(&session, deed, now)?
        .in_area(Some(area))
        .to_subject(*id.as_bytes());
    entry.detail = reason.map(|reason| reason.key().to_owned());
    match intakes.decide(&decision, &entry).await? {
        Deciding::Holds => {
            scrub(&*app.storage).await;
            Ok(StatusCode::NO_CONTENT)
        }
        Deciding::Otherwise => Err(Problem::INTAKE_DECIDED),
        Deciding::Unknown => Err(Problem::NOT_ALLOWED),
    }
}
