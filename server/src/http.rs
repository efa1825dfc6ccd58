//! The HTTP interface: signing in, who am I, the app itself, and the way into the hub.
//!
//! One file per endpoint, one verb per file. What goes wrong is said in one form ([`Problem`], RFC 9457).

mod body;
mod challenges;
mod headers;
mod health;
mod invitation;
mod me;
pub(crate) mod metrics;
mod origin;
mod problem;
mod pwa;
mod session;
mod signed_in;
mod sync;
mod trace;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::routing::{get, post};
use kruispunt_storage::Storage;

use crate::relay::Hub;
use challenges::Challenges;

pub(crate) use origin::PublicUrl;
pub(crate) use problem::Problem;

/// The largest body the interface takes, in bytes; the largest honest one is under 1 KiB.
const MAX_BODY: usize = 16 << 10;

/// What every endpoint may use.
pub(crate) struct App {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) hub: Arc<Hub>,
    challenges: Challenges,
    public_url: PublicUrl,
}

impl App {
    pub(crate) fn new(storage: Arc<dyn Storage>, hub: Arc<Hub>, public_url: PublicUrl) -> Self {
        Self {
            storage,
            hub,
            challenges: Challenges::default(),
            public_url,
        }
    }
}

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api/invitations/redeem", post(invitation::redeem))
        .route("/api/sessions/challenge", post(session::challenge))
        .route("/api/sessions", post(session::open))
        .route("/api/me", get(me::me))
        .route("/sync", get(sync::sync))
        .fallback(pwa::serve)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(Arc::clone(&app), origin::check))
        .layer(from_fn(trace::trace))
        .layer(map_response(headers::add))
        .with_state(app)
}
