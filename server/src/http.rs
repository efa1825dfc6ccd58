//! The HTTP interface: signing in, who am I, the app itself, and the way into the hub.
//!
//! One file per endpoint, one verb per file. What goes wrong is said in one form ([`Problem`], RFC 9457).

mod asked;
mod audit;
mod body;
mod bytes;
mod case;
mod challenges;
mod crowd;
mod erasure;
mod headers;
mod health;
mod helpers;
mod intake;
mod invitation;
mod ladder;
mod mail;
mod me;
mod member;
pub(crate) mod metrics;
mod notices;
mod origin;
mod passkeys;
mod people;
mod problem;
mod profile;
mod push;
mod pwa;
mod refused;
mod retention;
mod sealed;
mod session;
mod signed_in;
mod sync;
mod trace;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::routing::{delete, get, patch, post, put};
use kruispunt_storage::{KeyOf, Sealed, Storage};
use zeroize::Zeroizing;

use crate::keys::{Keys, OpenError};
use crate::passkeys::Keeper;
use crate::push::Bell;
use crate::relay::Hub;
use challenges::Challenges;

pub(crate) use crowd::Crowd;
pub(crate) use origin::PublicUrl;
pub(crate) use problem::Problem;

/// The largest body the interface takes, in bytes; the largest honest one is under 1 KiB.
const MAX_BODY: usize = 16 << 10;

/// What every endpoint may use.
pub(crate) struct App {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) passkeys: Keeper,
    pub(crate) bell: Arc<Bell>,
    challenges: Challenges,
    crowd: Crowd,
    public_url: PublicUrl,
}

impl App {
    pub(crate) fn new(
        storage: Arc<dyn Storage>,
        hub: Arc<Hub>,
        keys: Arc<Keys>,
        crowd: Crowd,
        public_url: PublicUrl,
        passkeys: Keeper,
        bell: Arc<Bell>,
    ) -> Self {
        Self {
            storage,
            hub,
            keys,
            passkeys,
            bell,
            challenges: Challenges::default(),
            crowd,
            public_url,
        }
    }
}

impl App {
    /// Goes on with what is to be erased, beside whoever asked for it.
    fn erase_soon(self: &Arc<Self>) {
        let app = Arc::clone(self);
        tokio::spawn(async move { crate::retention::finish(&app).await });
    }

    /// Opens what is stored sealed.
    async fn unsealed(&self, stored: &Sealed, of: KeyOf) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let mut opened = self.keys.ring().open(stored, &of.about());
        if let Err(OpenError::KeyUnknown(_)) = opened {
            // An operator's command may have wrapped it by a key that is a moment old.
            self.bell.look_at_keys().await;
            opened = self.keys.ring().open(stored, &of.about());
        }
        opened.map_err(|error| {
            tracing::error!(of = ?of, %error, "what is sealed cannot be opened");
            match error {
                OpenError::KeyUnknown(_) => Problem::UNAVAILABLE,
                OpenError::Damaged => Problem::INTERNAL,
            }
        })
    }
}

pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api/invitations/redeem", post(invitation::redeem))
        .route(
            "/api/invitations",
            get(invitation::list).post(invitation::make),
        )
        .route("/api/invitations/{id}", delete(invitation::withdraw))
        .route("/api/members", get(member::list))
        .route(
            "/api/members/{id}/memberships",
            put(member::give_role).delete(member::end_role),
        )
        .route("/api/members/{id}/invitation", post(member::let_in))
        .route("/api/members/{id}/devices", get(member::devices))
        .route("/api/members/{id}/devices/{device}", delete(member::revoke))
        .route("/api/members/me/profile", patch(profile::change))
        .route("/api/members/me/wishes", put(push::set_wishes))
        .route("/api/members/me/mail", put(mail::ask).delete(mail::remove))
        .route("/api/mail/confirm", post(mail::confirm))
        .route("/api/mail/stop", post(mail::stop))
        .route(
            "/api/mail/stop/{secret}",
            get(mail::asks_first).post(mail::stop_at_once),
        )
        .route("/api/push", get(push::read))
        .route(
            "/api/devices/this/push",
            put(push::subscribe).delete(push::unsubscribe),
        )
        .route("/api/notices", get(notices::list))
        .route("/api/notices/seen", post(notices::see))
        .route("/api/helpers", get(helpers::list))
        .route("/api/ladder", get(ladder::read).put(ladder::set))
        .route("/api/audit", get(audit::read))
        .route("/api/sessions/challenge", post(session::challenge))
        .route("/api/sessions", post(session::open))
        .route("/api/me", get(me::me))
        .route("/api/devices/this/sealing-key", put(case::put_sealing_key))
        .route("/api/cases/{request}/card", put(case::put_card))
        .route("/api/cases/{request}/open", post(case::open))
        .route(
            "/api/cases/{request}/consents",
            get(case::consents).post(case::hear),
        )
        .route(
            "/api/cases/{request}/notes-to-audit",
            post(case::add_late_deeds),
        )
        .route(
            "/api/cases/{request}/notes",
            get(case::read_notes).post(case::write_notes),
        )
        .route("/api/cases/{request}/notes/seen", post(case::see_notes))
        .route("/api/cases/{request}/export", get(case::export))
        .route("/api/cases/{request}", delete(case::erase))
        .route("/api/refused", get(refused::list))
        .route("/api/refused/{id}/open", post(refused::open))
        .route("/api/refused/{id}", delete(refused::remove))
        .route(
            "/api/intake-forms",
            get(intake::forms).post(intake::make_form),
        )
        .route("/api/intake-forms/{id}", delete(intake::close_form))
        .route("/api/intake", get(intake::list))
        .route("/api/intake/{id}", get(intake::shown).post(intake::ask))
        .route("/api/intake/{id}/open", post(intake::open))
        .route("/api/intake/{id}/decide", post(intake::decide))
        .route("/api/erasures", get(erasure::list))
        .route("/api/devices/this/erasures", get(erasure::mine))
        .route("/api/devices/this/erasures/{id}", post(erasure::confirm))
        .route("/api/retention", get(retention::read).put(retention::set))
        .route("/api/members/{id}", delete(member::erase))
        .route("/api/members/{id}/export", get(member::export))
        .route("/api/passkeys", get(passkeys::list).post(passkeys::make))
        .route("/api/passkeys/{id}", delete(passkeys::remove))
        .route("/api/passkeys/registration", post(passkeys::registration))
        .route("/api/passkeys/assertion", post(passkeys::assertion))
        .route("/api/passkeys/verify", post(passkeys::verify))
        .route("/sync", get(sync::sync))
        .layer(from_fn(signed_in::lead_to_passkey))
        .fallback(pwa::serve)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(Arc::clone(&app), origin::check))
        .layer(from_fn(trace::trace))
        .layer(map_response(headers::add))
        .with_state(app)
}
