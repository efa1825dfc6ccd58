//! `GET /metrics`: everything that is counted, for Prometheus. On a listener of its own, since it is nobody's
//! business but the operator's.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::App;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<Arc<App>>) -> Response {
    let waiting = app.storage.notices().waiting_deliveries().await;
    let mut present = app.hub.now();
    // A database that does not answer shows in other numbers.
    present.pushes_to_send = waiting
        .ok()
        .and_then(|waiting| usize::try_from(waiting).ok())
        .unwrap_or_default();
    match app.hub.metrics().show(present) {
        Ok(text) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
