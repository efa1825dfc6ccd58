//! What stands in an address: an area that is asked about, an identifier. What cannot be read is a problem like any
//! other, and is not repeated in the answer.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use kruispunt_core::id::AreaId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{App, Problem};

/// The area that is asked about: `?area=A`.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct InArea {
    pub(super) area: AreaId,
}

/// The question after the `?`.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Arc<App>> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let asked = Query::from_request_parts(parts, app).await;
        let Query(asked) = asked.map_err(|_| Problem::REQUEST_INVALID)?;
        Ok(Self(asked))
    }
}

/// The identifiers in the path.
pub(super) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<App>> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let named = Path::from_request_parts(parts, app).await;
        let Path(named) = named.map_err(|_| Problem::REQUEST_INVALID)?;
        Ok(Self(named))
    }
}
