//! For whoever watches over the relay.

use std::sync::Arc;

use axum::extract::State;

use super::{App, Problem};

/// `GET /healthz`: it serves.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// `GET /readyz`: the database answers.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<&'static str, Problem> {
    app.storage.ping().await?;
    Ok("ok")
}
