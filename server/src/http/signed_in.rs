//! Who asks: the session behind `Authorization: Bearer`.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use kruispunt_storage::Session;

use super::{App, Problem};
use crate::clock::now;
use crate::secret::Secret;

pub(super) struct SignedIn(pub(super) Session);

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let header = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|header| header.to_str().ok());
        let token = header
            .and_then(|header| header.strip_prefix("Bearer "))
            .map(Secret::given);
        let token = token.ok_or(Problem::SESSION_UNKNOWN)?;
        let session = app.storage.session(token.hash(), now()).await?;
        session.map(Self).ok_or(Problem::SESSION_UNKNOWN)
    }
}
