//! Who asks: the session behind `Authorization: Bearer`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{FromRequestParts, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use kruispunt_core::model::Role;
use kruispunt_core::neighbourhood::Passkey;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Hash, Session};

use super::{App, Problem};
use crate::clock::now;
use crate::secret::Secret;

/// Somebody with a session, whatever else they still have to show.
pub(super) struct Whoever {
    pub(super) session: Session,
    /// The hash of the session's token.
    pub(super) token: Hash,
}

impl Whoever {
    /// Until when they count as having signed with a passkey.
    pub(super) async fn verified_until(&self, app: &App) -> Result<Option<Timestamp>, Problem> {
        let until = app.storage.passkeys().verified_until(self.token).await?;
        Ok(until.filter(|&until| now() < until))
    }

    pub(super) async fn is_verified(&self, app: &App) -> Result<bool, Problem> {
        Ok(self.verified_until(app).await?.is_some())
    }
}

impl FromRequestParts<Arc<App>> for Whoever {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let header = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|header| header.to_str().ok());
        let token = header
            .and_then(|header| header.strip_prefix("Bearer "))
            .map(Secret::given);
        let token = token.ok_or(Problem::SESSION_UNKNOWN)?.hash();
        let session = app.storage.session(token, now()).await?;
        let session = session.ok_or(Problem::SESSION_UNKNOWN)?;
        Ok(Self { session, token })
    }
}

/// Somebody with what they may do now: a steward who has to sign with a passkey is none until they did.
pub(super) struct SignedIn(pub(super) Session);

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let mut whoever = Whoever::from_request_parts(parts, app).await?;
        let memberships = &whoever.session.member.memberships;
        if app.passkeys.need(memberships) == Passkey::Needed && !whoever.is_verified(app).await? {
            whoever
                .session
                .member
                .memberships
                .retain(|held| held.role != Role::Steward);
            if let Some(Lacking(lacking)) = parts.extensions.get() {
                lacking.store(true, Ordering::Relaxed);
            }
        }
        Ok(Self(whoever.session))
    }
}

/// Whether who asks would be more with a passkey.
#[derive(Clone, Default)]
struct Lacking(Arc<AtomicBool>);

/// Whoever is not allowed as they are, and perhaps with their passkey, is told to use it.
pub(super) async fn lead_to_passkey(mut request: Request, next: Next) -> Response {
    let lacking = Lacking::default();
    request.extensions_mut().insert(lacking.clone());
    let response = next.run(request).await;
    let not_allowed = response.extensions().get() == Some(&Problem::NOT_ALLOWED);
    if not_allowed && lacking.0.load(Ordering::Relaxed) {
        return Problem::PASSKEY_NEEDED.into_response();
    }
    response
}
