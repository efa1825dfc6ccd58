//! Cases: the sealed card of a request, what its resident consents to, and the end of it.

mod card;
mod consents;
mod erase;
mod export;
mod late_deeds;
mod notes;
mod open;
mod sealing_key;

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use kruispunt_core::access::{Action, Case, Rights, Shut};
use kruispunt_core::consent::Consents;
use kruispunt_core::id::{AreaId, AuditId, DocumentId, RequestId};
use kruispunt_core::model::Request;
use kruispunt_storage::{CaseFile, Entry, KeyOf, Session};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::signed_in::SignedIn;
use super::{App, Problem};
use crate::audit::{Told as _, by};
use crate::clock::{now, random};
use crate::relay::revive;

pub(super) use card::put as put_card;
pub(super) use consents::{hear, list as consents};
pub(super) use erase::{Begun, erase};
pub(super) use export::export;
pub(super) use late_deeds::add as add_late_deeds;
pub(super) use notes::{read as read_notes, see as see_notes, write as write_notes};
pub(super) use open::open;
pub(super) use sealing_key::put as put_sealing_key;

/// A request in a street that the asker may see.
pub(super) struct AtStreet {
    session: Session,
    request: RequestId,
    street: AreaId,
    document: DocumentId,
    rights: Rights,
}

#[derive(Deserialize)]
struct Street {
    street: AreaId,
}

impl FromRequestParts<Arc<App>> for AtStreet {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let SignedIn(session) = SignedIn::from_request_parts(parts, app).await?;
        let Path(request) = Path::<RequestId>::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::REQUEST_INVALID)?;
        let Query(Street { street }) = Query::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::REQUEST_INVALID)?;
        let places = app.hub.places();
        let board = places
            .boards(&session.member.memberships)
            .find(|board| board.area == street)
            .ok_or(Problem::NOT_ALLOWED)?;
        Ok(Self {
            request,
            street,
            document: board.document,
            rights: board.rights,
            session,
        })
    }
}

/// A case as it is now.
struct Now {
    request: Request,
    file: CaseFile,
    consents: Consents,
}

impl Now {
    const fn case(&self) -> Case<'_> {
        Case {
            request: &self.request,
            consents: &self.consents,
        }
    }
}

impl AtStreet {
    /// Reads the case: the request from the street's board, the rest from where it is sealed.
    async fn now(&self, app: &App) -> Result<Now, Problem> {
        let file = app.storage.cases().case(self.street, self.request).await?;
        if file.is_erased {
            return Err(Problem::CASE_CLOSED);
        }
        let request = self.on_the_board(app).await?;
        let request = request.ok_or(Problem::REQUEST_UNKNOWN)?;
        let consents = Consents::of(file.said.iter().copied().map(Into::into));
        Ok(Now {
            request,
            file,
            consents,
        })
    }

    /// The request as everybody has it who is told of all that is committed.
    async fn on_the_board(&self, app: &App) -> Result<Option<Request>, Problem> {
        let stored = app.storage.load(self.document).await?;
        let (stored, actor) = (stored.ok_or(Problem::NOT_ALLOWED)?, random()?);
        let request = self.request;
        let look = move || {
            let mut document = revive(stored, actor).map_err(|error| error.to_string())?;
            let board = document.board().map_err(|error| error.to_string())?;
            Ok::<_, String>(board.request(request))
        };
        // A large board takes a while.
        let looked = tokio::task::spawn_blocking(look).await;
        looked
            .map_err(|error| error.to_string())
            .flatten()
            .map_err(|error| {
                tracing::error!(document = %self.document, error, "a board cannot be read");
                Problem::INTERNAL
            })
    }

    /// What the card is the card of.
    const fn key_of(&self) -> KeyOf {
        KeyOf::Card(self.street, self.request)
    }

    /// Whether the asker keeps the card of this request: they logged it, or coordinate here.
    fn keeps(&self, request: &Request) -> Result<(), Problem> {
        let logged = request.logged_by == self.session.member.id;
        if self.rights.allow(Action::KeepCard)
            || (logged && self.rights.allow_own(Action::KeepCard))
        {
            Ok(())
        } else {
            Err(Problem::NOT_ALLOWED)
        }
    }

    /// Something that the asker did with this case, for the audit.
    fn entry(&self, deed: &str, detail: Option<&str>) -> Result<Entry, Problem> {
        let entry = by(&self.session, deed, now())?
            .in_area(Some(self.street))
            .to_subject(*self.request.as_bytes());
        Ok(Entry {
            detail: detail.map(str::to_owned),
            ..entry
        })
    }

    /// The same, by an identifier that a phone made: told twice it stands there once, and it never hides what
    /// somebody else did, or what was done with another case.
    fn late_entry(&self, id: AuditId, deed: &str, detail: Option<&str>) -> Result<Entry, Problem> {
        let mut hasher = Sha256::new();
        hasher.update(b"kruispunt/late/1\n");
        for part in [
            self.session.device.as_bytes(),
            self.request.as_bytes(),
            id.as_bytes(),
        ] {
            hasher.update(part);
        }
        let hash: [u8; 32] = hasher.finalize().into();
        let mut id = [0; 16];
        for (to, from) in id.iter_mut().zip(hash) {
            *to = from;
        }
        Ok(Entry {
            id: AuditId::from_bytes(id),
            ..self.entry(deed, detail)?
        })
    }
}

impl From<Shut> for Problem {
    fn from(why: Shut) -> Self {
        match why {
            Shut::NotAllowed => Self::NOT_ALLOWED,
            Shut::NoConsent => Self::CONSENT_MISSING,
            Shut::Closed => Self::CASE_CLOSED,
        }
    }
}
