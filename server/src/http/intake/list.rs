//! `GET /api/intake?area=A`: what waits in an area and below, the oldest first, without who asks.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::Action;
use kruispunt_core::consent::{Purpose, Recipient};
use kruispunt_core::id::{AreaId, IntakeFormId, IntakeId};
use kruispunt_core::intake::FormKind;
use kruispunt_core::model::{Ask, DayPart, Repeat, Theme, Urgency, Weekday};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Intake, IntakeForm};
use serde::Serialize;

use super::place_of;
use crate::http::asked::{Asked, InArea};
use crate::http::people::within;
use crate::http::signed_in::SignedIn;
use crate::http::{App, Problem};

/// How many are told of at once.
const MOST: usize = 500;

#[derive(Serialize)]
pub(in crate::http) struct Listed {
    waiting: Vec<Waiting>,
}

#[derive(Serialize)]
struct Waiting {
    id: IntakeId,
    form: IntakeFormId,
    kind: FormKind,
    /// The area of its form.
    area: AreaId,
    street: Option<AreaId>,
    theme: Theme,
    ask: Ask,
    day: Option<Weekday>,
    part: Option<DayPart>,
    urgency: Urgency,
    repeat: Repeat,
    consents: Vec<Consent>,
    received_at: Timestamp,
}

#[derive(Serialize)]
struct Consent {
    purpose: Purpose,
    recipient: Recipient,
}

pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Asked(asked): Asked<InArea>,
) -> Result<Json<Listed>, Problem> {
    let places = app.hub.places();
    let within = within(&places, &session, asked.area, Action::ReviewIntake)?;
    let intakes = app.storage.intakes();
    let (forms, waiting) = (intakes.forms().await?, intakes.waiting().await?);
    let here = |intake: &Intake| {
        let place = place_of(intake, &forms);
        place.is_some_and(|place| within.contains(&place))
    };
    let told = |intake: Intake| {
        let form = forms.iter().find(|form| form.id == intake.form)?;
        Some(waits(intake, form))
    };
    let waiting = waiting.into_iter().filter(here).filter_map(told);
    Ok(Json(Listed {
        waiting: waiting.take(MOST).collect(),
    }))
}

fn waits(intake: Intake, form: &IntakeForm) -> Waiting {
    let consents = intake.consents.into_iter();
    let consents = consents.map(|(purpose, recipient)| Consent { purpose, recipient });
    Waiting {
        id: intake.id,
        form: form.id,
        kind: form.kind,
        area: form.area,
        street: intake.street,
        theme: intake.theme,
        ask: intake.ask,
        day: intake.day,
        part: intake.part,
        urgency: intake.urgency,
        repeat: intake.repeat,
        consents: consents.collect(),
        received_at: intake.received_at,
    }
}
