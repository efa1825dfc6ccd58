//! For whoever watches over the relay.

use std::sync::Arc;

use axum::extract::State;

use super::{App, Problem};

/// `GET /healthz`: it serves.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// `GET /readyz`: the relay stays, the database answers, and the last changes that came could be stored.
pub(super) async fn ready(State(app): State<Arc<App>>) -> Result<&'static str, Problem> {
    if !app.hub.is_ready() {
        return Err(Problem::UNAVAILABLE);
    }
    app.storage.ping().await?;
    Ok("ok")
}
