//! `GET` and `POST /api/cases/{request}/consents`: what a resident said about sharing, in order.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use kruispunt_core::access::{Shut, may_open_card};
use kruispunt_core::consent::{ConsentHow, Purpose, Recipient, is_asked};
use kruispunt_core::id::{ConsentId, MemberId};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Said, StorageError};
use serde::{Deserialize, Serialize};

use super::AtStreet;
use crate::http::body::Body;
use crate::http::{App, Problem};

/// How many words may be told at once.
const MOST: usize = 64;

#[derive(Deserialize)]
pub(in crate::http) struct Told {
    words: Vec<Word>,
}

#[derive(Deserialize)]
struct Word {
    id: ConsentId,
    purpose: Purpose,
    recipient: Recipient,
    given: bool,
    how: ConsentHow,
    at: Timestamp,
    after: u32,
}

#[derive(Serialize)]
pub(in crate::http) struct Heard {
    words: Vec<HeardWord>,
}

#[derive(Serialize)]
struct HeardWord {
    id: ConsentId,
    n: u32,
    purpose: Purpose,
    recipient: Recipient,
    given: bool,
    how: ConsentHow,
    at: Timestamp,
    after: u32,
    by: MemberId,
}

impl From<Vec<Said>> for Heard {
    fn from(said: Vec<Said>) -> Self {
        let words = said.into_iter().map(|said| HeardWord {
            id: said.id,
            n: said.n,
            purpose: said.purpose,
            recipient: said.recipient,
            given: said.given,
            how: said.how,
            at: said.said_at,
            after: said.after,
            by: said.member,
        });
        Self {
            words: words.collect(),
        }
    }
}

/// For whoever keeps the card, and for whoever may open it, would the resident consent.
pub(in crate::http) async fn list(
    State(app): State<Arc<App>>,
    case: AtStreet,
) -> Result<Json<Heard>, Problem> {
    let known = case.now(&app).await?;
    let member = case.session.member.id;
    if may_open_card(member, case.rights, known.case(), false) == Err(Shut::NotAllowed) {
        case.keeps(&known.request)?;
    }
    Ok(Json(known.file.said.into()))
}

/// For whoever keeps the card, also when the request is closed: what was given can always be taken back.
pub(in crate::http) async fn hear(
    State(app): State<Arc<App>>,
    case: AtStreet,
    Body(told): Body<Told>,
) -> Result<Json<Heard>, Problem> {
    let known = case.now(&app).await?;
    case.keeps(&known.request)?;
    let is_word = |word: &Word| is_asked(word.purpose, word.recipient);
    if told.words.len() > MOST || !told.words.iter().all(is_word) {
        return Err(Problem::REQUEST_INVALID);
    }
    let said = told.words.into_iter().map(|word| Said {
        id: word.id,
        // Counted where it is stored.
        n: 0,
        purpose: word.purpose,
        recipient: word.recipient,
        given: word.given,
        how: word.how,
        said_at: word.at,
        after: word.after,
        member: case.session.member.id,
    });
    let said: Vec<_> = said.collect();
    let cases = app.storage.cases();
    match cases.hear(case.street, case.request, &said).await {
        Ok(heard) => Ok(Json(heard.into())),
        Err(StorageError::Conflict(_)) => Err(Problem::CASE_CLOSED),
        Err(error) => Err(error.into()),
    }
}
