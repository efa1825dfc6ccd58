//! `POST /api/intake/{code}`: somebody without an account asks something. Who they are is sealed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::consent::{Purpose, Recipient, is_asked};
use kruispunt_core::id::{AreaId, IntakeId};
use kruispunt_core::model::{AreaKind, Ask, DayPart, Repeat, Theme, Urgency, Weekday};
use kruispunt_storage::{Intake, IntakeForm, KeyOf, Receiving, StorageError};
use serde::{Deserialize, Serialize};

use super::shown::form_in_use;
use crate::clock::now;
use crate::http::asked::Named;
use crate::http::body::Body;
use crate::http::crowd::{Knock, Visitor};
use crate::http::sealed::SealedHere;
use crate::http::{App, Problem};

/// What a page seals for.
const INFO: &[u8] = b"kruispunt/intake/1";

/// How much may wait on one form: more than a coordinator looks through.
const MOST: u32 = 200;

/// What a resident must consent to, or nobody could look at it.
const NEEDED: (Purpose, Recipient) = (Purpose::Arrange, Recipient::Coordinator);

#[derive(Deserialize)]
pub(in crate::http) struct Asked {
    /// From the page, so that what is told twice stands once.
    id: IntakeId,
    street: Option<AreaId>,
    theme: Theme,
    ask: Ask,
    day: Option<Weekday>,
    part: Option<DayPart>,
    urgency: Urgency,
    repeat: Repeat,
    consents: Vec<Consent>,
    #[serde(flatten)]
    sealed: SealedHere,
}

#[derive(Deserialize)]
struct Consent {
    purpose: Purpose,
    recipient: Recipient,
}

#[derive(Serialize)]
pub(in crate::http) struct Received {}

pub(in crate::http) async fn ask(
    State(app): State<Arc<App>>,
    Knock: Knock,
    visitor: Visitor,
    Named(code): Named<String>,
    Body(asked): Body<Asked>,
) -> Result<(StatusCode, Json<Received>), Problem> {
    let form = form_in_use(&app, &code).await?;
    app.crowd.asks(&visitor, form.kind)?;
    let (intake, sealed) = asked.checked(&app, &form)?;
    let content = sealed.open(&app, INFO, intake.id.as_bytes()).await?;
    let received = match keep(&app, &intake, &content).await {
        // The ring's active key was retired a moment ago.
        Err(StorageError::NotFound(_)) => {
            app.bell.look_at_keys().await;
            keep(&app, &intake, &content).await?
        }
        received => received?,
    };
    match received {
        Receiving::Kept => Ok((StatusCode::CREATED, Json(Received {}))),
        Receiving::Full => Err(Problem::FORM_FULL),
        Receiving::Closed => Err(Problem::FORM_CLOSED),
    }
}

impl Asked {
    /// What was asked, as it may stand on this form.
    fn checked(self, app: &App, form: &IntakeForm) -> Result<(Intake, SealedHere), Problem> {
        let places = app.hub.places();
        let is_street = |id| {
            let area = places.tree().get(id);
            area.is_some_and(|area| area.kind == AreaKind::Street)
                && places.tree().lies_in(id, form.area)
        };
        let fits = self.theme.asks().contains(&self.ask) && self.street.is_none_or(is_street);
        let mut consents: Vec<_> = self
            .consents
            .iter()
            .map(|consent| (consent.purpose, consent.recipient))
            .collect();
        consents.sort_unstable();
        consents.dedup();
        let are_asked = consents
            .iter()
            .all(|&(purpose, recipient)| is_asked(purpose, recipient));
        if !fits || !are_asked {
            return Err(Problem::REQUEST_INVALID);
        }
        if !consents.contains(&NEEDED) {
            return Err(Problem::CONSENT_MISSING);
        }
        let intake = Intake {
            id: self.id,
            form: form.id,
            street: self.street,
            theme: self.theme,
            ask: self.ask,
            day: self.day,
            part: self.part,
            urgency: self.urgency,
            repeat: self.repeat,
            consents,
            received_at: now(),
        };
        Ok((intake, self.sealed))
    }
}

async fn keep(app: &App, intake: &Intake, content: &[u8]) -> Result<Receiving, StorageError> {
    let about = KeyOf::Intake(intake.id).about();
    let sealed = app.keys.ring().seal(content, &about);
    let sealed = sealed.map_err(|error| StorageError::Unavailable(error.into()))?;
    app.storage.intakes().receive(intake, &sealed, MOST).await
}
